//! A place in a document that is refused.

/// Where in a document is something else than what is expected. It names kinds and never quotes a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// JSON pointer (RFC 6901); empty for the whole document.
    pub(crate) pointer: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Place {
    /// The whole document.
    pub(crate) fn whole(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { pointer: String::new(), expected: expected.into(), found: found.into() }
    }

    /// The same place, seen from a document that has this one as the property or item `step`.
    pub(crate) fn below(mut self, step: &str) -> Self {
        self.pointer = format!("/{}{}", step.replace('~', "~0").replace('/', "~1"), self.pointer);
        self
    }
}
