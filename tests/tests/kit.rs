//! The command `tiltak-kit` on a real broker.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::Value;
use tiltak_consumer_kit::fixtures::partition_of;
use tiltak_consumer_kit::kit::{self, Interrupt};
use tiltak_consumer_kit::source::{KafkaSource, Source as _};
use tiltak_consumer_kit::{Connection, log};
use tiltak_contracts::Contract;
use tiltak_tests::kafka::{shared, topic_name};

const TILTAKSTYPER: &str = "siste-tiltakstyper-v3";
const V2: &str = "siste-tiltaksgjennomforinger-v2";
const ARENA: &str = "arena-migrering-tiltaksgjennomforinger-v1";
const WAREHOUSE: &str = "datavarehus-tiltak-v1";
const TOPICS: [&str; 4] = [TILTAKSTYPER, V2, ARENA, WAREHOUSE];
const LIMIT: Duration = Duration::from_secs(30);

/// Topics of a test's own.
struct Place {
    prefix: String,
}

/// How a command has ended.
#[derive(Debug)]
struct Done {
    code: u8,
    output: String,
    errors: String,
}

impl Done {
    fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| unreachable!("{error}: {self:?}"))
    }
}

impl Place {
    fn new() -> Self {
        Self { prefix: format!("{}-", topic_name("kit")) }
    }

    fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let common = ["--brokers", shared().bootstrap_servers(), "--topic-prefix", &self.prefix];
        ["tiltak-kit"].iter().chain(arguments).chain(&common).map(ToString::to_string).collect()
    }

    fn kit(&self, arguments: &[&str]) -> Done {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let code = kit::run(self.arguments(arguments), &mut output, &mut errors, &Interrupt::never());
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Done { code, output: text(output), errors: text(errors) }
    }

    /// A seeded place.
    fn seeded(options: &[&str]) -> (Self, Value) {
        let place = Self::new();
        let arguments = [&["seed", "--gjennomforinger", "60", "--json"], options].concat();
        let seeded = place.kit(&arguments);
        assert_eq!(seeded.code, kit::FINE, "{seeded:?}");
        let totals = seeded.json();
        (place, totals)
    }

    fn count(&self, topic: &str) -> u64 {
        let counted = self.kit(&["table", topic, "--count"]);
        assert_eq!(counted.code, kit::FINE, "{counted:?}");
        counted.output.trim().parse().unwrap()
    }

    /// Every key with its value.
    fn export(&self, topic: &str) -> BTreeMap<String, String> {
        let exported = self.kit(&["table", topic, "--export", "-"]);
        assert_eq!(exported.code, kit::FINE, "{exported:?}");
        exported.output.lines().map(record).collect()
    }

    /// The rules of the findings of an audit, with the topic (without prefix) and the key.
    fn audit(&self) -> BTreeSet<(String, String, String)> {
        let audited = self.kit(&["audit", "--all", "--json"]);
        let report = audited.json();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(audited.code, if findings.is_empty() { kit::FINE } else { kit::FINDINGS });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        findings
            .iter()
            .map(|it| {
                let topic = text(&it["topic"]).strip_prefix(&self.prefix).unwrap().to_owned();
                (topic, text(&it["rule"]), text(&it["key"]))
            })
            .collect()
    }

    /// How many offsets of each partition come after its last record.
    fn behind_the_last_record(&self, topic: &str) -> BTreeMap<i32, i64> {
        let connection = Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix);
        let mut source = KafkaSource::open(&connection, &format!("{}{topic}", self.prefix)).unwrap();
        let mut behind: BTreeMap<i32, i64> = source
            .describe()
            .unwrap()
            .watermarks
            .iter()
            .map(|(partition, it)| (*partition, it.high_watermark))
            .collect();
        let ends = behind.clone();
        for record in log::read(&connection, topic, LIMIT).unwrap() {
            behind.insert(record.partition, ends[&record.partition] - record.offset - 1);
        }
        behind
    }

    fn send(&self, topic: &str, key: &str, value: Option<&str>) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", shared().bootstrap_servers())
            .set("partitioner", "murmur2_random")
            .create()
            .unwrap();
        let name = format!("{}{topic}", self.prefix);
        let mut record = BaseRecord::to(&name).key(key);
        record.payload = value;
        producer.send(record).unwrap();
        producer.flush(LIMIT).unwrap();
    }
}

