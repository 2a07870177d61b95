//! A folder of plain JSON Schemas as the source of contracts. The current contract of a topic is in
//! `topics/<topic>/key.schema.json` and `value.schema.json`, its released versions are in the folders beside them.

mod overview;

use anyhow::{Context, ensure};
use semver::Version;
use serde::Deserialize;
use serde_json::{Value, json};

use super::contract_source::{ContractSource, required};
use crate::contract::Contract;
use crate::contract_version::Candidate;
use crate::schema_text;
use crate::tree::Files;

/// The file, below `contracts/`, that says that the contracts are plain JSON Schemas.
pub(crate) const PATH: &str = "contracts.toml";

/// The contracts whose source is a folder of plain JSON Schemas.
#[derive(Debug)]
pub struct SchemaFolder {
    about: About,
    topics: Vec<String>,
}

/// `contracts.toml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct About {
    /// The title of the overview and of the AsyncAPI document.
    title: String,
    /// A sentence about the topics.
    #[serde(default)]
    description: String,
    /// Whether a field without a description blocks a release.
    #[serde(default)]
    require_descriptions: bool,
}

/// Path of a schema that a person edits, below `contracts/`.
pub(crate) fn schema_path(topic: &str, part: &str) -> String {
    format!("topics/{topic}/{part}.schema.json")
}

impl SchemaFolder {
    /// The folder, if `contracts.toml` exists.
    ///
    /// # Errors
    /// `contracts.toml` is malformed; a file cannot be read.
    pub fn of(files: &dyn Files) -> anyhow::Result<Option<Self>> {
        let Some(text) = files.read(PATH)? else { return Ok(None) };
        let about = toml::from_str(&text).with_context(|| format!("contracts/{PATH}: malformed"))?;
        let mut topics = Vec::new();
        for folder in files.list("topics")? {
            let topic = folder.trim_start_matches("topics/").to_owned();
            let is_topic = |path: String| Ok::<_, anyhow::Error>(files.read(&path)?.is_some());
            if is_topic(format!("{folder}/topic.toml"))? || is_topic(schema_path(&topic, "value"))? {
                topics.push(topic);
            }
        }
        Ok(Some(Self { about, topics }))
    }

    fn text(files: &dyn Files, topic: &str, part: &str) -> anyhow::Result<(String, Value)> {
        let path = schema_path(topic, part);
        let text = required(files, &path)?;
        let schema = schema_text::parse(&text).with_context(|| format!("contracts/{path}"))?;
        Ok((text, schema))
    }
}

impl ContractSource for SchemaFolder {
    fn command(&self) -> &'static str {
        "contracts"
    }

    fn topics(&self) -> &[String] {
        &self.topics
    }

    fn candidate(&self, files: &dyn Files, topic: &str) -> anyhow::Result<Candidate> {
        let file = files.topic_file(topic)?;
        let place = || format!("contracts/topics/{topic}/topic.toml");
        ensure!(file.topic == topic, "{}: topic is {:?}, and the folder {topic:?}", place(), file.topic);
        let version = file.version.parse().with_context(|| format!("{}: version", place()))?;
        let [(_, key), (_, value)] = [Self::text(files, topic, "key")?, Self::text(files, topic, "value")?];
        let requires_descriptions = self.about.require_descriptions;
        Ok(Candidate { topic: topic.to_owned(), version, key, value, requires_descriptions })
    }

    fn schema_texts(&self, files: &dyn Files, topic: &str, _: &Version) -> anyhow::Result<[String; 2]> {
        Ok([Self::text(files, topic, "key")?.0, Self::text(files, topic, "value")?.0])
    }

    fn contract(&self, files: &dyn Files, topic: &str) -> anyhow::Result<Contract> {
        let Candidate { version, key, value, .. } = self.candidate(files, topic)?;
        Ok(Contract::of_schemas(topic, &version, &key, &value)?)
    }

    fn info(&self) -> Value {
        let About { title, description, .. } = &self.about;
        json!({ "title": title, "version": "1.0.0", "description": description })
    }

    fn overview(&self, files: &dyn Files) -> anyhow::Result<String> {
        let About { title, description, .. } = &self.about;
        let about = if description.is_empty() { String::new() } else { format!("\n{description}\n") };
        let mut text = format!("# {title}\n{about}");
        for topic in &self.topics {
            text.push_str(&overview::section(
                &files.topic_file(topic)?,
                &self.candidate(files, topic)?.value,
            ));
        }
        Ok(text)
    }
}
