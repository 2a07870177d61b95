//! Tables that go on from a state folder, on a real broker.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod full_disk;
mod reports;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tiltak_consumer_kit::{Cause, Connection, Reason, Start, Table, TableBuilder, log};
use tiltak_schema::scalar::TiltakstypeId;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{QUICK_COMPACTION, shared, topic_name};

const LIMIT: Duration = Duration::from_secs(30);
const GOLDEN: &str =
    include_str!("../../../contracts/topics/siste-tiltakstyper-v3/examples/valid/golden.ndjson");
/// What a child reads: brokers, prefix, folder.
const CHILD: &str = "KIT_STATE_CHILD";
const ROUNDS: u32 = 12;

struct TestTopic {
    prefix: String,
    name: String,
    producer: FutureProducer,
    folder: tempfile::TempDir,
}

impl TestTopic {
    async fn create(partitions: i32, settings: &[(&str, &str)]) -> Self {
        let prefix = format!("{}-", topic_name("state"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        shared().create_topic(&name, partitions, settings).await.unwrap();
        let producer = ClientConfig::new()
            .set("bootstrap.servers", shared().bootstrap_servers())
            .set("partitioner", "murmur2_random")
            .create()
            .unwrap();
        Self { prefix, name, producer, folder: tempfile::tempdir().unwrap() }
    }

    fn connection(&self) -> Connection {
        Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix)
    }

    fn builder(&self) -> TableBuilder<SisteTiltakstyperV3> {
        Table::builder(self.connection()).state_folder(self.folder.path())
    }

    async fn send(&self, key: &str, value: Option<&str>) {
        let mut record = FutureRecord::to(&self.name).key(key);
        record.payload = value;
        self.producer.send(record, LIMIT).await.unwrap();
    }

    async fn keys(&self) -> Vec<String> {
        let connection = self.connection();
        let read = move || log::read(&connection, SisteTiltakstyperV3::NAME, LIMIT);
        let records = tokio::task::spawn_blocking(read).await.unwrap().unwrap();
        records.into_iter().map(|it| String::from_utf8(it.key.unwrap()).unwrap()).collect()
    }

    /// Waits until the cleaner has removed every record of a key.
    async fn forget(&self, key: &str) {
        let start = Instant::now();
        while self.keys().await.iter().any(|it| it == key) {
            assert!(start.elapsed() < LIMIT, "the cleaner leaves it");
            shared().append_filler(&self.name, 0).await.unwrap();
        }
    }
}

fn golden() -> (String, String) {
    let line: serde_json::Value = serde_json::from_str(GOLDEN.lines().next().unwrap()).unwrap();
    (line["key"].as_str().unwrap().to_owned(), line["value"].as_str().unwrap().to_owned())
}

/// A tiltakstype with this number and name.
fn numbered(number: u32, navn: &str) -> (String, String) {
    let key = format!("59a64a02-efdd-471d-9529-{number:012}");
    let mut value: serde_json::Value = serde_json::from_str(&golden().1).unwrap();
    value["id"] = key.clone().into();
    value["navn"] = navn.into();
    (key, value.to_string())
}

fn id(number: u32) -> TiltakstypeId {
    numbered(number, "").0.parse().unwrap()
}

async fn ready(builder: TableBuilder<SisteTiltakstyperV3>) -> Table<SisteTiltakstyperV3> {
    let table = builder.start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    table
}

#[tokio::test]
async fn after_a_short_absence_only_what_is_new_is_read() {
    let topic = TestTopic::create(1, &[("cleanup.policy", "compact")]).await;
    for number in 0..20 {
        let (key, value) = numbered(number, "før");
        topic.send(&key, Some(&value)).await;
    }
    ready(topic.builder()).await.close().await;
    let (key, value) = numbered(3, "etter");
    topic.send(&key, Some(&value)).await;
    topic.send(&numbered(4, "").0, None).await;

    let table = ready(topic.builder()).await;

    assert_eq!((table.started(), table.counters().records), (&Start::Resumed, 2));
    assert_eq!((table.len(), table.get(&id(3)).unwrap().navn.as_str()), (19, "etter"));
}

#[tokio::test]
async fn after_an_absence_longer_than_the_retention_of_tombstones_the_ghost_dies() {
    let topic = TestTopic::create(1, QUICK_COMPACTION).await;
    let (ghost, value) = numbered(1, "spøkelse");
    topic.send(&ghost, Some(&value)).await;
    let (key, value) = numbered(2, "blir");
    topic.send(&key, Some(&value)).await;
    assert_eq!(ready(topic.builder()).await.len(), 2);
    topic.send(&ghost, None).await;
    topic.forget(&ghost).await;

    // Who goes on all the same keeps the ghost for ever: there is no record left that would remove it.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(topic.folder.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let careless = Table::builder(topic.connection()).tombstone_retention(Duration::from_hours(24));
    let haunted = ready(careless.state_folder(copy.path())).await;
    assert_eq!((haunted.started(), haunted.len()), (&Start::Resumed, 2));

    // The first record waits until somebody listens.
    let (go, gate) = mpsc::channel::<()>();
    let wait = move |_| {
        let _ = gate.recv();
    };
    // The retention is the topic's own.
    let table = topic.builder().on_progress(wait).start().await.unwrap();
    let (snapshot, mut changes) = table.snapshot_and_changes();
    drop(go);
    table.ready(LIMIT).await.unwrap();

    assert!(matches!(table.started(), Start::Rebuilt(Reason::TooOld { .. })), "{:?}", table.started());
    let mut told = Vec::new();
    while let Some(change) = changes.try_next() {
        told.push((change.key, change.cause));
    }
    assert!(told.contains(&(id(1), Cause::Swept)), "{told:?}, {} before", snapshot.len());
    assert_eq!(table.snapshot().to_map().into_keys().collect::<Vec<_>>(), [id(2)]);
    assert_eq!(table.counters().swept, 1);
}

/// A process that reads until it is killed, and says when its table is ready.
fn child(topic: &TestTopic, folder: &Path) -> Child {
    let settings = format!("{}\n{}\n{}", shared().bootstrap_servers(), topic.prefix, folder.display());
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_reads_until_it_is_killed", "--nocapture"])
        .env(CHILD, settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// In the processes that [`a_process_that_is_killed_at_any_moment_loses_nothing`] starts; nothing by itself.
#[tokio::test]
async fn a_child_reads_until_it_is_killed() {
    let Ok(settings) = std::env::var(CHILD) else { return };
    let [brokers, prefix, folder] = settings.lines().collect::<Vec<_>>().try_into().unwrap();
    let connection = Connection::new(brokers).topic_prefix(prefix);
    let table = ready(Table::<SisteTiltakstyperV3>::builder(connection).state_folder(folder)).await;
    println!("\nready {:?}", table.started());
    // It does not outlive who started it.
    let end = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    end.await.unwrap().unwrap();
}

/// Waits until the child is ready, and gives what its table began with.
fn await_ready(child: &mut Child) -> String {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let mut ready = lines.map_while(Result::ok).filter_map(|it| it.strip_prefix("ready ").map(str::to_owned));
    ready.next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_at_any_moment_loses_nothing() {
    let topic = Arc::new(TestTopic::create(2, &[("cleanup.policy", "compact")]).await);
    let (round, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let writer = {
        let (topic, round, stop) = (Arc::clone(&topic), Arc::clone(&round), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut random = ChaCha8Rng::seed_from_u64(1);
            let mut count = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                // Keys of its own for each round: what is lost in one is not put right by the next.
                let number = round.load(Ordering::Relaxed) * 100 + random.random_range(0..30);
                let (key, value) = numbered(number, &count.to_string());
                topic.send(&key, random.random_bool(0.7).then_some(&*value)).await;
                count += 1;
            }
            count
        })
    };
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut starts = Vec::new();
    for number in 1..=ROUNDS {
        round.store(number, Ordering::Relaxed);
        let mut child = child(&topic, topic.folder.path());
        let wait = Duration::from_millis(random.random_range(0..600));
        let killed = tokio::task::spawn_blocking(move || {
            // In every third round at any moment of the start.
            let start = (number % 3 > 0).then(|| await_ready(&mut child));
            std::thread::sleep(wait);
            child.kill().unwrap();
            child.wait().unwrap();
            start
        });
        starts.extend(killed.await.unwrap());
    }
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();

    let fresh = ready(Table::builder(topic.connection())).await;
    let table = ready(topic.builder()).await;

    eprintln!(
        "{written} records; {starts:?}, then {:?} and {} records read",
        table.started(),
        table.counters().records
    );
    assert!(starts.iter().filter(|it| *it == "Resumed").count() >= 5, "{starts:?}");
    assert_eq!(table.started(), &Start::Resumed);
    assert!(fresh.len() > 100, "{}", fresh.len());
    assert!(table.snapshot().to_map() == fresh.snapshot().to_map(), "{} keys, {}", table.len(), fresh.len());
}