fn record(line: &str) -> (String, String) {
    let line: Value = serde_json::from_str(line).unwrap();
    (line["key"].as_str().unwrap().to_owned(), line["value"].as_str().unwrap().to_owned())
}

fn rules(findings: &BTreeSet<(String, String, String)>, topic: &str) -> BTreeSet<String> {
    findings.iter().filter(|it| it.0 == topic).map(|it| it.1.clone()).collect()
}

fn finding(topic: &str, rule: &str, key: &str) -> (String, String, String) {
    (topic.to_owned(), rule.to_owned(), key.to_owned())
}

#[test]
fn a_seeded_broker_has_the_tables_that_were_said_and_an_audit_finds_nothing() {
    let (place, totals) = Place::seeded(&[]);

    for topic in TOPICS {
        let said = totals["topics"][topic]["keys"].as_u64().unwrap();
        assert!(said >= 18, "{totals}");
        assert_eq!(place.count(topic), said, "{topic}");
    }
    let audited = place.kit(&["audit", "--all", "--log"]);
    assert_eq!(audited.code, kit::FINE, "{audited:?}");
}

#[test]
fn the_same_seed_gives_the_same_tables_also_compacted_with_fewer_records() {
    let (whole, all) = Place::seeded(&["--seed", "5"]);
    let (compacted, rest) = Place::seeded(&["--seed", "5", "--compacted"]);

    for topic in TOPICS {
        assert_eq!(whole.export(topic), compacted.export(topic), "{topic}");
    }
    let records = |totals: &Value| totals["topics"][V2]["records"].as_u64().unwrap();
    assert!(records(&rest) < records(&all));
    assert_eq!(compacted.audit(), BTreeSet::new());
}

#[test]
fn what_is_awkward_ends_in_the_same_keys_and_an_audit_finds_what_is_wrong_with_it() {
    let (plain, _) = Place::seeded(&[]);
    let (awkward, totals) = Place::seeded(&["--awkward"]);

    assert_eq!(totals["aborted"], 2);
    let findings = awkward.audit();
    for topic in TOPICS {
        let (plain, awkward) = (plain.export(topic), awkward.export(topic));
        assert_eq!(plain.keys().collect::<Vec<_>>(), awkward.keys().collect::<Vec<_>>(), "{topic}");
        let others = plain.iter().filter(|(key, value)| awkward[*key] != **value);
        let others: BTreeSet<&String> = others.map(|(key, _)| key).collect();
        let later = findings.iter().filter(|it| it.0 == topic && it.1 == "newer-than-contract");
        assert_eq!(others, later.map(|it| &it.2).collect(), "{topic}: the payloads of a later version");
        // A property, and an enum or more: the topic for Arena has one.
        assert!(others.len() >= 2, "{topic}: {others:?}");
    }
    for (partition, behind) in awkward.behind_the_last_record(V2) {
        // A commit marker, an aborted record and its marker.
        assert!(behind >= 3, "partition {partition}: {behind}");
    }
    for topic in TOPICS {
        let expected = ["key-on-two-partitions", "newer-than-contract", "wrong-partition"];
        assert_eq!(rules(&findings, topic), expected.map(str::to_owned).into(), "{topic}");
    }
}

#[test]
fn topics_that_hold_records_are_refused_unless_they_are_to_be_appended_to() {
    let (place, _) = Place::seeded(&[]);
    let before = place.count(V2);

    let refused = place.kit(&["seed", "--seed", "2"]);
    assert_eq!(refused.code, kit::FAILED);
    assert!(refused.errors.contains("holds records already"), "{refused:?}");
    assert_eq!(place.count(V2), before);

    let appended = place.kit(&["seed", "--seed", "2", "--append", "--gjennomforinger", "10"]);
    assert_eq!(appended.code, kit::FINE, "{appended:?}");
    assert!(place.count(V2) > before);
}

