//! `diff`: what is new in a contract, without the rest of `check`.

use anyhow::Context;
use semver::Version;
use serde::Serialize;
use tiltak_schema::topic::{Topic, TopicVisitor};
use tiltak_schema::{topics, with_topic};

use super::check::{TopicReport, unified_diff};
use super::generate::pretty;
use crate::edition::Edition;
use crate::gate;
use crate::generated::schemas_of;
use crate::reader::Declarations;
use crate::release::Releases;
use crate::tree::{Files, WorkingCopy};

/// What is new in a topic's contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TopicDiff {
    /// What the gate says.
    #[serde(flatten)]
    pub report: TopicReport,
    /// Unified diffs of the schemas.
    pub diffs: Vec<String>,
}

/// Compares two versions of a topic's contract: `from` (otherwise the latest that was released) and `to` (otherwise what
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
        let releases = Releases::load(self.tree, T::NAME)?;
        let edition = |version: &Version| {
            let release = releases.released.iter().find(|release| release.version == *version);
            let known =
                || releases.released.iter().map(|it| it.version.to_string()).collect::<Vec<_>>().join(", ");
            let release = release.with_context(|| {
                format!("{} {version} is not released; the versions are {}", T::NAME, known())
            })?;
            Edition::released(self.tree, T::NAME, release)
        };
        let latest = || releases.latest().with_context(|| format!("{}: no version is released", T::NAME));
        let file = self.tree.topic_file(T::NAME)?;
        let old = match self.from {
            Some(version) => edition(version)?,
            None => edition(&latest()?.version)?,
        };
        let new = if let Some(version) = self.to {
            edition(version)?
        } else {
            Edition::of_types(self.tree, schemas_of::<T>(), T::CONTRACT_VERSION.parse()?, &file)?
        };
        let mut retained = Edition::all_released(self.tree, T::NAME)?;
        retained.retain(|it| it.version >= file.compatibility.retained_since && it.version < new.version);
        if !retained.iter().any(|it| it.version == old.version) {
            retained.push(old.clone());
        }
        let decision = gate::decide(&old, &new, &retained, &file, &Declarations::load(self.tree)?);
        let mut diffs = Vec::new();
        for (old, new) in [(&old.key, &new.key), (&old.value, &new.value)] {
            let diff = unified_diff(&pretty(old)?, &pretty(new)?);
            diffs.extend((!diff.is_empty()).then_some(diff));
        }
        let report = TopicReport { topic: T::NAME, from: old.version, to: new.version, decision };
        Ok(TopicDiff { report, diffs })
    }
}
