//! Breakages: what a contract, or a change of it, does to a reader.

use serde::Serialize;
use serde_json::Value;
use tiltak_schema::pointer::Pointer;

use crate::counterexample::Counterexample;

/// A breakage: something about a topic that breaks a reader, or that could not be decided.
///
/// A value or witness in it was made up by the search, and is nobody's data.
#[derive(Debug, Clone, PartialEq)]
pub struct ReaderBreakage {
    /// The application.
    pub app: String,
    /// The topic.
    pub topic: String,
    /// The place in the record's value, in the form of the declaration: `*` is any item of an array. Empty for the
    /// whole value.
    pub pointer: Pointer,
    /// Whether the change causes it.
    pub kind: BreakageKind,
    /// The cause.
    pub cause: Cause,
    /// The requirement that is not met.
    pub(crate) unmet: Unmet,
    /// The variants concerned; empty means all.
    pub variants: Vec<String>,
    /// The value that the reader refuses; `None` if it is left out.
    pub value: Option<Value>,
    /// All values of the contract's enum that the reader refuses, in order. For a change, only the new ones.
    pub values: Vec<Value>,
    /// A whole document that the contract allows and that breaks the reader.
    pub witness: Option<Counterexample>,
}

/// Whether a change causes a breakage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakageKind {
    /// The change breaks the reader.
    New,
    /// The current contract breaks the reader already, and the change does not mend that.
    Current,
    /// The engine could not decide; the message says why.
    Undecided,
}

/// The cause of a breakage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A field that the reader requires is left out.
    LeftOut,
    /// A field is null, and the reader does not accept null.
    Null,
    /// The reader does not know an enum value.
    UnknownEnumValue,
    /// A value is not of the type that the reader binds.
    OtherType,
    /// The reader does not know a property.
    UnknownProperty,
    /// The reader does not know a variant.
    UnknownVariant,
    /// The reader does not accept a tombstone.
    Tombstone,
    /// The whole declaration refuses a document, and no single field explains it.
    Whole,
    /// Nothing is known to break the reader.
    Undecided,
}

/// The requirement that a contract does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unmet {
    LeftOut,
    Null,
    UnknownProperty,
    UnknownVariant,
    /// The reader knows only so many values.
    UnknownEnumValue {
        known: usize,
    },
    /// The reader requires a pattern.
    OtherPattern(String),
    /// A value of the bound JSON type in a form that the reader does not parse.
    NotReadAs(String),
    /// A value of another JSON type than the bound one.
    OtherType(String),
    Tombstone,
    /// The declaration does not say what the reader does with tombstones.
    UndeclaredTombstone,
    /// The declaration as a whole refuses a document, by a keyword.
    Whole {
        place: String,
        keyword: String,
    },
    /// The engine could not decide.
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