#[test]
fn each_line_of_an_export_is_valid_under_the_contract() {
    let (place, _) = Place::seeded(&[]);
    let folder = tempfile::tempdir().unwrap();

    for topic in TOPICS {
        let file = folder.path().join(topic);
        let exported = place.kit(&["table", topic, "--export", file.to_str().unwrap()]);
        assert_eq!(exported.code, kit::FINE, "{exported:?}");
        let contract = Contract::of_topic(topic).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count() as u64, place.count(topic));
        for (key, value) in text.lines().map(record) {
            assert_eq!(contract.check(&key, Some(&value)), [], "{topic} {key}");
        }
    }
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, TOPICS.len(), "no unfinished file is left");
}

#[test]
fn a_topic_that_is_not_there_is_told_with_the_prefix_that_may_be_meant() {
    let (place, _) = Place::seeded(&[]);
    let near = Place { prefix: place.prefix.replacen("kit", "kid", 1) };

    let asked = near.kit(&["table", TILTAKSTYPER, "--count"]);

    assert_eq!(asked.code, kit::FAILED);
    assert!(asked.errors.contains(&format!("--topic-prefix '{}'", place.prefix)), "{asked:?}");
}

#[test]
fn one_key_is_shown_with_its_value_and_one_that_is_not_there_is_told() {
    let (place, _) = Place::seeded(&[]);
    let (key, value) = place.export(V2).into_iter().next().unwrap();

    let shown = place.kit(&["table", V2, "--key", &key, "--json"]);
    assert_eq!(shown.code, kit::FINE);
    assert_eq!(shown.json()["value"], serde_json::from_str::<Value>(&value).unwrap());

    place.send(V2, &key, None);
    let removed = place.kit(&["table", V2, "--key", &key]);
    assert_eq!((removed.code, removed.output.as_str()), (kit::FINDINGS, ""));
    assert!(removed.errors.contains("tombstone"), "{removed:?}");

    let misspelt = place.kit(&["table", V2, "--key", &key.to_uppercase()]);
    assert_eq!(misspelt.code, kit::FAILED);
}

