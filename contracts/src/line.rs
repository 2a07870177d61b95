//! A record as a line of NDJSON.

use serde::{Deserialize, Deserializer, Serialize};

/// A record as a line of NDJSON: the key, and the value's exact text as a string, or null for a tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Record key.
    pub key: String,
    /// The value's text; null for a tombstone. The property must be there.
    #[serde(deserialize_with = "required_nullable")]
    pub value: Option<String>,
}

/// serde reads an absent `Option` as null; here that would turn a forgotten value into a tombstone.
fn required_nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}
