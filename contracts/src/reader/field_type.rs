//! The types that a reader can bind a field to.

use serde_json::{Value, json};

/// The type that a reader binds a field to.
///
/// Each accepts what the parsers of the JVM accept, which is more than the topics hold: a UUID in upper case, a time
/// without seconds. A scalar of another JSON type counts as refused, although some libraries would convert it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// `uuid`: 36 characters, in any case.
    Uuid,
    /// `string`, of which a pattern may be asked.
    String {
        /// Regular expression that the string has to match.
        pattern: Option<String>,
    },
    /// `LocalDate`: `2026-01-31`.
    LocalDate,
    /// `LocalDateTime`: `2026-01-31T09:00`, seconds and a fraction of up to nine digits optional; no zone.
    LocalDateTime,
    /// `OffsetDateTime`: the same, with `Z` or an offset.
    OffsetDateTime,
    /// `Instant`: as `OffsetDateTime`, and the seconds have to be there.
    Instant,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
    /// `double`: any number.
    Double,
    /// `boolean`.
    Boolean,
    /// The name of an enum of the declaration.
    Enum {
        /// Its name.
        name: String,
        /// The values that the reader knows.
        known: Vec<String>,
    },
    /// `array`; its items are fields of their own, at `*`.
    Array,
    /// `object`; its properties are fields of their own. Without any, the reader takes it as it is.
    Object,
}

const DATE: &str = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const MINUTES: &str = "([01][0-9]|2[0-3]):[0-5][0-9]";
const SECONDS: &str = ":[0-5][0-9](\\.[0-9]{1,9})?";
const OFFSET: &str = "(Z|[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?)";

impl FieldType {
    /// The type with this name, if it is not an enum.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "uuid" => Self::Uuid,
            "string" => Self::String { pattern: None },
            "LocalDate" => Self::LocalDate,
            "LocalDateTime" => Self::LocalDateTime,
            "OffsetDateTime" => Self::OffsetDateTime,
            "Instant" => Self::Instant,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    /// The name, as a declaration spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::Uuid => "uuid",
            Self::String { .. } => "string",
            Self::LocalDate => "LocalDate",
            Self::LocalDateTime => "LocalDateTime",
            Self::OffsetDateTime => "OffsetDateTime",
            Self::Instant => "Instant",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Double => "double",
            Self::Boolean => "boolean",
            Self::Enum { name, .. } => name,
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// What the reader accepts there, without what it asks of properties and items. Of an enum whose unknown values do
    /// not stop the reader, every string is accepted.
    pub(super) fn schema(&self, unknown_values_stop: bool) -> Value {
        match self {
            Self::Uuid => text("[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
            Self::String { pattern: Some(pattern) } => json!({ "type": "string", "pattern": pattern }),
            Self::Enum { known, .. } if unknown_values_stop => json!({ "type": "string", "enum": known }),
            Self::String { pattern: None } | Self::Enum { .. } => json!({ "type": "string" }),
            Self::LocalDate => text(DATE),
            Self::LocalDateTime => text(&format!("{DATE}T{MINUTES}({SECONDS})?")),
            Self::OffsetDateTime => text(&format!("{DATE}T{MINUTES}({SECONDS})?{OFFSET}")),
            Self::Instant => text(&format!("{DATE}T{MINUTES}{SECONDS}{OFFSET}")),
            Self::Int32 => integer(i32::MIN.into(), i32::MAX.into()),
            Self::Int64 => integer(i64::MIN, i64::MAX),
            Self::Double => json!({ "type": "number" }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Array => json!({ "type": "array" }),
            Self::Object => json!({ "type": "object" }),
        }
    }

    /// Whether a value has the JSON type that the reader expects.
    pub(super) fn has_json_type_of(&self, value: &Value) -> bool {
        match self {
            Self::Int32 | Self::Int64 | Self::Double => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
            _ => value.is_string(),
        }
    }
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": format!("^{pattern}$") })
}

fn integer(minimum: i64, maximum: i64) -> Value {
    json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
}

#[cfg(test)]
mod tests {
    use tiltak_schema::binding::TYPE_NAMES;

    use super::*;

    #[test]
    fn a_type_has_the_name_it_was_found_by() {
        for name in TYPE_NAMES {
            assert_eq!(FieldType::named(name).map(|found| found.name().to_owned()).as_deref(), Some(name));
        }
    }

    #[test]
    fn the_parsers_accept_more_than_the_topics_hold() {
        for (name, accepted, refused) in [
            ("uuid", "59A64A02-EFDD-471D-9529-356FF5553A5D", "59a64a02efdd471d9529356ff5553a5d"),
            ("LocalDate", "2026-01-31", "2026-01-31T09:00"),
            ("LocalDateTime", "2026-01-31T09:00:00.1", "2026-01-31T09:00Z"),
            ("OffsetDateTime", "2026-01-31T09:00+01:00", "2026-01-31T09:00"),
            ("Instant", "2026-01-31T09:00:00.123456789Z", "2026-01-31T09:00Z"),
        ] {
            let schema = FieldType::named(name).unwrap().schema(true);
            assert!(jsonschema::is_valid(&schema, &json!(accepted)), "{name} {accepted}");
            assert!(!jsonschema::is_valid(&schema, &json!(refused)), "{name} {refused}");
        }
    }
}
