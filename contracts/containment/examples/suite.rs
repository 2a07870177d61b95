//! Compares each pair of a file of lines `{"id": …, "a": …, "b": …, "expected": …}`, and counts what is right.
//!
//! `expected` is `"contained"`, `"not-contained"`, `true` or `false`; `closed_writer` and `optional` (formats are
//! asserted) are options of a pair. Lines of an audit file say `"class": "DISPUTED"` of pairs that are skipped, and
//! have a `witness` where there is one.
//!
//! ```sh
//! cargo run --release -p json-schema-containment --example suite -- pairs.jsonl [audit.jsonl]
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::time::{Duration, Instant};

use json_schema_containment::{Json, Options, Verdict, compare_json};

/// Pairs that take longer are named.
const SLOW: Duration = Duration::from_millis(100);

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = std::env::args().skip(1);
    let pairs = std::fs::read_to_string(files.next().ok_or("expected a file of pairs")?)?;
    let mut audit = HashMap::new();
    if let Some(file) = files.next() {
        for line in std::fs::read_to_string(file)?.lines() {
            let line = Json::parse(line)?;
            let text = |name| line.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
            audit
                .insert(text("id"), (text("class"), line.get("witness").is_some_and(|it| *it != Json::Null)));
        }
    }
    let (mut right, mut wrong, mut unsound) = (0, 0, 0);
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    let mut times = Vec::new();
    for line in pairs.lines().filter(|line| !line.trim().is_empty()) {
        let pair = Json::parse(line)?;
        let id = pair.get("id").and_then(Json::as_str).unwrap_or_default();
        let (class, has_witness) = audit.get(id).cloned().unwrap_or_default();
        let is_optional = pair.get("optional") == Some(&Json::Bool(true));
        if class.contains("DISPUTED") || (is_optional && !audit.is_empty()) {
            continue;
        }
        let options = Options {
            closed_writer: pair.get("closed_writer") == Some(&Json::Bool(true)),
            assert_format: is_optional,
            ..Options::default()
        };
        let [a, b] = ["a", "b"].map(|side| pair.get(side).unwrap_or(&Json::Null));
        let start = Instant::now();
        let verdict = compare_json(a, b, &options)
            .unwrap_or_else(|error| Verdict::Unknown { reason: format!("{error}") });
        let took = start.elapsed();
        if took > SLOW {
            eprintln!("slow {id}: {took:?}");
        }
        times.push(took);
        let expected = match pair.get("expected") {
            Some(Json::Bool(contained)) => *contained,
            Some(Json::String(word)) => word == "contained",
            _ => return Err(format!("{id}: expected what?").into()),
        };
        match verdict {
            Verdict::Unknown { reason } => {
                eprintln!("unknown {id}: {reason}");
                let keyword = pair.get("keyword").and_then(Json::as_str).map(str::to_owned);
                let keyword = keyword.unwrap_or_else(|| id.split(['#', '/']).next().unwrap_or(id).to_owned());
                *unknown.entry(keyword).or_default() += 1;
            }
            verdict if verdict.is_contained() == expected => right += 1,
            verdict => {
                wrong += 1;
                unsound += usize::from(verdict.is_contained() && (audit.is_empty() || has_witness));
                eprintln!("wrong {id}: {verdict:?}");
            }
        }
    }
    times.sort();
    let total: Duration = times.iter().sum();
    let count = times.len();
    println!("{count} pairs: {right} right, {wrong} wrong ({unsound} unsound)");
    println!("{} unknown: {unknown:?}", unknown.values().sum::<usize>());
    println!("median {:?}, slowest {:?}, all {total:?}", times[count / 2], times[count - 1]);
    Ok(())
}
