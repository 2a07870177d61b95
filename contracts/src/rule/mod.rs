//! Rules: what a difference between two versions means.
//!
//! The rules are data ([`all`]); `classify` is the one match from a kind of change to its rules, which the compiler keeps
//! complete. To add a rule: write it in `catalogue`, name it in `classify`, and add two fixtures
//! `tests/rules/<id>.fires.json` and `tests/rules/<id>.quiet.json`. A test fails as long as one is missing.

pub(crate) mod catalogue;
mod classify;
mod detail;
mod example;

use serde::{Serialize, Serializer};

use crate::counterexample::Counterexample;
use crate::place::Place;
use crate::topic_file::IntendedBreak;
pub(crate) use classify::classify;
pub(crate) use detail::{Detail, Direction, ShownValue};
pub use example::{Fixture, RuleExample};

/// A rule of the gate, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The id of the rule, which is also the name of its fixtures.
    pub id: &'static str,
    /// The part of a contract that the rule is about.
    pub category: Category,
    /// The severity of its findings.
    pub severity: Severity,
    /// What the rule finds, in a sentence.
    pub summary: &'static str,
    /// Why that matters, and what to do.
    pub why: &'static str,
    /// The source of the reason.
    pub reference: &'static str,
    /// The fix, if there is exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'static str>,
    /// Its fixture: a change that it fires on ([`Rule::example`]).
    #[serde(skip)]
    pub(crate) example: &'static str,
}

/// The part of a contract that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Whether a property is there or null.
    Field,
    /// The values that are allowed.
    Value,
    /// The variants of a union.
    Union,
    /// An object as a whole.
    Object,
    /// The record key.
    Key,
    /// The topic: its settings, and whether tombstones are sent.
    Topic,
    /// Descriptions and examples.
    Documentation,
    /// Records of older versions that are still on the topic.
    OldRecords,
    /// Readers that know an older version.
    OldReaders,
    /// What the gate itself cannot decide.
    Gate,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Documentation: a patch version.
    Patch,
    /// An addition that tolerant readers survive: a minor version.
    Minor,
    /// The change may not be released in this form, and can be fixed without a new topic.
    Blocked,
    /// A breaking change: a new topic.
    Breaking,
}

/// A finding of a rule in a topic's contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// What the rule is about.
    pub category: Category,
    /// The severity of the finding.
    pub severity: Severity,
    /// The place of the finding.
    #[serde(flatten)]
    pub place: Place,
    /// The details.
    #[serde(rename = "message", serialize_with = "sentence")]
    pub(crate) detail: Detail,
    /// The fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'static str>,
    /// A document that shows the finding: one version writes it, and the other refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Counterexample>,
    /// The reader that the finding breaks, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// The decision because of which the finding blocks nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intended: Option<IntendedBreak>,
}

fn sentence<S: Serializer>(detail: &Detail, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(detail)
}

impl Finding {
    pub(crate) fn new(rule: &Rule, place: Place, detail: Detail) -> Self {
        let Rule { id, category, severity, fix, .. } = *rule;
        Self { rule: id, category, severity, place, detail, fix, witness: None, reader: None, intended: None }
    }

    /// The finding in a sentence.
    pub fn message(&self) -> String {
        self.detail.to_string()
    }

    /// Whether the finding blocks a release.
    pub fn is_refused(&self) -> bool {
        self.severity >= Severity::Blocked && self.intended.is_none()
    }
}

/// All rules.
///
/// ```
/// assert!(tiltak_contracts::rule::all().any(|rule| rule.id == "field-renamed"));
/// ```
pub fn all() -> impl Iterator<Item = &'static Rule> {
    catalogue::ALL.iter()
}
