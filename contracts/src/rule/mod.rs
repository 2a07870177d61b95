//! What a difference between two versions means, one file a rule.
//!
//! To add a rule: write a file here with a `RULE`, name it in `PAIRS` or `SINGLES`, and add two fixtures
//! `tests/rules/<id>.fires.json` and `tests/rules/<id>.quiet.json`. A test fails as long as one is missing.

mod absent_made_null;
mod cleanup_policy_changed;
mod contract_without_example;
mod description_missing;
mod discriminator_value_changed;
mod documentation_changed;
mod enum_value_added;
mod enum_value_removed;
mod enum_value_renamed;
mod field_added_optional;
mod field_added_required;
mod field_made_optional;
mod field_made_required;
mod field_removed;
mod field_renamed;
mod format_changed;
mod key_schema_changed;
mod null_made_absent;
mod nullability_narrowed;
mod nullability_widened;
mod object_closed;
mod object_opened;
mod old_readers_stopped;
mod partitions_changed;
mod pattern_narrowed;
mod pattern_widened;
mod range_narrowed;
mod range_widened;
mod reader_stopped;
mod retained_log;
mod retention_changed;
mod topic_setting_changed;
mod type_changed;
mod unclassified_difference;
mod undecided;
mod variant_added;
mod variant_removed;

use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;
use serde_json::Value;

use crate::change::{Change, Place};
use crate::edition::Edition;
use crate::reader::Effect;
use json_schema_containment::Verdict;

/// One thing that the gate knows to look for.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Its name: that of its file and of its fixtures.
    pub id: &'static str,
    /// What it finds.
    pub summary: &'static str,
    /// Why that matters, and what to do.
    pub why: &'static str,
    /// Where the reason stands.
    pub reference: &'static str,
    #[serde(skip)]
    find: fn(&View<'_>) -> Vec<Found>,
}

/// How much a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Documentation: a patch version.
    Patch,
    /// An addition that tolerant readers survive: a minor version.
    Minor,
    /// It may not go out like this, and can be mended without a new topic.
    Blocked,
    /// A breaking change: a new topic.
    Breaking,
}

/// What a rule has found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    changes: Vec<usize>,
    level: Level,
    place: Place,
    message: String,
    fix: Option<&'static str>,
    witness: Option<Value>,
    reader: Option<String>,
}

/// What a rule has found in a topic's contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// How much it asks for.
    pub level: Level,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What is the matter.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'static str>,
    /// A document that shows it: the one version writes it, and the other refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Value>,
    /// The reader that it stops, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// Why it is so decided, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intended: Option<String>,
}

/// Two versions of a contract with all that is known of what differs.
#[derive(Debug)]
pub struct Comparison<'a> {
    pub(crate) new: &'a Edition,
    pub(crate) changes: Vec<Change>,
    pub(crate) verdicts: Vec<Judged>,
    /// What the change does to readers that are declared.
    pub(crate) stops: Vec<Effect>,
}

/// A verdict of the gate on one older version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) direction: Direction,
    /// The older of the two.
    pub(crate) version: Version,
    /// `key` or `value`.
    pub(crate) part: &'static str,
    pub(crate) verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A new reader reads old records.
    Backward,
    /// An old reader reads new records.
    Forward,
}

/// What a rule sees: the comparison, without the changes that others have explained.
pub(crate) struct View<'a> {
    comparison: &'a Comparison<'a>,
    hidden: &'a BTreeSet<usize>,
}

