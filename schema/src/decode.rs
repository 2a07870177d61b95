//! From bytes to typed keys and values, with an error that says where and what.
//!
//! Reading goes straight from text to type. Only when that fails is the text read once more, more slowly, to find the
//! place: a good record pays nothing for the error messages.

use std::fmt;

use serde_json::Value;

use crate::scalar::Scalar;
use crate::topic::Topic;
use crate::view::View;

pub use crate::diagnosis::{Diagnosis, diagnose};

/// Which half of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The record key.
    Key,
    /// The record value.
    Value,
}

/// A key or a value that does not have its topic's form.
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
    /// The topic.
    pub fn topic(&self) -> &'static str {
        self.topic
    }

    /// Key or value.
    pub fn part(&self) -> Part {
        self.part
    }

    /// Where in the value (RFC 6901); empty for the whole.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What was expected there.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What was found there, without its content.
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

/// Reads a record key.
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

/// Reads the key of a record that may have none.
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

/// Reads a record value.
///
/// # Errors
/// Bytes that are not UTF-8 or not JSON, or JSON that does not have the payload's form.
pub fn value<T: Topic, V: View>(bytes: &[u8]) -> Result<T::Value<V>, DecodeError> {
    // Whether the whole is UTF-8 is told faster than whether each string is.
    let read = match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    };
    read.map_err(|error| {
        let Diagnosis { pointer, expected, found } = diagnose::<T::Value<V>>(bytes, &error);
        DecodeError { topic: T::NAME, part: Part::Value, pointer, expected, found }
    })
}

/// Says what a JSON value is, without its content.
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
