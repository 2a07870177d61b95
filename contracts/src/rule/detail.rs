//! The details of a finding, as data. `report` turns them into a sentence.

use semver::Version;
use serde_json::Value;

use crate::change::{ChangeKind, KeywordChange};
use crate::reader::ReaderBreakage;

/// The details of a finding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Detail {
    /// A difference between two versions.
    Change(Box<ChangeKind>),
    /// Limits or patterns now allow values that they refused, or the other way round.
    Values {
        /// Whether the values are allowed now.
        is_allowed_now: bool,
        shown: ShownValue,
        keywords: Vec<KeywordChange>,
    },
    /// Limits or patterns that changed in form and allow the same values.
    SameValues(Vec<KeywordChange>),
    /// Readers refuse records, by a keyword: a new reader those of these versions, or readers of these versions the new
    /// records.
    Refused { direction: Direction, versions: Vec<Version>, keyword: String },
    /// It could not be decided whether a version's records can be read, or whether its readers can read new records.
    Undecided { direction: Direction, version: Version, reason: String },
    /// A breakage of a reader, or a possible one.
    Reader(Box<ReaderBreakage>),
    /// The contract has no example.
    NoExample,
    /// No example has this variant.
    NoExampleOfVariant(String),
    /// A field has no description.
    NoDescription,
}

/// A value that only one of two versions allows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ShownValue {
    /// The value as JSON: from an example, or found by the search.
    Found(String),
    /// The search could not find the value.
    Unknown { reason: String },
}

impl ShownValue {
    pub(crate) fn of(value: &Value) -> Self {
        Self::Found(value.to_string())
    }
}

/// The direction of compatibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A new reader reads old records.
    Backward,
    /// An old reader reads new records.
    Forward,
}
