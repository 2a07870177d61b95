//! A source on a real broker: what it says of its topic, which no cache of the client answers.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminOptions, NewPartitions};
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tiltak_consumer_kit::source::{Batch, KafkaSource, PollEvent, Settings, Source as _, Watermarks};
use tiltak_consumer_kit::{Connection, Isolation};
use tiltak_tests::kafka::{Broker, Way, shared, topic_name};

const LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", shared().bootstrap_servers());
    config
}

fn connection() -> Connection {
    Connection::new(shared().bootstrap_servers())
}

async fn create(partitions: i32, settings: &[(&str, &str)]) -> String {
    let name = topic_name("source");
    shared().create_topic(&name, partitions, settings).await.unwrap();
    name
}

async fn create_again(name: &str) {
    shared().delete_topic(name).await.unwrap();
    let start = Instant::now();
    while let Err(error) = shared().create_topic(name, 1, &[]).await {
        assert!(start.elapsed() < LIMIT, "{error}");
    }
}

async fn send(topic: &str, partition: i32, count: usize) {
    let producer: FutureProducer = client().create().unwrap();
    for number in 0..count {
        let (key, value) = (number.to_string(), "value");
        let record = FutureRecord::to(topic).partition(partition).key(&key).payload(value);
        producer.send(record, LIMIT).await.unwrap();
    }
}

fn open(topic: &str) -> KafkaSource {
    KafkaSource::open(&connection(), topic).unwrap()
}

/// Reads until the end of partition 0 is told.
fn read_to_the_end(source: &mut KafkaSource) -> Vec<i64> {
    let (start, mut offsets) = (Instant::now(), Vec::new());
    loop {
        let mut batch = Batch::default();
        source.poll(STEP, &mut batch).unwrap();
        for event in batch.events() {
            match event {
                PollEvent::Record(record) => offsets.push(record.offset),
                PollEvent::PartitionEof { .. } => return offsets,
                _ => {}
            }
        }
        assert!(start.elapsed() < LIMIT);
    }
}

#[tokio::test]
async fn a_topic_that_was_made_anew_is_another_one_while_the_source_reads_whether_it_has_fewer_or_more_records()
 {
    for records_of_the_new_one in [1, 5] {
        let topic = create(1, &[]).await;
        send(&topic, 0, 3).await;
        let mut source = open(&topic);
        source.assign(&[(0, 0)].into()).unwrap();
        assert_eq!(read_to_the_end(&mut source), [0, 1, 2]);
        let before = source.describe().unwrap();
        assert!(before.identity.topic_id.is_some() && before.identity.cluster_id.is_some(), "{before:?}");
        assert_eq!(source.describe().unwrap(), before, "the same topic is the same");

        create_again(&topic).await;
        send(&topic, 0, records_of_the_new_one).await;

        // The first answer already: nothing that the client remembers is asked.
        let after = source.describe().unwrap();
        assert!(!after.identity.agrees(&before.identity), "{after:?}");
        let end = i64::try_from(records_of_the_new_one).unwrap();
        assert_eq!(after.watermarks, [(0, Watermarks::settled(0, end))].into());
    }
}

#[tokio::test]
async fn partitions_that_are_added_are_described_at_once_with_their_own_watermarks() {
    let topic = create(1, &[]).await;
    let mut source = open(&topic);
    assert_eq!(source.describe().unwrap().watermarks.len(), 1);

    let more = [NewPartitions::new(&topic, 3)];
    shared().admin().create_partitions(&more, &AdminOptions::new()).await.unwrap();
    let start = Instant::now();
    while source.describe().unwrap().watermarks.len() < 3 {
        assert!(start.elapsed() < LIMIT);
    }
    send(&topic, 2, 2).await;

    let ends = source.describe().unwrap().watermarks;
    let settled = |end| Watermarks::settled(0, end);
    assert_eq!(ends, [(0, settled(0)), (1, settled(0)), (2, settled(2))].into());
}

#[tokio::test]
async fn records_behind_an_open_transaction_are_unstable_until_it_ends() {
    let topic = create(1, &[]).await;
    send(&topic, 0, 2).await;
    let producer: BaseProducer = client().set("transactional.id", &topic).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&topic).key("key").payload("value")).unwrap();
    producer.flush(LIMIT).unwrap();
    send(&topic, 0, 4).await;
    let mut source = open(&topic);
    let uncommitted = connection().isolation(Isolation::ReadUncommitted);
    let mut uncommitted = KafkaSource::open(&uncommitted, &topic).unwrap();

    let watermarks = source.describe().unwrap().watermarks[&0];
    assert_eq!(watermarks, Watermarks { log_start: 0, last_stable_offset: 2, high_watermark: 7 });
    assert_eq!(watermarks.unstable(), 5);
    assert_eq!(uncommitted.describe().unwrap().watermarks[&0], Watermarks::settled(0, 7));

    producer.commit_transaction(LIMIT).unwrap();
    let start = Instant::now();
    // The marker is written a moment after the commit is promised.
    while source.describe().unwrap().watermarks[&0].unstable() > 0 {
        assert!(start.elapsed() < LIMIT);
    }
    assert_eq!(source.describe().unwrap().watermarks[&0], Watermarks::settled(0, 8));
}

