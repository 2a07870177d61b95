//! A serde error made of data: place, expected, found.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::describe_text;
use super::diagnosis::Diagnosis;

/// Why a value was refused. serde's errors are text; this one collects its JSON pointer on the way up.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Diagnosis);

impl Refusal {
    /// The same, one step further down.
    pub(super) fn below(self, step: &str) -> Self {
        Self(self.0.below(step))
    }

    pub(super) fn out_of_range(expected: &dyn Expected) -> Self {
        Self(Diagnosis::here(describe_expected(expected), "a number outside of that range"))
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
        Self(Diagnosis::here(describe_expected(expected), describe_unexpected(unexpected)))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match unexpected {
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => Self::out_of_range(expected),
            other => Self::invalid_type(other, expected),
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self(Diagnosis::here(format!("one of {}", expected.join(", ")), describe_text(variant)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(Diagnosis::here("a value", "nothing").below(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self(Diagnosis::here("each property once in an object", "one that stands twice").below(field))
    }
}

/// Turns the words that serde's own visitors use into those of JSON Schema.
fn describe_expected(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    match expected.as_str() {
        "i32" => format!("an integer from {} to {}", i32::MIN, i32::MAX),
        "i64" => format!("an integer from {} to {}", i64::MIN, i64::MAX),
        "f64" => "a number".to_owned(),
        "a sequence" | "a set" => "an array".to_owned(),
        name if name.starts_with("struct ") => "an object".to_owned(),
        name if name.starts_with("enum ") => "a string".to_owned(),
        _ => expected,
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
        // Fixed words of this crate.
        Unexpected::Other(words) => words.to_owned(),
        _ => "something else".to_owned(),
    }
}
