//! Short runs with faults, and that the checker finds each bug that is sown. The long ones: `--bin faults`.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tiltak_tests::faults::{Bug, Fault, Options, Report, Stop, StoreKind, Subject, run};
use tiltak_tests::kafka::Nodes;
use tiltak_tests::signal::signal;

fn report(store: StoreKind, subject: Subject, faults: usize) -> Report {
    report_of(store, subject, Nodes::One, Vec::new(), faults)
}

fn report_of(store: StoreKind, subject: Subject, nodes: Nodes, only: Vec<Fault>, faults: usize) -> Report {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_faults"));
    let options = Options {
        program,
        store,
        nodes,
        only,
        faults,
        seed: 7,
        writers: 6,
        subject,
        jvm_reader: None,
        history: None,
        journal: None,
    };
    run(&options, &Stop::default(), |done, fault| eprintln!("{store:?} {done}: {}", fault.name())).unwrap()
}

fn assert_clean(report: &Report) {
    assert!(report.findings.is_clean(), "{:?}\n{}", report.findings, report.examples.join("\n"));
    assert!(report.acknowledged > 0 && report.refused > 0, "the writers have written");
    assert!(report.readers.whole > 0, "the watch has watched");
}

#[test]
fn no_fault_loses_repeats_or_tears_a_change_on_sqlite() {
    let report = report(StoreKind::Sqlite, Subject::Relay, 11);
    assert_clean(&report);
    assert_eq!(report.replaced, 2, "relays that were replaced have stopped");
}

#[test]
fn no_fault_loses_repeats_or_tears_a_change_on_postgres() {
    let report = report(StoreKind::Postgres, Subject::Relay, 14);
    assert_clean(&report);
    assert_eq!(report.replaced, 2, "relays that were replaced have stopped");
}

/// Root makes the network: .ci/run installs the programs. The long run is `--bin faults -- --nodes 3`.
#[test]
fn no_fault_of_a_cluster_or_its_network_loses_repeats_or_tears_a_change() {
    let only = vec![
        Fault::LeaderKilled,
        Fault::CoordinatorKilled,
        Fault::TwoDown,
        Fault::CutFromNode,
        Fault::NodesCut,
        Fault::PacketsLost,
    ];
    let faults = only.len();
    let report = report_of(StoreKind::Sqlite, Subject::Relay, Nodes::Three, only, faults);
    assert_clean(&report);
    assert_eq!(report.faults.len(), faults, "each kind: {:?}, left out {:?}", report.faults, report.left_out);
}

fn ip(arguments: &[&str]) -> String {
    String::from_utf8(Command::new("ip").args(arguments).output().unwrap().stdout).unwrap()
}

