//! What a contract, or a change of one, does to a reader.

use serde::Serialize;
use serde_json::Value;
use tiltak_schema::pointer::Pointer;

use crate::counterexample::Counterexample;

/// Something about a topic that stops a reader, or that could not be decided.
///
/// A value or witness in it was made up by the search, and is nobody's data.
#[derive(Debug, Clone, PartialEq)]
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
    /// What exactly it does not take.
    pub(crate) unmet: Unmet,
    /// The variants that it is about; empty: all of them.
    pub variants: Vec<String>,
    /// The value that is refused; none where it is left out.
    pub value: Option<Value>,
    /// All values of the contract's enum that are refused there, in its order; of a change, the new ones.
    pub values: Vec<Value>,
    /// A whole document that the contract allows and that stops the reader.
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

/// What a reader does not take, with what it asks for instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unmet {
    LeftOut,
    Null,
    UnknownProperty,
    UnknownVariant,
    /// It knows so many values.
    UnknownEnumValue {
        known: usize,
    },
    /// It demands a pattern.
    OtherPattern(String),
    /// A value of the JSON type that it reads, and not what it reads.
    NotReadAs(String),
    /// A value of another JSON type than what it reads.
    OtherType(String),
    Tombstone,
    /// Nobody has said what it does with tombstones.
    UndeclaredTombstone,
    /// The declaration as a whole refuses something, by a keyword.
    Whole {
        place: String,
        keyword: String,
    },
    /// It could not be decided.
    Undecided {
        reason: String,
    },
}

impl Unmet {
    fn cause(&self) -> Cause {
        match self {
            Self::LeftOut => Cause::LeftOut,
            Self::Null => Cause::Null,
            Self::UnknownProperty => Cause::UnknownProperty,
            Self::UnknownVariant => Cause::UnknownVariant,
            Self::UnknownEnumValue { .. } => Cause::UnknownEnumValue,
            Self::OtherPattern(_) | Self::NotReadAs(_) | Self::OtherType(_) => Cause::OtherType,
            Self::Tombstone | Self::UndeclaredTombstone => Cause::Tombstone,
            Self::Whole { .. } => Cause::Whole,
            Self::Undecided { .. } => Cause::Undecided,
        }
    }
}

impl ReaderBreakage {
    pub(super) fn new(app: &str, topic: &str, kind: BreakageKind, pointer: Pointer, unmet: Unmet) -> Self {
        let (app, topic, cause) = (app.to_owned(), topic.to_owned(), unmet.cause());
        let (variants, values) = (Vec::new(), Vec::new());
        Self { app, topic, pointer, kind, cause, unmet, variants, value: None, values, witness: None }
    }
}
