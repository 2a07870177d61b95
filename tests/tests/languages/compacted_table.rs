//! `CompactedTable` of `consumer-kit/jvm/kafka` against real brokers, beside `tiltak-kit table --export`.
//!
//! The table runs in a program of the module's tests, `TableProgram`, which does what it is told on its standard input.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use serde_json::Value;
use tempfile::TempDir;
use tiltak_tests::kafka::{
    Authority, Broker, Operation, PemFiles, QUICK_COMPACTION, Resource, Way, topic_name,
};
use tokio::runtime::Runtime;

use super::topics;
use super::work::require;

const LIMIT: Duration = Duration::from_mins(1);
const COMPACTED: &[(&str, &str)] = &[("cleanup.policy", "compact")];

#[test]
fn the_table_holds_what_the_kit_exports() {
    for log in ["--awkward", "--compacted"] {
        let prefix = format!("{}-", topic_name("jvm"));
        kit(&["seed", "--gjennomforinger", "200", "--seed", "7", log], &prefix);
        for topic in topics() {
            let mut table = Program::start(&format!("{prefix}{}", topic.name), servers(), None);
            assert_eq!(table.ask("ready 60"), ["ok"], "{log} {}", topic.name);
            let rows = exported(&kit(&["table", topic.name, "--export", "-"], &prefix));
            assert!(rows.len() > 5, "{log} {}: {rows:?}", topic.name);
            assert_eq!(table.export(), rows, "{log} {}", topic.name);
            assert_eq!(table.ask("told"), ["the same"]);
            assert_eq!(
                (table.ask("state"), table.ask("lag")),
                (vec!["live".to_owned()], vec!["0".to_owned()])
            );
        }
    }
}

#[test]
fn the_table_holds_the_same_after_a_real_compaction() {
    let topic = topic_name("compaction");
    // Tombstones stay longer than a partition takes to be read, or the table reads it anew again and again.
    let settings: Vec<_> = QUICK_COMPACTION
        .iter()
        .map(|(name, value)| (*name, if *name == "delete.retention.ms" { "10000" } else { *value }))
        .collect();
    create(&topic, 2, &settings);
    let mut follower = Program::start(&topic, servers(), None);
    assert_eq!(follower.ask("ready 60"), ["ok"]);
    for round in 0..5 {
        let values = (0..40).map(|key| (key % 2, key, (key + round) % 7 != 0));
        let records: Vec<_> = values
            .map(|(partition, key, lives)| (partition, key, lives.then(|| format!("{key}, {round}"))))
            .collect();
        send(&topic, &records);
    }
    let before = follower.export_of_all(&topic, 2);
    let start = Instant::now();
    while first_offset_left(&topic) == 0 {
        assert!(start.elapsed() < LIMIT, "the cleaner has removed nothing");
        runtime().block_on(async { shared().broker.append_filler(&topic, 0).await }).unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    let mut fresh = Program::start(&topic, servers(), None);
    assert_eq!(fresh.ask("ready 60"), ["ok"]);
    assert_eq!(fresh.export(), before);
    assert_eq!(follower.export(), before);
    assert_eq!(follower.ask("told"), ["the same"]);
}

#[test]
fn the_table_is_ready_past_aborted_transactions_and_does_not_hold_them() {
    let topic = topic_name("aborted");
    create(&topic, 2, COMPACTED);
    let producer = transactional(&topic);
    let transaction = |value: &str, commit: bool| {
        producer.begin_transaction().unwrap();
        for (partition, key) in [(0, "a"), (1, "b"), (0, value)] {
            producer.send(BaseRecord::to(&topic).partition(partition).key(key).payload(value)).unwrap();
        }
        producer.flush(LIMIT).unwrap();
        if commit {
            producer.commit_transaction(LIMIT).unwrap();
        } else {
            producer.abort_transaction(LIMIT).unwrap();
        }
    };
    transaction("committed", true);
    transaction("aborted", false);
    transaction("aborted too", false);
    let mut table = Program::start(&topic, servers(), None);
    assert_eq!(table.ask("ready 30"), ["ok"]);
    let expected = [("a", "committed"), ("b", "committed"), ("committed", "committed")];
    assert_eq!(table.rows(), expected.map(|(key, value)| (hex(key), hex(value))).into());
    assert_eq!(table.ask("lag"), ["0"]);

    // One that is open holds up nothing that was committed before it.
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&topic).partition(0).key("a").payload("open")).unwrap();
    producer.flush(LIMIT).unwrap();
    let mut other = Program::start(&topic, servers(), None);
    assert_eq!(other.ask("ready 30"), ["ok"]);
    assert_eq!(other.rows(), table.rows());
    producer.abort_transaction(LIMIT).unwrap();
}

