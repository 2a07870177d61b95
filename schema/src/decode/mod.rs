//! From bytes to typed keys and values, with errors that name place, expected and found.
//!
//! # What is read
//! A value is one JSON object in UTF-8 (RFC 8259). An unknown property is skipped, whatever its content is: a number beyond
//! the doubles, half of a surrogate pair, any nesting, a name that occurs twice. An array is never read as an object, nor an
//! object as a string. The order of properties does not matter, not even that of a union's discriminator.
//!
//! The views differ in the spellings that they accept:
//!
//! | | [`Read`](crate::view::Read) accepts | [`Written`](crate::view::Written) accepts |
//! |---|---|---|
//! | an integer | any JSON number with an integer value: `223`, `223.0`, `2.23e2`, `2230e-1`; exactly, also beyond 2^53 | digits only |
//! | an [`Instant`](crate::scalar::Instant), a [`LocalDateTime`](crate::scalar::LocalDateTime) | any ISO 8601 spelling in the extended format; see these types | the writer's spelling |
//! | a known property that occurs twice | the last one, as kotlinx.serialization and Jackson do | none |
//! | half of a surrogate pair in a known string | U+FFFD | none |
//! | an unknown enum value or variant | any; it is kept | none |
//!
//! Otherwise the views agree: both refuse a UUID in upper case, a number in quotes, a missing property that is not nullable,
//! and 1e400 for a double.
//!
//! # How
//! The fast path goes straight from text to type. Only if it fails is the text read again, by a slower reader that accepts
//! any spelling and any order, and knows the place. So a record as the producer writes it pays nothing for the others. The
//! slower reader also handles content that has to be buffered, because a discriminator does not come first.

mod diagnose;
mod diagnosis;
mod integer;
mod json_text;
pub(crate) mod kept;
mod node;
mod objects;
mod refusal;
pub(crate) mod tolerance;

use std::fmt;

use serde::de::{DeserializeOwned, Error, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use self::diagnose::valid_json;
use self::node::{Node, Rules};
use self::objects::ObjectsOnly;
use self::refusal::Refusal;
use self::tolerance::tolerantly;
use crate::scalar::Scalar;
use crate::topic::{Record, Topic};
use crate::view::View;

pub use self::diagnose::diagnose;
pub use self::diagnosis::Diagnosis;

/// A part of a record: key or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The record key.
    Key,
    /// The record value.
    Value,
}

/// Why a key or a value does not have the form of its topic.
///
/// It names kinds ("a number", "a string of 9 characters") and never quotes a value: payloads may hold personal data,
/// and errors end up in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    topic: &'static str,
    part: Part,
    pointer: String,
    expected: String,
    found: String,
}

