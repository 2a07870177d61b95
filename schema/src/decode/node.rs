//! A JSON deserializer that accepts properties in any order, and values in any spelling if its rules allow it. Its
//! errors name the place.
//!
//! A [`Node`] is a serde deserializer over the text of a JSON value, and looks only at what is asked for. It is several
//! times slower than `serde_json`, and reads what the fast path of [`decode::value`](super::value) has refused.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::Deserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::integer::{NoInteger, integer, is_plain};
use super::json_text::{JsonText, Kind};
use super::kept::KEPT;
use super::refusal::Refusal;
use super::tolerance::SPELLED_DIFFERENTLY;
use crate::tagged::DISCRIMINATOR;

/// How many levels of arrays and objects are read; what is passed over may have any number.
const LEVELS: u8 = 128;

/// What a [`Node`] takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    /// Whether any spelling of a value is taken, and of a name that stands twice the last one.
    is_tolerant: bool,
    /// What a number is that is read without saying as what.
    numbers: Numbers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// An integer if it is spelt as one, and a double, which may be infinite for a tolerant reader.
    AsSpelt,
    /// An integer whenever it can be.
    AsInteger,
    /// As it is spelt, and the nearest finite double.
    Finite,
}

impl Rules {
    /// One spelling of each value, and each known property once.
    pub(super) const STRICT: Self = Self { is_tolerant: false, numbers: Numbers::AsSpelt };
    /// Any spelling.
    pub(super) const TOLERANT: Self = Self { is_tolerant: true, numbers: Numbers::AsSpelt };
    /// Any spelling, for types that serde reads through a buffer: an enum with `#[serde(tag)]`, a flattened struct. The
    /// buffer holds 12.0 as a double, and gives no integer for it.
    pub(super) const BUFFERED: Self = Self { is_tolerant: true, numbers: Numbers::AsInteger };
    /// Any content, to be kept in a [`Value`](serde_json::Value).
    pub(super) const KEPT: Self = Self { is_tolerant: true, numbers: Numbers::Finite };
}

/// A name and the value that stands under it.
type Property<'de> = (Cow<'de, str>, JsonText<'de>);

/// A JSON value as a deserializer.
#[derive(Clone, Copy)]
pub(super) struct Node<'de> {
    text: JsonText<'de>,
    rules: Rules,
    level: u8,
}

impl<'de> Node<'de> {
    /// The text must be valid JSON.
    pub(super) fn new(text: &'de str, rules: Rules) -> Self {
        Self { text: JsonText::new(text), rules, level: 0 }
    }

    pub(super) fn is_array(self) -> bool {
        self.text.kind() == Kind::Array
    }

    fn below(self, text: JsonText<'de>) -> Self {
        Self { text, level: self.level.saturating_add(1), ..self }
    }

    fn string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let string = self.text.string();
        if string.has_lone_surrogate && !self.rules.is_tolerant {
            return Err(found("a string with half of a surrogate pair", &visitor));
        }
        match string.text {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    /// A number, read as an integer.
    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if self.text.kind() != Kind::Number {
            return self.deserialize_any(visitor);
        }
        let text = self.text.as_str();
        let number = match integer(text) {
            Ok(number) => number,
            Err(NoInteger::OutOfRange) => return Err(Refusal::out_of_range(&visitor)),
            Err(NoInteger::Fraction) => return Err(Refusal::invalid_type(Unexpected::Float(0.5), &visitor)),
        };
        let is_refused = !self.rules.is_tolerant && !is_plain(text);
        let refusal = is_refused.then(|| found(SPELLED_DIFFERENTLY, &visitor));
        let value = visit_integer(number, visitor)?;
        refusal.map_or(Ok(value), Err)
    }

    /// A number, read as a double.
    fn double<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if self.text.kind() != Kind::Number {
            return self.deserialize_any(visitor);
        }
        match self.as_double() {
            double if double.is_finite() => visitor.visit_f64(double),
            _ => Err(found("a number beyond the doubles", &visitor)),
        }
    }

    /// A number, read as whatever it is.
    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let text = self.text.as_str();
        let is_integer =
            is_plain(text) || self.rules.numbers == Numbers::AsInteger && !self.is_negative_zero();
        if let Some(number) = is_integer.then(|| integer(text).ok()).flatten() {
            if let Ok(number) = u64::try_from(number) {
                return visitor.visit_u64(number);
            }
            if let Ok(number) = i64::try_from(number) {
                return visitor.visit_i64(number);
            }
        }
        match self.as_double() {
            double if self.rules.numbers == Numbers::Finite => {
                visitor.visit_f64(double.clamp(f64::MIN, f64::MAX))
            }
            double if double.is_finite() || self.rules.is_tolerant => visitor.visit_f64(double),
            _ => Err(found("a number beyond the doubles", &visitor)),
        }
    }

    fn is_negative_zero(self) -> bool {
        self.text.as_str().starts_with('-') && self.as_double() == 0.0
    }

    /// The nearest double; infinite if there is none.
    fn as_double(self) -> f64 {
        self.text.as_str().parse().unwrap_or(f64::NAN)
    }

    fn items(self) -> Items<'de> {
        Items { rest: self.text.items().collect::<Vec<_>>().into_iter(), array: self, index: 0 }
    }

    /// The properties with the discriminator first, so that a union buffers nothing.
    fn properties(self) -> Properties<'de> {
        let mut properties: Vec<_> = self.text.properties().collect();
        if self.rules.is_tolerant {
            properties = last_of_each_name(properties);
        }
        if let Some(at) = properties.iter().position(|(name, _)| name == DISCRIMINATOR) {
            properties[..=at].rotate_right(1);
        }
        Properties { rest: properties.into_iter(), object: self, value: None }
    }
}

