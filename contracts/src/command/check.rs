//! `check`: whether the committed files agree with their source, with each other and with their examples, and whether
//! the current contracts may be released.

use std::path::Path;

use semver::Version;
use serde::Serialize;
use similar::TextDiff;

use crate::assessment::{Assessment, Outcome, Scope, unknown_versions};
use crate::codegen::target;
use crate::contract::{Contract, Finding};
use crate::contract_version::{self, Candidate, ContractVersion, sha256};
use crate::line::Line;
use crate::problem::{Fix, Problem, ProblemKind};
use crate::reader::Declarations;
use crate::release::{Release, Releases};
use crate::source::{GeneratedFile, Repository};
use crate::topic_file::{TopicFile, line_of};
use crate::tree::Files;

/// The result of a check.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The problems of files.
    pub problems: Vec<Problem>,
    /// The assessment of each topic's changes.
    pub topics: Vec<Assessment>,
}

impl Report {
    /// Whether there is nothing to fix.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty() && self.topics.iter().all(Assessment::is_let_through)
    }
}

/// Checks everything. With `against`, the contracts of another revision are the baseline.
///
/// # Errors
/// A file that cannot be read, or a `topic.toml` that is missing or malformed.
pub fn run(repository: &Repository, against: Option<&dyn Files>) -> anyhow::Result<Report> {
    let mut generated = repository.source().generated_files(repository)?;
    let is_generated = !generated.is_empty();
    let code = target::generated_files(repository)?;
    let leftovers = target::leftovers(repository, &code)?;
    generated.extend(code);
    let mut report = Report { problems: generated_files(repository, generated)?, topics: Vec::new() };
    report.problems.extend(leftovers.into_iter().map(|path| {
        let fix = Fix::Run(format!("{} generate", repository.source().command()));
        Problem::new(path, ProblemKind::LeftOver).fix(fix)
    }));
    let readers = Declarations::load(repository, repository.topics())?;
    for topic in repository.topics() {
        let file = repository.topic_file(topic)?;
        let candidate = repository.candidate(topic)?;
        report.problems.extend(own_number(topic, &file));
        report.problems.extend(repository.source().problems(&file, &candidate));
        report.problems.extend(examples(repository, topic)?);
        let of = OfTopic { repository, against, readers: &readers, is_generated };
        report.topics.push(assessed(&of, &file, candidate, &mut report.problems)?);
    }
    if let Some(against) = against {
        report.problems.extend(topics_gone(repository, against)?);
    }
    for problem in report.problems.iter_mut().filter(|problem| problem.line.is_none()) {
        if let Some(key) = problem.kind.topic_file_key() {
            problem.line = line_of(&repository.read(&problem.path)?.unwrap_or_default(), &key);
        }
    }
    Ok(report)
}

