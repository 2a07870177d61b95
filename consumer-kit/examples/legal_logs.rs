//! The long run of the model: random histories, what compaction may leave of each, and readers that meet it.
//!
//! ```sh
//! cargo run --release -p tiltak-consumer-kit --features fixtures --example legal_logs -- --histories 10000 --seed 1
//! ```
//!
//! Every static log has to be legal and fold to the truth. Every read, also one that passes run during and that
//! restarts interrupt, has to end with the truth but for the ghosts that are predicted.

use std::process::ExitCode;

use clap::Parser;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tiltak_consumer_kit::fixtures::{
    HistoryOptions, LogRecord, ReaderRun, Scenario, ScenarioOptions, fold, is_legal_read, is_legal_static,
    scenarios,
};

/// Tries random histories against the model of compaction.
#[derive(Parser)]
struct Arguments {
    /// How many histories.
    #[arg(long, default_value_t = 10_000)]
    histories: u64,
    /// The same seed gives the same histories.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the figures as one line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Figures {
    histories: u64,
    changes: usize,
    logs: u64,
    static_logs: u64,
    records_written: usize,
    records_read: usize,
    ghosts_predicted: usize,
    ghosts_seen: usize,
    failures: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&arguments.seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    // By turns: with and without restarts, with the tombstones of the real topics and with one of everything.
    let strategies: Vec<BoxedStrategy<Scenario>> =
        [(false, false), (true, false), (false, true), (true, true)]
            .into_iter()
            .map(|(restarts, everywhere)| {
                let history = HistoryOptions::default().tombstones_everywhere(everywhere);
                scenarios(ScenarioOptions::of(history).restarts(restarts))
            })
            .collect();

    let mut figures = Figures::default();
    for (number, strategy) in (0..arguments.histories).zip(strategies.iter().cycle()) {
        match strategy.new_tree(&mut runner) {
            Ok(tree) => try_out(number, &tree.current(), &mut figures),
            Err(reason) => figures.failures.push(format!("history {number}: {reason}")),
        }
    }
    figures.print(&arguments);
    if figures.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn try_out(number: u64, scenario: &Scenario, figures: &mut Figures) {
    let truth = scenario.history.truth();
    figures.histories += 1;
    figures.changes += scenario.history.transactions.iter().map(|it| it.changes.len()).sum::<usize>();
    figures.records_written += scenario.written().len();
    if fold(&scenario.written()) != truth {
        figures.failures.push(format!("history {number}: the whole log does not fold to the truth"));
    }
    for (log, read) in scenario.reads.iter().enumerate() {
        figures.logs += 1;
        figures.static_logs += u64::from(read.is_static);
        figures.records_read += read.batches.iter().map(Vec::len).sum::<usize>();
        let mut fail = |what: String| figures.failures.push(format!("history {number}, log {log}: {what}"));
        illegal(scenario, read).into_iter().for_each(&mut fail);
        if fold(read.survivors.iter().flatten()) != truth {
            fail("what is left does not fold to the truth".to_owned());
        }
        let table = fold(read.batches.iter().flatten());
        let ghosts = scenario.ghosts(read);
        let seen: Vec<_> = table.keys().filter(|key| !truth.contains_key(*key)).collect();
        if truth.iter().any(|(key, value)| table.get(key) != Some(value)) {
            fail("a key of the truth is missing or has another value".to_owned());
        }
        if !seen.iter().all(|key| ghosts.contains_key(*key)) || seen.len() != ghosts.len() {
            fail(format!("{} ghosts were predicted, and {} seen", ghosts.len(), seen.len()));
        }
        figures.ghosts_predicted += ghosts.len();
        figures.ghosts_seen += seen.len();
    }
}

/// What the model does not allow of a read, or of what is left after it.
fn illegal(scenario: &Scenario, read: &ReaderRun) -> Vec<String> {
    let mut found = Vec::new();
    let records: Vec<&LogRecord> = read.batches.iter().flatten().collect();
    for ((log, survivors), limits) in scenario.logs.iter().zip(&read.survivors).zip(&read.limits) {
        found.extend(is_legal_static(log, survivors, *limits).err());
        // After a restart some records come once more, so that they are not one read.
        if read.batches.len() == 1 {
            let of_log = |it: &&&LogRecord| it.topic == log.topic && it.partition == log.partition;
            let of_log: Vec<LogRecord> = records.iter().filter(of_log).map(|it| (*it).clone()).collect();
            found.extend(is_legal_read(log, &of_log, *limits).err());
        }
    }
    found.into_iter().map(|illegal| illegal.to_string()).collect()
}

impl Figures {
    fn print(&self, arguments: &Arguments) {
        let Self { histories, changes, logs, static_logs, .. } = self;
        let Self { records_written, records_read, ghosts_predicted, ghosts_seen, failures, .. } = self;
        if arguments.json {
            let figures = serde_json::json!({
                "seed": arguments.seed, "histories": histories, "changes": changes, "logs": logs,
                "staticLogs": static_logs, "recordsWritten": records_written, "recordsRead": records_read,
                "ghostsPredicted": ghosts_predicted, "ghostsSeen": ghosts_seen, "failures": failures,
            });
            println!("{figures}");
            return;
        }
        println!("seed {}", arguments.seed);
        println!("{histories:>10} histories of {changes} changes, {records_written} records written");
        println!("{logs:>10} logs, {static_logs} of them without a pass while they were read");
        println!("{records_read:>10} records read");
        println!("{ghosts_predicted:>10} ghosts predicted, {ghosts_seen} seen");
        println!("{:>10} failures", failures.len());
        for failure in failures.iter().take(20) {
            println!("  {failure}");
        }
    }
}
