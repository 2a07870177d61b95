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

/// A text for each item, one after the other.
fn each<T>(items: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> String {
    items.into_iter().map(text).collect()
}