impl DecodeError {
    /// The name of the topic.
    pub fn topic(&self) -> &'static str {
        self.topic
    }

    /// The part of the record: key or value.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The place in the value (RFC 6901); empty for the whole value.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What was expected at that place.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What was found at that place, without its content.
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::Key => "key",
            Part::Value => "value",
        };
        write!(f, "{}: {part}", self.topic)?;
        if !self.pointer.is_empty() {
            write!(f, " at {}", self.pointer)?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for DecodeError {}

/// Decodes a record key.
///
/// # Errors
/// Bytes that are not the key's text.
pub fn key<T: Topic>(bytes: &[u8]) -> Result<T::Key, DecodeError> {
    std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(|| DecodeError {
        topic: T::NAME,
        part: Part::Key,
        pointer: String::new(),
        expected: T::Key::EXPECTED.to_owned(),
        found: match std::str::from_utf8(bytes) {
            Ok(text) => describe_text(text),
            Err(_) => format!("{} bytes that are not UTF-8", bytes.len()),
        },
    })
}

/// Decodes the key of a record that may have none.
///
/// # Errors
/// A record without a key, or bytes that are not the key's text.
pub fn optional_key<T: Topic>(bytes: Option<&[u8]>) -> Result<T::Key, DecodeError> {
    let bytes = bytes.ok_or_else(|| DecodeError {
        topic: T::NAME,
        part: Part::Key,
        pointer: String::new(),
        expected: T::Key::EXPECTED.to_owned(),
        found: "a record without a key".to_owned(),
    })?;
    key::<T>(bytes)
}

/// Decodes a record value, in the spellings that the view accepts (see the [module](self)).
///
/// # Errors
/// Bytes that are not UTF-8 or not JSON, or JSON that does not have the payload's form.
pub fn value<T: Topic, V: View>(bytes: &[u8]) -> Result<T::Value<V>, DecodeError> {
    match read_directly(bytes) {
        Some(value) => Ok(value),
        None => read_again::<_, V>(bytes).map_err(|Diagnosis { pointer, expected, found }| DecodeError {
            topic: T::NAME,
            part: Part::Value,
            pointer,
            expected,
            found,
        }),
    }
}

impl<T: Topic, V: View> Record<T, V> {
    /// Decodes a record. `None` as value is a tombstone. An empty value is not: it is refused as invalid JSON.
    ///
    /// # Errors
    /// A key or value that does not have the topic's form, with topic, JSON pointer, expected and found.
    pub fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Self, DecodeError> {
        let key = self::key::<T>(key)?;
        Ok(match value {
            Some(value) => Self::Upsert { key, value: self::value::<T, V>(value)? },
            None => Self::Tombstone { key },
        })
    }
}

/// Reads a value that is spelt as the producer spells it, with its discriminator first. `None`: it may be another record, or
/// none.
fn read_directly<D: DeserializeOwned>(bytes: &[u8]) -> Option<D> {
    // To check the whole for UTF-8 is faster than to check string by string.
    let text = std::str::from_utf8(bytes).ok()?;
    if text.trim_ascii_start().starts_with('[') {
        return None;
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = D::deserialize(ObjectsOnly(&mut json)).ok();
    value.filter(|_| json.end().is_ok())
}

/// Reads a value as it may be spelt in this view.
#[cold]
fn read_again<D: DeserializeOwned, V: View>(bytes: &[u8]) -> Result<D, Diagnosis> {
    let text = valid_json(bytes)?;
    let read = |rules| {
        let node = Node::new(text, rules);
        // A type of a reader's may take an array; no value of a topic is one.
        if node.is_array() {
            Err(Refusal::invalid_type(Unexpected::Seq, &"an object"))
        } else {
            D::deserialize(node)
        }
    };
    let read = if V::OPEN {
        tolerantly(|| read(Rules::TOLERANT).or_else(|refusal| read(Rules::BUFFERED).map_err(|_| refusal)))
    } else {
        read(Rules::STRICT)
    };
    read.map_err(|Refusal(diagnosis)| diagnosis)
}

/// Parses any JSON by its grammar (RFC 8259), also documents that `serde_json` cannot hold.
///
/// For that there are the substitutes that an [`UnknownVariant`](crate::view::UnknownVariant) has, and of a name that
/// stands twice the last value is there.
///
/// # Errors
/// Bytes that are not UTF-8 or not JSON.
///
/// ```
/// use serde_json::json;
/// use tiltak_schema::decode::document;
///
/// assert_eq!(document(br#"{"a": 1e400, "b": "\ud800"}"#)?, json!({"a": f64::MAX, "b": "\u{fffd}"}));
/// assert_eq!(document(b"{").unwrap_err().expected, "JSON");
/// # Ok::<(), tiltak_schema::decode::Diagnosis>(())
/// ```
pub fn document(bytes: &[u8]) -> Result<Value, Diagnosis> {
    let document = std::str::from_utf8(bytes).ok().and_then(|text| serde_json::from_str(text).ok());
    match document {
        Some(document) => Ok(document),
        None => Value::deserialize(Node::new(valid_json(bytes)?, Rules::KEPT))
            .map_err(|Refusal(diagnosis)| diagnosis),
    }
}

/// A deserializer that reads like another one, but refuses an array in place of an object, and an object in place of
/// a string.
///
/// serde's derived readers also read a struct from an array of its fields, and `"UKE"` from `{"UKE": null}`. This deserializer
/// does not see what serde reads through a buffer of its own: the content of enums with `#[serde(tag)]` or `#[serde(untagged)]`,
/// and of flattened structs.
///
/// ```
/// use serde::Deserialize;
/// use tiltak_schema::decode::objects_only;
///
/// #[derive(Deserialize)]
/// struct Body {
///     navn: String,
/// }
///
/// let text = r#"["Jobbklubb"]"#;
/// assert_eq!(serde_json::from_str::<Body>(text)?.navn, "Jobbklubb");
/// assert!(Body::deserialize(objects_only(&mut serde_json::Deserializer::from_str(text))).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn objects_only<'de, D: Deserializer<'de>>(deserializer: D) -> impl Deserializer<'de, Error = D::Error> {
    ObjectsOnly(deserializer)
}

/// Describes the kind of a JSON value, without its content.
///
/// ```
/// assert_eq!(tiltak_schema::decode::describe(&serde_json::json!("Kari")), "a string of 4 characters");
/// ```
pub fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) if number.is_f64() => "a number with a fraction or an exponent".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) => describe_text(text),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

pub(crate) fn describe_text(text: &str) -> String {
    match text.chars().count() {
        0 => "an empty string".to_owned(),
        1 => "a string of 1 character".to_owned(),
        n => format!("a string of {n} characters"),
    }
}
