//! Types of the record values in the languages of the readers: JSON Schema → [`model`] → one renderer a language.

pub mod kotlin;
pub mod model;
mod names;
pub mod python;
pub mod schema;
pub mod target;
pub mod typescript;

/// A file of generated code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path below the folder of the sources.
    pub path: String,
    /// The text.
    pub text: String,
}

/// What the first line of a generated file says, behind the sign of a comment.
const HEADER: &str = "Made by `contracts generate`. Changes are made in the schemas, or in the generator.";

fn header(comment: &str) -> String {
    format!("{comment} {HEADER}\n")
}

/// Whether a text was generated: by its first line.
pub(crate) fn is_generated(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    ["// ", "# "].iter().any(|sign| line.strip_prefix(sign) == Some(HEADER))
}

/// A text for each item, one after the other.
fn each<T>(items: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> String {
    items.into_iter().map(text).collect()
}
