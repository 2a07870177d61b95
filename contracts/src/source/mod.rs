//! Where the contracts of a repository come from. The gate asks a [`ContractSource`] and knows no other difference between
//! [the Rust types of this project](RustTypes) and [a folder of plain JSON Schemas](SchemaFolder).

mod rust_types;
mod schema_folder;

use std::fmt::Debug;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use semver::Version;
use serde_json::Value;

use crate::contract::Contract;
use crate::contract_version::sha256;
use crate::problem::Problem;
use crate::release::Releases;
use crate::topic_file::TopicFile;
use crate::tree::{Files, WorkingCopy, schema_path};
pub use rust_types::{GeneratedSchemas, Manifest, RustTypes, schemas_of};
pub use schema_folder::SchemaFolder;

/// What the contracts of a repository are made from, and what only that repository does with them.
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

/// What a topic's contract is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The topic.
    pub topic: String,
    /// The version that it says it is.
    pub version: Version,
    /// Schema of the record key.
    pub key: Value,
    /// Schema of the record value.
    pub value: Value,
    /// Whether each field has to have a description.
    pub requires_descriptions: bool,
}

/// A file that follows from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Path below `contracts/`.
    pub path: String,
    /// What the file has to be.
    pub text: String,
    /// What is out, if the file is one of a released version.
    pub released: Option<ReleasedFile>,
}

/// A file that is out, and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedFile {
    /// The topic.
    pub topic: String,
    /// The hash of what was released.
    pub sha256: String,
}

impl GeneratedFile {
    /// The source is no longer what was released.
    pub fn is_new(&self) -> bool {
        self.released.as_ref().is_some_and(|released| released.sha256 != sha256(&self.text))
    }
}

/// A working copy with the source of its contracts.
#[derive(Debug)]
pub struct Repository {
    tree: WorkingCopy,
    source: Box<dyn ContractSource>,
}

impl Repository {
    /// Finds `contracts/` in `start` or one of the folders above it. With a file `contracts/contracts.toml` its contracts are
    /// plain JSON Schemas; else they are the Rust types of this project.
    ///
    /// # Errors
    /// There is no such folder; `contracts.toml` is malformed; it is missing, and the topics are not those of the types.
    pub fn find(start: &Path) -> anyhow::Result<Self> {
        let tree = WorkingCopy::find(start)?;
        let source: Box<dyn ContractSource> = match SchemaFolder::of(&tree)? {
            Some(folder) => Box::new(folder),
            None => Box::new(RustTypes::default()),
        };
        let is_there = |topic: &String| Ok(!tree.list(&format!("topics/{topic}"))?.is_empty());
        let there: anyhow::Result<Vec<bool>> = source.topics().iter().map(is_there).collect();
        ensure!(
            there?.contains(&true) || source.topics().is_empty(),
            "{} has no contracts.toml, and none of the topics that are Rust types; `contracts init` makes a repository of \
             JSON Schemas",
            tree.path("").display()
        );
        Ok(Self { tree, source })
    }

    /// The files.
    pub fn tree(&self) -> &WorkingCopy {
        &self.tree
    }

    /// The source of the contracts.
    pub fn source(&self) -> &dyn ContractSource {
        &*self.source
    }

    /// The topics, in the order in which they are shown.
    pub fn topics(&self) -> &[String] {
        self.source.topics()
    }

    /// # Errors
    /// There is no such topic; the error names those that there are.
    pub fn require_topic(&self, topic: &str) -> anyhow::Result<()> {
        if !self.topics().iter().any(|name| name == topic) {
            bail!("there is no topic {topic:?}; the topics are {}", self.topics().join(", "));
        }
        Ok(())
    }

    /// A schema of the version that `topic.toml` names, `key` or `value`; before its release, what it is now.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn schema(&self, file: &TopicFile, part: &str) -> anyhow::Result<Value> {
        let path = format!("topics/{}", schema_path(&file.topic, &file.version, part));
        if let Some(text) = self.read(&path)? {
            return serde_json::from_str(&text).with_context(|| format!("contracts/{path}: no JSON"));
        }
        let Candidate { version, key, value, .. } = self.candidate(&file.topic)?;
        ensure!(
            !Releases::load(self, &file.topic)?.contains(&version),
            "contracts/{path}: missing, and released; restore it from the history"
        );
        Ok(if part == "key" { key } else { value })
    }

    /// What a topic's contract is now.
    ///
    /// # Errors
    /// A file is missing or malformed.
    pub fn candidate(&self, topic: &str) -> anyhow::Result<Candidate> {
        self.source.candidate(self, topic)
    }
}

impl Files for Repository {
    fn read(&self, path: &str) -> anyhow::Result<Option<String>> {
        self.tree.read(path)
    }

    fn list(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        self.tree.list(folder)
    }
}

/// A file that has to be there.
fn required(files: &dyn Files, path: &str) -> anyhow::Result<String> {
    files.read(path)?.with_context(|| format!("contracts/{path}: missing"))
}
