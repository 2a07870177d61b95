//! The demo's day on a real broker: database, outbox, relay, log, compaction, tables.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tempfile::TempDir;
use tiltak_consumer_kit::log::{self, RawRecord};
use tiltak_consumer_kit::{Connection, Table};
use tiltak_producer::commands::EditGjennomforing;
use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Kind, Moment};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::relay::Relay;
use tiltak_producer::{CommandService, GjennomforingDetails, Relast, Selection, Store, seed};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{shared, topic_name};

// The day and the comparison are the demo's own, so that what people see is what is tested.
use tiltak_demo::report::{Steps, TopicReport};
use tiltak_demo::{day, read_back};

const LIMIT: Duration = Duration::from_mins(1);
/// Settings with which the cleaner works within seconds, and forgets tombstones as soon.
const QUICK_COMPACTION: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("segment.ms", "200"),
    ("min.cleanable.dirty.ratio", "0.001"),
    ("min.compaction.lag.ms", "0"),
    ("delete.retention.ms", "500"),
];

/// A seeded database, and a cluster whose topics no other test uses.
struct Setup {
    _folder: TempDir,
    store: Store,
    cluster: Cluster,
    prefix: String,
    morning: Moment,
}

impl Setup {
    async fn new(scale: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
        let morning = Moment::at("2026-03-16T08:00:00Z".parse().unwrap()).unwrap();
        let options = seed::Options { scale, ..seed::Options::default() };
        seed::load(&store, &options, morning, |_| {}).await.unwrap();
        let prefix = format!("{}-", topic_name("day"));
        let cluster = Cluster::new(shared().bootstrap_servers()).with_prefix(&prefix);
        Self { _folder: folder, store, cluster, prefix, morning }
    }

    fn connection(&self) -> Connection {
        Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix)
    }

    async fn relay(&self) -> Relay {
        Relay::connect(self.store.clone(), self.cluster.clone()).await.unwrap()
    }

    async fn play(&self) {
        day::play(&self.store, &mut self.relay().await, self.morning, &Steps::new(false)).await.unwrap();
    }

    async fn table<T: Topic>(&self) -> Table<T> {
        Table::builder(self.connection()).start().await.unwrap()
    }

    async fn log(&self, topic: &'static str) -> Vec<RawRecord> {
        let connection = self.connection();
        tokio::task::spawn_blocking(move || log::read(&connection, topic, LIMIT)).await.unwrap().unwrap()
    }

    /// What the table has, and what the database says it should have.
    async fn assert_equals_database<T: Topic>(&self, table: &Table<T>) {
        let mut expected = read_back::expected(&self.store).await.unwrap();
        let expected = expected.remove(T::NAME).unwrap();
        let values = read_back::values(table).unwrap();
        // Not `assert_eq!`: a difference would print thousands of lines.
        assert_eq!(values.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{}", T::NAME);
        for (key, value) in &expected {
            assert_eq!(values.get(key), Some(value), "{}, key {key}", T::NAME);
        }
    }

    /// Closes the segment that each partition of a topic writes to: after `segment.ms` the next record does it. The
    /// record is a tombstone of a key that never was.
    async fn roll(&self, topic: &str, partitions: i32) {
        let mut config = ClientConfig::new();
        let sender: FutureProducer =
            config.set("bootstrap.servers", shared().bootstrap_servers()).create().unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        for partition in 0..partitions {
            let key = uuid::Uuid::new_v4().to_string();
            let name = self.cluster.topic(topic);
            let record = FutureRecord::<String, str>::to(&name).partition(partition).key(&key);
            sender.send(record, LIMIT).await.unwrap();
        }
    }
}

fn by_topic(reports: Vec<TopicReport>) -> BTreeMap<&'static str, TopicReport> {
    reports.into_iter().map(|report| (report.topic, report)).collect()
}

#[tokio::test]
async fn a_day_on_a_real_broker_gives_valid_records_and_tables_that_equal_the_database() {
    let setup = Setup::new(400).await;
    assert_eq!(setup.cluster.create_topics().await.unwrap().len(), 5, "with the checkpoint topic");
    assert!(setup.cluster.create_topics().await.unwrap().is_empty(), "they are there");

    setup.play().await;

    let reports = read_back::all(&setup.store, &setup.connection(), None, |_| {}).await.unwrap();
    for report in &reports {
        eprintln!(
            "{}: {} records, {} keys, {} upserts, {} tombstones, {} valid, {} invalid",
            report.topic,
            report.records,
            report.keys,
            report.upserts,
            report.tombstones,
            report.valid,
            report.invalid
        );
        assert!(report.equals_database, "{}", report.topic);
        assert_eq!((report.valid, report.invalid), (report.records, 0), "{}", report.topic);
        assert!(report.records > report.keys, "{}", report.topic);
    }
    let reports = by_topic(reports);
    assert_eq!(reports[SisteTiltakstyperV3::NAME].keys, 18);
    assert_eq!(reports[SisteTiltaksgjennomforingerV2::NAME].tombstones, 1);
    assert_eq!(reports[DatavarehusTiltakTopicV1::NAME].tombstones, 1);
    assert_eq!(reports[ArenaMigreringTiltaksgjennomforingerV1::NAME].tombstones, 0);
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 0);
}