impl<'a> View<'a> {
    fn newest(&self) -> &'a Edition {
        self.comparison.new
    }

    fn changes(&self) -> impl Iterator<Item = (usize, &'a Change)> {
        let Self { comparison, hidden } = *self;
        comparison.changes.iter().enumerate().filter(|(index, _)| !hidden.contains(index))
    }

    /// The verdicts in one direction, from the oldest version to the newest.
    fn verdicts(&self, direction: Direction) -> impl Iterator<Item = &'a Judged> {
        self.comparison.verdicts.iter().filter(move |judged| judged.direction == direction)
    }

    /// The readers that the change stops, or may stop.
    fn stops(&self) -> impl Iterator<Item = &'a Effect> {
        self.comparison.stops.iter()
    }

    /// A finding for each change of the value that the rule knows.
    fn each(&self, find: impl Fn(&'a Change) -> Option<(Level, String)>) -> Vec<Found> {
        self.changes()
            .filter_map(|(index, change)| Some(Found::new([index], &change.place, find(change)?)))
            .collect()
    }

    /// A finding for each pair of changes at places of which `together` says that they belong together.
    fn pairs(&self, find: impl Fn(&'a Change, &'a Change) -> Option<(Level, String)>) -> Vec<Found> {
        let changes: Vec<_> = self.changes().collect();
        let mut used = BTreeSet::new();
        let mut found = Vec::new();
        for (first, one) in &changes {
            let second = changes.iter().find_map(|(second, other)| {
                (first != second && !used.contains(second) && one.place.part == other.place.part)
                    .then(|| find(one, other).map(|what| (*second, what)))?
            });
            if let Some((second, what)) = second.filter(|_| !used.contains(first)) {
                used.extend([*first, second]);
                found.push(Found::new([*first, second], &one.place, what));
            }
        }
        found
    }
}

impl Found {
    fn new(
        changes: impl IntoIterator<Item = usize>,
        place: &Place,
        (level, message): (Level, String),
    ) -> Self {
        let changes = changes.into_iter().collect();
        Self { changes, level, place: place.clone(), message, fix: None, witness: None, reader: None }
    }

    fn fix(self, fix: &'static str) -> Self {
        Self { fix: Some(fix), ..self }
    }
}

/// Rules that explain changes for good: what belongs together is not told apart afterwards.
const PAIRS: [Rule; 6] = [
    key_schema_changed::RULE,
    field_renamed::RULE,
    enum_value_renamed::RULE,
    discriminator_value_changed::RULE,
    null_made_absent::RULE,
    absent_made_null::RULE,
];

/// Rules that look at one change at a time, or at a whole contract.
const SINGLES: [Rule; 30] = [
    field_removed::RULE,
    field_added_required::RULE,
    field_added_optional::RULE,
    field_made_required::RULE,
    field_made_optional::RULE,
    type_changed::RULE,
    nullability_widened::RULE,
    nullability_narrowed::RULE,
    enum_value_added::RULE,
    enum_value_removed::RULE,
    range_narrowed::RULE,
    range_widened::RULE,
    pattern_narrowed::RULE,
    pattern_widened::RULE,
    format_changed::RULE,
    variant_added::RULE,
    variant_removed::RULE,
    object_closed::RULE,
    object_opened::RULE,
    cleanup_policy_changed::RULE,
    partitions_changed::RULE,
    retention_changed::RULE,
    topic_setting_changed::RULE,
    contract_without_example::RULE,
    description_missing::RULE,
    documentation_changed::RULE,
    retained_log::RULE,
    reader_stopped::RULE,
    old_readers_stopped::RULE,
    undecided::RULE,
];

/// Every rule.
///
/// ```
/// assert!(tiltak_contracts::rule::all().any(|rule| rule.id == "field-renamed"));
/// ```
pub fn all() -> impl Iterator<Item = &'static Rule> {
    PAIRS.iter().chain(&SINGLES).chain([&unclassified_difference::RULE])
}

/// What the rules say of a comparison.
pub(crate) fn findings(comparison: &Comparison<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut explained = BTreeSet::new();
    let mut run = |rule: &Rule, hidden: &BTreeSet<usize>| -> Vec<usize> {
        let found = (rule.find)(&View { comparison, hidden });
        let changes = found.iter().flat_map(|found| found.changes.clone()).collect();
        findings.extend(found.into_iter().map(
            |Found { level, place, message, fix, witness, reader, .. }| Finding {
                rule: rule.id,
                level,
                place,
                message,
                fix,
                witness,
                reader,
                intended: None,
            },
        ));
        changes
    };
    for rule in &PAIRS {
        let changes = run(rule, &explained);
        explained.extend(changes);
    }
    let paired = explained.clone();
    for rule in &SINGLES {
        explained.extend(run(rule, &paired));
    }
    run(&unclassified_difference::RULE, &explained);
    findings.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.place.pointer.cmp(&b.place.pointer)));
    findings
}

/// What the files of the rules need.
mod prelude {
    pub(super) use super::{Direction, Found, Level, Rule, View};
    pub(super) use crate::change::What;
}
