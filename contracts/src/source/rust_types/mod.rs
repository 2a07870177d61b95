//! The Rust types of this project as the source of contracts. Only this repository has Norwegian lines about each
//! field, schema identifiers, nais manifests, and versions in Rust code.

mod manifests;
mod overview;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use semver::Version;
use serde_json::{Value, json};
use tiltak_schema::topic::TopicInfo;
use tiltak_schema::{topics, with_topic};

use super::contract_source::{ContractSource, GeneratedFile, Manifest, ReleasedFile};
use crate::contract::Contract;
use crate::contract_version::{self, Candidate};
use crate::field;
use crate::problem::{Fix, Problem, ProblemKind};
use crate::release::{Releases, pretty, replace_once};
use crate::topic_file::TopicFile;
use crate::tree::Files;
use schemas::Schemas;
pub use schemas::{GeneratedSchemas, schemas_of};

/// The contracts whose source is the types of [`tiltak_schema`].
#[derive(Debug)]
pub struct RustTypes {
    topics: Vec<String>,
}

impl Default for RustTypes {
    fn default() -> Self {
        Self { topics: topics().map(|topic| topic.name.to_owned()).to_vec() }
    }
}

impl ContractSource for RustTypes {
    fn command(&self) -> &'static str {
        "cargo contracts"
    }

    fn topics(&self) -> &[String] {
        &self.topics
    }

    fn candidate(&self, _: &dyn Files, topic: &str) -> anyhow::Result<Candidate> {
        let GeneratedSchemas { version, key, value, .. } = schemas(topic)?;
        let version = version.parse()?;
        Ok(Candidate { topic: topic.to_owned(), version, key, value, requires_descriptions: true })
    }

    fn schema_texts(&self, _: &dyn Files, topic: &str, version: &Version) -> anyhow::Result<[String; 2]> {
        let GeneratedSchemas { key, value, .. } = schemas(topic)?.at_version(version);
        Ok([pretty(&key)?, pretty(&value)?])
    }

    fn contract(&self, _: &dyn Files, topic: &str) -> anyhow::Result<Contract> {
        Ok(Contract::of_topic(topic)?)
    }

    fn info(&self) -> Value {
        json!({
            "title": "Tiltaksadministrasjon",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The log-compacted Kafka topics of Nav's Tiltaksadministrasjon.",
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        })
    }

    fn overview(&self, files: &dyn Files) -> anyhow::Result<String> {
        overview::overview(files)
    }

    fn problems(&self, file: &TopicFile, candidate: &Candidate) -> Vec<Problem> {
        let info = topics().into_iter().find(|info| info.name == candidate.topic);
        let mut problems = info.map_or_else(Vec::new, |info| topic_file(&info, file));
        problems.extend(described_fields(&candidate.topic, &candidate.value, file));
        problems
    }

    fn generated_files(&self, files: &dyn Files) -> anyhow::Result<Vec<GeneratedFile>> {
        let mut generated = Vec::new();
        for topic in &self.topics {
            let Candidate { version, .. } = self.candidate(files, topic)?;
            let released = Releases::load(files, topic)?.released;
            let release = released.iter().find(|release| release.version == version);
            let [key, value] = self.schema_texts(files, topic, &version)?;
            for (part, text) in [("key", key), ("value", value)] {
                let hash = release.map(|it| if part == "key" { &it.key_sha256 } else { &it.value_sha256 });
                let released = hash.map(|hash| ReleasedFile { topic: topic.clone(), sha256: hash.clone() });
                let path = contract_version::path(topic, &version, part);
                generated.push(GeneratedFile { path, text, released });
            }
        }
        let overview = (overview::PATH.to_owned(), overview::overview(files)?);
        let manifests = manifests::all(files)?.into_iter().map(|Manifest { path, text }| (path, text));
        let others = std::iter::once(overview).chain(manifests);
        generated.extend(others.map(|(path, text)| GeneratedFile { path, text, released: None }));
        Ok(generated)
    }

    fn files_of_release(
        &self,
        files: &dyn Files,
        topic: &str,
        version: &Version,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let of_types = schemas(topic)?.version;
        Ok(rust_constant(files, topic, of_types, &version.to_string())?.into_iter().collect())
    }

    fn files_of_versions(&self) -> &'static [&'static str] {
        &[overview::PATH]
    }

    fn manifests(&self, files: &dyn Files) -> anyhow::Result<Vec<Manifest>> {
        manifests::all(files)
    }
}

fn schemas(topic: &str) -> anyhow::Result<GeneratedSchemas> {
    with_topic(topic, &mut Schemas).with_context(|| format!("there is no type of the topic {topic:?}"))
}

/// `topic.toml` against the constants of the topic's type.
fn topic_file(of_type: &TopicInfo, file: &TopicFile) -> Vec<Problem> {
    let TopicInfo { name, contract_version, config } = *of_type;
    let settings: BTreeMap<_, _> =
        config.settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let compared = [
        ("topic", file.topic.clone(), name.to_owned()),
        ("version", file.version.clone(), contract_version.to_owned()),
        ("config.partitions", file.config.partitions.to_string(), config.partitions.to_string()),
        (
            "config.replication-factor",
            file.config.replication_factor.to_string(),
            config.replication_factor.to_string(),
        ),
        ("config.settings", format!("{:?}", file.config.settings), format!("{settings:?}")),
    ];
    let differing = compared.into_iter().filter(|(_, in_file, in_type)| in_file != in_type);
    let problem = |(key, in_file, in_type)| {
        let kind = ProblemKind::SettingDiffers { key, in_file, in_type };
        Problem::new(format!("topics/{name}/topic.toml"), kind).fix(Fix::Agree)
    };
    differing.map(problem).collect()
}

/// Every field has a line of Norwegian in `topic.toml`, and no line is left over.
fn described_fields(topic: &str, schema: &Value, file: &TopicFile) -> Vec<Problem> {
    let place = format!("topics/{topic}/topic.toml");
    let fields = field::fields(schema);
    let known: BTreeSet<_> = fields.iter().map(field::Field::path).collect();
    let missing = known.iter().filter(|path| !file.felt.contains_key(*path)).map(|path| {
        let kind = ProblemKind::FieldNotDescribed { field: path.clone() };
        Problem::new(&place, kind).fix(Fix::Add)
    });
    let left_over =
        file.felt.keys().filter(|path| !known.contains(*path)).map(|path| {
            Problem::new(&place, ProblemKind::NoSuchField { field: path.clone() }).fix(Fix::Remove)
        });
    missing.chain(left_over).collect()
}

/// The source of the topic's type with the new version, where the sources are at hand.
fn rust_constant(
    files: &dyn Files,
    topic: &str,
    old: &str,
    new: &str,
) -> anyhow::Result<Option<(String, String)>> {
    if old == new {
        return Ok(None);
    }
    let name = format!("NAME: &'static str = \"{topic}\"");
    let constant = |version: &str| format!("CONTRACT_VERSION: &'static str = \"{version}\"");
    for path in files.list("../schema/src")? {
        let Some(text) = files.read(&path).ok().flatten().filter(|text| text.contains(&name)) else {
            continue;
        };
        let text = replace_once(&text, &constant(old), &constant(new))
            .with_context(|| format!("{path}: expected one `{}`", constant(old)))?;
        return Ok(Some((path, text)));
    }
    bail!("schema/src has no file with `{name}`, whose CONTRACT_VERSION has to be {new}")
}
