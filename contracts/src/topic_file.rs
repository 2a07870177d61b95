//! `topic.toml`: the contract of a topic besides its schemas.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};
use tiltak_schema::pointer::Pointer;
use toml::de::DeTable;

use crate::place::Part;

/// The file `topic.toml` of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TopicFile {
    /// The topic's name on the broker.
    pub topic: String,
    /// The version of the current contract, which is also the folder of its schemas.
    pub version: String,
    /// The team that publishes the topic.
    pub owner: String,
    /// The known readers of the topic.
    pub readers: Vec<String>,
    /// The meaning of a tombstone.
    pub tombstone: String,
    /// Whether tombstones are sent. Defaults to true.
    #[serde(default = "yes")]
    pub sends_tombstones: bool,
    /// The topic's configuration on the broker.
    pub config: KafkaConfig,
    /// What a new version has to be compatible with.
    pub compatibility: Compatibility,
    /// Intended breaks on the live topic.
    #[serde(default)]
    pub intended_break: Vec<IntendedBreak>,
    /// The Norwegian documentation for reader teams. Contracts from Rust types have it.
    #[serde(default)]
    pub dokumentasjon: Option<Dokumentasjon>,
    /// One line in Norwegian about each field, by its path with dots (`arrangor.organisasjonsnummer`). Contracts from
    /// Rust types have one for each field.
    #[serde(default)]
    pub felt: BTreeMap<String, String>,
}

/// What a new version of a contract has to be compatible with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Compatibility {
    /// The direction of compatibility.
    pub mode: Mode,
    /// The oldest version of records that may still be on the topic: the one that the last full relast wrote. Readers
    /// of a new version have to read the records of every version since.
    pub retained_since: Version,
    /// The oldest version that readers still use. Readers of every version since have to read the records of a new
    /// version. A relast does not change this, because readers stay as they are. Defaults to the oldest released
    /// version.
    #[serde(default)]
    pub supported_since: Option<Version>,
}

/// The direction of compatibility, in the terms of the Confluent Schema Registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A new reader reads the records of every version since `retained-since`.
    BackwardTransitive,
    /// The readers of every version since `supported-since` read new records.
    ForwardTransitive,
    /// Both directions.
    FullTransitive,
}

impl Mode {
    /// Whether a new reader has to read old records.
    pub fn is_backward(self) -> bool {
        self != Self::ForwardTransitive
    }

    /// Whether old readers have to read new records.
    pub fn is_forward(self) -> bool {
        self != Self::BackwardTransitive
    }
}

/// An intended break on the live topic: its findings are shown, and block nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "kebab-case", serialize = "camelCase"), deny_unknown_fields)]
pub struct IntendedBreak {
    /// The version that introduces the break.
    pub version: Version,
    /// The id of the rule that is broken.
    pub rule: String,
    /// The part of the contract: `key`, `value` or `config`. Defaults to `value`.
    #[serde(default)]
    pub part: Part,
    /// The place: a field, or a setting (`/retention.ms`).
    pub pointer: Pointer,
    /// Why.
    pub reason: String,
    /// When it was decided.
    pub date: String,
    /// The reader teams that have been told.
    pub readers_told: Vec<String>,
}

impl fmt::Display for IntendedBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}); told: {}", self.reason, self.date, self.readers_told.join(", "))
    }
}

/// The topic's configuration on the broker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KafkaConfig {
    /// Number of partitions.
    pub partitions: i32,
    /// Replicas of each partition.
    pub replication_factor: i32,
    /// Topic settings by their Kafka names.
    pub settings: BTreeMap<String, String>,
}

/// The documentation of a topic for reader teams, in Norwegian.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dokumentasjon {
    /// What the topic holds.
    pub innhold: String,
    /// The occasions on which a record is published.
    pub oppdateres_ved: Vec<String>,
    /// The meaning of the key.
    pub nokkel: String,
    /// The meaning of a tombstone, and when one is sent.
    pub tombstone: String,
    /// What compaction keeps.
    pub kompaktering: String,
}

fn yes() -> bool {
    true
}

impl TopicFile {
    /// Parses a `topic.toml`.
    ///
    /// # Errors
    /// What is wrong and where, as the TOML reader says it: line, column, and the names it expected.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

/// The line, from 1, of a key in a TOML file, such as `compatibility`, `retained-since`: of the last of these keys
/// that exists.
pub(crate) fn line_of(text: &str, keys: &[&str]) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut table = Some(document.get_ref());
    let mut start = None;
    for key in keys {
        let Some((found, value)) =
            table.and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key))
        else {
            break;
        };
        start = Some(found.span().start);
        table = value.get_ref().as_table();
    }
    Some(text.get(..start?)?.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_key_is_found_in_tables_and_dotted_keys() {
        let text = "topic = \"a\"\n\n[compatibility]\nmode = \"x\"\nretained-since = \"1.0.0\"\n\n[felt]\n\"a.b\" = \"c\"\n";
        assert_eq!(line_of(text, &["topic"]), Some(1));
        assert_eq!(line_of(text, &["compatibility", "retained-since"]), Some(5));
        assert_eq!(line_of(text, &["felt", "a.b"]), Some(8));
        assert_eq!(line_of(text, &["felt", "z"]), Some(7));
        assert_eq!(line_of(text, &["z"]), None);
        assert_eq!(line_of("not TOML", &["z"]), None);
        let text = "config.settings.\"min.insync.replicas\" = 2";
        assert_eq!(line_of(text, &["config", "settings", "min.insync.replicas"]), Some(1));
    }
}
