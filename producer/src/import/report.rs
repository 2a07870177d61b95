//! What became of an import.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{ImportOutcome, Refusal};

/// What became of the lines so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Entities that are new.
    pub imported: u64,
    /// Entities that took the place of another state.
    pub updated: u64,
    /// Entities that were there already, the same.
    pub skipped: u64,
    /// Lines that were refused.
    pub refused: u64,
    /// The same by reason: `line`, `reference`, `exists`, `publish`, or the name of a rule.
    pub refused_by_reason: BTreeMap<String, u64>,
    /// The last line that was looked at; 0 if none was.
    pub last_line: u64,
    /// Whether it was stopped after that line.
    pub stopped: bool,
    /// Whether nothing was written because nothing was to be.
    pub dry_run: bool,
}

impl Report {
    /// Adds what became of a line.
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