#[test]
fn a_run_on_a_cluster_that_is_killed_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_faults"))
        .args(["--store", "sqlite", "--nodes", "3", "--only", "stopped"])
        .env("TMPDIR", temporary.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(run.stderr.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<String> = lines.take_while(|line| !line.ends_with(": stopped")).collect();
    // `starting Kafka 4.3.1 at 198.18.7.1:9092, …`: this machine's port to that network has the network's name.
    let (_, address) = said[0].split_once(" at ").unwrap();
    let block = address.split_once(".1:9092").unwrap().0;
    let own = ip(&["-4", "-o", "address"]);
    let link = own.lines().find(|line| line.contains(&format!(" {block}.254/"))).unwrap();
    let name = link.split_whitespace().nth(1).unwrap();
    let mounted = || {
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
        mounts.contains(temporary.path().to_str().unwrap())
    };
    let folders = || std::fs::read_dir(&temporary).unwrap().count();
    assert!(ip(&["netns"]).contains(name) && mounted() && folders() > 0);

    run.kill().unwrap();
    run.wait().unwrap();

    let start = Instant::now();
    while ip(&["netns"]).contains(name) || ip(&["link"]).contains(name) || mounted() || folders() > 0 {
        assert!(start.elapsed() < Duration::from_secs(30), "{} {} folders", ip(&["netns"]), folders());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_run_that_is_stopped_tells_what_its_last_comparison_has_found() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_faults"))
        .args(["--store", "sqlite", "--only", "relay-ended-sent"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(" s, 10 of 200: ")), "ten faults, and then a comparison");
    signal("INT", &[run.id()]).unwrap();
    let rest: Vec<String> = lines.collect();

    let output = run.wait_with_output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(rest.last().unwrap(), "faults: interrupted");
    assert!(report.starts_with("not finished; as far as the last comparison:\nstore sqlite, "), "{report}");
    assert!(report.contains("\nfaults 10\n") && report.contains("\nlost 0\n"), "{report}");
}

#[test]
fn a_small_relay_without_a_bug_is_let_through() {
    assert_clean(&report(StoreKind::Postgres, Subject::Small(None), 4));
}

/// Whether a bug is caught by the finding that it has to be caught by.
fn assert_caught(store: StoreKind, bug: Bug, faults: usize) -> Report {
    caught(report(store, Subject::Small(Some(bug)), faults), bug)
}

fn caught(report: Report, bug: Bug) -> Report {
    let (found, expected) = (report.findings.checks(), bug.finding());
    assert!(found.contains(&expected), "{bug:?}: found {found:?}, expected {expected}");
    report
}

#[test]
fn a_naive_cursor_loses_changes() {
    assert_caught(StoreKind::Postgres, Bug::NaiveCursor, 4);
}

#[test]
fn without_a_transaction_changes_are_torn_and_repeated() {
    let report = assert_caught(StoreKind::Sqlite, Bug::NoTransaction, 4);
    assert!(report.findings.duplicated > 0);
}

#[test]
fn a_transaction_that_ends_too_early_is_seen_to_be_torn_at_the_moment_when_it_is() {
    assert!(assert_caught(StoreKind::Sqlite, Bug::SplitTransaction, 2).readers.torn > 0);
}

#[test]
fn another_partitioner_puts_keys_elsewhere() {
    let report = assert_caught(StoreKind::Sqlite, Bug::Crc32Partitioner, 1);
    assert_eq!(report.findings.checks(), ["misplaced"]);
}

#[test]
fn a_checkpoint_that_is_read_too_early_repeats_changes() {
    // No other fault leaves the relay at work whose checkpoint is read.
    let subject = Subject::Small(Some(Bug::EarlyCheckpoint));
    let report = report_of(StoreKind::Sqlite, subject, Nodes::One, vec![Fault::TakenOver], 3);
    caught(report, Bug::EarlyCheckpoint);
}

#[test]
fn a_report_that_nobody_looks_at_loses_changes() {
    assert_caught(StoreKind::Sqlite, Bug::UncheckedReport, 1);
}

#[test]
fn a_batch_in_another_order_reorders_the_changes_of_several_writers() {
    assert_caught(StoreKind::Sqlite, Bug::Regrouped, 1);
}

#[test]
fn a_tombstone_before_each_value_is_phantom() {
    assert_caught(StoreKind::Sqlite, Bug::DeleteAndInsert, 1);
}

#[test]
fn an_entity_that_is_written_without_the_outbox_is_found_by_the_table_alone() {
    let report = assert_caught(StoreKind::Sqlite, Bug::SilentWrite, 1);
    assert_eq!(report.findings.checks(), ["table-not-database"]);
}

#[test]
fn a_validator_that_refuses_what_is_right_parks_wrongly() {
    assert_caught(StoreKind::Sqlite, Bug::StrictValidator, 1);
}

#[test]
fn a_fan_out_that_is_left_out_is_lost_also_when_it_is_overwritten() {
    assert_caught(StoreKind::Sqlite, Bug::NoFanOut, 2);
}

#[test]
fn a_table_that_keeps_what_was_deleted_is_found_by_the_comparison_of_readers_alone() {
    let report = assert_caught(StoreKind::Sqlite, Bug::DeletedKept, 3);
    assert_eq!(report.findings.checks(), ["reader-differs"]);
}
