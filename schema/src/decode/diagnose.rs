//! Why a value was refused: a second, slower pass that keeps track of its place.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::diagnosis::Diagnosis;
use super::node::{Node, Rules};
use super::refusal::Refusal;

/// Finds the place that made `serde_json` refuse `bytes` as a `D`, with `error`.
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
pub fn diagnose<D: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Diagnosis {
    let read = valid_json(bytes).map(|text| D::deserialize(Node::new(text, Rules::STRICT)));
    match read {
        Err(diagnosis) | Ok(Err(Refusal(diagnosis))) => diagnosis,
        // The message of a syntax error is fixed text and a position; another one may quote the input.
        Ok(Ok(_)) if error.is_syntax() => Diagnosis::here("JSON", error.to_string()),
        Ok(Ok(_)) => Diagnosis::here(
            "a value of another form",
            format!("one that was refused at line {} column {}", error.line(), error.column()),
        ),
    }
}

/// The bytes as text, if they are JSON by its grammar (RFC 8259), whatever the range of its numbers, its strings and
/// its nesting.
pub(super) fn valid_json(bytes: &[u8]) -> Result<&str, Diagnosis> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Diagnosis::here("JSON", format!("a byte that is not UTF-8 at offset {}", error.valid_up_to()))
    })?;
    if text.is_empty() {
        return Err(Diagnosis::here("JSON", "an empty value (a tombstone is a record without a value)"));
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Diagnosis::here("JSON", error.to_string())),
    }
}
