//! `tiltak-kit logs`: what it prints is what a reader in any language can be tested with.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Command;

use serde_json::Value;
use tiltak_consumer_kit::fixtures::partition_of;

const TOPICS: [&str; 4] = [
    "siste-tiltakstyper-v3",
    "siste-tiltaksgjennomforinger-v2",
    "arena-migrering-tiltaksgjennomforinger-v1",
    "datavarehus-tiltak-v1",
];

fn print(topic: &str, options: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_tiltak-kit")).args(["logs", topic]).args(options).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

type Place = (i32, i64);

#[derive(Clone)]
struct Record {
    place: Place,
    timestamp: i64,
    key: String,
    value: Option<String>,
}

#[derive(Default)]
struct History {
    has_stale_values: bool,
    records: BTreeMap<Place, Record>,
    truth: BTreeMap<String, String>,
    logs: Vec<Log>,
}

struct Log {
    runs: Vec<Vec<Record>>,
    ghosts: BTreeMap<String, String>,
}

/// The histories that are printed, read by the description of the format in `--help`.
fn histories(text: &str) -> Vec<History> {
    let mut histories: Vec<History> = Vec::new();
    for line in text.lines().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        if line.get("partitions").is_some() {
            let has_stale_values = line["staleValues"].as_bool().unwrap();
            histories.push(History { has_stale_values, ..History::default() });
            continue;
        }
        let history = histories.last_mut().unwrap();
        let records = |places: &Value| -> Vec<Record> {
            let places: Vec<Place> = serde_json::from_value(places.clone()).unwrap();
            places.iter().map(|place| history.records[place].clone()).collect()
        };
        let values = |places: &Value| {
            records(places).into_iter().map(|it| (it.key, it.value.unwrap())).collect::<BTreeMap<_, _>>()
        };
        if line.get("truth").is_some() {
            history.truth = values(&line["truth"]);
        } else if line.get("log").is_some() {
            let runs = line["runs"].as_array().unwrap().iter().map(records).collect();
            let ghosts = values(&line["ghosts"]);
            history.logs.push(Log { runs, ghosts });
        } else {
            let place =
                (line["partition"].as_i64().unwrap().try_into().unwrap(), line["offset"].as_i64().unwrap());
            let text = |name: &str| line[name].as_str().map(str::to_owned);
            let timestamp = line["timestamp"].as_i64().unwrap();
            let record = Record { place, timestamp, key: text("key").unwrap(), value: text("value") };
            assert!(history.records.insert(place, record).is_none(), "{line}");
        }
    }
    histories
}

/// What a reader holds that takes the last record of each key on each partition, and among these the latest.
fn held(records: &[Record]) -> BTreeMap<String, String> {
    let mut last: HashMap<&str, BTreeMap<i32, &Record>> = HashMap::new();
    for record in records {
        last.entry(&record.key).or_default().insert(record.place.0, record);
    }
    let latest = last
        .into_values()
        .map(|of_key| of_key.into_values().max_by_key(|record| (record.timestamp, record.place.0)).unwrap());
    latest.filter_map(|record| Some((record.key.clone(), record.value.clone()?))).collect()
}

/// What a reader holds that takes what comes last, whatever the partition.
fn held_carelessly(records: &[Record]) -> BTreeMap<String, String> {
    let mut held = BTreeMap::new();
    for record in records {
        match &record.value {
            Some(value) => held.insert(record.key.clone(), value.clone()),
            None => held.remove(&record.key),
        };
    }
    held
}

#[test]
fn a_reader_ends_with_the_truth_but_for_the_ghosts_of_its_log() {
    for topic in TOPICS {
        let histories = histories(&print(topic, &["--count", "400", "--logs-of-history", "20"]));
        assert_eq!(histories.iter().map(|it| it.logs.len()).sum::<usize>(), 400);
        let (mut ghosts, mut restarts, mut careless) = (0, 0, 0);
        for history in &histories {
            for log in &history.logs {
                let records = log.runs.concat();
                let mut expected = history.truth.clone();
                assert!(log.ghosts.keys().all(|key| !expected.contains_key(key)));
                ghosts += log.ghosts.len();
                expected.extend(log.ghosts.clone());
                assert!(held(&records) == expected, "{topic}");
                restarts += usize::from(log.runs.len() > 1);
                careless += usize::from(held_carelessly(&records) != expected);
                // Within a run a reader goes on, on each partition.
                for run in &log.runs {
                    let mut last = HashMap::new();
                    for record in run {
                        let before = last.insert(record.place.0, record.place.1);
                        assert!(before.is_none_or(|before| before < record.place.1));
                    }
                }
            }
            assert!(history.records.values().all(|it| !it.key.is_empty()));
        }
        assert!(ghosts > 0 && restarts > 20 && careless > 20, "{topic}: {ghosts} {restarts} {careless}");
    }
}

#[test]
fn each_log_with_stale_values_of_keys_of_both_partitions_catches_a_reader_that_takes_what_comes_last() {
    let histories = histories(&print(TOPICS[1], &["--count", "1000"]));
    let mut bitten = 0;
    for history in histories.iter().filter(|it| it.has_stale_values) {
        let misplaced = |it: &&Record| partition_of(&it.key, 2) != it.place.0;
        let partitions: BTreeSet<i32> =
            history.records.values().filter(misplaced).map(|it| it.place.0).collect();
        if partitions.len() == 2 {
            for log in &history.logs {
                assert!(held_carelessly(&log.runs.concat()) != history.truth);
                bitten += 1;
            }
        }
    }
    assert!(bitten > 100, "{bitten}");
}

#[test]
fn logs_are_the_same_for_the_same_options() {
    let logs = |options: &[&str]| print(TOPICS[0], options);
    let first = logs(&["--count", "30"]);
    assert_eq!(first, logs(&["--count", "30"]));
    assert_ne!(first, logs(&["--count", "30", "--seed", "2"]));
    let without = histories(&logs(&["--count", "300", "--no-stale-values"]));
    assert!(without.iter().all(|it| !it.has_stale_values));
    let others = without.iter().flat_map(|it| it.records.values());
    assert_eq!(others.filter(|it| partition_of(&it.key, 2) != it.place.0).count(), 0);
}
