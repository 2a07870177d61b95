//! The report of an import.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{ImportOutcome, Refusal};

/// The outcome of the lines so far, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Entities that are new.
    pub imported: u64,
    /// Entities that replaced another state.
    pub updated: u64,
    /// Entities of which the same state was stored already.
    pub skipped: u64,
    /// Lines that were refused.
    pub refused: u64,
    /// Refused lines by reason: `line`, `reference`, `exists`, `publish`, or the name of a rule.
    pub refused_by_reason: BTreeMap<String, u64>,
    /// The last line that was read; 0 if none was.
    pub last_line: u64,
    /// Whether the import was stopped after that line.
    pub stopped: bool,
    /// Whether the import was a dry run, which writes nothing.
    pub dry_run: bool,
}

impl Report {
    /// Counts the outcome of a line.
    pub fn add(&mut self, outcome: &Result<ImportOutcome, Refusal>) {
        match outcome {
            Ok(ImportOutcome::Imported) => self.imported += 1,
            Ok(ImportOutcome::Updated) => self.updated += 1,
            Ok(ImportOutcome::Skipped) => self.skipped += 1,
            Err(refusal) => {
                self.refused += 1;
                *self.refused_by_reason.entry(refusal.reason().to_owned()).or_default() += 1;
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { imported, updated, skipped, refused, .. } = self;
        let would = if self.dry_run { "would be " } else { "" };
        write!(
            f,
            "{imported} {would}imported, {updated} {would}updated, {skipped} skipped (there already, the same), \
             {refused} refused"
        )?;
        for (reason, count) in &self.refused_by_reason {
            write!(f, "\n  {count} {reason}")?;
        }
        if self.stopped {
            write!(f, "\nstopped after line {}; the same import again goes on from there", self.last_line)?;
        }
        Ok(())
    }
}