/// Of a name that stands twice the last value remains.
fn last_of_each_name(mut properties: Vec<Property<'_>>) -> Vec<Property<'_>> {
    /// Fewer are told apart sooner by comparing each with each.
    const FEW: usize = 32;
    if properties.len() > FEW {
        return properties.into_iter().collect::<IndexMap<_, _>>().into_iter().collect();
    }
    for at in (1..properties.len()).rev() {
        let (before, from) = properties.split_at(at);
        if let Some(earlier) = before.iter().position(|(name, _)| *name == from[0].0) {
            properties.remove(earlier);
        }
    }
    properties
}

fn visit_integer<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, Refusal> {
    match (u64::try_from(number), i64::try_from(number)) {
        (Ok(number), _) => visitor.visit_u64(number),
        (_, Ok(number)) => visitor.visit_i64(number),
        _ => Err(Refusal::out_of_range(&visitor)),
    }
}

fn found(what: &str, expected: &dyn Expected) -> Refusal {
    Refusal::invalid_type(Unexpected::Other(what), expected)
}

macro_rules! deserialize_with {
    ($($method:ident: $read:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            self.$read(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let kind = self.text.kind();
        if self.level >= LEVELS && matches!(kind, Kind::Array | Kind::Object) {
            // Only what is kept without being known can be nested so deep.
            return if self.rules.is_tolerant {
                visitor.visit_unit()
            } else {
                Err(found("arrays and objects on more than 128 levels", &visitor))
            };
        }
        match kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool => visitor.visit_bool(self.text.as_str() == "true"),
            Kind::Number => self.number(visitor),
            Kind::String => self.string(visitor),
            Kind::Array => visitor.visit_seq(self.items()),
            Kind::Object => visitor.visit_map(self.properties()),
        }
    }

    deserialize_with! {
        deserialize_i8: integer, deserialize_i16: integer, deserialize_i32: integer, deserialize_i64: integer,
        deserialize_i128: integer, deserialize_u8: integer, deserialize_u16: integer, deserialize_u32: integer,
        deserialize_u64: integer, deserialize_u128: integer, deserialize_f32: double, deserialize_f64: double
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.text.kind() {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.text.kind() {
            // serde's derived readers take an array of the fields for a struct; no contract does.
            Kind::Array => Err(Refusal::invalid_type(Unexpected::Seq, &"an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        if name == KEPT {
            return visitor.visit_newtype_struct(Self { rules: Rules::KEPT, ..self });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.text.kind() {
            Kind::String => visitor.visit_enum(self.text.string().text.into_owned().into_deserializer()),
            Kind::Object => match <[_; 1]>::try_from(self.text.properties().collect::<Vec<_>>()) {
                Ok([(name, content)]) => visitor.visit_enum(Variant { name, content: self.below(content) }),
                Err(_) => Err(found("an object that has not one property", &visitor)),
            },
            // Refused, with what it is.
            _ => self.deserialize_any(visitor),
        }
    }

    /// Whatever it is.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
    }
}

struct Items<'de> {
    rest: std::vec::IntoIter<JsonText<'de>>,
    array: Node<'de>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Refusal;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refusal> {
        let Some(item) = self.rest.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        let item = seed.deserialize(self.array.below(item));
        item.map(Some).map_err(|refusal| refusal.below(&index.to_string()))
    }
}

struct Properties<'de> {
    rest: std::vec::IntoIter<Property<'de>>,
    object: Node<'de>,
    /// The property whose name has been read.
    value: Option<Property<'de>>,
}

impl<'de> MapAccess<'de> for Properties<'de> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refusal> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        let (name, _) = self.value.insert((name, value));
        seed.deserialize((&**name).into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        let Some((name, value)) = self.value.take() else {
            return Err(Refusal::custom("a property before its value is read"));
        };
        seed.deserialize(self.object.below(value)).map_err(|refusal| refusal.below(&name))
    }
}

/// An object with one property, which names a variant.
struct Variant<'de> {
    name: Cow<'de, str>,
    content: Node<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Refusal;
    type Variant = Content<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content<'de>), Refusal> {
        let name = seed.deserialize((&*self.name).into_deserializer())?;
        Ok((name, Content(self)))
    }
}

/// The content of a variant.
struct Content<'de>(Variant<'de>);

impl<'de> Content<'de> {
    fn read<R>(self, read: impl FnOnce(Node<'de>) -> Result<R, Refusal>) -> Result<R, Refusal> {
        let Variant { name, content } = self.0;
        read(content).map_err(|refusal| refusal.below(&name))
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        // serde's derived readers take `{"UKE": null}` for `"UKE"`; no contract does.
        Err(Refusal::invalid_type(Unexpected::Map, &"a string"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Refusal> {
        self.read(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.read(|content| content.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.read(|content| content.deserialize_struct("", fields, visitor))
    }
}
