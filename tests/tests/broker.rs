//! The broker of the tests is a real one, and leaves nothing behind.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminOptions, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use tiltak_tests::kafka::{Broker, shared, topic_name};

const LIMIT: Duration = Duration::from_secs(30);

fn broker() -> &'static Broker {
    let broker = shared();
    eprintln!("broker: {:?} at {}", broker.kind(), broker.bootstrap_servers());
    broker
}

fn config(settings: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", shared().bootstrap_servers());
    for (name, value) in settings {
        config.set(*name, *value);
    }
    config
}

/// A reader of partition 0 from its beginning.
fn reader(topic: &str, isolation: &str) -> BaseConsumer {
    let consumer: BaseConsumer =
        config(&[("group.id", topic), ("isolation.level", isolation)]).create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&from).unwrap();
    consumer
}

fn next(consumer: &BaseConsumer, limit: Duration) -> Option<(Vec<u8>, Vec<u8>)> {
    let record = consumer.poll(limit)?.unwrap();
    Some((record.key().unwrap().to_vec(), record.payload().unwrap().to_vec()))
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LIMIT, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn a_record_acknowledged_by_all_replicas_is_read_back() {
    let broker = broker();
    let topic = topic_name("records");
    broker.create_topic(&topic, 1, &[]).await.unwrap();

    let producer: FutureProducer = config(&[("acks", "all")]).create().unwrap();
    let sent = producer.send(FutureRecord::to(&topic).key("key").payload("value"), LIMIT).await.unwrap();

    assert_eq!((sent.partition, sent.offset), (0, 0));
    assert_eq!(next(&reader(&topic, "read_committed"), LIMIT), Some((b"key".to_vec(), b"value".to_vec())));
}

#[tokio::test]
async fn a_topic_has_the_partitions_and_settings_it_was_created_with() {
    let broker = broker();
    let topic = topic_name("settings");
    broker.create_topic(&topic, 3, &[("cleanup.policy", "compact"), ("segment.ms", "200")]).await.unwrap();

    let metadata = broker.admin().inner().fetch_metadata(Some(&topic), LIMIT).unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 3);
    let asked = [ResourceSpecifier::Topic(&topic)];
    let mut answers = broker.admin().describe_configs(&asked, &AdminOptions::new()).await.unwrap();
    let settings = answers.remove(0).unwrap();
    let value = |name| settings.get(name).and_then(|entry| entry.value.clone()).unwrap();
    assert_eq!(value("cleanup.policy"), "compact");
    assert_eq!(value("segment.ms"), "200");
}

#[tokio::test]
async fn a_deleted_topic_can_be_created_again() {
    let broker = broker();
    let topic = topic_name("deleted");
    broker.create_topic(&topic, 1, &[]).await.unwrap();
    assert!(broker.create_topic(&topic, 1, &[]).await.is_err());

    broker.delete_topic(&topic).await.unwrap();

    broker.create_topic(&topic, 2, &[]).await.unwrap();
}

#[tokio::test]
async fn a_transaction_is_visible_only_after_its_commit() {
    let broker = broker();
    let topic = topic_name("transactions");
    broker.create_topic(&topic, 1, &[]).await.unwrap();
    let producer: BaseProducer = config(&[("transactional.id", &topic)]).create().unwrap();
    let record = || Some((b"key".to_vec(), b"value".to_vec()));
    let committed = reader(&topic, "read_committed");

    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(&topic).key("key").payload("value")).unwrap();
    producer.flush(LIMIT).unwrap();
    assert_eq!(next(&reader(&topic, "read_uncommitted"), LIMIT), record(), "it has arrived");
    assert_eq!(next(&committed, Duration::from_secs(1)), None, "but is not committed");
    producer.commit_transaction(LIMIT).unwrap();

    assert_eq!(next(&committed, LIMIT), record());
}

/// The program `local-kafka`, with a temporary folder of its own, and the broker it says it has started.
fn local_kafka(temporary: &tempfile::TempDir) -> (Child, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_local-kafka"))
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let brokers = line.trim_end().strip_prefix("KAFKA_BROKERS=").expect(&line);
    // With TEST_KAFKA_NODES=3 there are three.
    let broker = brokers.split(',').next().unwrap().to_owned();
    assert!(TcpStream::connect(&broker).is_ok(), "{broker} does not answer");
    (program, broker)
}

fn assert_nothing_is_left(temporary: &tempfile::TempDir, broker: &str) {
    wait_until("the port is closed", || TcpStream::connect(broker).is_err());
    wait_until("the data are removed", || fs::read_dir(temporary).unwrap().next().is_none());
}

#[test]
fn a_local_kafka_that_is_killed_leaves_no_broker_and_no_data() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut program, broker) = local_kafka(&temporary);

    program.kill().unwrap();
    program.wait().unwrap();

    assert_nothing_is_left(&temporary, &broker);
}

#[test]
fn a_local_kafka_that_is_terminated_ends_well_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut program, broker) = local_kafka(&temporary);

    Command::new("kill").arg(program.id().to_string()).status().unwrap();

    assert!(program.wait().unwrap().success());
    assert_nothing_is_left(&temporary, &broker);
}
