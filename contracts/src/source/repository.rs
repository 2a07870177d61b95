//! The contracts of a working copy.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::{ContractSource, RustTypes, SchemaFolder};
use crate::contract_version::Candidate;
use crate::release::Releases;
use crate::topic_file::TopicFile;
use crate::tree::{Files, WorkingCopy, schema_path};

/// A working copy, with the source of its contracts.
#[derive(Debug)]
pub struct Repository {
    tree: WorkingCopy,
    source: Box<dyn ContractSource>,
}

impl Repository {
    /// Finds `contracts/` in `start` or one of the folders above it. If `contracts/contracts.toml` exists, the
    /// contracts are plain JSON Schemas; otherwise they are the Rust types of this project.
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

    /// A schema (`key` or `value`) of the version in `topic.toml`; the current one if that is not released.
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

    /// The current contract of a topic.
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