#[test]
fn an_audit_finds_lost_tombstones_and_records_and_other_spellings_and_values_of_another_form() {
    let (place, _) = Place::seeded(&[]);
    let gjennomforinger: Vec<(String, String)> = place.export(V2).into_iter().collect();
    let warehouse = place.export(WAREHOUSE);
    let [removed, missed, broken, ..] = gjennomforinger.as_slice() else { unreachable!() };
    let stranger = "0f000000-0000-4000-8000-00000000000f";
    let upper = removed.0.to_uppercase();

    place.send(V2, &removed.0, None);
    place.send(WAREHOUSE, &missed.0, None);
    place.send(WAREHOUSE, stranger, Some(&warehouse[&broken.0].replace(&broken.0, stranger)));
    place.send(WAREHOUSE, &broken.0, Some(r#"{"secret": "Kari"}"#));
    place.send(TILTAKSTYPER, &upper, None);
    place.send(TILTAKSTYPER, &removed.0, None);
    let findings = place.audit();

    let expected = BTreeSet::from([
        finding(WAREHOUSE, "ghost-candidate", &removed.0),
        finding(WAREHOUSE, "missing", &missed.0),
        finding(WAREHOUSE, "ghost-candidate", stranger),
        finding(WAREHOUSE, "undecodable", &broken.0),
        finding(TILTAKSTYPER, "key-spelling", &upper),
        finding(TILTAKSTYPER, "key-spelled-twice", &removed.0),
    ]);
    assert_eq!(findings, expected);

    let table = place.kit(&["table", WAREHOUSE, "--count"]);
    assert_eq!(table.code, kit::FINDINGS);
    assert!(table.errors.contains("tiltak-kit audit"), "{table:?}");
    let shown = place.kit(&["audit", "--all"]);
    assert!(!shown.output.contains("Kari") && !shown.errors.contains("Kari"));
}

#[test]
fn a_record_of_the_warehouse_that_is_older_than_the_one_on_v2_is_found() {
    let (place, _) = Place::seeded(&[]);
    let (key, value) = place.export(V2).into_iter().next().unwrap();
    let mut document: Value = serde_json::from_str(&value).unwrap();
    document["oppdatertTidspunkt"] = "2030-01-31T09:00:00Z".into();

    place.send(V2, &key, Some(&document.to_string()));

    assert!(place.audit().contains(&finding(WAREHOUSE, "out-of-step", &key)));
}

#[test]
fn an_audit_finds_settings_that_are_not_those_of_the_contract_and_writes_junit() {
    let place = Place::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let name = format!("{}{TILTAKSTYPER}", place.prefix);
    let settings = [("cleanup.policy", "delete"), ("segment.ms", "60000")];
    runtime.block_on(shared().create_topic(&name, 3, &settings)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.xml");

    let audited = place.kit(&["audit", TILTAKSTYPER, "--json", "--junit", file.to_str().unwrap()]);

    assert_eq!(audited.code, kit::FINDINGS);
    let report = audited.json();
    let messages: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert!(messages.contains(&"cleanup.policy: expected compact, found delete"), "{messages:?}");
    assert!(messages.iter().any(|it| it.starts_with("expected 2 partitions, found 3")), "{messages:?}");
    assert_eq!(report["notes"][0]["rule"], "setting-besides");
    let junit = read(&file);
    assert!(junit.contains(r#"failures="1""#) && junit.contains(r#"type="partitions-differ""#), "{junit}");
}

#[test]
fn a_transaction_that_is_open_is_noted_and_is_no_finding() {
    let (place, _) = Place::seeded(&[]);
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", shared().bootstrap_servers())
        .set("transactional.id", &place.prefix)
        .create()
        .unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    let name = format!("{}{TILTAKSTYPER}", place.prefix);
    producer.send(BaseRecord::to(&name).key("no id").payload("no value").partition(1)).unwrap();
    producer.flush(LIMIT).unwrap();

    let audited = place.kit(&["audit", TILTAKSTYPER, "--json"]);
    producer.abort_transaction(LIMIT).unwrap();

    assert_eq!(audited.code, kit::FINE, "{audited:?}");
    let notes = &audited.json()["notes"];
    assert_eq!(
        (&notes[0]["rule"], &notes[0]["partition"]),
        (&"open-transaction".into(), &1.into()),
        "{notes}"
    );
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn where_an_audit_wants_a_key_is_where_the_client_library_puts_it() {
    let (place, _) = Place::seeded(&[]);
    let exported = place.kit(&["table", V2, "--export", "-"]);
    for line in exported.output.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            i64::from(partition_of(line["key"].as_str().unwrap(), 2)),
            line["partition"].as_i64().unwrap()
        );
    }
}

/// What a command that goes on has written so far.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<u8>>>);

impl Shown {
    fn wait_for(&self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let shown = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            if shown.contains(text) {
                return shown;
            }
            assert!(start.elapsed() < LIMIT, "no {text:?} in {shown:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_table_that_is_watched_shows_what_changes_until_it_is_interrupted() {
    let (place, _) = Place::seeded(&[]);
    let (key, _) = place.export(V2).into_iter().next().unwrap();
    let (shown, interrupt) = (Shown::default(), Interrupt::never());
    let watching = std::thread::spawn({
        let (arguments, mut shown) = (place.arguments(&["table", V2, "--watch"]), shown.clone());
        let interrupt = interrupt.clone();
        move || kit::run(arguments, &mut shown, &mut io::sink(), &interrupt)
    });
    shown.wait_for("following");

    place.send(V2, &key, None);
    let text = shown.wait_for("tombstone ");
    interrupt.raise();

    assert!(text.contains(&key), "{text}");
    assert_eq!(watching.join().unwrap(), kit::FINE);
}

#[test]
fn what_is_interrupted_while_it_is_seeded_says_so_and_keeps_what_was_committed() {
    let place = Place::new();
    let interrupt = Interrupt::never();
    interrupt.raise();
    let (mut output, mut errors) = (Vec::new(), Vec::new());

    let code = kit::run(place.arguments(&["seed"]), &mut output, &mut errors, &interrupt);

    assert_eq!(code, kit::FINDINGS);
    assert!(String::from_utf8(errors).unwrap().contains("interrupted"));
    assert_eq!(place.count(V2), 0);
}
