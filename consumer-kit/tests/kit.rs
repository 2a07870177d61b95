//! The command `tiltak-kit` without a broker.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tiltak_contracts::Contract;

const TOPICS: [&str; 4] = [
    "siste-tiltakstyper-v3",
    "siste-tiltaksgjennomforinger-v2",
    "arena-migrering-tiltaksgjennomforinger-v1",
    "datavarehus-tiltak-v1",
];

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltak-kit"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["KAFKA_BROKERS", "KAFKA_CA_PATH", "KAFKA_CERTIFICATE_PATH", "KAFKA_PRIVATE_KEY_PATH"] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    text(&output.stderr)
}

/// The lines that are printed, as key and value.
fn records(arguments: &[&str]) -> Vec<(String, Option<String>)> {
    let output = run(arguments);
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            (line["key"].as_str().unwrap().to_owned(), line["value"].as_str().map(str::to_owned))
        })
        .collect()
}

#[test]
fn each_command_has_help_with_examples_and_exit_codes() {
    for command in ["seed", "table", "audit", "fixtures", "logs"] {
        let help = run(&[command, "--help"]);
        assert_eq!(help.status.code(), Some(0));
        let help = text(&help.stdout);
        assert!(help.contains("Examples:\n") && help.contains("Exit codes: 0"), "{help}");
        assert!(!help.contains('\x1b'), "colour where there is no terminal");
    }
}

#[test]
fn wrong_arguments_are_told_with_what_may_be_meant() {
    assert!(refused(&["tabel"]).contains("table"));
    assert!(
        refused(&["table", "siste-tiltakstyper-v2"])
            .contains("similar value exists: 'siste-tiltakstyper-v3'")
    );
    assert!(refused(&["audit"]).contains("--all"));
    assert!(refused(&["fixtures", TOPICS[0], "--flawed", "--later"]).contains("cannot be used with"));
    assert!(refused(&["fixtures", TOPICS[0], "--tombstones", "2"]).contains("from 0 to 1"));
    assert!(refused(&["table", TOPICS[0], "--set", "fetch"]).contains("name=value"));
    assert!(refused(&["table", TOPICS[0], "--set", "no.such.setting=1"]).contains("no.such.setting"));
    assert!(refused(&["table", TOPICS[0], "--key", "59A64A02"]).contains("lower-case"));
    let missing = command(&["table", TOPICS[0]]).env("KAFKA_CA_PATH", "/no/such/file").output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("KAFKA_CA_PATH names /no/such/file"), "{missing:?}");
}

#[test]
fn a_broker_that_does_not_answer_is_told_within_the_timeout() {
    // A port that nobody listens at, since it was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let brokers = format!("127.0.0.1:{port}");
    for arguments in [&["seed"][..], &["table", TOPICS[0]], &["audit", "--all"]] {
        let start = Instant::now();
        let error = refused(&[arguments, &["--brokers", &brokers, "--timeout", "1"]].concat());
        assert!(error.contains(&format!("no Kafka broker answers at {brokers}")), "{error}");
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn a_broker_on_another_machine_is_not_seeded_unless_one_says_that_it_may_be() {
    let brokers = ["--brokers", "localhost:9092,kafka.example.com:9092", "--timeout", "1"];
    let refusal = refused(&[&["seed"][..], &brokers].concat());
    assert!(refusal.contains("kafka.example.com is not on this machine"), "{refusal}");
    let tried = refused(&[
        "seed",
        "--yes-this-is-not-production",
        "--brokers",
        "nowhere.invalid:1",
        "--timeout",
        "1",
    ]);
    assert!(tried.contains("no Kafka broker answers"), "{tried}");
}

#[test]
fn fixtures_are_the_same_for_the_same_seed_and_valid_under_the_contract() {
    for topic in TOPICS {
        let fixtures = |seed: &str| {
            records(&["fixtures", topic, "--count", "200", "--tombstones", "0.1", "--seed", seed])
        };
        let (first, again) = (fixtures("1"), fixtures("1"));
        assert_eq!(first, again);
        assert_ne!(first, fixtures("2"));
        assert_eq!(first.len(), 200);
        assert!(first.iter().any(|(_, value)| value.is_none()));
        let contract = Contract::of_topic(topic).unwrap();
        for (key, value) in &first {
            assert_eq!(contract.check(key, value.as_deref()), [], "{topic} {key}");
        }
    }
}

#[test]
fn fixtures_that_are_flawed_or_of_a_later_version_are_refused_by_the_contract_where_it_is_said() {
    for (kind, topic) in TOPICS.into_iter().flat_map(|topic| [("--flawed", topic), ("--later", topic)]) {
        let arguments = ["fixtures", topic, kind, "--count", "60", "--explain"];
        let why: Vec<Value> =
            text(&run(&arguments).stderr).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let contract = Contract::of_topic(topic).unwrap();
        let records = records(&arguments);
        assert_eq!((records.len(), why.len()), (60, 60));
        for ((key, value), why) in records.iter().zip(&why) {
            let findings = contract.check(key, value.as_deref());
            let pointer = why["pointer"].as_str().unwrap();
            assert!(findings.iter().any(|it| it.pointer == pointer), "{topic} {why}: {findings:?}");
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_fixtures_quietly() {
    let mut running = command(&["fixtures", TOPICS[1], "--count", "1000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(running.stdout.take());
    let ended = running.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), text(&ended.stderr).as_str()), (Some(0), ""));
}

#[test]
fn there_are_completions_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = run(&["completions", shell]);
        assert!(completions.status.success());
        assert!(text(&completions.stdout).contains("gjennomforinger"), "{shell}");
    }
}