#[tokio::test]
async fn the_records_of_a_key_are_in_the_order_of_the_changes_and_in_one_partition() {
    let setup = Setup::new(60).await;
    setup.cluster.create_topics().await.unwrap();
    let producer = CommandService::new(setup.store.clone());
    let mut relay = setup.relay().await;
    let all = {
        let mut tx = setup.store.begin().await.unwrap();
        tx.gjennomforinger(Selection::All, None, u32::MAX).await.unwrap()
    };
    let (id, details) = all
        .iter()
        .map(|joined| &joined.gjennomforing)
        .filter(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores)
        .find_map(|it| Some((it.id, GjennomforingDetails::of(it)?)))
        .unwrap();
    for antall_plasser in 1..=100 {
        let details = GjennomforingDetails { antall_plasser, ..details.clone() };
        producer.execute(EditGjennomforing { id, details }, setup.morning).await.unwrap();
        if antall_plasser % 30 == 0 {
            relay.drain(|_| {}).await.unwrap();
        }
    }
    relay.drain(|_| {}).await.unwrap();

    let records = setup.log(SisteTiltaksgjennomforingerV2::NAME).await;

    let of_key: Vec<_> =
        records.iter().filter(|it| it.key.as_deref() == Some(id.to_string().as_bytes())).collect();
    let places: Vec<i64> = of_key
        .iter()
        .map(|record| {
            let value: serde_json::Value = serde_json::from_slice(record.value.as_ref().unwrap()).unwrap();
            value["antallPlasser"].as_i64().unwrap()
        })
        .collect();
    assert_eq!(places, (1..=100).collect::<Vec<_>>());
    assert!(of_key.iter().all(|record| record.partition == of_key[0].partition));
}

#[tokio::test]
async fn tables_that_read_while_the_day_is_published_equal_the_database_too() {
    let setup = Setup::new(400).await;
    setup.cluster.create_topics().await.unwrap();
    let gjennomforinger = setup.table::<SisteTiltaksgjennomforingerV2>().await;
    let datavarehus = setup.table::<DatavarehusTiltakTopicV1>().await;

    let watching = async {
        let mut seen = Vec::new();
        while gjennomforinger.counters().tombstones == 0 {
            seen.push(gjennomforinger.len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        seen
    };
    let ((), seen) = tokio::join!(setup.play(), tokio::time::timeout(LIMIT, watching));

    let seen = seen.unwrap();
    assert!(seen.iter().any(|keys| *keys > 0), "the table was filled while the day went on");
    gjennomforinger.barrier(LIMIT).await.unwrap();
    datavarehus.barrier(LIMIT).await.unwrap();
    setup.assert_equals_database(&gjennomforinger).await;
    setup.assert_equals_database(&datavarehus).await;
}

#[tokio::test]
async fn a_table_built_from_a_compacted_log_equals_the_database() {
    let setup = Setup::new(400).await;
    for topic in tiltak_schema::topics() {
        let name = setup.cluster.topic(topic.name);
        shared().create_topic(&name, topic.config.partitions, QUICK_COMPACTION).await.unwrap();
    }
    setup.cluster.create_topics().await.unwrap();
    // This one has read what compaction removes.
    let early = setup.table::<SisteTiltaksgjennomforingerV2>().await;
    let before = {
        let mut tx = setup.store.begin().await.unwrap();
        tx.gjennomforinger(Selection::All, None, u32::MAX).await.unwrap()
    };
    setup.play().await;
    early.barrier(LIMIT).await.unwrap();
    CommandService::new(setup.store.clone()).relast_gjennomforinger(&Relast::All, |_| {}).await.unwrap();
    setup.relay().await.drain(|_| {}).await.unwrap();

    wait_for_compaction::<SisteTiltakstyperV3>(&setup).await;
    wait_for_compaction::<SisteTiltaksgjennomforingerV2>(&setup).await;
    wait_for_compaction::<ArenaMigreringTiltaksgjennomforingerV1>(&setup).await;
    wait_for_compaction::<DatavarehusTiltakTopicV1>(&setup).await;

    let topic = SisteTiltaksgjennomforingerV2::NAME;
    let there = read_back::expected(&setup.store).await.unwrap().remove(topic).unwrap();
    let mut removed: BTreeSet<String> = before.iter().map(|it| it.gjennomforing.id.to_string()).collect();
    removed.retain(|key| !there.contains_key(key));
    assert!(!removed.is_empty());
    let is_left = |record: &RawRecord| {
        record.key.as_deref().is_some_and(|key| removed.iter().any(|it| it.as_bytes() == key))
    };
    let start = Instant::now();
    while setup.log(topic).await.iter().any(is_left) {
        assert!(start.elapsed() < LIMIT, "a tombstone stays in the log");
        setup.roll(topic, SisteTiltaksgjennomforingerV2::CONFIG.partitions).await;
    }
    early.barrier(LIMIT).await.unwrap();
    setup.assert_equals_database(&early).await;
}

/// Waits until the cleaner has left one record of each key that the database has, and checks that a table built from
/// that log equals the database.
async fn wait_for_compaction<T: Topic>(setup: &Setup) {
    let keys = read_back::expected(&setup.store).await.unwrap().remove(T::NAME).unwrap();
    let before = setup.log(T::NAME).await.len();
    let start = Instant::now();
    loop {
        setup.roll(T::NAME, T::CONFIG.partitions).await;
        let records = setup.log(T::NAME).await;
        let values = records.iter().filter(|record| record.value.is_some()).count();
        let of_removed = records
            .iter()
            .filter(|record| record.value.is_some())
            .any(|record| !keys.contains_key(std::str::from_utf8(record.key.as_deref().unwrap()).unwrap()));
        if values == keys.len() && !of_removed {
            eprintln!(
                "{}: {before} records, {values} values and {} tombstones after compaction, {:.1} s",
                T::NAME,
                records.len() - values,
                start.elapsed().as_secs_f64()
            );
            break;
        }
        assert!(start.elapsed() < LIMIT, "{}: {values} values are left of {} keys", T::NAME, keys.len());
    }
    let table = setup.table::<T>().await;
    table.ready(LIMIT).await.unwrap();
    setup.assert_equals_database(&table).await;
}
