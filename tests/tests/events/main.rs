//! Events on a real broker: what is handled, in which order, and what comes again.
#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod cut_off;
mod end;
mod handling;
mod killed;
mod members;
mod poison;
mod reports;
mod reset;

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{Header, Headers as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use tiltak_consumer_kit::{
    Connection, Event, EventBuilder, EventConsumer, EventMetrics, HandlerFailure, OnPoison,
};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::{Record, Topic};
use tiltak_tests::kafka::{shared, topic_name};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const LIMIT: Duration = Duration::from_secs(30);

type Tiltakstype = Event<SisteTiltakstyperV3>;
type Consumer3 = EventConsumer<SisteTiltakstyperV3>;

/// How the members of a group and its coordinator agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// The members assign the partitions (KIP-429).
    Classic,
    /// The coordinator does (KIP-848).
    Consumer,
    /// The members do, and each rebalance takes all partitions from all of them: the strategies before KIP-429.
    Eager,
}

/// Runs each of these functions as a test under both protocols.
macro_rules! under_both_protocols {
    ($($test:ident)*) => {$(
        mod $test {
            use super::Protocol;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn classic() {
                super::$test(Protocol::Classic).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn consumer() {
                super::$test(Protocol::Consumer).await;
            }
        }
    )*};
}
use under_both_protocols;

/// The topic `siste-tiltakstyper-v3` and a group that no other test uses.
struct TestTopic {
    prefix: String,
    name: String,
    protocol: Protocol,
    producer: FutureProducer,
}

impl TestTopic {
    async fn create(protocol: Protocol, partitions: i32) -> Self {
        let prefix = format!("{}-", topic_name("events"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        let topic = Self { prefix, name, protocol, producer: client().create().unwrap() };
        topic.make(partitions, &[("cleanup.policy", "compact")]).await;
        topic
    }

    /// Makes the topic, after it was deleted.
    async fn make(&self, partitions: i32, settings: &[(&str, &str)]) {
        let start = Instant::now();
        // A topic that is being deleted is there until it is not.
        while let Err(error) = shared().create_topic(&self.name, partitions, settings).await {
            assert!(start.elapsed() < LIMIT, "{error:#}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn connection(&self) -> Connection {
        self.connection_to(shared().bootstrap_servers())
    }

    fn connection_to(&self, brokers: &str) -> Connection {
        let connection = Connection::new(brokers).topic_prefix(&self.prefix);
        match self.protocol {
            // Whoever stops abruptly may not get to leave the group, which then waits for as long as this.
            Protocol::Classic => connection.set("session.timeout.ms", "6000"),
            Protocol::Consumer => connection.set("group.protocol", "consumer"),
            Protocol::Eager => {
                connection.set("session.timeout.ms", "6000").set("partition.assignment.strategy", "range")
            }
        }
    }

    fn consumer(&self) -> EventBuilder<SisteTiltakstyperV3> {
        self.consumer_of(self.connection())
    }

    fn consumer_of(&self, connection: Connection) -> EventBuilder<SisteTiltakstyperV3> {
        EventConsumer::builder(connection, &self.prefix)
            .back_off(Duration::from_millis(20), Duration::from_millis(100))
            .metadata_refresh_interval(Duration::from_millis(500))
    }

    async fn send(&self, number: u32, navn: &str) -> (i32, i64) {
        self.try_to_send(number, navn).await.unwrap()
    }

    async fn try_to_send(&self, number: u32, navn: &str) -> KafkaResult<(i32, i64)> {
        let (key, value) = (key(number), value(number, navn));
        let record = FutureRecord::to(&self.name).key(&key).payload(&value);
        let delivery = self.producer.send(record, LIMIT).await.map_err(|(error, _)| error)?;
        Ok((delivery.partition, delivery.offset))
    }

    /// Sends one record of each of `keys` keys, and that so many times over.
    fn send_many(&self, keys: u32, times: u32) {
        let producer: BaseProducer = client().create().unwrap();
        for time in 0..times {
            for number in 0..keys {
                let (key, value) = (key(number), value(number, &time.to_string()));
                producer.send(BaseRecord::to(&self.name).key(&key).payload(&value)).unwrap();
            }
        }
        producer.flush(LIMIT).unwrap();
    }

    /// Sends records of 100 keys that all have this navn.
    fn send_named(&self, navn: &str, records: u32) {
        let producer: BaseProducer =
            client().set("queue.buffering.max.messages", "1000000").create().unwrap();
        for number in 0..records {
            let (key, value) = (key(number % 100), value(number % 100, navn));
            producer.send(BaseRecord::to(&self.name).key(&key).payload(&value)).unwrap();
        }
        producer.flush(LIMIT).unwrap();
    }

    fn committed(&self, partition: i32) -> Offset {
        self.committed_with_metadata(partition).0
    }

    fn committed_with_metadata(&self, partition: i32) -> (Offset, String) {
        self.committed_of(&[partition]).remove(0)
    }

    /// The offsets that are committed of these partitions, as numbers; 0 where none is.
    fn committed_offsets(&self, partitions: &[i32]) -> Vec<i64> {
        let committed = self.committed_of(partitions);
        committed.iter().map(|(offset, _)| offset.to_raw().unwrap().max(0)).collect()
    }

    /// The committed offset of each of these partitions, with its metadata, as another client sees it.
    fn committed_of(&self, partitions: &[i32]) -> Vec<(Offset, String)> {
        let consumer: BaseConsumer = client().set("group.id", &self.prefix).create().unwrap();
        let mut asked = TopicPartitionList::new();
        for partition in partitions {
            asked.add_partition(&self.name, *partition);
        }
        let committed = consumer.committed_offsets(asked, LIMIT).unwrap();
        let of = |partition: &i32| committed.find_partition(&self.name, *partition).unwrap();
        partitions.iter().map(|it| (of(it).offset(), of(it).metadata().to_owned())).collect()
    }

    /// Commits as another client would, when the group has no members.
    fn commit(&self, partition: i32, offset: i64, metadata: Option<&str>) {
        let consumer: BaseConsumer = client().set("group.id", &self.prefix).create().unwrap();
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset(&self.name, partition, Offset::Offset(offset)).unwrap();
        if let Some(metadata) = metadata {
            offsets.find_partition(&self.name, partition).unwrap().set_metadata(metadata);
        }
        consumer.commit(&offsets, CommitMode::Sync).unwrap();
    }
}

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", shared().bootstrap_servers()).set("partitioner", "murmur2_random");
    config
}

fn key(number: u32) -> String {
    format!("59a64a02-efdd-471d-9529-356ff55{number:05}")
}

fn value(number: u32, navn: &str) -> String {
    serde_json::json!({
        "id": key(number), "navn": navn, "tiltakskode": "OPPFOLGING", "innsatsgrupper": [], "arenaKode": null,
        "deltakerRegistreringInnhold": null,
        "opprettetTidspunkt": "2026-01-31T09:00", "oppdatertTidspunkt": "2026-01-31T09:00",
    })
    .to_string()
}

fn navn(event: &Tiltakstype) -> Option<&str> {
    match event.record() {
        Record::Upsert { value, .. } => Some(&value.navn),
        Record::Tombstone { .. } => None,
    }
}

/// A handler that notes each event.
fn noting(
    to: UnboundedSender<Tiltakstype>,
) -> impl Fn(Tiltakstype) -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
    move |event| {
        let _ = to.send(event);
        std::future::ready(Ok(()))
    }
}

async fn next(events: &mut UnboundedReceiver<Tiltakstype>) -> Tiltakstype {
    tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap()
}

async fn until(consumer: &Consumer3, condition: impl Fn(&EventMetrics) -> bool) {
    let start = Instant::now();
    while !condition(&consumer.metrics()) {
        assert!(start.elapsed() < LIMIT, "{:?}", consumer.metrics());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
