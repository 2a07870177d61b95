//! `generate`: writes what follows from the types.

use anyhow::bail;
use serde_json::Value;
use tiltak_schema::for_each_topic;

use super::{docs, manifests};
use crate::contract_version::{self, sha256};
use crate::generated::Schemas;
use crate::release::Releases;
use crate::tree::{Files, WorkingCopy};

/// A file that follows from the types and the `topic.toml` files.
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
    pub topic: &'static str,
    /// The hash of what was released.
    pub sha256: String,
}

impl GeneratedFile {
    /// The types are no longer what was released.
    pub fn is_new(&self) -> bool {
        self.released.as_ref().is_some_and(|released| released.sha256 != sha256(&self.text))
    }
}

/// Every generated file as it has to be now.
///
/// # Errors
/// A `topic.toml` is missing or malformed.
pub fn files(tree: &WorkingCopy) -> anyhow::Result<Vec<GeneratedFile>> {
    let mut files = Vec::new();
    for schemas in for_each_topic(&mut Schemas) {
        let version = schemas.version.parse()?;
        let releases = Releases::load(tree, schemas.topic)?;
        let release = releases.released.iter().find(|release| release.version == version);
        for (part, schema) in [("key", &schemas.key), ("value", &schemas.value)] {
            let out = release.map(|release| ReleasedFile {
                topic: schemas.topic,
                sha256: if part == "key" { &release.key_sha256 } else { &release.value_sha256 }.clone(),
            });
            let path = contract_version::path(schemas.topic, &version, part);
            files.push(GeneratedFile { path, text: pretty(schema)?, released: out });
        }
    }
    let overview = docs::overview(tree)?;
    files.push(GeneratedFile { path: docs::PATH.to_owned(), text: overview, released: None });
    let manifests = manifests::all(tree)?.into_iter();
    files.extend(manifests.map(|manifests::Manifest { path, text }| GeneratedFile {
        path,
        text,
        released: None,
    }));
    Ok(files)
}

pub(crate) fn pretty(schema: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(schema)? + "\n")
}

/// Writes the generated files that are not as they have to be, and gives their paths.
///
/// # Errors
/// A `topic.toml` is missing or malformed, or a file cannot be written; what was written before stays. The types are no
/// longer what was released: then nothing is written.
pub fn run(tree: &WorkingCopy) -> anyhow::Result<Vec<String>> {
    let files = files(tree)?;
    if let Some(GeneratedFile { path, released: Some(ReleasedFile { topic, .. }), .. }) =
        files.iter().find(|file| file.is_new())
    {
        bail!(
            "contracts/{path}: released, so it never changes, and the types say otherwise now; run `cargo contracts diff \
             {topic}` to see what is new, and `cargo contracts release {topic}` for a new version"
        );
    }
    let mut written = Vec::new();
    for file in files {
        if tree.read(&file.path)?.as_ref() != Some(&file.text) {
            tree.write(&file.path, &file.text)?;
            written.push(file.path);
        }
    }
    Ok(written)
}
