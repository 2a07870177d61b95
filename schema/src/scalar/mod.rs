//! The scalars on the wire (`schema/WIRE.md`, section 2), each a type of its own.
//!
//! A scalar has one spelling for each value. Parsing refuses every other, so reading and writing gives the same text. The view
//! of a reader also accepts the spellings of [`Scalar::parse_tolerant`]. The JSON Schema pattern and the parser describe the same
//! set of strings, except where a pattern cannot express it (the 30th of February): there the parser is stricter.

mod id;
mod instant;
mod iso_8601;
mod local_date;
mod local_date_time;
mod numbers;

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::Unexpected;

use crate::decode::tolerance::{SPELLED_DIFFERENTLY, is_tolerant};

pub use id::{AvtaleId, GjennomforingId, TiltakstypeId, UtdanningId, UtdanningsprogramId};
pub use instant::Instant;
pub use local_date::LocalDate;
pub use local_date_time::LocalDateTime;
pub use numbers::{Enhetsnummer, Organisasjonsnummer, Tiltaksnummer};

/// A value that is on the wire a string of one fixed form.
pub trait Scalar: FromStr<Err = ScalarError> + fmt::Display + Sized {
    /// The form in words, for errors: the text after "expected".
    const EXPECTED: &'static str;
    /// The form as an anchored regular expression, in the part of ECMA-262 that every engine shares.
    const PATTERN: &'static str;
    /// The JSON Schema format of which this form is an instance, if there is one.
    const FORMAT: Option<&'static str>;

    /// Parses a text in any spelling that a tolerant reader accepts. Defaults to the writer's spelling alone.
    fn parse_tolerant(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Why a string is not a scalar: it does not have its form.
///
/// The text itself is not kept: it may be personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScalarError {
    expected: &'static str,
}

impl ScalarError {
    pub(crate) fn new<S: Scalar>() -> Self {
        Self { expected: S::EXPECTED }
    }

    /// The form that was expected.
    pub fn expected(self) -> &'static str {
        self.expected
    }
}

impl fmt::Display for ScalarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for ScalarError {}

pub(crate) struct ScalarVisitor<S>(pub(crate) PhantomData<S>);

impl<S: Scalar> serde::de::Visitor<'_> for ScalarVisitor<S> {
    type Value = S;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(S::EXPECTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<S, E> {
        match text.parse() {
            Ok(value) => Ok(value),
            Err(_) => self.other_spelling(text),
        }
    }
}

impl<S: Scalar> ScalarVisitor<S> {
    #[cold]
    fn other_spelling<E: serde::de::Error>(self, text: &str) -> Result<S, E> {
        match S::parse_tolerant(text) {
            Some(value) if is_tolerant() => Ok(value),
            Some(_) => Err(E::invalid_value(Unexpected::Other(SPELLED_DIFFERENTLY), &self)),
            None => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

/// Serialize, Deserialize, JsonSchema and Debug of a [`Scalar`].
macro_rules! scalar {
    ($name:ident, $description:literal) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::scalar::ScalarVisitor::<Self>(std::marker::PhantomData))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = schemars::json_schema!({
                    "description": $description,
                    "type": "string",
                });
                if let Some(format) = <Self as $crate::scalar::Scalar>::FORMAT {
                    schema.insert("format".into(), format.into());
                }
                schema.insert("pattern".into(), <Self as $crate::scalar::Scalar>::PATTERN.into());
                schema
            }
        }
    };
}
pub(crate) use scalar;

#[cfg(test)]
pub(crate) mod testing {
    use super::Scalar;

    /// Each text is read and written again as it was, also by a tolerant reader.
    pub(crate) fn same_spelling<S: Scalar>(texts: &[&str]) {
        for text in texts {
            assert_eq!(text.parse::<S>().map(|value| value.to_string()).as_deref(), Ok(*text));
            assert_eq!(S::parse_tolerant(text).map(|value| value.to_string()).as_deref(), Some(*text));
        }
    }

    pub(crate) fn refused<S: Scalar>(texts: &[&str]) {
        for text in texts {
            assert!(text.parse::<S>().is_err(), "{text:?} was read as a scalar");
        }
    }

    /// Each text is refused by the parser, and read as this value by a tolerant reader.
    pub(crate) fn read_as<S: Scalar>(value: &str, texts: &[&str]) {
        refused::<S>(texts);
        for text in texts {
            let read = S::parse_tolerant(text).map(|value| value.to_string());
            assert_eq!(read.as_deref(), Some(value), "{text}");
        }
    }

    /// Each text is refused by a tolerant reader too.
    pub(crate) fn not_read<S: Scalar>(texts: &[&str]) {
        refused::<S>(texts);
        for text in texts {
            assert!(S::parse_tolerant(text).is_none(), "{text:?} was read as a scalar");
        }
    }
}
