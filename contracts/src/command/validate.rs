//! `validate`: are these records what the contract says?

use std::io::BufRead;

use serde::{Deserialize, Serialize};

use crate::contract::{Contract, Finding};

/// A record as a line of NDJSON: the key, and the value's exact text as a string, or null for a tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Record key.
    pub key: String,
    /// The value's text; null for a tombstone. The property must be there.
    #[serde(deserialize_with = "required_nullable")]
    pub value: Option<String>,
}

/// serde reads an absent `Option` as null; here that would turn a forgotten value into a tombstone.
fn required_nullable<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// A finding with the line it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineFinding {
    /// Line number, from 1.
    pub line: u64,
    /// Record key, where the line could be read.
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
    /// The line is no record at all.
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

/// Checks each line of `input`, hands every finding to `report`, and gives the totals.
///
/// # Errors
/// The input cannot be read, or `report` fails.
pub fn run(
    contract: &Contract,
    mut input: impl BufRead,
    mut report: impl FnMut(&LineFinding) -> anyhow::Result<()>,
) -> anyhow::Result<Totals> {
    let mut totals = Totals::default();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        totals.records += 1;
        let findings = check_line(contract, line, &bytes, &mut totals);
        if findings.is_empty() {
            totals.valid += 1;
        } else {
            totals.invalid += 1;
        }
        findings.iter().try_for_each(&mut report)?;
    }
    Ok(totals)
}

fn check_line(contract: &Contract, line: u64, bytes: &[u8], totals: &mut Totals) -> Vec<LineFinding> {
    let record: Line = match serde_json::from_slice(bytes) {
        Ok(record) => record,
        Err(error) => {
            let reason = format!(
                "expected {{\"key\": …, \"value\": …}} with a string or null as value, found: {}",
                masked(&error)
            );
            return vec![LineFinding { line, key: None, problem: LineProblem::NoRecord { reason } }];
        }
    };
    match record.value {
        Some(_) => totals.upserts += 1,
        None => totals.tombstones += 1,
    }
    let findings = contract.check(&record.key, record.value.as_deref());
    findings
        .into_iter()
        .map(|finding| LineFinding {
            line,
            key: Some(record.key.clone()),
            problem: LineProblem::Record(finding),
        })
        .collect()
}

/// serde_json's message, unless it quotes the input, as those about the wrong kind of data do.
fn masked(error: &serde_json::Error) -> String {
    if error.is_data() { format!("another shape, at column {}", error.column()) } else { error.to_string() }
}