#[test]
fn the_table_of_a_topic_that_was_made_anew_is_that_of_the_new_one() {
    let topic = topic_name("anew");
    create(&topic, 1, COMPACTED);
    let record = |key, value: &str| (0, key, Some(value.to_owned()));
    send(&topic, &[record(1, "first"), record(2, "first")]);
    let mut table = Program::start(&topic, servers(), None);
    assert_eq!(table.ask("ready 60"), ["ok"]);
    assert_eq!(table.rows().len(), 2);

    runtime().block_on(shared().broker.delete_topic(&topic)).unwrap();
    table.wait("state", |line| {
        line.starts_with("stale") && line.ends_with(&format!("does not exist on {}", servers()))
    });
    assert_eq!(table.rows().len(), 2, "what was there stays");
    // With more partitions and more records than before: no offset tells that it is another one.
    create(&topic, 2, COMPACTED);
    send(
        &topic,
        &[record(2, "second"), record(3, "second"), record(4, "second"), (1, 5, Some("second".to_owned()))],
    );
    let expected: BTreeSet<_> = [2, 3, 4, 5].map(|key: i32| (hex(&key.to_string()), hex("second"))).into();
    table.wait("state", |line| line == "live");
    table.wait_for_rows(&expected);
    assert_eq!(table.ask("told"), ["the same"]);
}

#[test]
fn the_table_reads_partitions_that_are_added_and_a_tombstone_on_one_hides_an_older_value_on_another() {
    let topic = topic_name("added");
    create(&topic, 1, COMPACTED);
    send(&topic, &[(0, 1, Some("old".to_owned())), (0, 2, Some("old".to_owned()))]);
    let mut table = Program::start(&topic, servers(), None);
    assert_eq!(table.ask("ready 60"), ["ok"]);
    let partitions = rdkafka::admin::NewPartitions::new(&topic, 2);
    let options = rdkafka::admin::AdminOptions::new().operation_timeout(Some(LIMIT));
    let results =
        runtime().block_on(shared().broker.admin().create_partitions([&partitions], &options)).unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    send(&topic, &[(1, 1, None), (1, 3, Some("new".to_owned()))]);
    let expected: BTreeSet<_> =
        [("2", "old"), ("3", "new")].map(|(key, value)| (hex(key), hex(value))).into();
    table.wait_for_rows(&expected);
    let mut fresh = Program::start(&topic, servers(), None);
    assert_eq!(fresh.ask("ready 60"), ["ok"]);
    assert_eq!(fresh.rows(), expected);
}

#[test]
fn the_table_of_a_topic_that_is_not_there_says_so() {
    let mut table = Program::start("no-such-topic", servers(), None);
    let expected = format!("MissingTopic: the topic no-such-topic does not exist on {}", servers());
    assert_eq!(table.ask("ready 60"), [expected]);
}

#[test]
fn the_table_whose_certificate_is_refused_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let stranger = Authority::new("another authority").unwrap();
    let mut files = stranger.client(folder.path(), "stranger").unwrap();
    let Shared { broker, authority, folder: own } = shared();
    files.ca = authority.client(own.path(), "somebody-else").unwrap().ca;
    let tls = broker.tls_servers().unwrap();
    let mut table = Program::start("any-topic", &tls, Some(&files));
    table.wait("state", |line| line.starts_with("stale") && line.contains("do not trust each other"));
    let waited = table.ask("ready 1").join("");
    let words = format!(
        "NotReady: any-topic: not caught up after 1s: {tls} and this client do not trust each other: "
    );
    assert!(waited.starts_with(&words) && waited.ends_with("whether a certificate has expired"), "{waited}");
}

