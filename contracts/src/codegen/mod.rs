//! Generated types of the record values, in the languages of the readers: JSON Schema → [`model`] → one renderer for each language.

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
    /// The path of the file, below the folder of the sources.
    pub path: String,
    /// The content of the file.
    pub text: String,
}

/// The first line of a generated file, without the comment sign.
const HEADER: &str = "Made by `contracts generate`. Changes are made in the schemas, or in the generator.";

fn header(comment: &str) -> String {
    format!("{comment} {HEADER}\n")
}

/// Whether a text is generated, judged by its first line.
pub(crate) fn is_generated(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    ["// ", "# "].iter().any(|sign| line.strip_prefix(sign) == Some(HEADER))
}

/// A text for each item, one after the other.
fn each<T>(items: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> String {
    items.into_iter().map(text).collect()
}
