//! The versions of a topic's contract, each with the verdict of the gate.

use jiff::civil::Date;
use semver::Version;

use super::changelog;
use crate::assessment::{Assessment, Outcome};
use crate::command::diff::{self, TopicDiff};
use crate::contract_version::ContractVersion;
use crate::release::Releases;
use crate::rule;
use crate::source::Repository;
use crate::topic_file::TopicFile;
use crate::tree::Files;

/// A released version, or the unreleased contract.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownVersion {
    /// The version, or `None` for the current contract if it is not released.
    pub version: Option<Version>,
    /// The day of its release.
    pub date: Option<Date>,
    /// The items of the version in `CHANGELOG.md`.
    pub points: Vec<String>,
    /// The assessment of the version against the one before it. The first version has none.
    pub assessment: Option<Assessment>,
    /// Unified diffs of the schemas against those of the version before.
    pub diffs: Vec<String>,
}

/// The released versions, oldest first.
pub(super) fn released(repository: &Repository, topic: &str) -> anyhow::Result<Vec<ContractVersion>> {
    ContractVersion::all_released(repository, topic)
}

/// The versions, newest first.
pub(super) fn all(
    repository: &Repository,
    file: &TopicFile,
    released: &[ContractVersion],
) -> anyhow::Result<Vec<ShownVersion>> {
    let topic = &file.topic;
    let changelog = repository.read(&format!("topics/{topic}/CHANGELOG.md"))?.unwrap_or_default();
    let mut versions = Vec::new();
    for (index, release) in Releases::load(repository, topic)?.released.into_iter().enumerate() {
        let version = release.version;
        let compared = match index {
            0 => None,
            _ => Some(diff::run(repository, topic, None, Some(&version))?),
        };
        let points = changelog::points(&changelog, &version);
        versions.push(ShownVersion { date: Some(release.date), ..shown(Some(version), points, compared) });
    }
    let candidate = ContractVersion::of_candidate(repository, repository.candidate(topic)?, file)?;
    if !released.iter().any(|version| version.is_same(&candidate)) {
        let compared = diff::run(repository, topic, None, None)?;
        let is_first = released.is_empty();
        if is_first || compared.assessment.outcome != Outcome::Unchanged {
            versions.push(shown(None, Vec::new(), (!is_first).then_some(compared)));
        }
    }
    versions.reverse();
    Ok(versions)
}

fn shown(version: Option<Version>, points: Vec<String>, compared: Option<TopicDiff>) -> ShownVersion {
    let (assessment, diffs) = compared.map_or((None, Vec::new()), |it| (Some(it.assessment), it.diffs));
    let points = points.into_iter().filter(|point| !is_of_gate(point)).collect();
    ShownVersion { version, date: None, points, assessment, diffs }
}

/// Whether `release` wrote this changelog item from a finding. The site leaves it out there, because it shows the findings anyway.
fn is_of_gate(point: &str) -> bool {
    rule::all().any(|rule| point.ends_with(&format!("({})", rule.id)))
}