#[test]
fn the_table_whose_right_is_taken_away_is_stale_and_then_fails_in_the_words_of_the_kit() {
    let topic = topic_name("rights");
    create(&topic, 1, COMPACTED);
    send(&topic, &[(0, 1, Some("value".to_owned()))]);
    let Shared { broker, authority, folder } = shared();
    let files = authority.client(folder.path(), &topic).unwrap();
    let tls = broker.tls_servers().unwrap();
    let mut table = Program::start(&topic, &tls, Some(&files));
    assert_eq!(table.ask("ready 60"), ["ok"]);
    let words =
        format!("{topic} may not be read on {tls}: the application needs read access to the topic (its ACL)");

    broker.deny(&topic, Operation::Read, Resource::Topic(&topic)).unwrap();
    table.wait("state", |line| line.starts_with("stale") && line.ends_with(&words));
    broker.no_longer_deny(&topic, Operation::Read, Resource::Topic(&topic)).unwrap();
    table.wait("state", |line| line == "live");
    send(&topic, &[(0, 2, Some("value".to_owned()))]);
    let expected: BTreeSet<_> = ["1", "2"].map(|key| (hex(key), hex("value"))).into();
    table.wait_for_rows(&expected);

    broker.deny(&topic, Operation::All, Resource::Topic(&topic)).unwrap();
    table.wait("state", |line| line == format!("failed: {words}"));
    assert_eq!(table.rows(), expected, "what was there stays");
    let mut late = Program::start(&topic, &tls, Some(&files));
    assert_eq!(late.ask("ready 60"), [format!("Forbidden: {words}")]);
}

#[test]
fn the_table_is_stale_while_its_broker_is_away_and_goes_on_when_it_is_back() {
    let mut broker = Broker::start(Way::Local, None).unwrap();
    let topic = topic_name("away");
    runtime().block_on(broker.create_topic(&topic, 1, COMPACTED)).unwrap();
    let servers = broker.bootstrap_servers().to_owned();
    send_to(&servers, &topic, &[(0, 1, Some("before".to_owned()))]);
    let mut table = Program::start(&topic, &servers, None);
    assert_eq!(table.ask("ready 60"), ["ok"]);
    broker.kill().unwrap();
    let reason = format!("no Kafka broker answers at {servers} within 10 s: ");
    table.wait("state", |line| line.starts_with("stale since ") && line.contains(&reason));
    assert_eq!(table.rows().len(), 1, "what was there stays");
    // A table that starts now waits.
    let mut late = Program::start(&topic, &servers, None);
    let behind = late.ask("ready 1");
    assert!(behind[0].starts_with(&format!("NotReady: {topic}: not caught up after 1s: ")), "{behind:?}");

    broker.start_again().unwrap();
    table.wait("state", |line| line == "live");
    send_to(&servers, &topic, &[(0, 2, Some("after".to_owned()))]);
    let expected: BTreeSet<_> =
        [("1", "before"), ("2", "after")].map(|(key, value)| (hex(key), hex(value))).into();
    table.wait_for_rows(&expected);
    assert_eq!(late.ask("ready 60"), ["ok"]);
    late.wait_for_rows(&expected);
}

#[test]
fn the_table_whose_listener_throws_says_so_to_everybody_who_waits() {
    let topic = topic_name("listener");
    create(&topic, 1, COMPACTED);
    let mut table = Program::start(&topic, servers(), None);
    assert_eq!(table.ask("ready 60"), ["ok"]);
    table.ask("throw");
    send(&topic, &[(0, 1, Some("value".to_owned()))]);
    let words = format!("{topic}: a listener has thrown java.lang.IllegalStateException: see the cause");
    table.wait("state", |line| line == format!("failed: {words}"));
    assert_eq!(table.ask("ready 60"), [format!("CallbackFailed: {words}")]);
}

/// The broker of these tests, with a listener where rights count.
struct Shared {
    broker: Broker,
    authority: Authority,
    folder: TempDir,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let authority = Authority::new("the broker's authority").unwrap();
        let broker = Broker::start_with_tls(&authority).unwrap();
        Shared { broker, authority, folder: tempfile::tempdir().unwrap() }
    })
}

fn servers() -> &'static str {
    shared().broker.bootstrap_servers()
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

fn create(topic: &str, partitions: i32, settings: &[(&str, &str)]) {
    runtime().block_on(shared().broker.create_topic(topic, partitions, settings)).unwrap();
}

fn transactional(id: &str) -> BaseProducer {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", servers()).set("transactional.id", id).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer
}

/// Records by partition and key; without a value they are tombstones.
type Record = (i32, i32, Option<String>);

