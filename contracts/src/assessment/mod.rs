//! May this contract go out on its topic? `scope` says what it is compared with, [`assess`] what comes of it.

mod scope;
mod tolerant;

use semver::{BuildMetadata, Prerelease, Version};
use serde::Serialize;
use serde_json::Value;

use crate::change;
use crate::contract_version::ContractVersion;
use crate::reader::{Declarations, Effect, EffectKind};
use crate::rule::{self, Comparison, Direction, Finding, Judged, Severity};
use crate::topic_file::IntendedBreak;
use crate::verdict::{Options, Verdict, compare};
pub(crate) use scope::unknown_versions;
pub use scope::{Scope, find};
use tolerant::tolerant;

/// What a candidate means for the versions before it and for its readers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The topic.
    pub topic: String,
    /// The baseline's version.
    pub from: Version,
    /// The candidate's version.
    pub to: Version,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What that amounts to.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The readers that the baseline breaks already, and the candidate still does.
    pub already_broken: Vec<Effect>,
}

/// What may happen with a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// Nothing differs from the baseline.
    Unchanged,
    /// It may go out.
    Release {
        /// The least version that it may go out as.
        least_version: Version,
    },
    /// It may not go out like this.
    Blocked,
    /// It needs a new topic.
    NewTopic {
        /// The new topic's name.
        next_topic: String,
    },
}

impl Assessment {
    /// Whether the candidate may go out.
    pub fn is_let_through(&self) -> bool {
        matches!(self.outcome, Outcome::Unchanged | Outcome::Release { .. })
    }
}

/// Compares a candidate with the baseline, with each version whose records may still be on the topic, with each version
/// that readers still use, and with what readers have declared. A break that is intended refuses nothing.
pub fn assess(
    candidate: &ContractVersion,
    baseline: &ContractVersion,
    retained_records: &[ContractVersion],
    supported_readers: &[ContractVersion],
    declarations: &Declarations,
    intended: &[IntendedBreak],
) -> Assessment {
    let effects = declarations.effects(&baseline.topic, Some(&baseline.value), &candidate.value);
    let (already_broken, stops) = effects.into_iter().partition(|it| it.kind == EffectKind::Current);
    let changes = change::changes(baseline, candidate);
    let differs = !changes.is_empty();
    // Without a change nothing is new to any of them.
    let verdicts = if differs { judge(candidate, retained_records, supported_readers) } else { Vec::new() };
    let mut findings = rule::findings(&Comparison { new: candidate, changes, verdicts, stops });
    for finding in findings.iter_mut().filter(|finding| finding.severity >= Severity::Blocked) {
        let is_meant = |it: &&IntendedBreak| {
            let is_told = finding.reader.as_ref().is_none_or(|app| it.readers_told.contains(app));
            it.version > baseline.version
                && it.rule == finding.rule
                && it.pointer == finding.place.pointer
                && is_told
        };
        let told =
            |it: &IntendedBreak| format!("{} ({}); told: {}", it.reason, it.date, it.readers_told.join(", "));
        finding.intended = intended.iter().find(is_meant).map(told);
    }
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

/// The name of the topic that a breaking change goes to: the number at the end, one higher.
pub fn next_topic(topic: &str) -> String {
    match topic.rsplit_once("-v").map(|(name, number)| (name, number.parse::<u64>())) {
        Some((name, Ok(number))) => format!("{name}-v{}", number + 1),
        _ => format!("{topic}-v2"),
    }
}

/// Whether new readers read old records, and old readers new ones.
fn judge(
    candidate: &ContractVersion,
    retained_records: &[ContractVersion],
    supported_readers: &[ContractVersion],
) -> Vec<Judged> {
    let backward = retained_records.iter().map(|old| (Direction::Backward, old, old, candidate));
    let forward = supported_readers.iter().map(|old| (Direction::Forward, old, candidate, old));
    let each =
        |(direction, old, writer, reader): (_, &ContractVersion, &ContractVersion, &ContractVersion)| {
            // Keys are compared as they stand: a reader has no use for an unknown form of a key.
            let key = may_read(&writer.key, &reader.key);
            let value = may_read(&writer.value, &tolerant(&reader.value));
            let judged = |part, verdict| Judged { direction, version: old.version.clone(), part, verdict };
            [judged("key", key), judged("value", value)]
        };
    backward.chain(forward).flat_map(each).collect()
}

fn may_read(writer: &Value, reader: &Value) -> Verdict {
    let options = Options { closed_writer: true, ..Options::default() };
    compare(writer, reader, &options).unwrap_or_else(|error| Verdict::Unknown { reason: error.to_string() })
}
