//! Discriminated unions: objects whose property `type` says which variant they are.
//!
//! serde's own internally tagged enums buffer the whole object. On these topics the discriminator stands first, so the
//! rest is read straight into the variant. Where it stands elsewhere, [`decode::value`](crate::decode::value) leaves the
//! record to its slower reader, which finds it; any other deserializer buffers what stands before it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Error, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Map;

use crate::decode::kept::Kept;

/// The property that names the variant.
pub(crate) const DISCRIMINATOR: &str = "type";

/// A payload that is one of several variants.
pub(crate) trait Tagged: Sized {
    /// The discriminators of this version of the contract.
    const VARIANTS: &'static [&'static str];

    /// Whether a discriminator that is none of [`VARIANTS`](Self::VARIANTS) is kept.
    const OPEN: bool;

    /// Reads the rest of the object as the variant with this discriminator.
    fn read_variant<'de, A: MapAccess<'de>>(
        discriminator: Cow<'static, str>,
        properties: A,
    ) -> Result<Self, A::Error>;
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
        let mut next = map.next_key_seed(Name)?;
        let mut before = Map::new();
        while let Some(Some(name)) = next {
            let Kept(value) = map.next_value()?;
            if before.insert(name, value).is_some() {
                return Err(A::Error::custom("a property stands twice in one object"));
            }
            next = map.next_key_seed(Name)?;
        }
        if next.is_none() {
            return Err(A::Error::missing_field(DISCRIMINATOR));
        }
        let discriminator = map.next_value_seed(DiscriminatorOf::<T>(PhantomData))?;
        if before.is_empty() {
            return T::read_variant(discriminator, Rest(map));
        }
        while let Some((name, Kept(value))) = Rest(&mut map).next_entry()? {
            if before.insert(name, value).is_some() {
                return Err(A::Error::custom("a property stands twice in one object"));
            }
        }
        let all = serde::de::value::MapDeserializer::new(before.into_iter());
        T::read_variant(discriminator, all).map_err(|error: serde_json::Error| A::Error::custom(error))
    }
}

/// Reads a property's name; `None` is the discriminator.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<String>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a property's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<String>, E> {
        Ok((name != DISCRIMINATOR).then(|| name.to_owned()))
    }
}

/// Reads the discriminator, and refuses an unknown one while the reader still stands on it.
struct DiscriminatorOf<T>(PhantomData<T>);

impl<'de, T: Tagged> DeserializeSeed<'de> for DiscriminatorOf<T> {
    type Value = Cow<'static, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T: Tagged> Visitor<'_> for DiscriminatorOf<T> {
    type Value = Cow<'static, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, discriminator: &str) -> Result<Self::Value, E> {
        match T::VARIANTS.iter().find(|variant| **variant == discriminator) {
            Some(variant) => Ok(Cow::Borrowed(variant)),
            None if T::OPEN => Ok(Cow::Owned(discriminator.to_owned())),
            None => Err(E::unknown_variant(discriminator, T::VARIANTS)),
        }
    }
}

/// The properties after the discriminator, among which it does not stand again.
///
/// A variant passes over properties that it does not know, and would pass over a second discriminator as well.
struct Rest<T>(T);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(Rest(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Rest<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Rest(deserializer))
    }
}

/// A name, which is a string whatever it is read as.
impl<'de, D: Deserializer<'de>> Deserializer<'de> for Rest<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_str(Rest(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Rest<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        if name == DISCRIMINATOR { Err(E::duplicate_field(DISCRIMINATOR)) } else { self.0.visit_str(name) }
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<V::Value, E> {
        if name == DISCRIMINATOR {
            Err(E::duplicate_field(DISCRIMINATOR))
        } else {
            self.0.visit_borrowed_str(name)
        }
    }
}