fn send(topic: &str, records: &[Record]) {
    send_to(servers(), topic, records);
}

fn send_to(servers: &str, topic: &str, records: &[Record]) {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", servers).set("linger.ms", "0").create().unwrap();
    for (partition, key, value) in records {
        let key = key.to_string();
        let mut record = BaseRecord::to(topic).partition(*partition).key(&key);
        if let Some(value) = value {
            record = record.payload(value);
        }
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(LIMIT).unwrap();
}

/// The offset of the first record that is left on partition 0.
fn first_offset_left(topic: &str) -> i64 {
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::{Message as _, Offset, TopicPartitionList};

    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", servers()).set("group.id", "none").create().unwrap();
    let mut positions = TopicPartitionList::new();
    positions.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&positions).unwrap();
    consumer.poll(LIMIT).unwrap().unwrap().offset()
}

fn kit(arguments: &[&str], prefix: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kit"))
        .args(arguments)
        .args(["--brokers", servers(), "--topic-prefix", prefix])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "tiltak-kit {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of `table --export`, as `TableProgram` prints rows.
fn exported(lines: &str) -> BTreeSet<String> {
    let row = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| hex(line[name].as_str().unwrap());
        format!("{} {} {} {}", text("key"), text("value"), line["partition"], line["offset"])
    };
    lines.lines().map(row).collect()
}

fn hex(text: &str) -> String {
    let digits = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A table on the JVM. Dropping it closes the table.
struct Program {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Program {
    fn start(topic: &str, servers: &str, tls: Option<&PemFiles>) -> Self {
        let mut command = Command::new("java");
        command.args([
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
        ]);
        command.args(["-cp", class_path(), "no.nav.tiltak.kafka.TableProgramKt", topic]);
        command.env("KAFKA_BROKERS", servers).env_remove("KAFKA_CA_PATH");
        if let Some(files) = tls {
            command.env("KAFKA_CA_PATH", &files.ca).env("KAFKA_CERTIFICATE_PATH", &files.certificate);
            command.env("KAFKA_PRIVATE_KEY_PATH", &files.private_key);
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { commands: process.stdin.take(), answers, process }
    }

    fn ask(&mut self, command: &str) -> Vec<String> {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the program has ended: {lines:?}");
            match line.trim_end() {
                "." => return lines,
                line => lines.push(line.to_owned()),
            }
        }
    }

    fn wait(&mut self, command: &str, condition: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let answer = self.ask(command).join("\n");
            if condition(&answer) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{command}: {answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn export(&mut self) -> BTreeSet<String> {
        self.ask("export").into_iter().collect()
    }

    /// Keys and values.
    fn rows(&mut self) -> BTreeSet<(String, String)> {
        let row = |line: String| {
            let mut words = line.split(' ').map(str::to_owned);
            (words.next().unwrap(), words.next().unwrap())
        };
        self.ask("export").into_iter().map(row).collect()
    }

    fn wait_for_rows(&mut self, expected: &BTreeSet<(String, String)>) {
        let start = Instant::now();
        while self.rows() != *expected {
            assert!(start.elapsed() < LIMIT, "{:?} {:?}", self.ask("state"), self.rows());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What is there when everything of so many partitions is read.
    fn export_of_all(&mut self, topic: &str, partitions: i32) -> BTreeSet<String> {
        let probes: Vec<Record> =
            (0..partitions).map(|it| (it, 1_000 + it, Some("last".to_owned()))).collect();
        send(topic, &probes);
        let keys: BTreeSet<_> =
            probes.iter().map(|(_, key, _)| (hex(&key.to_string()), hex("last"))).collect();
        let start = Instant::now();
        while !self.rows().is_superset(&keys) {
            assert!(start.elapsed() < LIMIT, "{:?}", self.rows());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.export()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.process.wait();
    }
}

/// The classes of the module `consumer-kit/jvm/kafka` with its tests, built by Maven, which runs them, and what they need.
pub(super) fn class_path() -> &'static str {
    static CLASS_PATH: OnceLock<String> = OnceLock::new();
    CLASS_PATH.get_or_init(|| {
        require("javac", "--version", 17, "a JDK, 17 or newer (Debian: default-jdk-headless)").unwrap();
        require("mvn", "--version", 1, "Maven (Debian: maven)").unwrap();
        tiltak_tests::jvm::class_path("test").unwrap()
    })
}
