//! `generate`: writes what follows from the source of the contracts.

use anyhow::bail;

use crate::source::{GeneratedFile, ReleasedFile, Repository};
use crate::tree::Files;

/// Writes the generated files that are not as they have to be, and gives their paths.
///
/// # Errors
/// A `topic.toml` is missing or malformed, or a file cannot be written; what was written before stays. The types are no
/// longer what was released: then nothing is written.
pub fn run(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let files = repository.source().generated_files(repository)?;
    if let Some(GeneratedFile { path, released: Some(ReleasedFile { topic, .. }), .. }) =
        files.iter().find(|file| file.is_new())
    {
        let command = repository.source().command();
        bail!(
            "contracts/{path}: released, so it never changes, and the types say otherwise now; run `{command} diff {topic}` \
             to see what is new, and `{command} release {topic}` for a new version"
        );
    }
    let mut written = Vec::new();
    for file in files {
        if repository.read(&file.path)?.as_ref() != Some(&file.text) {
            repository.tree().write(&file.path, &file.text)?;
            written.push(file.path);
        }
    }
    Ok(written)
}
