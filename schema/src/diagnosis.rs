//! Why a value was refused: a second, slow reading that keeps track of where it is.
//!
//! serde's errors are text. [`Refusal`] is a serde error made of data instead, and [`Node`] reads a parsed document while
//! it adds each step of the way to the refusal's JSON pointer.

use std::fmt;

use serde::Deserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Error, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::decode::describe_text;
use crate::tagged::DISCRIMINATOR;

/// Why a JSON text was refused: the place, what was expected there, and the kind of what was found, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What was expected there.
    pub expected: String,
    /// What was found there.
    pub found: String,
}

impl Diagnosis {
    fn here(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { pointer: String::new(), expected: expected.into(), found: found.into() }
    }

    fn below(mut self, step: &str) -> Self {
        self.pointer = format!("/{}{}", step.replace('~', "~0").replace('/', "~1"), self.pointer);
        self
    }
}

/// Finds the place that made `serde_json` refuse to read `bytes` as a `D`, with `error`.
///
/// # Example: a place in a list
/// ```
/// use tiltak_schema::decode::diagnose;
///
/// let text = br#"[1, "Kari"]"#;
/// let error = serde_json::from_slice::<Vec<i32>>(text).unwrap_err();
/// let diagnosis = diagnose::<Vec<i32>>(text, &error);
/// assert_eq!((diagnosis.pointer.as_str(), diagnosis.found.as_str()), ("/1", "a string of 4 characters"));
/// ```
pub fn diagnose<D: for<'de> Deserialize<'de>>(bytes: &[u8], error: &serde_json::Error) -> Diagnosis {
    let document = match serde_json::from_slice::<Value>(bytes) {
        Ok(document) => document,
        Err(error) => return Diagnosis::here("JSON", describe_syntax_error(bytes, &error)),
    };
    match D::deserialize(Node(&document)) {
        Err(Refusal(diagnosis)) => diagnosis,
        // The document reads well once it is parsed, so the text itself is at fault.
        Ok(_) => Diagnosis::here(
            "each property once in an object",
            format!("one that stands twice, at line {} column {}", error.line(), error.column()),
        ),
    }
}

fn describe_syntax_error(bytes: &[u8], error: &serde_json::Error) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => "an empty value (a tombstone is a record without a value)".to_owned(),
        // serde_json's message of a syntax error is fixed text and a position, without any of the input.
        Ok(_) => error.to_string(),
        Err(error) => format!("a byte that is not UTF-8 at offset {}", error.valid_up_to()),
    }
}

#[derive(Debug)]
struct Refusal(Diagnosis);

impl Refusal {
    fn below(self, step: &str) -> Self {
        Self(self.0.below(step))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.0.pointer, self.0.expected, self.0.found)
    }
}

impl std::error::Error for Refusal {}

impl Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Diagnosis::here(message.to_string(), "something else"))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(Diagnosis::here(describe_expected(&expected.to_string()), describe_unexpected(unexpected)))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match unexpected {
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => Self(Diagnosis::here(
                describe_expected(&expected.to_string()),
                "a number outside of that range",
            )),
            other => Self::invalid_type(other, expected),
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self(Diagnosis::here(format!("one of {}", expected.join(", ")), describe_text(variant)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(Diagnosis::here("a value", "nothing").below(field))
    }
}

/// Turns the words that serde's own visitors use into those of JSON Schema.
fn describe_expected(expected: &str) -> String {
    match expected {
        "i32" => format!("an integer from {} to {}", i32::MIN, i32::MAX),
        "i64" => format!("an integer from {} to {}", i64::MIN, i64::MAX),
        "f64" => "a number".to_owned(),
        "a sequence" | "a set" => "an array".to_owned(),
        name if name.starts_with("struct ") => "an object".to_owned(),
        name if name.starts_with("enum ") => "a string".to_owned(),
        other => other.to_owned(),
    }
}

fn describe_unexpected(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(_) => "a boolean".to_owned(),
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number".to_owned(),
        Unexpected::Float(_) => "a number with a fraction or an exponent".to_owned(),
        Unexpected::Str(text) => describe_text(text),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "an array".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        _ => "something else".to_owned(),
    }
}

/// A parsed JSON value as a deserializer.
struct Node<'a>(&'a Value);

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), _, _) => visitor.visit_u64(value),
                (_, Some(value), _) => visitor.visit_i64(value),
                (.., value) => visitor.visit_f64(value.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => visitor.visit_seq(Items { items, index: 0 }),
            Value::Object(object) => {
                // The discriminator first, so that the variant's own properties are read where they stand.
                let first = object.get_key_value(DISCRIMINATOR);
                let rest = object.iter().filter(|(name, _)| *name != DISCRIMINATOR);
                let properties: Vec<_> = first.into_iter().chain(rest).collect();
                visitor.visit_map(Properties { properties, index: 0 })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.0 {
            // serde's derived readers take an array of the fields for a struct; no contract does.
            Value::Array(_) => Err(Refusal::invalid_type(Unexpected::Seq, &"an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            // Refused, with what it is.
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a> {
    items: &'a [Value],
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refusal;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refusal> {
        let Some(item) = self.items.get(self.index) else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Node(item)).map(Some).map_err(|refusal| refusal.below(&index.to_string()))
    }
}

struct Properties<'a> {
    properties: Vec<(&'a String, &'a Value)>,
    index: usize,
}

impl<'de> MapAccess<'de> for Properties<'_> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refusal> {
        let Some((name, _)) = self.properties.get(self.index) else {
            return Ok(None);
        };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        let Some((name, value)) = self.properties.get(self.index) else {
            return Err(Refusal::custom("a property before its value is read"));
        };
        self.index += 1;
        seed.deserialize(Node(value)).map_err(|refusal| refusal.below(name))
    }
}
