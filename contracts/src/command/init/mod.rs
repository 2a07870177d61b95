//! `init`: lays out a repository of plain JSON Schemas, from schemas or from an AsyncAPI document.

mod asyncapi;
mod example;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use semver::Version;
use serde::Serialize;
use serde_json::Value;
use toml::Value as Toml;

use crate::contract::Contract;
use crate::release::pretty;
use crate::schema_text;
use crate::topic_file::KafkaConfig;

/// The longest file that is read, in bytes: 16 MiB.
const LONGEST: u64 = 16 << 20;

/// The origin of a new repository's topics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Topics, each with the file of its value schema.
    pub schemas: Vec<(String, PathBuf)>,
    /// An AsyncAPI document: version 2 or 3, JSON or YAML.
    pub asyncapi: Option<PathBuf>,
    /// The team that publishes the topics.
    pub owner: String,
}

/// The result of `init`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LaidOut {
    /// The topics.
    pub topics: Vec<String>,
    /// The files, below the repository's folder.
    pub written: Vec<String>,
    /// What a person has to add.
    pub missing: Vec<String>,
}

/// A topic as its origin has it.
#[derive(Debug)]
struct NewTopic {
    name: String,
    key: String,
    value: String,
    config: KafkaConfig,
    /// The values of example records.
    examples: Vec<Value>,
}

/// Lays out `contracts/` in a folder that has none. Everything is written to a temporary place first, and moved in
/// one step.
///
/// # Errors
/// `contracts/` is there already; there is no topic; a file cannot be read, or is no schema or no AsyncAPI document (the error
/// says where); a folder that cannot be written. Nothing is left behind then.
pub fn run(folder: &Path, origin: &Origin) -> anyhow::Result<LaidOut> {
    let place = folder.join("contracts");
    ensure!(!place.exists(), "{} is there already; init writes over nothing", place.display());
    let mut topics = Vec::new();
    let mut title = "Kafka topics".to_owned();
    let mut description = String::new();
    if let Some(path) = &origin.asyncapi {
        let at = || path.display().to_string();
        let document = asyncapi::parse(path, &read(path)?).with_context(at)?;
        let info =
            |key: &str| document.get("info").and_then(|info| info.get(key)?.as_str()).map(str::to_owned);
        title = info("title").unwrap_or(title);
        description = info("description").unwrap_or_default();
        topics = asyncapi::topics(&document).with_context(at)?;
    }
    for (name, path) in &origin.schemas {
        let value = read(path)?;
        let schema = schema_text::parse(&value).with_context(|| path.display().to_string())?;
        let (key, config) = (pretty(&default_key(&schema))?, default_config());
        topics.push(NewTopic { name: name.clone(), key, value, config, examples: Vec::new() });
    }
    ensure!(!topics.is_empty(), "no topic: give --schema TOPIC=FILE or --asyncapi FILE");
    let mut names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
    names.sort();
    for name in &names {
        check_name(name)?;
    }
    if let Some((twice, _)) = names.iter().zip(names.iter().skip(1)).find(|(name, next)| name == next) {
        bail!("the topic {twice:?} is given twice");
    }

    let mut files = BTreeMap::from([
        ("contracts.toml".to_owned(), about(&title, &description)),
        ("readers/README.md".to_owned(), READERS.to_owned()),
    ]);
    let mut missing = Vec::new();
    for topic in &topics {
        add(&mut files, &mut missing, topic, &origin.owner).with_context(|| topic.name.clone())?;
    }
    write(folder, &place, &files).with_context(|| format!("cannot write {}", place.display()))?;
    let written = files.into_keys().map(|path| format!("contracts/{path}")).collect();
    Ok(LaidOut { topics: names, written, missing })
}

