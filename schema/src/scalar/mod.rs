//! The scalars of the wire contract, section 2, each a type of its own.
//!
//! A scalar has one spelling for each value and refuses every other, so that reading and writing it again gives the
//! same text. The JSON Schema pattern and the parser describe the same set of strings; where a pattern cannot say it
//! (the 30th of February), the parser is the stricter one.

mod id;
mod instant;
mod local_date;
mod local_date_time;
mod numbers;

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

pub use id::{AvtaleId, GjennomforingId, TiltakstypeId, UtdanningId, UtdanningsprogramId};
pub use instant::Instant;
pub use local_date::LocalDate;
pub use local_date_time::LocalDateTime;
pub use numbers::{Enhetsnummer, Organisasjonsnummer, Tiltaksnummer};

/// A value that stands on the wire as a string of one fixed form.
pub trait Scalar: FromStr<Err = ScalarError> + fmt::Display + Sized {
    /// The form in words, for errors: what stands after "expected".
    const EXPECTED: &'static str;
    /// The form as an anchored regular expression, in the part of ECMA-262 that every engine shares.
    const PATTERN: &'static str;
    /// The JSON Schema format that this form is an instance of, if there is one.
    const FORMAT: Option<&'static str>;
}

/// A string that does not have the form of the scalar it was read as.
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
        text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
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

    /// Each text is read and written again as it was.
    pub(crate) fn same_spelling<S: Scalar>(texts: &[&str]) {
        for text in texts {
            assert_eq!(text.parse::<S>().map(|value| value.to_string()).as_deref(), Ok(*text));
        }
    }

    pub(crate) fn refused<S: Scalar>(texts: &[&str]) {
        for text in texts {
            assert!(text.parse::<S>().is_err(), "{text:?} was read as a scalar");
        }
    }
}
