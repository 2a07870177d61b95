//! `check`: do the committed files agree with the types, with each other and with their examples?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use similar::TextDiff;
use tiltak_schema::for_each_topic;
use tiltak_schema::topic::{Topic, TopicConfig, TopicVisitor};

use super::{docs, generate};
use crate::contract::Contract;
use crate::generated::schemas_of;
use crate::topic_file::TopicFile;
use crate::tree::WorkingCopy;

/// Something that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path below `contracts/`, with a line number where there is one.
    pub place: String,
    /// What is wrong, and what to do.
    pub message: String,
    /// Unified diff from the committed file to what it has to be, where the problem is such a difference.
    pub diff: Option<String>,
}

impl Problem {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), diff: None }
    }
}

/// Checks everything and gives what is wrong; empty when all is well.
///
/// # Errors
/// A file that cannot be read, or a `topic.toml` that is missing or malformed.
pub fn run(tree: &WorkingCopy) -> anyhow::Result<Vec<Problem>> {
    let mut problems = generated_files(tree)?;
    for result in for_each_topic(&mut OfTopic { tree }) {
        problems.extend(result?);
    }
    Ok(problems)
}

/// The generated files, compared with what the types say now.
fn generated_files(tree: &WorkingCopy) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for file in generate::files(tree)? {
        match tree.read(&file.path)? {
            Some(committed) if committed == file.text => {}
            Some(committed) => problems.push(Problem {
                diff: Some(unified_diff(&committed, &file.text)),
                ..Problem::new(
                    &file.path,
                    "is not what the types say; if the types are right, run `cargo contracts generate`",
                )
            }),
            None => problems.push(Problem::new(&file.path, "is missing; run `cargo contracts generate`")),
        }
    }
    Ok(problems)
}

fn unified_diff(committed: &str, generated: &str) -> String {
    TextDiff::from_lines(committed, generated)
        .unified_diff()
        .context_radius(3)
        .header("committed", "from the types")
        .to_string()
}

struct OfTopic<'a> {
    tree: &'a WorkingCopy,
}

impl TopicVisitor for OfTopic<'_> {
    type Output = anyhow::Result<Vec<Problem>>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let file = self.tree.topic_file(T::NAME)?;
        let mut problems = topic_file(T::NAME, T::CONTRACT_VERSION, &T::CONFIG, &file);
        problems.extend(described_fields(T::NAME, &schemas_of::<T>().value, &file));
        problems.extend(examples::<T>(self.tree)?);
        Ok(problems)
    }
}

/// `topic.toml` against the constants of the topic's type.
fn topic_file(topic: &str, version: &str, config: &TopicConfig, file: &TopicFile) -> Vec<Problem> {
    let place = format!("topics/{topic}/topic.toml");
    let settings: BTreeMap<_, _> =
        config.settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let compared = [
        ("topic", file.topic.clone(), topic.to_owned()),
        ("version", file.version.clone(), version.to_owned()),
        ("config.partitions", file.config.partitions.to_string(), config.partitions.to_string()),
        (
            "config.replication-factor",
            file.config.replication_factor.to_string(),
            config.replication_factor.to_string(),
        ),
        ("config.settings", format!("{:?}", file.config.settings), format!("{settings:?}")),
    ];
    compared
        .into_iter()
        .filter(|(_, in_file, in_type)| in_file != in_type)
        .map(|(name, in_file, in_type)| {
            Problem::new(
                &place,
                format!("{name} is {in_file} here and {in_type} in the Rust type; make them agree"),
            )
        })
        .collect()
}

/// Every field has a description in the schema and a line of Norwegian in `topic.toml`, and no line is left over.
fn described_fields(topic: &str, schema: &Value, file: &TopicFile) -> Vec<Problem> {
    let place = format!("topics/{topic}/topic.toml");
    let fields = docs::fields(schema);
    let mut problems = Vec::new();
    for field in &fields {
        if field.schema.get("description").is_none() {
            problems.push(Problem::new(
                format!("topics/{topic}"),
                format!("the field {} has no description; write a doc comment at the Rust field", field.path),
            ));
        }
        if !file.felt.contains_key(&field.path) {
            problems.push(Problem::new(
                &place,
                format!("[felt] has no line for the field {:?}; add one", field.path),
            ));
        }
    }
    let known: BTreeSet<_> = fields.iter().map(|field| field.path.as_str()).collect();
    for path in file.felt.keys().filter(|path| !known.contains(path.as_str())) {
        problems.push(Problem::new(
            &place,
            format!("[felt] describes {path:?}, which is no field; remove the line"),
        ));
    }
    problems
}

/// Valid examples are accepted, and invalid ones refused by schema and type alike.
fn examples<T: Topic>(tree: &WorkingCopy) -> anyhow::Result<Vec<Problem>> {
    let contract = match Contract::of::<T>() {
        Ok(contract) => contract,
        Err(error) => return Ok(vec![Problem::new(format!("topics/{}", T::NAME), error.to_string())]),
    };
    let mut problems = Vec::new();
    for (kind, valid) in [("valid", true), ("invalid", false)] {
        let folder = format!("topics/{}/examples/{kind}", T::NAME);
        let files = tree.list(&folder)?;
        let mut count = 0;
        for path in files.iter().filter(|path| Path::new(path).extension().is_some_and(|end| end == "ndjson"))
        {
            let text = tree.read(path)?.unwrap_or_default();
            for (line, text) in text.lines().enumerate().map(|(index, text)| (index + 1, text)) {
                count += 1;
                problems.extend(example(&contract, &format!("{path}:{line}"), text, valid));
            }
        }
        if count == 0 {
            problems
                .push(Problem::new(&folder, format!("has no {kind} example; add one to an .ndjson file")));
        }
    }
    Ok(problems)
}

fn example(contract: &Contract, place: &str, line: &str, valid: bool) -> Option<Problem> {
    use crate::command::validate::Line;
    use crate::contract::RefusedBy;

    let record: Line = match serde_json::from_str(line) {
        Ok(record) => record,
        Err(error) => return Some(Problem::new(place, format!("is no record line: {error}"))),
    };
    let findings = contract.check(&record.key, record.value.as_deref());
    let message = match (valid, findings.first()) {
        (true, None) => return None,
        (true, Some(finding)) => format!("is an example of a valid record, but: {finding}"),
        (false, Some(finding)) if finding.refused_by == RefusedBy::SchemaAndType => return None,
        (false, Some(finding)) => format!("has to be refused by schema and type alike, but: {finding}"),
        (false, None) => "is an example of an invalid record, but nothing refuses it".to_owned(),
    };
    Some(Problem::new(place, message))
}
