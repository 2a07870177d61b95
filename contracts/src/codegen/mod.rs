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
