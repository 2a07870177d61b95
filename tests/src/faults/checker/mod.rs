//! What is on the topics, compared with what the writers were told and with what was put in the outbox.
//!
//! All of it is pure. The records come from a client that is not the product's; the changes, their order and their
//! outcomes from the writers. The rows that were put in the outbox say only what may be on the topics, and how often; nothing
//! is sorted by their ids.

mod changes;
mod order;
mod partition;
mod rows;
#[cfg(test)]
mod tests;

use super::event::Event;
use super::journal::Row;
use super::record::OnTopic;
use super::report::Findings;

/// Examples of each kind that are kept.
const EXAMPLES: usize = 5;

/// What is known at a quiet moment: no relay runs, and no transaction is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// What is on the topics, by topic, partition and offset.
    pub(super) records: &'a [OnTopic],
    /// What the writers have said, in that order.
    pub(super) events: &'a [Event],
    /// How many of these were said before the rows were read.
    pub(super) heard: usize,
    /// What was put in the outbox, in any order. Read after the records.
    pub(super) rows: &'a [Row],
    /// Changes that are parked.
    pub(super) parked: usize,
    /// Whether everything is published. What is not there may still come before, but a change has to be there as a whole or not at
    /// all.
    pub(super) at_end: bool,
}

/// What was found, with the first examples. Values are not among them.
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
}

/// Judges what is known.
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
