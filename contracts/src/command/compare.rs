//! `compare`: verdicts on pairs of schemas.

use std::io::{BufRead, Read};
use std::time::Instant;

use anyhow::Context;
use json_schema_containment::{Json, Options, Verdict, compare_json};
use serde::Serialize;
use serde_json::value::RawValue;

/// Longest line or file of schemas, in bytes: 16 MiB.
pub const LONGEST: u64 = 16 << 20;

/// The verdict on a pair of schemas.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PairVerdict {
    /// The id of the pair; empty for a single pair.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// `contained`, `not-contained` or `unknown`.
    pub verdict: &'static str,
    /// A document that is valid under A and invalid under B. Its numbers are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Box<RawValue>>,
    /// The place in the witness that B refuses (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The keyword of B that refuses the witness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// Why the verdict is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The schema that accepts nothing at all, which is nearly always a mistake: `a` or `b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_nothing: Option<&'static str>,
    /// Duration of the comparison, in microseconds.
    pub micros: u64,
}

impl PairVerdict {
    fn new(id: String, verdict: &'static str) -> Self {
        Self {
            id,
            verdict,
            witness: None,
            pointer: None,
            keyword: None,
            reason: None,
            accepts_nothing: None,
            micros: 0,
        }
    }

    fn unknown(id: String, reason: String) -> Self {
        Self { reason: Some(reason), ..Self::new(id, "unknown") }
    }
}

/// Compares a pair. An invalid schema gives `unknown`, with the reason.
pub fn pair(id: String, a: &Json, b: &Json, options: &Options) -> PairVerdict {
    let start = Instant::now();
    let verdict =
        compare_json(a, b, options).unwrap_or_else(|error| Verdict::Unknown { reason: error.to_string() });
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let answer = match verdict {
        Verdict::Contained { vacuously } => {
            PairVerdict { accepts_nothing: vacuously.then_some("a"), ..PairVerdict::new(id, "contained") }
        }
        Verdict::NotContained(witness) => PairVerdict {
            witness: RawValue::from_string(witness.document.to_string()).ok(),
            pointer: Some(witness.pointer),
            keyword: Some(witness.keyword),
            accepts_nothing: witness.refuses_everything.then_some("b"),
            ..PairVerdict::new(id, "not-contained")
        },
        Verdict::Unknown { reason } => PairVerdict::unknown(id, reason),
    };
    PairVerdict { micros, ..answer }
}

/// Compares each pair of `input` and passes its verdict to `report`. A line that holds no pair gives `unknown`, with
/// the line number in the reason.
///
/// # Errors
/// Input that cannot be read; or `report` fails.
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
        let answer = if length > LONGEST {
            if text.last() != Some(&b'\n') {
                input.skip_until(b'\n').with_context(|| format!("line {line}"))?;
            }
            Err(format!("longer than {} MiB", LONGEST >> 20))
        } else if text.trim_ascii().is_empty() {
            continue;
        } else {
            read_pair(&text).map(|(id, a, b)| pair(id, &a, &b, options))
        };
        report(
            answer.unwrap_or_else(|why| PairVerdict::unknown(String::new(), format!("line {line}: {why}"))),
        )?;
    }
    Ok(())
}

/// The id and the two schemas of a line.
fn read_pair(text: &[u8]) -> Result<(String, Json, Json), String> {
    let no_pair = || "expected {\"id\": …, \"a\": …, \"b\": …}".to_owned();
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let json = Json::parse(text).map_err(|error| format!("column {}: {}", error.column, error.reason))?;
    let Json::Object(mut pair) = json else { return Err(no_pair()) };
    match (pair.remove("id"), pair.remove("a"), pair.remove("b")) {
        (Some(Json::String(id)), Some(a), Some(b)) => Ok((id, a, b)),
        _ => Err(no_pair()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &[u8]) -> Vec<String> {
        let mut answers = Vec::new();
        run(input, &Options::default(), |answer| {
            let PairVerdict { id, verdict, witness, reason, accepts_nothing, .. } = answer;
            let witness = witness.map(|it| it.get().to_owned());
            let parts = [witness, reason, accepts_nothing.map(|it| format!("{it} accepts nothing"))];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            answers.push(format!("{id} {verdict} {}", parts.join(" ")).trim().to_owned());
            Ok(())
        })
        .unwrap();
        answers
    }

    #[test]
    fn a_line_that_is_no_pair_ends_itself_and_not_the_run() {
        let good = r#"{"id": "x", "a": {"const": 1e400}, "b": {"maximum": 1}}"#;
        let bad =
            ["{\"id\"", "[]", r#"{"id": "x", "a": true}"#, r#"{"id": 1, "a": true, "b": true}"#, "\u{1}"];
        let mut input = format!("\u{feff}{good}\n{}\n", bad.join("\n")).into_bytes();
        input.extend(b"\xff\n");
        input.extend([b'['].repeat(100_000));
        input.extend(format!("\n\n{good}").bytes());
        let found = answers(&input);
        assert_eq!(found[0], "x not-contained 1e400");
        assert_eq!(found[0], found[found.len() - 1]);
        assert_eq!(found.len(), bad.len() + 4);
        for (index, answer) in found[1..found.len() - 1].iter().enumerate() {
            assert!(answer.starts_with(&format!("unknown line {}: ", index + 2)), "{answer}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let good = r#"{"id": "x", "a": false, "b": true}"#;
        let length = usize::try_from(LONGEST).unwrap();
        let mut input = vec![b'['; length + 10];
        input.extend(format!("\n{good}\n").bytes());
        let found = answers(&input);
        assert_eq!(found, ["unknown line 1: longer than 16 MiB", "x contained a accepts nothing"]);
    }
}
