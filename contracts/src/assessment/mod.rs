//! Whether a contract may be released. `scope` says what it is compared with, [`assess`] returns the result.

mod findings;
mod scope;
mod tolerant;

use semver::{BuildMetadata, Prerelease, Version};
use serde::Serialize;

use crate::change;
use crate::contract_version::ContractVersion;
use crate::reader::{BreakageKind, Declarations, ReaderBreakage};
use crate::rule::{self, Direction, Finding, Severity};
use crate::topic_file::IntendedBreak;
pub(crate) use scope::unknown_versions;
pub use scope::{Scope, find};

/// The meaning of a candidate for the versions before it and for its readers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The topic.
    pub topic: String,
    /// The baseline's version.
    pub from: Version,
    /// The candidate's version.
    pub to: Version,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
    /// The outcome that follows from the findings.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The readers that the baseline breaks already and the candidate still breaks.
    pub already_broken: Vec<ReaderBreakage>,
}

/// What may be done with a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// Nothing differs from the baseline.
    Unchanged,
    /// The candidate may be released.
    Release {
        /// The lowest version that it may be released as.
        least_version: Version,
    },
    /// The candidate may not be released in this form.
    Blocked,
    /// The candidate needs a new topic.
    NewTopic {
        /// The new topic's name.
        next_topic: String,
    },
}

impl Assessment {
    /// Whether the candidate may be released, or is unchanged.
    pub fn is_let_through(&self) -> bool {
        matches!(self.outcome, Outcome::Unchanged | Outcome::Release { .. })
    }
}

/// Compares a candidate with the baseline, with each version whose records may still be on the topic, with each
/// version that readers still use, and with the readers' declarations. An intended break blocks nothing.
pub fn assess(
    candidate: &ContractVersion,
    baseline: &ContractVersion,
    retained_records: &[ContractVersion],
    supported_readers: &[ContractVersion],
    declarations: &Declarations,
    intended: &[IntendedBreak],
) -> Assessment {
    let breakages = declarations.breakages_between(baseline, candidate);
    let (already_broken, broken): (Vec<_>, Vec<_>) =
        breakages.into_iter().partition(|it| it.kind == BreakageKind::Current);
    let changes = change::changes(baseline, candidate);
    let differs = !changes.is_empty();
    let mut findings: Vec<_> =
        changes.iter().flat_map(|change| rule::classify(change, &candidate.examples)).collect();
    findings.extend(findings::of_candidate(candidate));
    // Without a change nothing is new to any of them.
    if differs {
        findings.extend(findings::of_versions(Direction::Backward, candidate, retained_records));
        findings.extend(findings::of_versions(Direction::Forward, candidate, supported_readers));
    }
    findings.extend(findings::of_readers(&broken));
    for finding in findings.iter_mut().filter(|finding| finding.severity >= Severity::Blocked) {
        let is_meant = |it: &&IntendedBreak| {
            let is_told = finding.reader.as_ref().is_none_or(|app| it.readers_told.contains(app));
            it.version > baseline.version
                && it.rule == finding.rule
                && it.part == finding.place.part
                && it.pointer == finding.place.pointer
                && is_told
        };
        finding.intended = intended.iter().find(is_meant).cloned();
    }
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.place.pointer.cmp(&b.place.pointer)));
    Assessment {
        topic: candidate.topic.clone(),
        from: baseline.version.clone(),
        to: candidate.version.clone(),
        outcome: outcome(baseline, &findings, differs),
        findings,
        already_broken,
    }
}

fn outcome(baseline: &ContractVersion, findings: &[Finding], differs: bool) -> Outcome {
    let severity = |finding: &Finding| match finding.intended {
        // What is decided on goes out with the next minor version.
        Some(_) => finding.severity.min(Severity::Minor),
        None => finding.severity,
    };
    match findings.iter().map(severity).max() {
        Some(Severity::Breaking) => Outcome::NewTopic { next_topic: next_topic(&baseline.topic) },
        Some(Severity::Blocked) => Outcome::Blocked,
        Some(severity) if differs => Outcome::Release { least_version: step(&baseline.version, severity) },
        _ => Outcome::Unchanged,
    }
}

fn step(version: &Version, level: Severity) -> Version {
    let (minor, patch) = match level {
        Severity::Patch => (version.minor, version.patch + 1),
        _ => (version.minor + 1, 0),
    };
    Version { major: version.major, minor, patch, pre: Prerelease::EMPTY, build: BuildMetadata::EMPTY }
}

/// The name of the next topic, for a breaking change: the number at the end is one higher.
pub fn next_topic(topic: &str) -> String {
    match topic.rsplit_once("-v").map(|(name, number)| (name, number.parse::<u64>())) {
        Some((name, Ok(number))) => format!("{name}-v{}", number + 1),
        _ => format!("{topic}-v2"),
    }
}
