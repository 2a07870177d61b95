//! What a contract, or a change of one, does to a reader.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use tiltak_schema::pointer::Pointer;

use crate::counterexample::Counterexample;

/// Something about a topic that stops a reader, or that could not be decided.
///
/// A value or witness in it was made up by the search, and is nobody's data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReaderBreakage {
    /// The application.
    pub app: String,
    /// The topic.
    pub topic: String,
    /// Where in the record's value, as the declaration says it: `*` is any item of an array. Empty for the whole.
    pub pointer: Pointer,
    /// Whether the change does it.
    pub kind: BreakageKind,
    /// Why.
    pub cause: Cause,
    /// The sentence that says so: place, value, and what the reader demands.
    pub message: String,
    /// The value that is refused; none where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// All values of the contract's enum that are refused there, in its order; of a change, the new ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// A whole document that the contract allows and that stops the reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Counterexample>,
}

/// Whether a change is what stops a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakageKind {
    /// The change stops it.
    New,
    /// The current contract stops it already, and the change does not mend that.
    Current,
    /// It could not be decided; the message says what stood in the way.
    Undecided,
}

/// Why a reader is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A field that it requires is left out.
    LeftOut,
    /// Null, where it accepts none.
    Null,
    /// A value of an enum that it does not know.
    UnknownEnumValue,
    /// A value that is not of the type it reads.
    OtherType,
    /// A property that it does not know.
    UnknownProperty,
    /// A variant that it does not know.
    UnknownVariant,
    /// A record without a value.
    Tombstone,
    /// The whole declaration refuses a document, and no single field of it says why.
    Whole,
    /// Nothing is known to stop it.
    Undecided,
}

impl ReaderBreakage {
    pub(super) fn new(
        app: &str,
        topic: &str,
        kind: BreakageKind,
        cause: Cause,
        pointer: Pointer,
        message: impl Into<String>,
    ) -> Self {
        let (app, topic, message) = (app.to_owned(), topic.to_owned(), message.into());
        Self { app, topic, pointer, kind, cause, message, value: None, values: Vec::new(), witness: None }
    }
}

impl fmt::Display for ReaderBreakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, topic, message, .. } = self;
        match self.kind {
            BreakageKind::New => write!(f, "this change stops {app}: {message}"),
            BreakageKind::Current => write!(f, "the current contract already stops {app}: {message}"),
            BreakageKind::Undecided => write!(f, "whether {app} can read {topic} is undecided: {message}"),
        }
    }
}
