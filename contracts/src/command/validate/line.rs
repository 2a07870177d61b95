//! Parsing a line into a record: in the form of this project, or in that of `kcat -J`.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use tiltak_schema::decode::objects_only;

use crate::contract::Contract;

/// The members that a line may have, each once. kcat writes the value as `payload`.
///
/// Others are refused: kcat writes null as payload and `payload_error` beside it when it could not decode a value, and
/// that is no tombstone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    key: Option<String>,
    #[serde(default)]
    value: Content,
    #[serde(default)]
    payload: Content,
    pub(super) topic: Option<String>,
    pub(super) partition: Option<i32>,
    pub(super) offset: Option<i64>,
    #[serde(default, rename = "tstype")]
    _timestamp_type: IgnoredAny,
    #[serde(default, rename = "ts")]
    _timestamp: IgnoredAny,
    #[serde(default, rename = "broker")]
    _broker: IgnoredAny,
    #[serde(default, rename = "headers")]
    _headers: IgnoredAny,
}

/// A member that is null, and one that is not there, are not the same.
#[derive(Debug, Default)]
enum Content {
    #[default]
    Absent,
    Null,
    Text(String),
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Text))
    }
}

/// What a line must be, in words.
const EXPECTED: &str =
    r#"{"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload"#;

impl Members {
    /// Reads a line.
    ///
    /// # Errors
    /// Why it is no record, without quoting the line.
    pub(super) fn read(line: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(line).map_err(|error| {
            format!("expected UTF-8, found a byte that is not, at column {}", error.valid_up_to() + 1)
        })?;
        let mut json = serde_json::Deserializer::from_str(text);
        let members = Self::deserialize(objects_only(&mut json));
        members.and_then(|members| json.end().map(|()| members)).map_err(|error| no_record(&masked(&error)))
    }

    /// The key and the value. A value of `None` is a tombstone.
    ///
    /// # Errors
    /// Why the line is no record.
    pub(super) fn record(self) -> Result<(String, Option<String>), String> {
        let value = match (self.value, self.payload) {
            (Content::Null, Content::Absent) | (Content::Absent, Content::Null) => None,
            (Content::Text(value), Content::Absent) | (Content::Absent, Content::Text(value)) => Some(value),
            (Content::Absent, Content::Absent) => return Err(no_record("neither a value nor a payload")),
            _ => return Err(no_record("both a value and a payload")),
        };
        let no_key = "no key, which every record of a compacted topic has";
        Ok((self.key.ok_or_else(|| no_record(no_key))?, value))
    }

    /// Why the record is none of this topic, if the line says that it is of another one.
    pub(super) fn of_another_topic(&self, contract: &Contract) -> Option<String> {
        let other = self.topic.as_deref().filter(|other| !contract.is_on(other))?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_topic = (1..=249).contains(&other.len()) && other.bytes().all(is_name);
        let found = if is_topic { other } else { "another" };
        Some(format!("expected a record of this topic, found one of {found}"))
    }
}

fn no_record(found: &str) -> String {
    format!("expected {EXPECTED}, found: {found}")
}

/// serde_json's message, unless it quotes the input, as those about the wrong kind of data do.
fn masked(error: &serde_json::Error) -> String {
    if error.is_data() { format!("another shape, at column {}", error.column()) } else { error.to_string() }
}
