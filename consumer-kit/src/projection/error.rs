//! Why a type has no declaration.

use std::fmt;

/// A part of a type that a declaration cannot express.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{topic}{}: {what}", AtPointer(pointer))]
pub struct DeclarationError {
    topic: &'static str,
    pointer: String,
    what: &'static str,
}

struct AtPointer<'p>(&'p str);

impl fmt::Display for AtPointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " at {}", self.0) }
    }
}

impl DeclarationError {
    pub(super) fn new(pointer: &str, what: &'static str) -> Self {
        Self { topic: "", pointer: pointer.to_owned(), what }
    }

    pub(super) fn of(self, topic: &'static str) -> Self {
        Self { topic, ..self }
    }

    /// The JSON pointer (RFC 6901; `*` is every item of an array); empty for the whole type.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}
