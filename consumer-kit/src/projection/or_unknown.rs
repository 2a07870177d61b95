//! A projection of a union that keeps unknown variants.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The property that says which variant a value is.
const DISCRIMINATOR: &str = "type";

/// An enum with `#[serde(tag = "type")]`, and the names of its variants.
pub trait Variants {
    /// Its variants, as they are spelt on the wire.
    const VARIANTS: &'static [&'static str];
}

/// A known variant, or the name of one that came later.
///
/// serde reads the content of such an enum through a buffer of its own, and there takes an array of its fields for a struct
/// within it; an array for the whole value is refused.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use tiltak_consumer_kit::projection::{OrUnknown, Variants};
///
/// #[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
/// #[serde(tag = "type")]
/// enum MyFields {
///     #[serde(rename = "TiltaksgjennomforingV2.Gruppe")]
///     Gruppe { navn: String },
/// }
///
/// impl Variants for MyFields {
///     const VARIANTS: &'static [&'static str] = &["TiltaksgjennomforingV2.Gruppe"];
/// }
///
/// let read = |text| serde_json::from_str::<OrUnknown<MyFields>>(text);
/// let known = read(r#"{ "type": "TiltaksgjennomforingV2.Gruppe", "navn": "Jobbklubb", "antallPlasser": 1 }"#)?;
/// assert_eq!(known, OrUnknown::Known(MyFields::Gruppe { navn: "Jobbklubb".to_owned() }));
/// let later = read(r#"{ "type": "TiltaksgjennomforingV2.Digital", "navn": null }"#)?;
/// assert_eq!(later, OrUnknown::Unknown("TiltaksgjennomforingV2.Digital".to_owned()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrUnknown<P> {
    /// One of [`Variants::VARIANTS`].
    Known(P),
    /// Another one: the value of `type`.
    Unknown(String),
}

impl<P> OrUnknown<P> {
    /// The value, unless its variant is unknown.
    pub fn known(&self) -> Option<&P> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

impl<'de, P: Variants + Deserialize<'de>> Deserialize<'de> for OrUnknown<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OrUnknownVisitor(PhantomData))
    }
}

struct OrUnknownVisitor<P>(PhantomData<P>);

impl<'de, P: Variants + Deserialize<'de>> Visitor<'de> for OrUnknownVisitor<P> {
    type Value = OrUnknown<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the discriminator `{DISCRIMINATOR}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OrUnknown<P>, A::Error> {
        // Properties before the discriminator are kept; on the topics there are none.
        let mut before = Vec::new();
        let discriminator: String = loop {
            match map.next_key::<String>()? {
                Some(name) if name == DISCRIMINATOR => break map.next_value()?,
                Some(name) => before.push((name, map.next_value::<serde_json::Value>()?)),
                None => return Err(A::Error::missing_field(DISCRIMINATOR)),
            }
        };
        if !P::VARIANTS.contains(&discriminator.as_str()) {
            // A second discriminator is refused here; a tolerant reader then shows the last one alone.
            while let Some(name) = map.next_key::<String>()? {
                if name == DISCRIMINATOR {
                    return Err(A::Error::duplicate_field(DISCRIMINATOR));
                }
                map.next_value::<IgnoredAny>()?;
            }
            return Ok(OrUnknown::Unknown(discriminator));
        }
        before.push((DISCRIMINATOR.to_owned(), discriminator.into()));
        let whole = Whole { before: before.into_iter(), value: None, rest: map };
        P::deserialize(MapAccessDeserializer::new(whole)).map(OrUnknown::Known)
    }
}

/// An object whose first properties were taken already.
struct Whole<A> {
    before: std::vec::IntoIter<(String, serde_json::Value)>,
    value: Option<serde_json::Value>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Whole<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some((name, value)) = self.before.next() else { return self.rest.next_key_seed(seed) };
        self.value = Some(value);
        seed.deserialize(StringDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.value.take() {
            // serde_json's message may quote the value.
            Some(value) => {
                seed.deserialize(value).map_err(|_| A::Error::custom("a value of its property's type"))
            }
            None => self.rest.next_value_seed(seed),
        }
    }
}

impl<P: JsonSchema> JsonSchema for OrUnknown<P> {
    fn inline_schema() -> bool {
        P::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        P::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        P::schema_id()
    }

    /// That of the variants that are known.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        P::json_schema(generator)
    }
}
