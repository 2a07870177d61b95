//! `topic.toml`: what a contract says besides its schemas.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};
use tiltak_schema::pointer::Pointer;
use toml::de::DeTable;

use crate::place::Part;

/// A `topic.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TopicFile {
    /// The topic's name on the broker.
    pub topic: String,
    /// The version of the contract that the types are now: the folder that the schemas stand in.
    pub version: String,
    /// The team that publishes the topic.
    pub owner: String,
    /// The applications that are known to read the topic.
    pub readers: Vec<String>,
    /// What a record without a value means.
    pub tombstone: String,
    /// Whether such records are sent. Defaults to true.
    #[serde(default = "yes")]
    pub sends_tombstones: bool,
    /// The topic's configuration on the broker.
    pub config: KafkaConfig,
    /// What a new version has to get along with.
    pub compatibility: Compatibility,
    /// Breaks on the live topic that were decided on.
    #[serde(default)]
    pub intended_break: Vec<IntendedBreak>,
    /// What reader teams are told, in Norwegian. The contracts that are Rust types have it.
    #[serde(default)]
    pub dokumentasjon: Option<Dokumentasjon>,
    /// One line in Norwegian about each field, by its path with dots (`arrangor.organisasjonsnummer`): of Rust types, each has
    /// one.
    #[serde(default)]
    pub felt: BTreeMap<String, String>,
}

/// What a new version of a contract has to get along with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Compatibility {
    /// Which way.
    pub mode: Mode,
    /// The oldest version that records on the topic may still be of: the one that the last full relast has written. A
    /// reader of a new version has to read the records of every version since.
    pub retained_since: Version,
    /// The oldest version that readers still use: their readers have to read the records of a new version. A relast changes
    /// nothing here, since readers stay as they are. Defaults to every released version.
    #[serde(default)]
    pub supported_since: Option<Version>,
}

/// Which of old and new has to read the other, in the terms of the Confluent Schema Registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A new reader reads the records of every version since `retained-since`.
    BackwardTransitive,
    /// The readers of every version since `supported-since` read new records.
    ForwardTransitive,
    /// Both.
    FullTransitive,
}

impl Mode {
    /// A new reader has to read old records.
    pub fn is_backward(self) -> bool {
        self != Self::ForwardTransitive
    }

    /// Old readers have to read new records.
    pub fn is_forward(self) -> bool {
        self != Self::BackwardTransitive
    }
}

/// A break on the live topic that was decided on: its findings are shown, and refuse nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "kebab-case", serialize = "camelCase"), deny_unknown_fields)]
pub struct IntendedBreak {
    /// The version that brings it.
    pub version: Version,
    /// The rule that it breaks.
    pub rule: String,
    /// The part of the contract: `key`, `value` or `config`. Defaults to `value`.
    #[serde(default)]
    pub part: Part,
    /// The field, or the setting (`/retention.ms`).
    pub pointer: Pointer,
    /// Why.
    pub reason: String,
    /// When it was decided.
    pub date: String,
    /// The reader teams that know.
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

/// What reader teams are told about a topic, in Norwegian.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dokumentasjon {
    /// What the topic holds.
    pub innhold: String,
    /// When a record is published: a list of occasions.
    pub oppdateres_ved: Vec<String>,
    /// What the key is.
    pub nokkel: String,
    /// What a tombstone means, and when there is one.
    pub tombstone: String,
    /// What compaction keeps.
    pub kompaktering: String,
}

fn yes() -> bool {
    true
}

impl TopicFile {
    /// Reads a `topic.toml`.
    ///
    /// # Errors
    /// What is wrong and where, as the TOML reader says it: line, column, and the names it expected.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

/// The line, from 1, of a key in a TOML file, such as `compatibility`, `retained-since`; of the last of the keys that is there.
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
