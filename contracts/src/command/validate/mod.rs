//! `validate`: whether records are valid under a contract.

mod batches;
mod check;
mod line;
mod pipeline;

use std::ops::AddAssign;

use serde::Serialize;

pub use batches::LONGEST_LINE;
pub use pipeline::run;

use crate::contract::Finding;

/// A finding, with its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineFinding {
    /// Line number, from 1.
    pub line: u64,
    /// The record's partition, if the line has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// The record's offset, if the line has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// The record key, if the line could be parsed; of a very long key, the beginning.
    pub key: Option<String>,
    /// The problem of the line.
    #[serde(flatten)]
    pub problem: LineProblem,
}

/// The problem of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LineProblem {
    /// The contract refuses the record.
    Record(Finding),
    /// The line is no record of the topic.
    NoRecord {
        /// What was expected, and what was found at which place of the line.
        reason: String,
    },
}

/// Totals of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Lines that are not blank.
    pub records: u64,
    /// Records with a value.
    pub upserts: u64,
    /// Tombstones.
    pub tombstones: u64,
    /// Records without findings.
    pub valid: u64,
    /// Records with findings.
    pub invalid: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.upserts += other.upserts;
        self.tombstones += other.tombstones;
        self.valid += other.valid;
        self.invalid += other.invalid;
    }
}

/// Receives the findings of a run, in the order of the lines.
pub trait Report {
    /// A finding.
    ///
    /// # Errors
    /// It cannot be told; the run ends with this error.
    fn finding(&mut self, finding: &LineFinding) -> anyhow::Result<()>;

    /// So many bytes more of the input are done, and these are the totals so far. It is called some times a second at
    /// least, while there is input.
    ///
    /// # Errors
    /// It cannot be told; the run ends with this error.
    fn progress(&mut self, bytes: u64, totals: &Totals) -> anyhow::Result<()> {
        let _ = (bytes, totals);
        Ok(())
    }
}

/// A list of all findings.
impl Report for Vec<LineFinding> {
    fn finding(&mut self, finding: &LineFinding) -> anyhow::Result<()> {
        self.push(finding.clone());
        Ok(())
    }
}
