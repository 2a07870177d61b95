//! `check`: do the committed files agree with the types, with each other and with their examples, and may what the types
//! say go out?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use semver::Version;
use serde::Serialize;
use serde_json::Value;
use similar::TextDiff;
use tiltak_schema::for_each_topic;
use tiltak_schema::topic::{Topic, TopicConfig, TopicVisitor};

use super::generate;
use crate::assessment::{Assessment, Outcome, Scope, unknown_versions};
use crate::contract::{Contract, RefusedBy};
use crate::contract_version::{self, ContractVersion, sha256};
use crate::field;
use crate::generated::schemas_of;
use crate::reader::Declarations;
use crate::release::{Release, Releases};
use crate::topic_file::TopicFile;
use crate::tree::{Files, WorkingCopy};

/// What there is to say of the contracts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// What is not as it has to be.
    pub problems: Vec<Problem>,
    /// What is new on each topic, and what the gate says of it.
    pub topics: Vec<Assessment>,
}

impl Report {
    /// Whether nothing is to be mended.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty() && self.topics.iter().all(|topic| topic.is_let_through())
    }
}

/// Something that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    /// Path below `contracts/`, with a line number where there is one.
    pub place: String,
    /// What is wrong, and what to do.
    pub message: String,
    /// Unified diff from the committed file to what it has to be, where the problem is such a difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), diff: None }
    }
}

/// Checks everything. With `against`, the contracts of another revision are what the newest ones are compared with.
///
/// # Errors
/// A file that cannot be read, or a `topic.toml` that is missing or malformed.
pub fn run(tree: &WorkingCopy, against: Option<&dyn Files>) -> anyhow::Result<Report> {
    let mut report = Report { problems: generated_files(tree)?, topics: Vec::new() };
    let readers = Declarations::load(tree)?;
    for result in for_each_topic(&mut OfTopic { tree, against, readers: &readers }) {
        let (problems, topic) = result?;
        report.problems.extend(problems);
        report.topics.push(topic);
    }
    Ok(report)
}

/// The generated files, compared with what the types say now.
fn generated_files(tree: &WorkingCopy) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for file in generate::files(tree)? {
        let problem = match tree.read(&file.path)? {
            Some(committed) if committed == file.text => continue,
            Some(committed) => Problem {
                diff: Some(unified_diff(&committed, &file.text)),
                ..Problem::new(&file.path, mend(&file, "is not what the types say"))
            },
            None => Problem::new(&file.path, mend(&file, "is missing")),
        };
        problems.push(problem);
    }
    Ok(problems)
}

fn mend(file: &generate::GeneratedFile, what: &str) -> String {
    match &file.released {
        Some(released) if file.is_new() => format!(
            "the types are no longer what was released; if they are right, run `cargo contracts release {}`",
            released.topic
        ),
        Some(_) => format!("{what}, and not what was released; run `cargo contracts generate` to restore it"),
        None => format!("{what}; if the types are right, run `cargo contracts generate`"),
    }
}

pub(crate) fn unified_diff(committed: &str, generated: &str) -> String {
    TextDiff::from_lines(committed, generated)
        .unified_diff()
        .context_radius(3)
        .header("committed", "from the types")
        .to_string()
}

struct OfTopic<'a> {
    tree: &'a WorkingCopy,
    against: Option<&'a dyn Files>,
    readers: &'a Declarations,
}

impl TopicVisitor for OfTopic<'_> {
    type Output = anyhow::Result<(Vec<Problem>, Assessment)>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let file = self.tree.topic_file(T::NAME)?;
        let mut problems = topic_file(T::NAME, T::CONTRACT_VERSION, &T::CONFIG, &file);
        problems.extend(described_fields(T::NAME, &schemas_of::<T>().value, &file));
        problems.extend(examples::<T>(self.tree)?);
        let topic = assessed::<T>(self, &file, &mut problems)?;
        Ok((problems, topic))
    }
}

/// What the types of a topic are now, against the versions before it.
fn assessed<T: Topic>(
    of: &OfTopic<'_>,
    file: &TopicFile,
    problems: &mut Vec<Problem>,
) -> anyhow::Result<Assessment> {
    let OfTopic { tree, against, readers } = *of;
    let place = Releases::path(T::NAME);
    let releases = Releases::load(tree, T::NAME)?;
    let version: Version = T::CONTRACT_VERSION.parse()?;
    problems.extend(forgotten_versions(tree, T::NAME, &releases, &version)?);
    if let Some(against) = against {
        problems.extend(history(tree, against, T::NAME, &releases)?);
    }
    let mut released = Vec::new();
    for release in &releases.released {
        match ContractVersion::released(tree, T::NAME, release) {
            Ok(found) => released.push(found),
            // That of the types is compared with them already.
            Err(_) if release.version == version => {}
            Err(error) => problems.push(Problem::new(&place, format!("{error:#}"))),
        }
    }
    for (name, since) in unknown_versions(file, &releases) {
        let message = format!("compatibility.{name} is {since}: no released version, and no later one");
        problems.push(Problem::new(format!("topics/{}/topic.toml", T::NAME), message));
    }
    let baseline = match against {
        Some(against) => Releases::load(against, T::NAME)?
            .latest()
            .map(|release| ContractVersion::released(against, T::NAME, release))
            .transpose()?,
        None => None,
    };
    let assessment = Scope::of_types::<T>(tree, file, baseline, released)?.assess(file, readers);
    if let Outcome::Release { least_version } = &assessment.outcome
        && version < *least_version
    {
        let message = format!(
            "the types differ from {}: that is at least version {least_version}; run `cargo contracts release {}`",
            assessment.from,
            T::NAME
        );
        problems.push(Problem::new(&place, message));
    } else if assessment.is_let_through() && !releases.contains(&version) {
        let message = format!("{version} is not released; run `cargo contracts release {}`", T::NAME);
        problems.push(Problem::new(&place, message));
    }
    Ok(assessment)
}

