//! Discriminated unions: objects whose property `type` says which variant they are.
//!
//! serde's own internally tagged enums buffer the whole object. On these topics the discriminator stands first, so the
//! rest is read straight into the variant; an object with the discriminator elsewhere is buffered, since a reader must
//! not rely on property order.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Error, MapAccess, Visitor};
use serde_json::Map;

/// The property that names the variant.
pub(crate) const DISCRIMINATOR: &str = "type";

/// A payload that is one of several variants.
pub(crate) trait Tagged: Sized {
    /// The discriminators of this version of the contract.
    const VARIANTS: &'static [&'static str];

    /// Whether a discriminator that is none of [`VARIANTS`](Self::VARIANTS) is kept.
    const OPEN: bool;

    /// Reads the rest of the object as the variant with this discriminator.
    fn read_variant<'de, A: MapAccess<'de>>(discriminator: String, properties: A) -> Result<Self, A::Error>;
}

/// Reads a variant's own properties.
pub(crate) fn properties<'de, T: Deserialize<'de>, A: MapAccess<'de>>(map: A) -> Result<T, A::Error> {
    T::deserialize(MapAccessDeserializer::new(map))
}

pub(crate) fn deserialize<'de, T: Tagged, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TaggedVisitor(PhantomData))
}

struct TaggedVisitor<T>(PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for TaggedVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the discriminator `{DISCRIMINATOR}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(first) = map.next_key::<String>()? else {
            return Err(A::Error::missing_field(DISCRIMINATOR));
        };
        if first == DISCRIMINATOR {
            let discriminator = map.next_value_seed(DiscriminatorOf::<T>(PhantomData))?;
            return T::read_variant(discriminator, map);
        }
        let mut buffer = Map::new();
        buffer.insert(first, map.next_value()?);
        while let Some((name, value)) = map.next_entry()? {
            if buffer.insert(name, value).is_some() {
                return Err(A::Error::custom("a property stands twice in one object"));
            }
        }
        match buffer.remove(DISCRIMINATOR) {
            Some(discriminator) => {
                let discriminator =
                    DiscriminatorOf::<T>(PhantomData).deserialize(discriminator).map_err(A::Error::custom)?;
                let rest = serde::de::value::MapDeserializer::new(buffer.into_iter());
                T::read_variant(discriminator, rest)
                    .map_err(|error: serde_json::Error| A::Error::custom(error))
            }
            None => Err(A::Error::missing_field(DISCRIMINATOR)),
        }
    }
}

/// Reads the discriminator, and refuses an unknown one while the reader still stands on it.
struct DiscriminatorOf<T>(PhantomData<T>);

impl<'de, T: Tagged> DeserializeSeed<'de> for DiscriminatorOf<T> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let discriminator = String::deserialize(deserializer)?;
        if T::OPEN || T::VARIANTS.contains(&discriminator.as_str()) {
            Ok(discriminator)
        } else {
            Err(D::Error::unknown_variant(&discriminator, T::VARIANTS))
        }
    }
}