#[tokio::test]
async fn a_log_begins_where_deletion_has_moved_its_start() {
    let topic = create(1, &[("cleanup.policy", "delete")]).await;
    send(&topic, 0, 5).await;
    let mut source = open(&topic);
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&topic, 0, Offset::Offset(3)).unwrap();
    shared().admin().delete_records(&offsets, &AdminOptions::new()).await.unwrap();

    assert_eq!(source.describe().unwrap().watermarks[&0], Watermarks::settled(3, 5));
}

#[tokio::test]
async fn the_settings_come_by_themselves_and_no_call_waits_for_them() {
    let topic = create(1, &[("cleanup.policy", "compact"), ("delete.retention.ms", "60000")]).await;
    let mut source = open(&topic);
    let (start, mut longest) = (Instant::now(), Duration::ZERO);
    let settings = loop {
        let call = Instant::now();
        let settings = source.settings();
        longest = longest.max(call.elapsed());
        if settings != Settings::Pending {
            break settings;
        }
        assert!(start.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(1));
    };

    let delete_retention = Duration::from_mins(1);
    assert_eq!(settings, Settings::Known { cleanup_policy: "compact".to_owned(), delete_retention });
    assert!(longest < STEP, "a call took {longest:?}");
}

#[tokio::test]
async fn all_partitions_are_described_with_a_few_requests() {
    let least_of = |count: i32, question: &mut dyn FnMut()| {
        let timed = |_| {
            let start = Instant::now();
            question();
            start.elapsed()
        };
        (0..count).map(timed).min().unwrap()
    };
    for partitions in [1, 12] {
        let topic = create(partitions, &[]).await;
        let opened = least_of(10, &mut || drop(open(&topic)));
        let mut source = open(&topic);
        let described = least_of(20, &mut || {
            let found = source.describe().unwrap().watermarks.len();
            assert_eq!(found, usize::try_from(partitions).unwrap());
        });
        source.assign(&(0..partitions).map(|partition| (partition, 0)).collect()).unwrap();
        read_to_the_end(&mut source);
        // The answer waits behind a fetch, which the broker holds back for 100 ms where there is nothing to read.
        let while_reading = least_of(5, &mut || drop(source.describe().unwrap()));
        println!(
            "{partitions} partitions: opened and closed in {opened:?}, described in {described:?}, while reading in \
             {while_reading:?}"
        );
    }
}

#[tokio::test]
async fn a_setting_that_the_client_does_not_know_is_refused_and_named() {
    let topic = create(1, &[]).await;

    let error = KafkaSource::open(&connection().set("fetch.wait.max.sm", "1"), &topic).err().unwrap();

    assert!(error.is_setting());
    assert!(error.to_string().starts_with("the setting fetch.wait.max.sm is refused"), "{error}");
}

#[tokio::test]
async fn settings_of_a_producer_or_a_group_do_not_disturb_a_source() {
    let topic = create(1, &[]).await;
    send(&topic, 0, 1).await;
    let connection = connection()
        .set("linger.ms", "5")
        .set("transactional.id", "mine")
        .set("group.protocol", "consumer")
        .set("session.timeout.ms", "6000");

    let mut source = KafkaSource::open(&connection, &topic).unwrap();
    source.assign(&[(0, 0)].into()).unwrap();

    assert_eq!(read_to_the_end(&mut source), [0]);
}

#[tokio::test]
async fn a_broker_that_is_away_is_the_reason_of_the_error_only_for_as_long_as_it_is() {
    let mut broker = tokio::task::spawn_blocking(|| Broker::start(Way::Local, None)).await.unwrap().unwrap();
    let topic = topic_name("away");
    broker.create_topic(&topic, 1, &[]).await.unwrap();
    let mut source = KafkaSource::open(&Connection::new(broker.bootstrap_servers()), &topic).unwrap();
    source.assign(&[(0, 0)].into()).unwrap();
    let before = source.describe().unwrap();

    broker.kill().unwrap();
    let start = Instant::now();
    let error = source.describe().unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(error.is_unreachable(), "{error}");
    assert!(error.to_string().contains("Connection refused"), "{error}");
    source.poll(STEP, &mut Batch::default()).unwrap();

    broker.start_again().unwrap();
    let start = Instant::now();
    let after = loop {
        match source.describe() {
            Ok(described) => break described,
            Err(error) => assert!(error.is_unreachable() && start.elapsed() < LIMIT, "{error}"),
        }
    };
    assert_eq!(after.identity, before.identity);
    drop((source, broker));
}