/// Folders of versions that are neither released nor what the types are.
fn forgotten_versions(
    tree: &dyn Files,
    topic: &str,
    releases: &Releases,
    version: &Version,
) -> anyhow::Result<Vec<Problem>> {
    let folders = tree.list(&format!("topics/{topic}"))?;
    let versions = folders.iter().filter_map(|path| {
        let name = path.rsplit('/').next()?;
        Some((path, name.parse::<Version>().ok()?))
    });
    Ok(versions
        .filter(|(_, found)| found != version && !releases.contains(found))
        .map(|(path, _)| Problem::new(path, "is neither released nor what the types are; remove it"))
        .collect())
}

/// What was released at another revision must still be there, as it was.
fn history(
    tree: &WorkingCopy,
    against: &dyn Files,
    topic: &str,
    releases: &Releases,
) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for Release { version, key_sha256, value_sha256, .. } in Releases::load(against, topic)?.released {
        if !releases.contains(&version) {
            let message = format!("{version} was released and is gone from here; restore it");
            problems.push(Problem::new(Releases::path(topic), message));
        }
        for (part, hash) in [("key", key_sha256), ("value", value_sha256)] {
            let path = contract_version::path(topic, &version, part);
            if tree.read(&path)?.is_none_or(|text| sha256(&text) != hash) {
                problems.push(Problem::new(path, "was released, and is not as it was; restore it"));
            }
        }
    }
    Ok(problems)
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
    let number = topic.rsplit_once("-v").map_or("", |(_, number)| number);
    let major = version.split('.').next().unwrap_or_default();
    let other_major = (number != major).then(|| {
        Problem::new(
            &place,
            format!("the version {version} has to begin with the topic's own number, {number}"),
        )
    });
    compared
        .into_iter()
        .filter(|(_, in_file, in_type)| in_file != in_type)
        .map(|(name, in_file, in_type)| {
            Problem::new(
                &place,
                format!("{name} is {in_file} here and {in_type} in the Rust type; make them agree"),
            )
        })
        .chain(other_major)
        .collect()
}

/// Every field has a line of Norwegian in `topic.toml`, and no line is left over.
fn described_fields(topic: &str, schema: &Value, file: &TopicFile) -> Vec<Problem> {
    let place = format!("topics/{topic}/topic.toml");
    let fields = field::fields(schema);
    let known: BTreeSet<_> = fields.iter().map(|field| field.path.as_str()).collect();
    let missing = known.iter().filter(|path| !file.felt.contains_key(**path));
    let missing = missing.map(|path| format!("[felt] has no line for the field {path:?}; add one"));
    let left_over = file.felt.keys().filter(|path| !known.contains(path.as_str()));
    let left_over =
        left_over.map(|path| format!("[felt] describes {path:?}, which is no field; remove the line"));
    missing.chain(left_over).map(|message| Problem::new(&place, message)).collect()
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
            count += text.lines().count();
            problems.extend(examples_of_file(&contract, path, &text, valid));
        }
        if count == 0 {
            problems
                .push(Problem::new(&folder, format!("has no {kind} example; add one to an .ndjson file")));
        }
    }
    Ok(problems)
}

/// What is wrong with the lines of a file; what is wrong with many of them in the same way is said once.
fn examples_of_file(contract: &Contract, path: &str, text: &str, valid: bool) -> Vec<Problem> {
    let mut wrong: Vec<(usize, String, usize)> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let Some(message) = example(contract, text, valid) else { continue };
        match wrong.iter_mut().find(|(_, other, _)| *other == message) {
            Some((_, _, more)) => *more += 1,
            None => wrong.push((line, message, 0)),
        }
    }
    let problem = |(line, message, more): (usize, String, usize)| {
        let more = if more > 0 { format!("; the same goes for {more} more lines") } else { String::new() };
        Problem::new(format!("{path}:{line}"), format!("{message}{more}"))
    };
    wrong.into_iter().map(problem).collect()
}

/// What is wrong with one line, if anything.
fn example(contract: &Contract, line: &str, valid: bool) -> Option<String> {
    use crate::line::Line;

    let record: Line = match serde_json::from_str(line) {
        Ok(record) => record,
        Err(error) => return Some(format!("is no record line: {error}")),
    };
    let findings = contract.check(&record.key, record.value.as_deref());
    match (valid, findings.first()) {
        (true, None) => None,
        (true, Some(finding)) => Some(format!("is an example of a valid record, but: {finding}")),
        (false, Some(finding)) if finding.refused_by == RefusedBy::SchemaAndType => None,
        (false, Some(finding)) => Some(format!("has to be refused by schema and type alike, but: {finding}")),
        (false, None) => Some("is an example of an invalid record, but nothing refuses it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tiltak_schema::topics;

    use super::*;
    use crate::tree::embedded;

    #[test]
    fn a_version_begins_with_the_topics_own_number() {
        let [topic, ..] = topics();
        let text = embedded(&format!("{}/topic.toml", topic.name)).unwrap();
        let file = TopicFile::parse(text).unwrap();
        assert_eq!(topic_file(topic.name, topic.contract_version, &topic.config, &file), []);

        let file = TopicFile { version: "4.0.0".to_owned(), ..file };
        let problems = topic_file(topic.name, "4.0.0", &topic.config, &file);
        assert!(problems[0].message.contains("begin with the topic's own number, 3"), "{problems:?}");
    }
}
