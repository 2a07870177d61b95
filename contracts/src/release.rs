//! `released.toml`: the released versions of a contract, with their hashes.

use anyhow::Context;
use jiff::civil::Date;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::topic_file::KafkaConfig;
use crate::tree::Files;

/// The released versions of a topic's contract, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Releases {
    /// The versions.
    #[serde(default)]
    pub released: Vec<Release>,
}

/// A released version. Its files never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// The day of the release.
    #[serde(with = "as_text")]
    pub date: Date,
    /// Hash of `key.schema.json`.
    pub key_sha256: String,
    /// Hash of `value.schema.json`.
    pub value_sha256: String,
    /// Whether tombstones were sent; `None` if the file does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends_tombstones: Option<bool>,
    /// The topic's settings at the release.
    pub config: KafkaConfig,
}

/// A date as its ISO text.
mod as_text {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Releases {
    /// The path of the file, below `contracts/`.
    pub fn path(topic: &str) -> String {
        format!("topics/{topic}/released.toml")
    }

    /// The released versions of a topic; none if there is no such file.
    ///
    /// # Errors
    /// A file that is malformed.
    pub fn load(files: &dyn Files, topic: &str) -> anyhow::Result<Self> {
        let path = Self::path(topic);
        let Some(text) = files.read(&path)? else { return Ok(Self::default()) };
        let mut releases: Self = toml::from_str(&text).with_context(|| format!("{path}: malformed"))?;
        releases.released.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(releases)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None that outside data can cause.
    pub fn to_text(&self) -> anyhow::Result<String> {
        let note = "# Written by `contracts release`. The files of a released version never change.\n\n";
        Ok(note.to_owned() + &toml::to_string_pretty(self)?)
    }

    /// The newest version.
    pub fn latest(&self) -> Option<&Release> {
        self.released.last()
    }

    /// Whether this version is released.
    pub fn contains(&self, version: &Version) -> bool {
        self.released.iter().any(|release| release.version == *version)
    }
}

/// A schema in the form that it has in a file.
pub(crate) fn pretty(schema: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(schema)? + "\n")
}

/// Replaces the only occurrence of `old` in a text.
pub(crate) fn replace_once(text: &str, old: &str, new: &str) -> Option<String> {
    (text.matches(old).count() == 1).then(|| text.replace(old, new))
}
