//! `logs`: histories, with the logs that compaction may leave of them, as NDJSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};

use anyhow::bail;
use serde_json::{Value, json};

use super::cli::Logs;
use super::fixtures::{draw, runner};
use super::{Outcome, Session};
use crate::fixtures::topics::{FixtureVisitor, with_fixture};
use crate::fixtures::{
    Fixture, HistoryOptions, LogRecord, PartitionLog, ReaderRun, Scenario, ScenarioOptions, partition_of,
    scenarios,
};

/// The version of the format, which `tiltak-kit logs --help` describes.
const FORMAT_VERSION: u32 = 1;
/// Milliseconds since 1970 of the first change of each history: 2026-03-16, 9 o'clock.
const START: i64 = 1_773_651_600_000;
const BETWEEN_TRANSACTIONS: i64 = 60_000;
/// How much earlier than everything else a value on a wrong partition was written.
const STALE_VALUE_AGE: i64 = 3_600_000;

pub(super) fn run(arguments: &Logs, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    struct Print<'p, 's>(&'p Logs, &'p mut Session<'s>);
    impl FixtureVisitor for Print<'_, '_> {
        type Output = anyhow::Result<Outcome>;
        fn visit<T: Fixture>(&mut self) -> Self::Output {
            print::<T>(self.0, self.1)
        }
    }
    with_fixture(&arguments.topic, &mut Print(arguments, session))
        .unwrap_or_else(|| bail!("there are no logs of {}", arguments.topic))
}

/// What differs from one history to the next.
#[derive(Clone, Copy)]
struct Variant {
    tombstones_everywhere: bool,
    restarts: bool,
    stale_values: bool,
}

impl Variant {
    /// Each combination by turns.
    fn of_history(number: usize, arguments: &Logs) -> Self {
        let has = |bit: usize| number >> bit & 1 == 1;
        Self {
            stale_values: has(0) && !arguments.no_stale_values,
            tombstones_everywhere: has(1),
            restarts: has(2),
        }
    }

    fn options<T: Fixture>(self, arguments: &Logs) -> ScenarioOptions {
        let history = HistoryOptions::of::<T>()
            .changes(usize::from(arguments.changes))
            .tombstones_everywhere(self.tombstones_everywhere);
        ScenarioOptions::of(history)
            .reads(usize::from(arguments.logs_of_history))
            .restarts(self.restarts)
            .stale_values(self.stale_values)
    }
}

fn print<T: Fixture>(arguments: &Logs, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    let mut output = BufWriter::new(&mut *session.output);
    let mut write = |line: &Value| writeln!(output, "{line}");
    write(&json!({
        "format": "tiltak-logs", "version": FORMAT_VERSION,
        "topic": T::NAME, "seed": arguments.seed, "logs": arguments.count,
    }))?;
    let mut runner = runner(arguments.seed);
    let mut log = 0;
    let mut history = 0;
    while log < arguments.count {
        history += 1;
        let variant = Variant::of_history(history, arguments);
        let scenario = draw(&scenarios(variant.options::<T>(arguments)), &mut runner)?;
        write(&json!({
            "history": history, "partitions": scenario.logs.len(),
            "tombstonesEverywhere": variant.tombstones_everywhere,
            "restarts": variant.restarts, "staleValues": variant.stale_values,
        }))?;
        for (record, timestamp) in timed_records(&scenario) {
            write(&json!({
                "history": history, "partition": record.partition, "offset": record.offset,
                "timestamp": timestamp, "key": &*record.key, "value": record.value.as_deref(),
            }))?;
        }
        write(&json!({ "history": history, "truth": places(&truth(&scenario)) }))?;
        for read in scenario.reads.iter().take(arguments.count - log) {
            log += 1;
            write(&json!({
                "log": log, "history": history, "runs": runs(read), "ghosts": ghosts(&scenario, read),
            }))?;
        }
        if session.interrupt.is_raised() {
            break;
        }
    }
    output.flush()?;
    Ok(Outcome::Fine)
}

/// The records that were committed, by partition and offset, with their timestamps. Each change of a history is later
/// than the one before; only a stale value, which is of no change, is earlier than all of them.
fn timed_records(scenario: &Scenario) -> Vec<(LogRecord, i64)> {
    let partitions = i32::try_from(scenario.logs.len()).unwrap_or(i32::MAX);
    // The next entry of each partition.
    let mut next = vec![0; scenario.logs.len()];
    let mut timestamps = BTreeMap::new();
    let mut now = START;
    for transaction in &scenario.history.transactions {
        let mut written = BTreeSet::new();
        for (_, line) in transaction.changes.iter().flat_map(|change| &change.records) {
            now += 1;
            let partition = partition_of(&line.key, partitions);
            let index = usize::try_from(partition).unwrap_or(0);
            timestamps.insert((partition, scenario.logs[index].entries[next[index]].offset), now);
            next[index] += 1;
            written.insert(index);
        }
        for index in written {
            // The transaction's marker.
            next[index] += 1;
        }
        now += BETWEEN_TRANSACTIONS;
    }
    let records = scenario.logs.iter().flat_map(PartitionLog::records);
    records
        .map(|record| {
            let timestamp = timestamps.get(&(record.partition, record.offset));
            (record, timestamp.copied().unwrap_or(START - STALE_VALUE_AGE))
        })
        .collect()
}

/// The records that hold the last value of each key, sorted by key.
fn truth(scenario: &Scenario) -> Vec<LogRecord> {
    let truth = scenario.history.truth();
    let mut last = BTreeMap::new();
    for record in scenario.written() {
        if truth.get(&(record.topic, record.key.clone())) == record.value.as_ref() && record.value.is_some() {
            last.insert(record.key.clone(), record);
        }
    }
    last.into_values().collect()
}

fn runs(read: &ReaderRun) -> Vec<Vec<(i32, i64)>> {
    read.batches.iter().map(places).collect()
}

fn ghosts(scenario: &Scenario, read: &ReaderRun) -> Vec<(i32, i64)> {
    places(&scenario.ghosts(read).into_values().collect::<Vec<_>>())
}

fn places<'a>(records: impl IntoIterator<Item = &'a LogRecord>) -> Vec<(i32, i64)> {
    records.into_iter().map(|record| (record.partition, record.offset)).collect()
}
