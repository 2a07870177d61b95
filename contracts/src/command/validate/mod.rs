//! `validate`: are these records what the contract says?

mod batches;
mod check;
mod line;
mod pipeline;

use std::ops::AddAssign;

use serde::Serialize;

pub use batches::LONGEST_LINE;
pub use pipeline::run;

use crate::contract::Finding;

/// A finding with the line it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineFinding {
    /// Line number, from 1.
    pub line: u64,
    /// The record's partition, where the line says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// The record's offset, where the line says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// Record key, where the line could be read; the beginning of one that is far too long.
    pub key: Option<String>,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: LineProblem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LineProblem {
    /// The contract refuses the record.
    Record(Finding),
    /// The line is no record of the topic at all.
    NoRecord {
        /// What was expected, and what was found where in the line.
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
    /// Records without.
    pub tombstones: u64,
    /// Records without a finding.
    pub valid: u64,
    /// Records with one.
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

/// Who is told what a run finds, in the order of the lines.
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
