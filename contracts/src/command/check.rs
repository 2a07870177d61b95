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
use crate::contract::{Contract, Finding, RefusedBy};
use crate::contract_version::{self, ContractVersion, sha256};
use crate::field;
use crate::generated::schemas_of;
use crate::line::Line;
use crate::problem::{Fix, Problem, ProblemKind};
use crate::reader::Declarations;
use crate::release::{Release, Releases};
use crate::topic_file::TopicFile;
use crate::tree::{Files, WorkingCopy};

/// What there is to say of the contracts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What is not as it has to be.
    pub problems: Vec<Problem>,
    /// What is new on each topic, and what the gate says of it.
    pub topics: Vec<Assessment>,
}

impl Report {
    /// Whether nothing is to be mended.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty() && self.topics.iter().all(Assessment::is_let_through)
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
        let committed = tree.read(&file.path)?;
        if committed.as_ref() == Some(&file.text) {
            continue;
        }
        let diff = committed.map(|committed| unified_diff(&committed, &file.text));
        let (kind, fix) = match &file.released {
            Some(released) if file.is_new() => {
                (ProblemKind::TypesChanged { diff }, Fix::release(released.topic))
            }
            released => {
                let is_released = released.is_some();
                let fix = Fix::Run("cargo contracts generate".to_owned());
                (ProblemKind::NotGenerated { is_released, diff }, fix)
            }
        };
        problems.push(Problem::new(file.path, kind).fix(fix));
    }
    Ok(problems)
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
    let mut versions = Vec::new();
    for release in &releases.released {
        match ContractVersion::released(tree, T::NAME, release) {
            Ok(found) => versions.push(found),
            // That of the types is compared with them already.
            Err(_) if release.version == version => {}
            Err(error) => {
                problems.push(Problem::new(&place, ProblemKind::BadRelease { cause: format!("{error:#}") }));
            }
        }
    }
    for (key, version) in unknown_versions(file, &releases) {
        let kind = ProblemKind::UnknownVersion { key, version };
        problems.push(Problem::new(format!("topics/{}/topic.toml", T::NAME), kind));
    }
    let latest = against.map(|against| latest(against, T::NAME)).transpose()?.flatten();
    let assessment = Scope::of_types::<T>(tree, file, latest, versions)?.assess(file, readers);
    let kind = match &assessment.outcome {
        Outcome::Release { least_version } if version < *least_version => {
            let (baseline, least_version) = (assessment.from.clone(), least_version.clone());
            Some(ProblemKind::VersionTooLow { baseline, least_version })
        }
        _ if assessment.is_let_through() && !releases.contains(&version) => {
            Some(ProblemKind::NotReleased { version })
        }
        _ => None,
    };
    problems.extend(kind.map(|kind| Problem::new(&place, kind).fix(Fix::release(T::NAME))));
    Ok(assessment)
}

/// The latest version that was released at another revision.
fn latest(files: &dyn Files, topic: &str) -> anyhow::Result<Option<ContractVersion>> {
    let releases = Releases::load(files, topic)?;
    releases.latest().map(|release| ContractVersion::released(files, topic, release)).transpose()
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
        .map(|(path, _)| Problem::new(path, ProblemKind::ForgottenVersion).fix(Fix::Remove))
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
            let kind = ProblemKind::ReleaseGone { version: version.clone() };
            problems.push(Problem::new(Releases::path(topic), kind).fix(Fix::Restore));
        }
        for (part, hash) in [("key", key_sha256), ("value", value_sha256)] {
            let path = contract_version::path(topic, &version, part);
            if tree.read(&path)?.is_none_or(|text| sha256(&text) != hash) {
                problems.push(Problem::new(path, ProblemKind::ReleaseChanged).fix(Fix::Restore));
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
            ProblemKind::OtherMajor { version: version.to_owned(), number: number.to_owned() },
        )
    });
    let differing = compared.into_iter().filter(|(_, in_file, in_type)| in_file != in_type);
    let differing = differing.map(|(key, in_file, in_type)| {
        Problem::new(&place, ProblemKind::SettingDiffers { key, in_file, in_type }).fix(Fix::Agree)
    });
    differing.chain(other_major).collect()
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

/// Valid examples are accepted, and invalid ones refused by schema and type alike.
fn examples<T: Topic>(tree: &WorkingCopy) -> anyhow::Result<Vec<Problem>> {
    let contract = match Contract::of::<T>() {
        Ok(contract) => contract,
        Err(error) => {
            let kind = ProblemKind::BadContract { cause: error.to_string() };
            return Ok(vec![Problem::new(format!("topics/{}", T::NAME), kind)]);
        }
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
            problems.push(Problem::new(&folder, ProblemKind::NoExample { valid }).fix(Fix::Add));
        }
    }
    Ok(problems)
}

/// What is wrong with the lines of a file; what is wrong with many of them in the same way is said once.
fn examples_of_file(contract: &Contract, path: &str, text: &str, valid: bool) -> Vec<Problem> {
    let mut problems: Vec<(usize, Fault, usize)> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let Some(fault) = example(contract, text, valid) else { continue };
        match problems.iter_mut().find(|(_, other, _)| *other == fault) {
            Some((_, _, more)) => *more += 1,
            None => problems.push((line, fault, 0)),
        }
    }
    let problem = |(line, fault, more)| {
        let kind = match fault {
            Fault::NoRecord(cause) => ProblemKind::NoRecord { cause, more },
            Fault::Verdict(finding) => ProblemKind::BadExample { valid, finding, more },
        };
        Problem { line: Some(line), ..Problem::new(path, kind) }
    };
    problems.into_iter().map(problem).collect()
}

/// What is wrong with a line of examples.
#[derive(PartialEq)]
enum Fault {
    NoRecord(String),
    /// What the contract finds is not what the folder says.
    Verdict(Option<Finding>),
}

fn example(contract: &Contract, line: &str, valid: bool) -> Option<Fault> {
    let record: Line = match serde_json::from_str(line) {
        Ok(record) => record,
        Err(error) => return Some(Fault::NoRecord(error.to_string())),
    };
    let finding = contract.check(&record.key, record.value.as_deref()).into_iter().next();
    let is_as_said = match &finding {
        None => valid,
        Some(finding) => !valid && finding.refused_by == RefusedBy::SchemaAndType,
    };
    (!is_as_said).then_some(Fault::Verdict(finding))
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
        let kind = ProblemKind::OtherMajor { version: "4.0.0".to_owned(), number: "3".to_owned() };
        assert_eq!(problems[0].kind, kind);
    }
}
