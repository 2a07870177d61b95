//! `diff`: what is new in a contract, without the rest of `check`.

use anyhow::Context;
use semver::Version;
use serde::Serialize;
use tiltak_schema::topic::{Topic, TopicVisitor};
use tiltak_schema::{topics, with_topic};

use super::check::unified_diff;
use super::generate::pretty;
use crate::assessment::{Assessment, Scope, find};
use crate::contract_version::ContractVersion;
use crate::reader::Declarations;
use crate::tree::{Files, WorkingCopy};

/// What is new in a topic's contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicDiff {
    /// What that means.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// Unified diffs of the schemas.
    pub diffs: Vec<String>,
}

/// Compares two versions of a topic's contract: `from` (otherwise the latest released one before `to`) and `to` (otherwise what
/// the types are).
///
/// # Errors
/// There is no such topic or version; a file that cannot be read.
pub fn run(
    tree: &WorkingCopy,
    topic: &str,
    from: Option<&Version>,
    to: Option<&Version>,
) -> anyhow::Result<TopicDiff> {
    let names = || topics().map(|it| it.name).join(", ");
    with_topic(topic, &mut OfTopic { tree, from, to })
        .with_context(|| format!("there is no topic {topic:?}; the topics are {}", names()))?
}

struct OfTopic<'a> {
    tree: &'a WorkingCopy,
    from: Option<&'a Version>,
    to: Option<&'a Version>,
}

impl TopicVisitor for OfTopic<'_> {
    type Output = anyhow::Result<TopicDiff>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let file = self.tree.topic_file(T::NAME)?;
        let released = ContractVersion::all_released(self.tree, T::NAME)?;
        let from = self.from.map(|version| find(&released, version).cloned()).transpose()?;
        let scope = match self.to {
            Some(version) => Scope::of_released(self.tree, version, &file, from, released)?,
            None => Scope::of_types::<T>(self.tree, &file, from, released)?,
        };
        let assessment = scope.assess(&file, &Declarations::load(self.tree)?);
        let Scope { candidate, baseline, .. } = &scope;
        let mut diffs = Vec::new();
        for (old, new) in [(&baseline.key, &candidate.key), (&baseline.value, &candidate.value)] {
            let diff = unified_diff(&pretty(old)?, &pretty(new)?);
            diffs.extend((!diff.is_empty()).then_some(diff));
        }
        Ok(TopicDiff { assessment, diffs })
    }
}