/// The files of a topic.
fn add(
    files: &mut BTreeMap<String, String>,
    missing: &mut Vec<String>,
    topic: &NewTopic,
    owner: &str,
) -> anyhow::Result<()> {
    let NewTopic { name, key, value, config, examples } = topic;
    let version = first_version(name);
    let key_schema = schema_text::parse(key).context("the key's schema")?;
    let value_schema = schema_text::parse(value).context("the value's schema")?;
    let contract = Contract::of_schemas(name, &version, &key_schema, &value_schema)?;
    let folder = format!("topics/{name}");
    let mut put = |path: &str, text: String| drop(files.insert(format!("{folder}/{path}"), text));
    put("topic.toml", topic_file(name, &version, owner, config)?);
    put("key.schema.json", key.clone());
    put("value.schema.json", value.clone());
    let found = example::of(&contract, &key_schema, &value_schema, examples);
    for (kind, lines) in [("valid", found.valid), ("invalid", found.invalid)] {
        if lines.is_empty() {
            missing.push(format!(
                "contracts/{folder}/examples/{kind}: an example of {kind} records, in an .ndjson file"
            ));
        } else {
            put(&format!("examples/{kind}/first.ndjson"), lines);
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    let read = || {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
        ensure!(bytes.len() as u64 <= LONGEST, "longer than 16 MiB");
        let text = String::from_utf8(bytes).context("no UTF-8")?;
        anyhow::Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}

/// Writes into a folder beside the place, and renames that.
fn write(folder: &Path, place: &Path, files: &BTreeMap<String, String>) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let beside = tempfile::Builder::new().prefix(".contracts-").tempdir_in(folder)?;
    let inside = beside.path().join("contracts");
    for (path, text) in files {
        let path = inside.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&inside))?;
        fs::write(&path, text)?;
    }
    // A folder that has come since, and is not empty, is not written over: the rename fails.
    fs::rename(&inside, place)?;
    Ok(())
}

/// What Kafka takes as a topic's name.
fn check_name(name: &str) -> anyhow::Result<()> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    ensure!(
        (1..=249).contains(&name.len()) && name.bytes().all(is_name) && name != "." && name != "..",
        "{name:?} is no name of a topic: expected up to 249 letters, digits, '.', '_' and '-'"
    );
    Ok(())
}

/// A topic's name says how its versions begin: `orders-v2` has 2.0.0.
fn first_version(topic: &str) -> Version {
    let number = topic.rsplit_once("-v").and_then(|(_, number)| number.parse().ok());
    Version::new(number.unwrap_or(1), 0, 0)
}

/// Text, in the dialect of the value's schema.
fn default_key(value: &Value) -> Value {
    let mut key = serde_json::json!({ "title": "Key", "type": "string", "minLength": 1 });
    if let (Some(keywords), Some(dialect)) = (key.as_object_mut(), value.get("$schema")) {
        keywords.shift_insert(0, "$schema".to_owned(), dialect.clone());
    }
    key
}

fn default_config() -> KafkaConfig {
    let settings = BTreeMap::from([("cleanup.policy".to_owned(), "compact".to_owned())]);
    KafkaConfig { partitions: 1, replication_factor: 3, settings }
}

fn quoted(text: &str) -> String {
    Toml::String(text.to_owned()).to_string()
}

fn about(title: &str, description: &str) -> String {
    format!(
        "\
# These contracts are plain JSON Schemas: topics/<topic>/{{key,value}}.schema.json is what a contract is now, and
# `contracts release <topic>` makes a version of it.
title = {}
description = {}
# Whether a field without a description may not go out.
require-descriptions = false
",
        quoted(title),
        quoted(description)
    )
}

fn topic_file(topic: &str, version: &Version, owner: &str, config: &KafkaConfig) -> anyhow::Result<String> {
    let config = toml::to_string_pretty(&BTreeMap::from([("config", config)]))?;
    Ok(format!(
        "\
# The contract of one topic besides its schemas.
topic = {}
# The latest version, or the first one that there will be. `contracts release` writes it.
version = \"{version}\"
owner = {}
# The applications that are known to read the topic. What each binds stands in readers/<application>.toml.
readers = []
# What a record without a value means.
tombstone = \"The key is gone.\"

{config}
[compatibility]
# backward-transitive: a new reader reads the records of every version since retained-since; forward-transitive: the readers of
# every version since supported-since (of every released one, if it is not there) read new records; full-transitive: both.
mode = \"full-transitive\"
# The oldest version that records on the topic may still be of.
retained-since = \"{version}\"
",
        quoted(topic),
        quoted(owner),
    ))
}

const READERS: &str = "\
# Readers

One file for each application that reads a topic, `<application>.toml`: what it binds, and what it does with what it does not
know. The gate names those whom a change stops.

```toml
app = \"warehouse\"
team = \"team-logistics\"
source = \"where this is known from\"

[enums]
Status = [\"PLACED\", \"PAID\"]

[[topics]]
topic = \"orders\"
unknown-properties = \"ignore\" # or \"fail\"
unknown-enum-values = \"fail\" # or \"keep\"
tombstones = \"delete\" # or \"ignore\", \"fail\"
fields = [
  { pointer = \"/orderNumber\", type = \"string\" },
  { pointer = \"/status\", type = \"Status\" },
  { pointer = \"/lines/*/article\", type = \"string\", required = false },
]
```
";
