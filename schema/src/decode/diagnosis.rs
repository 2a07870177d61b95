//! The place and the reason of a refusal.

use crate::pointer::escaped;

/// Why a JSON text was refused: the place, what was expected there, and the kind of what was found, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What was expected at that place.
    pub expected: String,
    /// What was found at that place, without its content.
    pub found: String,
}

impl Diagnosis {
    /// A diagnosis of the whole document.
    pub fn here(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { pointer: String::new(), expected: expected.into(), found: found.into() }
    }

    /// The same diagnosis, seen from a document that has this one as the property or item `step`.
    #[must_use]
    pub fn below(mut self, step: &str) -> Self {
        self.pointer = format!("/{}{}", escaped(step), self.pointer);
        self
    }
}
