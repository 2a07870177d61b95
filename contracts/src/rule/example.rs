//! A change that a rule fires on: its fixture, `tests/rules/<rule>.fires.json`.

use std::collections::BTreeMap;

use anyhow::Context;
use semver::Version;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Finding, Rule};
use crate::assessment::{Assessment, assess};
use crate::command::check::unified_diff;
use crate::contract_version::{ContractVersion, Example};
use crate::reader::Declarations;
use crate::release::pretty;
use crate::topic_file::KafkaConfig;

/// Two versions of a contract, in the form of the fixtures of rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fixture {
    old: Side,
    new: Side,
    /// Declarations of readers, by application.
    #[serde(default)]
    readers: BTreeMap<String, String>,
    /// Otherwise fields without a description get one, so that a fixture shows one thing.
    #[serde(default)]
    as_written: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    value: Value,
    key: Option<Value>,
    config: Option<KafkaConfig>,
    examples: Option<Vec<Value>>,
    #[serde(default, rename = "sends-tombstones")]
    sends_tombstones: bool,
    /// Applications that are known to read the topic.
    #[serde(default)]
    readers: Vec<String>,
}

/// What a person is shown of a rule's example.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleExample {
    /// What differs, as a unified diff.
    pub diff: String,
    /// The declarations of the readers that it is about, as TOML.
    pub readers: Vec<String>,
    /// What the rule finds in it.
    pub finding: Finding,
}

/// The topic that fixtures are about.
const TOPIC: &str = "siste-tiltakstyper-v3";

impl Fixture {
    /// What the gate says of the new version beside the old one.
    ///
    /// # Errors
    /// A declaration of a reader is malformed.
    pub fn assess(self) -> anyhow::Result<Assessment> {
        let readers = self.readers.iter().map(|(app, text)| (app.as_str(), text.as_str()));
        let declarations = Declarations::parse(readers, &[TOPIC])?;
        let old = self.old.version(Version::new(3, 0, 0), self.as_written);
        let new = self.new.version(Version::new(3, 1, 0), self.as_written);
        let only = std::slice::from_ref(&old);
        Ok(assess(&new, &old, only, only, &declarations, &[]))
    }
}

impl Side {
    fn version(self, version: Version, as_written: bool) -> ContractVersion {
        let mut value = self.value;
        if !as_written {
            describe(&mut value);
        }
        // One example of each variant, or any.
        let variants = value["oneOf"].as_array().cloned().unwrap_or_else(|| vec![json!({})]);
        let of_variant = |variant: &Value| {
            variant.pointer("/properties/type/const").map_or(json!({}), |name| json!({"type": name}))
        };
        let examples = self.examples.unwrap_or_else(|| variants.iter().map(of_variant).collect());
        let path = "examples/valid/golden.ndjson";
        let example = |(line, value)| Example { path: path.to_owned(), line, value };
        ContractVersion {
            topic: TOPIC.to_owned(),
            version,
            key: self.key.unwrap_or_else(|| json!({"type": "string"})),
            value,
            config: self.config.unwrap_or_default(),
            sends_tombstones: Some(self.sends_tombstones),
            readers: self.readers,
            requires_descriptions: true,
            examples: (1..).zip(examples).map(example).collect(),
        }
    }
}

/// Gives each property without a description one.
fn describe(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            let properties = keywords.get_mut("properties").and_then(Value::as_object_mut);
            for property in properties.into_iter().flatten().filter_map(|(_, schema)| schema.as_object_mut())
            {
                property.entry("description").or_insert("A field.".into());
            }
            keywords.values_mut().for_each(describe);
        }
        Value::Array(items) => items.iter_mut().for_each(describe),
        _ => {}
    }
}

impl Rule {
    /// An example that the rule fires on.
    ///
    /// # Errors
    /// None that outside data can cause: the examples are part of this crate.
    pub fn example(&self) -> anyhow::Result<RuleExample> {
        let place = || format!("the example of {}", self.id);
        let text: Value = serde_json::from_str(self.example).with_context(place)?;
        let fixture: Fixture = serde_json::from_str(self.example).with_context(place)?;
        let readers = fixture.readers.values().map(|text| text.trim().to_owned()).collect();
        let findings = fixture.assess().with_context(place)?.findings;
        let finding = findings.into_iter().find(|it| it.rule == self.id).with_context(place)?;
        let diff = unified_diff(&pretty(&text["old"])?, &pretty(&text["new"])?);
        Ok(RuleExample { diff, readers, finding })
    }
}
