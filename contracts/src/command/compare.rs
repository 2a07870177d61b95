//! `compare`: verdicts on pairs of schemas.

use std::io::{BufRead, Read};
use std::time::Instant;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::verdict::{Options, Verdict, compare};

/// The longest text of schemas that is read, in bytes: 16 MiB.
pub const LONGEST: u64 = 16 << 20;

/// A pair of schemas, as a line of JSON.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Pair {
    /// What the answer is to be called.
    pub id: String,
    /// The writer's schema.
    pub a: Value,
    /// The reader's schema.
    pub b: Value,
}

/// The answer to a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairVerdict {
    /// The pair's own; empty for a single pair.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// `contained`, `not-contained` or `unknown`.
    pub verdict: &'static str,
    /// A document that is valid under A and invalid under B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Value>,
    /// Where in the witness (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The keyword of B that refuses the witness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// Why there is no verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Time that it took, in microseconds.
    pub micros: u64,
}

/// Compares a pair. A schema that is none gives `unknown`, with the reason.
pub fn pair(id: String, a: &Value, b: &Value, options: &Options) -> PairVerdict {
    let start = Instant::now();
    let verdict =
        compare(a, b, options).unwrap_or_else(|error| Verdict::Unknown { reason: error.to_string() });
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let none = PairVerdict {
        id,
        verdict: "contained",
        witness: None,
        pointer: None,
        keyword: None,
        reason: None,
        micros,
    };
    match verdict {
        Verdict::Contained => none,
        Verdict::NotContained(witness) => PairVerdict {
            verdict: "not-contained",
            witness: Some(witness.document),
            pointer: Some(witness.pointer),
            keyword: Some(witness.keyword),
            ..none
        },
        Verdict::Unknown { reason } => PairVerdict { verdict: "unknown", reason: Some(reason), ..none },
    }
}

/// Compares each pair of `input` and hands its verdict to `report`.
///
/// # Errors
/// A line that is no pair, by its number; input that cannot be read; or `report` fails.
pub fn run(
    mut input: impl BufRead,
    options: &Options,
    mut report: impl FnMut(PairVerdict) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let length = input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut text);
        let length = length.with_context(|| format!("line {line}"))? as u64;
        if length == 0 {
            break;
        }
        ensure!(length <= LONGEST, "line {line}: longer than {} MiB", LONGEST >> 20);
        if text.trim_ascii().is_empty() {
            continue;
        }
        let Pair { id, a, b } = serde_json::from_slice(&text)
            .with_context(|| format!("line {line}: expected {{\"id\": …, \"a\": …, \"b\": …}}"))?;
        report(pair(id, &a, &b, options))?;
    }
    Ok(())
}
