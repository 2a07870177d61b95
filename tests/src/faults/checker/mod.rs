//! The checker of fault runs: compares the topics with the answers that the writers got, and with the outbox.
//!
//! The checker is pure. An independent client reads the records. The writers report the changes, their order and their outcomes.
//! The rows of the outbox say only which records may be on the topics, and how often. Nothing is sorted by the ids of rows.

mod changes;
mod order;
mod partition;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::event::Event;
use super::journal::Row;
use super::record::OnTopic;
use super::report::Findings;
use super::tables::Values;

/// The number of examples that a report keeps of each kind of violation.
const EXAMPLES: usize = 5;

/// The input of the checker, taken at a quiet moment: no relay runs, and no transaction is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// The records on the topics, by topic, partition and offset.
    pub(super) records: &'a [OnTopic],
    /// The events that the writers reported, in the order of their reports.
    pub(super) events: &'a [Event],
    /// The number of these events that were reported before the rows were read.
    pub(super) heard: usize,
    /// The rows that were put in the outbox, in any order. Read after the records.
    pub(super) rows: &'a [Row],
    /// Changes that are parked.
    pub(super) parked: usize,
    /// Whether everything is published. Before that, a change may be missing, but only as a whole.
    pub(super) at_end: bool,
}

/// The violations that were found, with the first examples of each kind. No payload values.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) findings: Findings,
    pub(super) examples: Vec<String>,
}

impl Verdict {
    /// Counts one more of a kind, such as `|it| &mut it.lost`.
    pub(super) fn count(
        &mut self,
        kind: impl Fn(&mut Findings) -> &mut usize,
        example: impl FnOnce() -> String,
    ) {
        let number = kind(&mut self.findings);
        *number += 1;
        if *number <= EXAMPLES {
            self.examples.push(example());
        }
    }

    /// Counts one more of a kind for each key that has not the expected value.
    pub(super) fn differences(
        &mut self,
        kind: impl Fn(&mut Findings) -> &mut usize,
        name: &str,
        found: &Values,
        expected: &Values,
    ) {
        let keys: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
        for key in keys {
            if found.get(key) != expected.get(key) {
                self.count(&kind, || format!("{name}: {}, key {}", key.0, key.1));
            }
        }
    }
}

/// Runs every check on the input.
pub(super) fn check(evidence: &Evidence<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    partition::check(evidence.records, &mut verdict);
    let surplus = rows::check(evidence, &mut verdict);
    order::check(evidence, &surplus, &mut verdict);
    changes::check(evidence, &mut verdict);
    if evidence.parked > 0 {
        let parked = evidence.parked;
        // Whatever the writers make may be published.
        verdict.findings.parked += parked;
        verdict.examples.push(format!("parked: {parked} changes with nothing wrong in them"));
    }
    verdict
}

fn place(record: &OnTopic) -> String {
    let OnTopic { topic, partition, offset, key, .. } = record;
    format!("{topic}, partition {partition}, offset {offset}, key {key}")
}
