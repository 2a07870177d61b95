//! Checking the lines of a batch.

use super::batches::{Batch, LONGEST_LINE};
use super::line::Members;
use super::{LineFinding, LineProblem, Totals};
use crate::contract::Contract;

/// A batch that was checked.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) findings: Vec<LineFinding>,
    pub(super) totals: Totals,
    pub(super) bytes: u64,
}

pub(super) fn batch(contract: &Contract, batch: &Batch) -> Checked {
    let mut checked = Checked::default();
    match batch {
        Batch::Lines { first, text } => {
            checked.bytes = text.len() as u64;
            for (line, bytes) in (*first..).zip(text.split(|byte| *byte == b'\n')) {
                if !bytes.trim_ascii().is_empty() {
                    checked.line(contract, line, bytes);
                }
            }
        }
        Batch::TooLong { line, bytes } => {
            checked.bytes = *bytes;
            checked.count(&[too_long(*line, *bytes)]);
            checked.findings.push(too_long(*line, *bytes));
        }
    }
    checked
}

impl Checked {
    fn line(&mut self, contract: &Contract, line: u64, bytes: &[u8]) {
        let findings = if bytes.len() > LONGEST_LINE {
            vec![too_long(line, bytes.len() as u64)]
        } else {
            self.record(contract, line, bytes)
        };
        self.count(&findings);
        self.findings.extend(findings);
    }

    fn count(&mut self, findings: &[LineFinding]) {
        self.totals.records += 1;
        if findings.is_empty() {
            self.totals.valid += 1;
        } else {
            self.totals.invalid += 1;
        }
    }

    fn record(&mut self, contract: &Contract, line: u64, bytes: &[u8]) -> Vec<LineFinding> {
        let members = match Members::read(bytes) {
            Ok(members) => members,
            Err(reason) => return vec![no_record(line, reason)],
        };
        let (partition, offset) = (members.partition, members.offset);
        let refuse = |reason| vec![LineFinding { partition, offset, ..no_record(line, reason) }];
        if let Some(reason) = members.of_another_topic(contract) {
            return refuse(reason);
        }
        let (key, value) = match members.record() {
            Ok(record) => record,
            Err(reason) => return refuse(reason),
        };
        match value {
            Some(_) => self.totals.upserts += 1,
            None => self.totals.tombstones += 1,
        }
        let findings = contract.check(&key, value.as_deref()).into_iter();
        findings
            .map(|finding| LineFinding {
                line,
                partition,
                offset,
                key: Some(shortened(&key)),
                problem: LineProblem::Record(finding),
            })
            .collect()
    }
}

fn no_record(line: u64, reason: String) -> LineFinding {
    LineFinding { line, partition: None, offset: None, key: None, problem: LineProblem::NoRecord { reason } }
}

fn too_long(line: u64, bytes: u64) -> LineFinding {
    no_record(line, format!("expected a line of at most {LONGEST_LINE} bytes, found one of {bytes}"))
}

/// Every good key has 36 characters; of another one, enough is kept to find it.
fn shortened(key: &str) -> String {
    const KEPT: usize = 100;
    match key.char_indices().nth(KEPT) {
        Some((end, _)) => format!("{}…", &key[..end]),
        None => key.to_owned(),
    }
}
