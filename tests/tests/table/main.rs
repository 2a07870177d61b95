//! A table on a real broker: what it shows, when it has caught up, and what stops it.
#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod cut_off;
mod large;

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminOptions, NewPartitions};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Headers;
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use tiltak_consumer_kit::source::{Batch, KafkaSource, PollEvent, Source as _};
use tiltak_consumer_kit::{Cause, Connection, Error, OnPoison, Table, log};
use tiltak_schema::scalar::TiltakstypeId;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{Broker, Way, shared, topic_name};

const LIMIT: Duration = Duration::from_secs(30);
const GOLDEN: &str =
    include_str!("../../../contracts/topics/siste-tiltakstyper-v3/examples/valid/golden.ndjson");
const NO_PARTITION: Option<i32> = None;

/// The topic `siste-tiltakstyper-v3` under a prefix that no other test uses.
struct TestTopic {
    prefix: String,
    name: String,
}

impl TestTopic {
    async fn create(partitions: i32) -> Self {
        Self::create_with(partitions, "compact").await
    }

    async fn create_with(partitions: i32, policy: &str) -> Self {
        let prefix = format!("{}-", topic_name("table"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        shared().create_topic(&name, partitions, &[("cleanup.policy", policy)]).await.unwrap();
        Self { prefix, name }
    }

    fn connection(&self) -> Connection {
        Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix)
    }

    async fn table(&self) -> Table<SisteTiltakstyperV3> {
        Table::builder(self.connection()).start().await.unwrap()
    }

    /// Deletes the records of partition 0 before an offset.
    async fn delete_records(&self, before: i64) {
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset(&self.name, 0, Offset::Offset(before)).unwrap();
        let deleted = shared().admin().delete_records(&offsets, &AdminOptions::new()).await.unwrap();
        assert!(deleted.elements().iter().all(|it| it.error().is_ok()), "{deleted:?}");
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
async fn a_table_that_is_ready_has_every_record_however_often_it_is_started() {
    let topic = TestTopic::create(1).await;
    let golden = golden(20);
    for (key, value) in &golden {
        topic.send(NO_PARTITION, key, Some(value)).await;
    }
    let keys: std::collections::BTreeSet<_> = golden.iter().map(|(key, _)| key).collect();

    for _ in 0..40 {
        // With a folder, since only then the topic's id is asked for before anything is read.
        let folder = tempfile::tempdir().unwrap();
        let builder = Table::<SisteTiltakstyperV3>::builder(topic.connection()).state_folder(folder.path());
        let table = builder.start().await.unwrap();
        table.ready(LIMIT).await.unwrap();
        assert_eq!(table.len(), keys.len());
    }
}

#[tokio::test]
async fn the_position_that_a_source_tells_is_never_past_the_end_of_its_log() {
    let topic = TestTopic::create(1).await;
    let connection = topic.connection();
    for (key, value) in golden(3) {
        topic.send(NO_PARTITION, &key, Some(&value)).await;
    }
    let name = topic.name.clone();
    let told = tokio::task::spawn_blocking(move || {
        let mut source = KafkaSource::open(&connection, &name)?;
        source.assign(&[(0, 0)].into())?;
        let (start, mut ended, mut positions) = (Instant::now(), 0, Vec::new());
        // Twice more after it has said that there is no more: what it says of its position then counts too.
        while ended < 3 && start.elapsed() < LIMIT {
            let mut batch = Batch::default();
            source.poll(Duration::from_millis(20), &mut batch)?;
            let is_end = |event: PollEvent<'_>| matches!(event, PollEvent::PartitionEof { .. });
            ended += i32::from(ended > 0 || batch.events().any(is_end));
            positions.extend(batch.events().filter_map(|event| match event {
                PollEvent::PositionAdvanced { offset, .. } => Some(offset),
                _ => None,
            }));
        }
        Ok::<_, Error>((ended, positions))
    });
    let (ended, positions) = told.await.unwrap().unwrap();

    assert_eq!(ended, 3, "it says where the log ends");
    assert_eq!(positions.iter().max(), Some(&3), "{positions:?}");
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
    assert_eq!(records[0].key, Some(first.into_bytes()));
    assert_eq!(records[0].value.as_deref(), Some(value.as_bytes()));
    assert_eq!(records[1].value, None);
}

/// The error of a start that must fail within 10 s.
async fn refused(connection: Connection) -> Error {
    let start = Instant::now();
    let error = Table::<SisteTiltakstyperV3>::builder(connection).start().await.err().unwrap();
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

#[tokio::test]
async fn a_log_whose_start_was_moved_is_read_from_there() {
    // A broker deletes records on demand only where the policy is to delete.
    let topic = TestTopic::create_with(1, "compact,delete").await;
    let start = || Table::<SisteTiltakstyperV3>::builder(topic.connection()).any_cleanup_policy().start();
    for (key, value) in golden(3) {
        topic.send(NO_PARTITION, &key, Some(&value)).await;
    }
    topic.delete_records(2).await;
    let table = start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    assert_eq!(table.snapshot().to_map().into_keys().collect::<Vec<_>>(), [id(&golden(3)[2].0)]);

    topic.delete_records(3).await;
    let empty = start().await.unwrap();
    empty.ready(LIMIT).await.unwrap();
    assert!(empty.is_empty());
    table.barrier(LIMIT).await.unwrap();
    assert_eq!(table.len(), 1, "who has read a record keeps it");
}

#[tokio::test]
async fn a_partition_that_is_added_is_picked_up() {
    let topic = TestTopic::create(1).await;
    let [(first, value), (second, other)] = golden(2).try_into().unwrap();
    topic.send(NO_PARTITION, &first, Some(&value)).await;
    let table = topic.table().await;
    table.ready(LIMIT).await.unwrap();

    let admin = shared().admin();
    admin.create_partitions(&[NewPartitions::new(&topic.name, 2)], &AdminOptions::new()).await.unwrap();
    let producer: FutureProducer = client().create().unwrap();
    let start = Instant::now();
    loop {
        let record = FutureRecord::to(&topic.name).key(&second).payload(&other).partition(1);
        match producer.send(record, LIMIT).await {
            Ok(_) => break,
            Err((error, _)) => assert!(start.elapsed() < LIMIT, "{error}"),
        }
    }
    table.barrier(LIMIT).await.unwrap();

    assert_eq!(table.len(), 2);
    assert_eq!(table.get(&id(&second)).unwrap().partition(), 1);
}

#[tokio::test]
async fn a_topic_that_is_made_anew_is_read_anew_also_when_it_has_grown_past_the_old_one() {
    let topic = TestTopic::create(1).await;
    let records = golden(5);
    topic.send(NO_PARTITION, &records[0].0, Some(&records[0].1)).await;
    topic.send(NO_PARTITION, &records[1].0, Some(&records[1].1)).await;
    let table = Table::<SisteTiltakstyperV3>::builder(topic.connection());
    let table = table.metadata_refresh_interval(Duration::from_millis(100)).start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    let mut changes = table.changes();

    shared().delete_topic(&topic.name).await.unwrap();
    let start = Instant::now();
    while let Err(error) = shared().create_topic(&topic.name, 1, &[("cleanup.policy", "compact")]).await {
        assert!(start.elapsed() < LIMIT, "{error}");
    }
    for (key, value) in &records[2..] {
        topic.send(NO_PARTITION, key, Some(value)).await;
    }

    let swept = async {
        let mut swept = Vec::new();
        while swept.len() < 2 {
            let change = changes.next().await.unwrap();
            if change.cause == Cause::Swept {
                swept.push(change.key);
            }
        }
        swept
    };
    let mut swept = tokio::time::timeout(LIMIT, swept).await.unwrap();
    swept.sort();
    let mut gone = [id(&records[0].0), id(&records[1].0)];
    gone.sort();
    assert_eq!(swept, gone);
    table.barrier(LIMIT).await.unwrap();
    let mut there: Vec<_> = records[2..].iter().map(|(key, _)| id(key)).collect();
    there.sort();
    assert_eq!(table.snapshot().to_map().into_keys().collect::<Vec<_>>(), there);
}

#[tokio::test]
async fn a_broker_that_is_restarted_holds_the_table_up_and_no_more() {
    let mut broker = tokio::task::spawn_blocking(|| Broker::start(Way::Local, None)).await.unwrap().unwrap();
    let name = SisteTiltakstyperV3::NAME;
    broker.create_topic(name, 1, &[("cleanup.policy", "compact")]).await.unwrap();
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", broker.bootstrap_servers()).create().unwrap();
    let [(first, value), (second, other)] = golden(2).try_into().unwrap();
    producer.send(FutureRecord::to(name).key(&first).payload(&value), LIMIT).await.unwrap();
    let table = Table::<SisteTiltakstyperV3>::builder(broker.bootstrap_servers()).start().await.unwrap();
    table.ready(LIMIT).await.unwrap();

    let broker = tokio::task::spawn_blocking(move || {
        broker.kill().and_then(|()| broker.start_again()).map(|()| broker)
    })
    .await
    .unwrap()
    .unwrap();
    // A broker that was killed is let in again when its old session has run out.
    let patience = Duration::from_mins(2);
    producer.send(FutureRecord::to(name).key(&second).payload(&other), patience).await.unwrap();
    table.barrier(patience).await.unwrap();

    assert_eq!(table.len(), 2);
    assert_eq!(table.counters().rebuilds, 0, "its log was there all the time");
    drop((table, broker));
}

#[tokio::test]
async fn a_topic_that_is_not_compacted_is_refused_unless_it_is_wanted() {
    let connection = TestTopic::create_with(1, "compact,delete").await.connection();

    let error = refused(connection.clone()).await;
    assert!(error.is_not_compacted());
    assert!(error.to_string().contains("cleanup.policy=compact,delete"), "{error}");

    let table = Table::<SisteTiltakstyperV3>::builder(connection).any_cleanup_policy().start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_broker_that_does_not_speak_tls_is_an_error_within_the_limit() {
    let connection = Connection::new(shared().bootstrap_servers()).set("security.protocol", "ssl");
    let error = refused(connection).await;

    // Without the feature `tls` the error says that it is missing.
    assert!(error.is_untrusted() || error.is_unreachable() || error.is_setting(), "{error}");
}

#[tokio::test]
async fn what_cannot_be_decoded_goes_to_the_dead_letters_with_the_reason() {
    let topic = TestTopic::create(1).await;
    let [(first, value), (second, _)] = golden(2).try_into().unwrap();
    let letters = topic_name("dead-letters");
    shared().create_topic(&letters, 1, &[]).await.unwrap();
    let bad = r#"{"id": "Kari Nordmann"}"#;
    let offset = topic.send(NO_PARTITION, &second, Some(bad)).await;
    topic.send(NO_PARTITION, &first, Some(&value)).await;

    let table = Table::<SisteTiltakstyperV3>::builder(topic.connection())
        .on_poison(OnPoison::DeadLetter(topic.connection(), letters.clone()))
        .start()
        .await
        .unwrap();
    table.ready(LIMIT).await.unwrap();

    assert_eq!(table.len(), 1);
    assert_eq!(table.unreadable()[&id(&second)].offset, offset);
    let consumer: BaseConsumer = client().set("group.id", "none").create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(&letters, 0, Offset::Beginning).unwrap();
    consumer.assign(&from).unwrap();
    let letter = consumer.poll(LIMIT).unwrap().unwrap();
    assert_eq!(letter.key(), Some(second.as_bytes()));
    assert_eq!(letter.payload(), Some(bad.as_bytes()));
    let headers: Vec<_> = letter.headers().unwrap().iter().map(|it| (it.key, it.value.unwrap())).collect();
    assert_eq!(headers[0], ("tiltak.topic", topic.name.as_bytes()));
    assert_eq!(headers[2], ("tiltak.offset", offset.to_string().as_bytes()));
    assert_eq!(headers[3], ("tiltak.pointer", &b"/id"[..]));
}
