//! The versions that a candidate is compared with.

use anyhow::Context;
use semver::Version;

use super::{Assessment, assess};
use crate::contract_version::{Candidate, ContractVersion, examples};
use crate::reader::Declarations;
use crate::release::Releases;
use crate::topic_file::TopicFile;
use crate::tree::Files;

/// A candidate, and the versions that it has to be compatible with. Every command takes them from here.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// The version that is to be released.
    pub candidate: ContractVersion,
    /// The version that the candidate's changes are counted from.
    pub baseline: ContractVersion,
    /// The versions whose records may still be on the topic, oldest first: readers of the candidate have to read them.
    pub retained_records: Vec<ContractVersion>,
    /// The versions that readers still use, oldest first: their readers have to read the candidate's records.
    pub supported_readers: Vec<ContractVersion>,
}

impl Scope {
    /// The scope of a topic's current contract, against its released versions (oldest first).
    ///
    /// # Errors
    /// Examples that cannot be read.
    pub fn of_candidate(
        files: &dyn Files,
        candidate: Candidate,
        file: &TopicFile,
        baseline: Option<ContractVersion>,
        released: Vec<ContractVersion>,
    ) -> anyhow::Result<Self> {
        let candidate = ContractVersion::of_candidate(files, candidate, file)?;
        Ok(Self::of(candidate, file, baseline, released))
    }

    /// The scope of a released version, against those before it, with the current examples.
    ///
    /// # Errors
    /// It is not among the released versions; examples that cannot be read.
    pub fn of_released(
        files: &dyn Files,
        version: &Version,
        file: &TopicFile,
        baseline: Option<ContractVersion>,
        released: Vec<ContractVersion>,
    ) -> anyhow::Result<Self> {
        let examples = examples(files, &file.topic)?;
        let candidate = ContractVersion { examples, ..find(&released, version)?.clone() };
        Ok(Self::of(candidate, file, baseline, released))
    }

    /// Without a baseline, it is the latest version before the candidate; a first version is its own.
    fn of(
        mut candidate: ContractVersion,
        file: &TopicFile,
        baseline: Option<ContractVersion>,
        mut released: Vec<ContractVersion>,
    ) -> Self {
        if released.iter().any(|version| version.is_same(&candidate)) {
            released.retain(|version| version.version < candidate.version);
        }
        let baseline = baseline.or_else(|| released.last().cloned()).unwrap_or_else(|| candidate.clone());
        candidate.readers.clone_from(&file.readers);
        let compatibility = &file.compatibility;
        let since = |oldest: Option<&Version>, asked: bool| {
            let is_in = |it: &&ContractVersion| asked && oldest.is_none_or(|oldest| it.version >= *oldest);
            released.iter().filter(is_in).cloned().collect()
        };
        Self {
            retained_records: since(Some(&compatibility.retained_since), compatibility.mode.is_backward()),
            supported_readers: since(compatibility.supported_since.as_ref(), compatibility.mode.is_forward()),
            candidate,
            baseline,
        }
    }

    /// Assesses the candidate against those versions and the readers' declarations.
    pub fn assess(&self, file: &TopicFile, declarations: &Declarations) -> Assessment {
        assess(
            &self.candidate,
            &self.baseline,
            &self.retained_records,
            &self.supported_readers,
            declarations,
            &file.intended_break,
        )
    }
}

/// Finds a released version by its number.
///
/// # Errors
/// There is none; the error lists those that are there.
pub fn find<'v>(released: &'v [ContractVersion], version: &Version) -> anyhow::Result<&'v ContractVersion> {
    released.iter().find(|it| it.version == *version).with_context(|| {
        let known: Vec<_> = released.iter().map(|it| it.version.to_string()).collect();
        let topic = released.first().map_or("the topic", |it| &it.topic);
        format!("{topic} {version} is not released; the versions are {}", known.join(", "))
    })
}

/// The keys in `topic.toml` that name a version which is neither released nor later than every released one.
pub(crate) fn unknown_versions(file: &TopicFile, releases: &Releases) -> Vec<(&'static str, Version)> {
    let compatibility = &file.compatibility;
    let named = [
        ("retained-since", Some(&compatibility.retained_since)),
        ("supported-since", compatibility.supported_since.as_ref()),
    ];
    let is_unknown = |version: &Version| {
        !releases.contains(version) && releases.latest().is_some_and(|latest| *version <= latest.version)
    };
    let named = named.into_iter().filter_map(|(name, version)| Some((name, version?)));
    named.filter(|(_, version)| is_unknown(version)).map(|(name, it)| (name, it.clone())).collect()
}
