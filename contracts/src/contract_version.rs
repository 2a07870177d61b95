//! One version of a topic's contract, as data.

use anyhow::Context;
use semver::Version;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::line::Line;
use crate::release::{Release, Releases};
use crate::topic_file::{KafkaConfig, TopicFile};
use crate::tree::{Files, schema_path};

/// One version of a topic's contract: schemas, settings and valid examples.
#[derive(Debug, Clone, PartialEq)]
pub struct ContractVersion {
    /// The topic.
    pub topic: String,
    /// The version.
    pub version: Version,
    /// Schema of the record key.
    pub key: Value,
    /// Schema of the record value.
    pub value: Value,
    /// The settings of the topic.
    pub config: KafkaConfig,
    /// Whether tombstones are sent; `None` if a release does not say.
    pub sends_tombstones: Option<bool>,
    /// Applications that read the topic, with or without a declaration.
    pub readers: Vec<String>,
    /// Valid examples that have a value.
    pub examples: Vec<Example>,
    /// Whether each field has to have a description.
    pub requires_descriptions: bool,
}

/// The current contract of a topic, before a release.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The topic.
    pub topic: String,
    /// The version in the source.
    pub version: Version,
    /// Schema of the record key.
    pub key: Value,
    /// Schema of the record value.
    pub value: Value,
    /// Whether each field has to have a description.
    pub requires_descriptions: bool,
}

/// The value of a valid example.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The file, below `contracts/`.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The value.
    pub value: Value,
}

impl ContractVersion {
    /// The current contract, as a version.
    ///
    /// # Errors
    /// Examples that cannot be read.
    pub fn of_candidate(files: &dyn Files, candidate: Candidate, file: &TopicFile) -> anyhow::Result<Self> {
        let Candidate { topic, version, key, value, requires_descriptions } = candidate;
        let examples = examples(files, &topic)?;
        Ok(Self {
            topic,
            version,
            key,
            value,
            config: file.config.clone(),
            sends_tombstones: Some(file.sends_tombstones),
            readers: file.readers.clone(),
            examples,
            requires_descriptions,
        })
    }

    /// Loads a released version.
    ///
    /// # Errors
    /// Its files are missing, are no JSON, or are not the ones that were released.
    pub fn released(files: &dyn Files, topic: &str, release: &Release) -> anyhow::Result<Self> {
        let version = &release.version;
        let schema = |part: &str, hash: &str| {
            let path = path(topic, version, part);
            let text = files.read(&path)?.filter(|text| sha256(text) == hash);
            let text = text.with_context(|| {
                format!("contracts/{path}: not what was released as {topic} {version}; restore it from the history")
            })?;
            serde_json::from_str(&text).with_context(|| format!("contracts/{path}: no JSON"))
        };
        Ok(Self {
            topic: topic.to_owned(),
            version: version.clone(),
            key: schema("key", &release.key_sha256)?,
            value: schema("value", &release.value_sha256)?,
            config: release.config.clone(),
            sends_tombstones: release.sends_tombstones,
            readers: Vec::new(),
            examples: Vec::new(),
            requires_descriptions: false,
        })
    }

    /// Whether both versions have the same number and content.
    pub fn is_same(&self, other: &Self) -> bool {
        self.version == other.version
            && self.value == other.value
            && self.key == other.key
            && self.config == other.config
            && !self.differs_in_tombstones(other)
    }

    /// Whether one version is known to send tombstones and the other not to.
    pub(crate) fn differs_in_tombstones(&self, other: &Self) -> bool {
        self.sends_tombstones.zip(other.sends_tombstones).is_some_and(|(one, other)| one != other)
    }

    /// Every released version of a topic, oldest first.
    ///
    /// # Errors
    /// As [`ContractVersion::released`].
    pub fn all_released(files: &dyn Files, topic: &str) -> anyhow::Result<Vec<Self>> {
        let releases = Releases::load(files, topic)?;
        releases.released.iter().map(|release| Self::released(files, topic, release)).collect()
    }
}

/// Path of a schema below `contracts/`.
pub(crate) fn path(topic: &str, version: &Version, part: &str) -> String {
    format!("topics/{}", schema_path(topic, &version.to_string(), part))
}

/// The valid examples of a topic that have a value.
pub(crate) fn examples(files: &dyn Files, topic: &str) -> anyhow::Result<Vec<Example>> {
    let mut examples = Vec::new();
    for path in files.list(&format!("topics/{topic}/examples/valid"))? {
        for (line, text) in (1..).zip(files.read(&path)?.unwrap_or_default().lines()) {
            // A line that is none is a finding of `check`.
            let value = serde_json::from_str::<Line>(text).ok().and_then(|line| line.value);
            let value = value.and_then(|value| serde_json::from_str(&value).ok());
            examples.extend(value.map(|value| Example { path: path.clone(), line, value }));
        }
    }
    Ok(examples)
}

/// The hash that a released file is known by, as 64 lower-case hexadecimal digits.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
}
