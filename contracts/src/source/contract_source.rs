//! The interface of a source of contracts.

use std::fmt::Debug;

use anyhow::Context;
use semver::Version;
use serde_json::Value;

use crate::contract::Contract;
use crate::contract_version::{Candidate, sha256};
use crate::problem::Problem;
use crate::topic_file::TopicFile;
use crate::tree::Files;

/// The source of a repository's contracts, with everything that differs between repositories.
pub trait ContractSource: Debug + Send + Sync {
    /// How the command is called in this repository.
    fn command(&self) -> &'static str;

    /// The topics, in the order in which they are shown.
    fn topics(&self) -> &[String];

    /// What a topic's contract is now, released or not.
    ///
    /// # Errors
    /// A file is missing or malformed.
    fn candidate(&self, files: &dyn Files, topic: &str) -> anyhow::Result<Candidate>;

    /// The texts of the candidate's key and value schema as those of a version.
    ///
    /// # Errors
    /// A file is missing or malformed.
    fn schema_texts(&self, files: &dyn Files, topic: &str, version: &Version) -> anyhow::Result<[String; 2]>;

    /// What the records of a topic are checked against.
    ///
    /// # Errors
    /// A schema is missing or is no schema.
    fn contract(&self, files: &dyn Files, topic: &str) -> anyhow::Result<Contract>;

    /// The AsyncAPI document's `info`.
    fn info(&self) -> Value;

    /// The overview of the topics for reader teams, as Markdown.
    ///
    /// # Errors
    /// A file is missing or malformed.
    fn overview(&self, files: &dyn Files) -> anyhow::Result<String>;

    /// What else has to be right in this repository.
    fn problems(&self, file: &TopicFile, candidate: &Candidate) -> Vec<Problem> {
        let _ = (file, candidate);
        Vec::new()
    }

    /// The files that are not written by hand.
    ///
    /// # Errors
    /// A file is missing or malformed.
    fn generated_files(&self, files: &dyn Files) -> anyhow::Result<Vec<GeneratedFile>> {
        let _ = files;
        Ok(Vec::new())
    }

    /// What a release changes besides the files of the contract: path below `contracts/`, and text.
    ///
    /// # Errors
    /// A file is missing or is not as expected.
    fn files_of_release(
        &self,
        files: &dyn Files,
        topic: &str,
        version: &Version,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let _ = (files, topic, version);
        Ok(Vec::new())
    }

    /// The generated files that show the version of a topic, and are written anew when it is released.
    fn files_of_versions(&self) -> &'static [&'static str] {
        &[]
    }

    /// The topics as manifests for nais.
    ///
    /// # Errors
    /// A file is missing or malformed.
    fn manifests(&self, files: &dyn Files) -> anyhow::Result<Vec<Manifest>> {
        let _ = files;
        Ok(Vec::new())
    }
}

/// The manifest of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Path below `contracts/`.
    pub path: String,
    /// YAML.
    pub text: String,
}

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Path below `contracts/`.
    pub path: String,
    /// The text that the file should have.
    pub text: String,
    /// The released version that the file belongs to, if any.
    pub released: Option<ReleasedFile>,
}

/// A released file, which never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedFile {
    /// The topic.
    pub topic: String,
    /// The hash of the released text.
    pub sha256: String,
}

impl GeneratedFile {
    /// Whether the source differs from what was released.
    pub fn is_new(&self) -> bool {
        self.released.as_ref().is_some_and(|released| released.sha256 != sha256(&self.text))
    }
}

/// A file that has to be there.
pub(super) fn required(files: &dyn Files, path: &str) -> anyhow::Result<String> {
    files.read(path)?.with_context(|| format!("contracts/{path}: missing"))
}
