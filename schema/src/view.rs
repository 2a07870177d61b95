//! The two views of a payload: what may be written, and what may be read.
//!
//! New enum values and new variants do appear on live topics (`schema/WIRE.md`, sections 4 and 7). A reader has to survive
//! them, and a producer must never make one. Every payload type therefore takes a [`View`]:
//!
//! - [`Written`]: an enum field holds the enum itself, and there is no unknown variant. This is what the producer
//!   builds, what the JSON Schemas are generated from, and the only view that can be published.
//! - [`Read`]: an enum field holds [`Open`], which keeps a value it does not know as it stood on the wire.
//!
//! They also differ in how a value may be spelt: see [`decode`](crate::decode).
//!
//! Only decoding can make an [`UnknownValue`] or an [`UnknownVariant`].

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::hash::Hash;

use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error as _, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decode::kept::Kept;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Written {}
    impl Sealed for super::Read {}
}

/// How a payload holds the parts to which later versions may add: [`Written`] or [`Read`].
pub trait View: sealed::Sealed + Copy + Debug + Eq + Send + Sync + 'static {
    /// An enum field in this view.
    type Enum<E: WireEnum>: Clone
        + Debug
        + Eq
        + Hash
        + Send
        + Sync
        + JsonSchema
        + Serialize
        + DeserializeOwned
        + From<E>
        + 'static;

    /// The type of an unknown variant; in [`Written`] it has no values.
    type UnknownVariant: Clone + Debug + PartialEq + Send + Sync + Serialize + 'static;

    /// A proof that a value was read: `()` in [`Read`], and a type without values in [`Written`].
    type OnlyRead: Clone + Copy + Debug + PartialEq + Send + Sync + 'static;

    /// Whether this view keeps unknown values.
    const OPEN: bool;

    #[doc(hidden)]
    fn only_read() -> Option<Self::OnlyRead>;

    /// Reads a variant whose discriminator is none of `known`.
    #[doc(hidden)]
    fn unknown_variant<'de, A: MapAccess<'de>>(
        discriminator: &str,
        known: &'static [&'static str],
        properties: A,
    ) -> Result<Self::UnknownVariant, A::Error>;
}

/// The view of a producer: only known enum values and variants, each value in its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Written {}

/// A type without values: in [`Written`] there is no unknown variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Never {}

impl View for Written {
    type Enum<E: WireEnum> = E;
    type UnknownVariant = Never;
    type OnlyRead = Never;
    const OPEN: bool = false;

    fn only_read() -> Option<Never> {
        None
    }

    fn unknown_variant<'de, A: MapAccess<'de>>(
        discriminator: &str,
        known: &'static [&'static str],
        _: A,
    ) -> Result<Never, A::Error> {
        Err(A::Error::unknown_variant(discriminator, known))
    }
}

/// The view of a reader: unknown enum values and variants are kept, and any spelling of a value is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Read {}

impl View for Read {
    type Enum<E: WireEnum> = Open<E>;
    type UnknownVariant = UnknownVariant;
    type OnlyRead = ();
    const OPEN: bool = true;

    fn only_read() -> Option<()> {
        Some(())
    }

    fn unknown_variant<'de, A: MapAccess<'de>>(
        discriminator: &str,
        _: &'static [&'static str],
        mut properties: A,
    ) -> Result<UnknownVariant, A::Error> {
        let mut rest = BTreeMap::new();
        while let Some((name, Kept(value))) = properties.next_entry()? {
            rest.insert(name, value);
        }
        Ok(UnknownVariant { discriminator: discriminator.to_owned(), properties: rest })
    }
}

/// A closed list of strings on the wire, such as [`Tiltakskode`](crate::kodeverk::Tiltakskode).
pub trait WireEnum:
    Copy + Debug + Eq + Ord + Hash + Send + Sync + JsonSchema + Serialize + DeserializeOwned + 'static
{
    /// Every value, in the order of `schema/WIRE.md`, section 4.
    const ALL: &'static [Self];

    /// The value as it stands on the wire.
    fn as_str(self) -> &'static str;

    /// The value with this spelling, compared byte for byte; `None` if there is none.
    fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == text)
    }
}

/// An enum value as a reader sees it: a known one, or one that came later.
///
/// ```
/// use tiltak_schema::kodeverk::Oppstart;
/// use tiltak_schema::view::Open;
///
/// let known: Open<Oppstart> = serde_json::from_str(r#""LOPENDE""#)?;
/// assert_eq!(known.known(), Some(Oppstart::Lopende));
///
/// let later: Open<Oppstart> = serde_json::from_str(r#""KVARTALSVIS""#)?;
/// assert_eq!(later.known(), None);
/// assert_eq!(later.as_str(), "KVARTALSVIS");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Open<E> {
    /// A value that this version of the contract has.
    Known(E),
    /// Any other string.
    Unknown(UnknownValue),
}

impl<E: WireEnum> Open<E> {
    /// The value, unless it is unknown.
    pub fn known(&self) -> Option<E> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }

    /// The value as it stands on the wire, known or not.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(value) => value.as_str(),
            Self::Unknown(value) => value.as_str(),
        }
    }
}

impl<E> From<E> for Open<E> {
    fn from(value: E) -> Self {
        Self::Known(value)
    }
}

impl<E: PartialEq> PartialEq<E> for Open<E> {
    fn eq(&self, other: &E) -> bool {
        matches!(self, Self::Known(value) if value == other)
    }
}

impl<E: WireEnum> Serialize for Open<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, E: WireEnum> Deserialize<'de> for Open<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<E>(std::marker::PhantomData<E>);

        impl<E: WireEnum> serde::de::Visitor<'_> for Visitor<E> {
            type Value = Open<E>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<Error>(self, text: &str) -> Result<Open<E>, Error> {
                Ok(E::from_wire(text).map_or_else(|| Open::Unknown(UnknownValue(text.into())), Open::Known))
            }
        }

        deserializer.deserialize_str(Visitor(std::marker::PhantomData))
    }
}

impl<E: WireEnum> JsonSchema for Open<E> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Open{}", E::schema_name()).into()
    }

    /// Any string; the keywords beginning with `x-` are annotations, which say what is known.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let known: Vec<_> = E::ALL.iter().map(|value| value.as_str()).collect();
        schemars::json_schema!({ "type": "string", "x-enum": E::schema_name(), "x-known-values": known })
    }
}

/// An enum value that this version of the contract does not know. Only decoding makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    /// The value as it stood on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A variant that this version of the contract does not know. Only decoding makes one.
///
/// JSON can express more than a [`serde_json::Value`] can hold. Such a record is read with substitutes: the nearest finite
/// double for a number beyond the doubles, the nearest double for an integer beyond 64 bits, U+FFFD for half of a surrogate
/// pair, null for content that is nested more than 128 levels deep, and the last value of a name that occurs twice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnknownVariant {
    #[serde(rename = "type")]
    discriminator: String,
    #[serde(flatten)]
    properties: BTreeMap<String, serde_json::Value>,
}

impl UnknownVariant {
    /// The value of the property `type`.
    pub fn discriminator(&self) -> &str {
        &self.discriminator
    }

    /// The other properties, as they stood on the wire.
    pub fn properties(&self) -> &BTreeMap<String, serde_json::Value> {
        &self.properties
    }
}