/// The generated files, compared with what their source says now.
fn generated_files(repository: &Repository, files: Vec<GeneratedFile>) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for file in files {
        let committed = repository.read(&file.path)?;
        if committed.as_ref() == Some(&file.text) {
            continue;
        }
        let diff = committed.map(|committed| unified_diff(&committed, &file.text));
        let command = repository.source().command();
        let (kind, fix) = match &file.released {
            Some(released) if file.is_new() => {
                (ProblemKind::TypesChanged { diff }, Fix::release(command, &released.topic))
            }
            released => {
                let is_released = released.is_some();
                let fix = Fix::Run(format!("{command} generate"));
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
    repository: &'a Repository,
    against: Option<&'a dyn Files>,
    readers: &'a Declarations,
    /// Whether the schemas of the contract follow from its source.
    is_generated: bool,
}

/// What the contract of a topic is now, against the versions before it.
fn assessed(
    of: &OfTopic<'_>,
    file: &TopicFile,
    candidate: Candidate,
    problems: &mut Vec<Problem>,
) -> anyhow::Result<Assessment> {
    let OfTopic { repository, against, readers, is_generated } = *of;
    let (topic, version) = (candidate.topic.clone(), candidate.version.clone());
    let place = Releases::path(&topic);
    let releases = Releases::load(repository, &topic)?;
    problems.extend(forgotten_versions(repository, &topic, &releases, &version)?);
    if let Some(against) = against {
        problems.extend(history(repository, against, &topic, &releases)?);
    }
    let mut versions = Vec::new();
    for release in &releases.released {
        match ContractVersion::released(repository, &topic, release) {
            Ok(found) => versions.push(found),
            // A generated one is compared with its source already.
            Err(_) if release.version == version && is_generated => {}
            Err(error) => {
                problems.push(Problem::new(&place, ProblemKind::BadRelease { cause: format!("{error:#}") }));
            }
        }
    }
    for (key, version) in unknown_versions(file, &releases) {
        let kind = ProblemKind::UnknownVersion { key, version };
        problems.push(Problem::new(format!("topics/{topic}/topic.toml"), kind));
    }
    let latest = against.map(|against| latest(against, &topic)).transpose()?.flatten();
    let assessment =
        Scope::of_candidate(repository, candidate, file, latest, versions)?.assess(file, readers);
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
    problems.extend(
        kind.map(|kind| Problem::new(&place, kind).fix(Fix::release(repository.source().command(), &topic))),
    );
    Ok(assessment)
}

/// The latest version that was released at another revision.
fn latest(files: &dyn Files, topic: &str) -> anyhow::Result<Option<ContractVersion>> {
    let releases = Releases::load(files, topic)?;
    releases.latest().map(|release| ContractVersion::released(files, topic, release)).transpose()
}

/// Folders of versions that are neither released nor what the contract is now.
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
    tree: &dyn Files,
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

/// Topics of another revision that are here no more, though they were released.
fn topics_gone(repository: &Repository, against: &dyn Files) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for folder in against.list("topics")? {
        let topic = folder.trim_start_matches("topics/");
        if !repository.topics().iter().any(|name| name == topic) {
            problems.extend(history(repository, against, topic, &Releases::load(repository, topic)?)?);
        }
    }
    Ok(problems)
}

/// A topic whose name ends with a number (`orders-v2`) has versions that begin with it.
fn own_number(topic: &str, file: &TopicFile) -> Option<Problem> {
    let (_, number) = topic.rsplit_once("-v")?;
    number.parse::<u64>().ok()?;
    let version = &file.version;
    let kind = || ProblemKind::OtherMajor { version: version.clone(), number: number.to_owned() };
    let is_other = version.split('.').next() != Some(number);
    is_other.then(|| Problem::new(format!("topics/{topic}/topic.toml"), kind()))
}

/// Valid examples are accepted, and invalid ones refused by all that a record is checked against.
fn examples(tree: &Repository, topic: &str) -> anyhow::Result<Vec<Problem>> {
    let contract = match tree.source().contract(tree, topic) {
        Ok(contract) => contract,
        Err(error) => {
            let kind = ProblemKind::BadContract { cause: format!("{error:#}") };
            return Ok(vec![Problem::new(format!("topics/{topic}"), kind)]);
        }
    };
    let mut problems = Vec::new();
    for (kind, valid) in [("valid", true), ("invalid", false)] {
        let folder = format!("topics/{topic}/examples/{kind}");
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
    /// The check of an example contradicts its folder.
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
        Some(finding) => !valid && finding.refused_by == contract.refused_by_all(),
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
        assert_eq!(own_number(topic.name, &file), None);
        assert_eq!(own_number("orders", &file), None);

        let file = TopicFile { version: "4.0.0".to_owned(), ..file };
        let problem = own_number(topic.name, &file).unwrap();
        let kind = ProblemKind::OtherMajor { version: "4.0.0".to_owned(), number: "3".to_owned() };
        assert_eq!(problem.kind, kind);
    }
}
