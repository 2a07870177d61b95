//! Where and why a value was refused.

/// Why a JSON text was refused: the place, what was expected there, and the kind of what was found, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// JSON pointer (RFC 6901); empty for the whole document.
    pub pointer: String,
    /// What was expected there.
    pub expected: String,
    /// What was found there.
    pub found: String,
}

impl Diagnosis {
    pub(super) fn here(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { pointer: String::new(), expected: expected.into(), found: found.into() }
    }

    pub(super) fn below(mut self, step: &str) -> Self {
        self.pointer = format!("/{}{}", step.replace('~', "~0").replace('/', "~1"), self.pointer);
        self
    }
}
