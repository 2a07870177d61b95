//! A table on a real broker: what it shows, when it has caught up, and what stops it.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer};
use tiltak_consumer_kit::{Connection, Error, Table, log};
use tiltak_schema::scalar::TiltakstypeId;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{shared, topic_name};

const LIMIT: Duration = Duration::from_secs(30);
const GOLDEN: &str =
    include_str!("../../contracts/topics/siste-tiltakstyper-v3/examples/valid/golden.ndjson");
const NO_PARTITION: Option<i32> = None;

/// The topic `siste-tiltakstyper-v3` under a prefix that no other test uses.
struct TestTopic {
    prefix: String,
    name: String,
}

impl TestTopic {
    async fn create(partitions: i32) -> Self {
        let prefix = format!("{}-", topic_name("table"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        shared().create_topic(&name, partitions, &[("cleanup.policy", "compact")]).await.unwrap();
        Self { prefix, name }
    }

    fn connection(&self) -> Connection {
        Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix)
    }

    async fn table(&self) -> Table<SisteTiltakstyperV3> {
        Table::from(self.connection()).start().await.unwrap()
    }

    async fn send(&self, partition: Option<i32>, key: &str, value: Option<&str>) -> i64 {
        let producer: FutureProducer = client().create().unwrap();
        let mut record = FutureRecord::to(&self.name).key(key);
        record.partition = partition;
        record.payload = value;
        producer.send(record, LIMIT).await.unwrap().offset
    }
}

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", shared().bootstrap_servers());
    config
}

/// Keys and values of golden messages, each key once.
fn golden(count: usize) -> Vec<(String, String)> {
    let record = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        (line["key"].as_str().unwrap().to_owned(), line["value"].as_str().unwrap().to_owned())
    };
    GOLDEN.lines().map(record).take(count).collect()
}

fn id(key: &str) -> TiltakstypeId {
    key.parse().unwrap()
}

#[tokio::test]
async fn an_empty_topic_is_an_empty_table_at_once() {
    let table = TestTopic::create(3).await.table().await;

    table.ready(LIMIT).await.unwrap();

    assert!(table.is_empty());
    assert_eq!(table.counters().records, 0);
}

#[tokio::test]
async fn the_last_record_of_a_key_stands_and_a_tombstone_removes_it() {
    let topic = TestTopic::create(2).await;
    let [(first, value), (second, other)] = golden(2).try_into().unwrap();
    topic.send(NO_PARTITION, &first, Some(&value)).await;
    topic.send(NO_PARTITION, &second, Some(&other)).await;
    topic.send(NO_PARTITION, &first, Some(&value.replacen("\"navn\":\"", "\"navn\":\"Ny ", 1))).await;
    topic.send(NO_PARTITION, &second, None).await;

    let table = topic.table().await;
    table.ready(LIMIT).await.unwrap();

    assert!(table.get(&id(&first)).unwrap().navn.starts_with("Ny "));
    assert_eq!(table.get(&id(&second)), None);
    assert_eq!(table.len(), 1);
    let counters = table.counters();
    assert_eq!((counters.records, counters.upserts, counters.tombstones), (4, 3, 1));
}

#[tokio::test]
async fn a_tombstone_of_a_key_that_never_was_changes_nothing() {
    let topic = TestTopic::create(1).await;
    let [(first, value), (second, _)] = golden(2).try_into().unwrap();
    topic.send(NO_PARTITION, &first, Some(&value)).await;
    topic.send(NO_PARTITION, &second, None).await;

    let table = topic.table().await;
    table.ready(LIMIT).await.unwrap();

    assert_eq!(table.snapshot().to_map().into_keys().collect::<Vec<_>>(), [id(&first)]);
}

#[tokio::test]
async fn a_table_follows_what_is_published_after_it_has_caught_up() {
    let topic = TestTopic::create(2).await;
    let table = topic.table().await;
    table.ready(LIMIT).await.unwrap();

    for (count, (key, value)) in golden(5).into_iter().enumerate() {
        topic.send(NO_PARTITION, &key, Some(&value)).await;
        table.barrier(LIMIT).await.unwrap();
        assert_eq!(table.len(), count + 1);
    }
}

#[tokio::test]
async fn a_log_that_ends_in_markers_and_an_aborted_transaction_is_read_to_its_end() {
    let topic = TestTopic::create(1).await;
    let [(first, value), (second, other)] = golden(2).try_into().unwrap();
    let producer: BaseProducer = client().set("transactional.id", &topic.name).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&topic.name).key(&first).payload(&value)).unwrap();
    producer.commit_transaction(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&topic.name).key(&second).payload(&other)).unwrap();
    producer.flush(LIMIT).unwrap();
    producer.abort_transaction(LIMIT).unwrap();

    let table = topic.table().await;
    table.ready(LIMIT).await.unwrap();

    assert_eq!(table.snapshot().to_map().into_keys().collect::<Vec<_>>(), [id(&first)]);
    assert_eq!(table.counters().records, 1, "a record of an aborted transaction is none");
}

