//! A run with faults, with a reader on the JVM, and its history, judged by a checker that others have written: Porcupine, in Go.

use std::path::PathBuf;
use std::sync::LazyLock;

use tiltak_tests::faults::{Fault, Options, Report, Stop, StoreKind, Subject, run};
use tiltak_tests::kafka::Nodes;

use super::compacted_table::class_path;
use super::work::{Work, require};
use super::*;

/// What one short run found, and its history.
static RUN: LazyLock<Result<(Report, String), String>> =
    LazyLock::new(|| short_run().map_err(|error| format!("{error:#}")));

fn short_run() -> Result<(Report, String)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("history.edn");
    let options = Options {
        program: PathBuf::from(env!("CARGO_BIN_EXE_faults")),
        store: StoreKind::Sqlite,
        nodes: Nodes::One,
        only: vec![Fault::RelayKilled, Fault::WritersKilled, Fault::TakenOver],
        faults: 3,
        seed: 11,
        writers: 6,
        subject: Subject::Relay,
        jvm_reader: Some(class_path().to_owned()),
        history: Some(file.clone()),
        journal: None,
    };
    let report = run(&options, &Stop::default(), |_, _| {})?;
    Ok((report, fs::read_to_string(file)?))
}

fn history() -> &'static str {
    &RUN.as_ref().unwrap().1
}

/// What the checker says, as an error if it refuses the history.
fn judge(history: &str) -> Result<String> {
    require("go", "version", 1, "Go, 1.23 or newer (Debian: golang-go)")?;
    let work = Work::open("linearizability")?;
    let file = work.folder.join("history.edn");
    fs::write(&file, history)?;
    let file = file.to_str().context("a path")?;
    work.run_with(&[("GOTOOLCHAIN", "local".into())], "go", &["run", ".", file])
}

/// The history with another list in the longest read.
fn with_another_list(change: impl Fn(&mut Vec<&str>)) -> String {
    let history = history();
    let reads = history.lines().filter(|line| line.contains(":type :ok") && line.contains("[:r "));
    let longest = reads.max_by_key(|line| line.len()).unwrap();
    let (before, list) = longest.rsplit_once('[').unwrap();
    let (list, after) = list.split_once(']').unwrap();
    let mut numbers: Vec<&str> = list.split(' ').collect();
    change(&mut numbers);
    history.replace(longest, &format!("{before}[{}]{after}", numbers.join(" ")))
}

#[test]
fn a_table_on_the_jvm_holds_after_faults_what_the_topic_says() {
    let report = &RUN.as_ref().unwrap().0;
    assert!(report.findings.is_clean(), "{:?}\n{}", report.findings, report.examples.join("\n"));
}

#[test]
fn a_public_checker_finds_the_history_of_a_run_linearizable() {
    let said = judge(history()).unwrap();
    assert!(said.contains(": linearizable"), "{said}");
}

#[test]
fn a_public_checker_refuses_a_history_with_two_changes_reordered() {
    let refused = judge(&with_another_list(|numbers| numbers.swap(0, 1))).unwrap_err().to_string();
    assert!(refused.contains("NOT linearizable"), "{refused}");
}

#[test]
fn a_public_checker_refuses_a_history_that_has_lost_a_change() {
    let lost = with_another_list(|numbers| {
        numbers.remove(0);
    });
    let refused = judge(&lost).unwrap_err().to_string();
    assert!(refused.contains("NOT linearizable"), "{refused}");
}
