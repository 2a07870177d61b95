//! `generate`: writes the files that follow from the source of the contracts.

use std::path::Path;

use anyhow::bail;
use serde::Serialize;

use crate::codegen::SourceFile;
use crate::codegen::target::{self, Target};
use crate::source::{GeneratedFile, ReleasedFile, Repository};
use crate::tree::{Files, write_file};

/// What was done to the generated files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Generated {
    /// Paths of the files that were not as they have to be.
    pub written: Vec<String>,
    /// Paths of the files that were generated before, and belong to no contract any more.
    pub removed: Vec<String>,
}

/// Writes the generated files that are not as they have to be, and removes those that no contract has any more.
///
/// # Errors
/// A `topic.toml` is missing or malformed, or a file cannot be written; what was written before stays. The types are no
/// longer what was released: then nothing is written.
pub fn run(repository: &Repository) -> anyhow::Result<Generated> {
    let mut files = repository.source().generated_files(repository)?;
    if let Some(GeneratedFile { path, released: Some(ReleasedFile { topic, .. }), .. }) =
        files.iter().find(|file| file.is_new())
    {
        let command = repository.source().command();
        bail!(
            "contracts/{path}: released, so it never changes, and the types say otherwise now; run `{command} diff {topic}` \
             to see what is new, and `{command} release {topic}` for a new version"
        );
    }
    let code = target::generated_files(repository)?;
    let removed = target::leftovers(repository, &code)?;
    files.extend(code);
    let mut written = Vec::new();
    for file in files {
        if repository.read(&file.path)?.as_ref() != Some(&file.text) {
            repository.tree().write(&file.path, &file.text)?;
            written.push(file.path);
        }
    }
    for path in &removed {
        repository.tree().remove(path)?;
    }
    Ok(Generated { written, removed })
}

/// Writes the types of all topics in a language to a folder, and returns the paths of the files that were out of
/// date.
///
/// # Errors
/// No types can be made of a schema: then nothing is written. A file cannot be written; what was written before stays.
pub fn types(repository: &Repository, target: &Target, folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut written = Vec::new();
    for SourceFile { path, text } in target.sources(&target::contracts(repository)?)? {
        let place = folder.join(&path);
        if std::fs::read_to_string(&place).ok().as_ref() != Some(&text) {
            write_file(&place, &text)?;
            written.push(place.display().to_string());
        }
    }
    Ok(written)
}
