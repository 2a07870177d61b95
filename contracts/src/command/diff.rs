//! `diff`: the changes of a contract, without the other checks.

use semver::Version;
use serde::Serialize;

use super::check::unified_diff;
use crate::assessment::{Assessment, Scope, find};
use crate::contract_version::ContractVersion;
use crate::reader::Declarations;
use crate::release::pretty;
use crate::source::Repository;
use crate::tree::Files;

/// The changes of a topic's contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicDiff {
    /// The assessment of the changes.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// Unified diffs of the schemas.
    pub diffs: Vec<String>,
}

/// Compares two versions of a topic's contract. `from` defaults to the latest released version before `to`, and `to`
/// to the current contract.
///
/// # Errors
/// There is no such topic or version; a file that cannot be read.
pub fn run(
    repository: &Repository,
    topic: &str,
    from: Option<&Version>,
    to: Option<&Version>,
) -> anyhow::Result<TopicDiff> {
    repository.require_topic(topic)?;
    let file = repository.topic_file(topic)?;
    let released = ContractVersion::all_released(repository, topic)?;
    let from = from.map(|version| find(&released, version).cloned()).transpose()?;
    let scope = match to {
        Some(version) => Scope::of_released(repository, version, &file, from, released)?,
        None => Scope::of_candidate(repository, repository.candidate(topic)?, &file, from, released)?,
    };
    let assessment = scope.assess(&file, &Declarations::load(repository, repository.topics())?);
    let Scope { candidate, baseline, .. } = &scope;
    let mut diffs = Vec::new();
    for (old, new) in [(&baseline.key, &candidate.key), (&baseline.value, &candidate.value)] {
        let diff = unified_diff(&pretty(old)?, &pretty(new)?);
        diffs.extend((!diff.is_empty()).then_some(diff));
    }
    Ok(TopicDiff { assessment, diffs })
}
