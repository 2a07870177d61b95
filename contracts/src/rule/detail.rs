//! What exactly a rule has found, as data; `report` makes the sentence of it.

use semver::Version;
use serde_json::Value;

use crate::change::{ChangeKind, KeywordChange};
use crate::reader::ReaderBreakage;

/// What exactly was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Detail {
    /// A difference between two versions.
    Change(Box<ChangeKind>),
    /// Limits or patterns that allow values which were not allowed, or the other way round.
    Values {
        /// They are allowed now.
        is_allowed_now: bool,
        shown: ShownValue,
        keywords: Vec<KeywordChange>,
    },
    /// Limits or patterns that are spelt otherwise and allow the same.
    SameValues(Vec<KeywordChange>),
    /// What is written on one side of versions is refused on the other, by a keyword.
    Refused { direction: Direction, versions: Vec<Version>, keyword: String },
    /// Whether a version is read could not be decided.
    Undecided { direction: Direction, version: Version, reason: String },
    /// A reader is stopped, or may be.
    Reader(Box<ReaderBreakage>),
    /// There is no example at all.
    NoExample,
    /// No example has this variant.
    NoExampleOfVariant(String),
    /// A field is not described.
    NoDescription,
}

/// A value that only one of two versions allows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ShownValue {
    /// As JSON: an example's, or one that the search has found.
    Found(String),
    /// The search could not tell.
    Unknown { reason: String },
}

impl ShownValue {
    pub(crate) fn of(value: &Value) -> Self {
        Self::Found(value.to_string())
    }
}

/// Who has to read whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A new reader reads old records.
    Backward,
    /// An old reader reads new records.
    Forward,
}
