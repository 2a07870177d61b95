//! `generate`: writes what follows from the types.

use serde_json::Value;
use tiltak_schema::for_each_topic;

use super::docs;
use crate::generated::Schemas;
use crate::tree::{WorkingCopy, schema_path};

/// A file that follows from the types and the `topic.toml` files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Path below `contracts/`.
    pub path: String,
    /// What the file has to be.
    pub text: String,
}

/// Every generated file as it has to be now.
///
/// # Errors
/// A `topic.toml` is missing or malformed.
pub fn files(tree: &WorkingCopy) -> anyhow::Result<Vec<GeneratedFile>> {
    let mut files = Vec::new();
    for schemas in for_each_topic(&mut Schemas) {
        for (part, schema) in [("key", &schemas.key), ("value", &schemas.value)] {
            let path = format!("topics/{}", schema_path(schemas.topic, schemas.version, part));
            files.push(GeneratedFile { path, text: pretty(schema)? });
        }
    }
    files.push(GeneratedFile { path: docs::PATH.to_owned(), text: docs::overview(tree)? });
    Ok(files)
}

fn pretty(schema: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(schema)? + "\n")
}

/// Writes the generated files that are not as they have to be, and gives their paths.
///
/// # Errors
/// A `topic.toml` is missing or malformed, or a file cannot be written; what was written before stays.
pub fn run(tree: &WorkingCopy) -> anyhow::Result<Vec<String>> {
    let mut written = Vec::new();
    for file in files(tree)? {
        if tree.read(&file.path)?.as_ref() != Some(&file.text) {
            tree.write(&file.path, &file.text)?;
            written.push(file.path);
        }
    }
    Ok(written)
}