#[tokio::test]
async fn an_open_transaction_is_not_waited_for_and_its_records_come_when_it_ends() {
    let topic = TestTopic::create(1).await;
    let [(key, value)] = golden(1).try_into().unwrap();
    let producer: BaseProducer = client().set("transactional.id", &topic.name).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&topic.name).key(&key).payload(&value)).unwrap();
    producer.flush(LIMIT).unwrap();
    let table = topic.table().await;

    // The target of a reader of committed records is the last stable offset, which the open transaction holds back.
    table.ready(LIMIT).await.unwrap();
    assert!(table.is_empty());
    producer.commit_transaction(LIMIT).unwrap();
    table.barrier(LIMIT).await.unwrap();

    assert_eq!(table.len(), 1);
}

#[tokio::test]
async fn a_record_without_the_form_of_its_contract_stops_the_table_and_is_named_without_its_value() {
    let topic = TestTopic::create(1).await;
    let [(first, value), (second, _)] = golden(2).try_into().unwrap();
    topic.send(NO_PARTITION, &first, Some(&value)).await;
    let offset = topic.send(NO_PARTITION, &second, Some(r#"{"id": "Kari Nordmann"}"#)).await;

    let table = topic.table().await;
    let error = table.ready(LIMIT).await.unwrap_err();

    assert!(error.is_undecodable());
    let text = error.to_string();
    let place = format!("{}, partition 0, offset {offset}, key {second}", topic.name);
    assert!(text.starts_with(&place), "{text}");
    assert!(text.contains("value at /id: expected a UUID"), "{text}");
    assert!(!text.contains("Kari"), "{text}");
    assert_eq!(table.len(), 1, "what was read before stands");
    assert!(table.failure().is_some_and(|failure| failure.is_undecodable()));
}

#[tokio::test]
async fn an_unknown_enum_value_is_kept_and_does_not_stop_the_table() {
    let topic = TestTopic::create(1).await;
    let [(key, value)] = golden(1).try_into().unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&value).unwrap();
    value["tiltakskode"] = "ET_NYTT_TILTAK".into();
    topic.send(NO_PARTITION, &key, Some(&value.to_string())).await;

    let table = topic.table().await;
    table.ready(LIMIT).await.unwrap();

    let read = table.get(&id(&key)).unwrap();
    assert_eq!(read.tiltakskode.known(), None);
    assert_eq!(read.tiltakskode.as_str(), "ET_NYTT_TILTAK");
    assert_eq!(serde_json::to_value(&*read).unwrap(), value);
}

#[tokio::test]
async fn the_raw_log_gives_each_record_that_was_there_with_its_place() {
    let topic = TestTopic::create(2).await;
    let [(first, value), (second, _)] = golden(2).try_into().unwrap();
    topic.send(Some(0), &first, Some(&value)).await;
    topic.send(Some(1), &second, None).await;

    let connection = topic.connection();
    let read = move || log::read(&connection, SisteTiltakstyperV3::NAME, LIMIT);
    let mut records = tokio::task::spawn_blocking(read).await.unwrap().unwrap();

    records.sort_by_key(|record| record.partition);
    let places: Vec<_> = records.iter().map(|record| (record.partition, record.offset)).collect();
    assert_eq!(places, [(0, 0), (1, 0)]);
    assert_eq!(records[0].key, first.into_bytes());
    assert_eq!(records[0].value.as_deref(), Some(value.as_bytes()));
    assert_eq!(records[1].value, None);
}

/// The error of a start that must fail within 10 s.
async fn refused(connection: Connection) -> Error {
    let start = Instant::now();
    let error = Table::<SisteTiltakstyperV3>::from(connection).start().await.err().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    error
}

#[tokio::test]
async fn a_missing_topic_is_an_error_that_names_it() {
    let error = refused(Connection::new(shared().bootstrap_servers()).topic_prefix("no-such-")).await;

    assert!(error.is_missing_topic());
    assert!(error.to_string().contains("no-such-siste-tiltakstyper-v3 does not exist"), "{error}");
}

#[tokio::test]
async fn an_unreachable_broker_is_an_error_that_names_it() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(Connection::new(format!("127.0.0.1:{port}"))).await;

    assert!(error.is_unreachable());
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
}
