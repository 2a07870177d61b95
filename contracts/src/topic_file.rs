//! `topic.toml`: what a contract says besides its schemas.

use std::collections::BTreeMap;

use serde::Deserialize;

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
    /// The topic's configuration on the broker.
    pub config: KafkaConfig,
    /// What reader teams are told, in Norwegian.
    pub dokumentasjon: Dokumentasjon,
    /// One line in Norwegian about each field, by its path with dots (`arrangor.organisasjonsnummer`).
    pub felt: BTreeMap<String, String>,
}

/// The topic's configuration on the broker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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

impl TopicFile {
    /// Reads a `topic.toml`.
    ///
    /// # Errors
    /// What is wrong and where, as the TOML reader says it: line, column, and the names it expected.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
