//! The Kafka side of the small relay: its producer, its checkpoint, and the sown bugs in these.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::{ClientConfig, ClientContext};
use tiltak_consumer_kit::{Connection, log};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::kafka_outbox::{Batch, Failpoint, OutboxRecord};

use super::bug::Bug;
use super::record::Marks;

const LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(1);
/// The time that this relay waits for the relay before it to publish more.
const TOO_EARLY: Duration = Duration::from_secs(10);
/// The size of librdkafka's queue for the bug that does not check whether a record was accepted.
const SHORT_QUEUE: &str = "20";

/// Counts the delivery reports.
#[derive(Debug, Default)]
struct Reports {
    heard: AtomicUsize,
    failed: AtomicUsize,
}

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        self.failed.fetch_add(usize::from(result.is_err()), Ordering::Relaxed);
    }
}

pub(super) struct SmallRelay {
    producer: BaseProducer<Reports>,
    cluster: Cluster,
    identity: String,
    pub(super) bug: Option<Bug>,
    /// The change of the last value of each topic and key, for the bug that leaves out fan-outs.
    last: Mutex<HashMap<(String, String), Option<u64>>>,
}

impl SmallRelay {
    pub(super) fn begin(
        cluster: Cluster,
        identity: String,
        transaction_ms: u64,
        bug: Option<Bug>,
        early: Option<i64>,
    ) -> Result<(Self, i64)> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", cluster.brokers())
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", "1");
        if bug != Some(Bug::Crc32Partitioner) {
            config.set("partitioner", "murmur2_random");
        }
        if bug == Some(Bug::UncheckedReport) {
            config.set("queue.buffering.max.messages", SHORT_QUEUE);
        }
        if bug != Some(Bug::NoTransaction) {
            config
                .set("transactional.id", transactional_id(&cluster, &identity))
                .set("transaction.timeout.ms", transaction_ms.to_string());
        }
        let producer: BaseProducer<Reports> = config.create_with_context(Reports::default())?;
        if bug != Some(Bug::NoTransaction) {
            producer.init_transactions(LIMIT)?;
        }
        let checkpoint = early.map_or_else(|| self::checkpoint(&cluster, &identity), Ok)?;
        Ok((Self { producer, cluster, identity, bug, last: Mutex::default() }, checkpoint))
    }

    pub(super) fn send(&self, batch: &Batch, sequence: i64, point: Option<&str>) -> Result<()> {
        let transaction = self.bug != Some(Bug::NoTransaction);
        if transaction {
            self.producer.begin_transaction()?;
        }
        let half_sent = Failpoint::HalfSent.name();
        let records = self.records(batch);
        let half = if point == Some(half_sent) { 1.min(records.len()) } else { records.len() };
        let mut sent = 0;
        for row in &records[..half] {
            let topic = self.cluster.topic(&row.topic);
            if self.bug == Some(Bug::DeleteAndInsert) && row.value.is_some() {
                sent += self.enqueue(&topic, &row.key, None)?;
            }
            sent += self.enqueue(&topic, &row.key, row.value.as_deref())?;
            if self.bug == Some(Bug::SplitTransaction) && sent == 1 {
                self.wait(sent)?;
                self.producer.commit_transaction(LIMIT)?;
                self.producer.begin_transaction()?;
            }
        }
        let mark = serde_json::json!({ "sequence": sequence }).to_string();
        let ends_here = point.is_some_and(|point| [half_sent, Failpoint::Sent.name()].contains(&point));
        if !transaction || ends_here {
            self.wait(sent)?;
        }
        if ends_here {
            std::process::abort();
        }
        let topic = self.cluster.checkpoint_topic();
        if self.bug == Some(Bug::UncheckedReport) {
            // There has to be room for the position itself.
            self.wait(sent)?;
        }
        sent += self.enqueue(&topic, &self.identity, Some(&mark))?;
        self.wait(sent)?;
        if transaction {
            self.producer.commit_transaction(LIMIT)?;
        }
        if point == Some(Failpoint::Committed.name()) {
            std::process::abort();
        }
        self.producer.context().heard.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// The records of a batch, in the order in which they are sent.
    fn records(&self, batch: &Batch) -> Vec<OutboxRecord> {
        let mut records = batch.records.clone();
        match self.bug {
            // The later ones of a key first.
            Some(Bug::Regrouped) => records.sort_by(|a, b| (&a.key, b.change).cmp(&(&b.key, a.change))),
            Some(Bug::NoFanOut) => {
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                // The same change as before: the gjennomføring is published for the sake of its avtale.
                records.retain(|record| {
                    let number = record.value.as_deref().and_then(|value| Marks::of(value).number);
                    let entity = (record.topic.clone(), record.key.clone());
                    last.insert(entity, number) != Some(number)
                });
            }
            _ => {}
        }
        records
    }

    /// Gives a record to librdkafka. Returns how many it accepted: one; or none, with the bug that does not check.
    fn enqueue(&self, topic: &str, key: &str, value: Option<&str>) -> Result<usize> {
        let mut record = BaseRecord::to(topic).key(key);
        record.payload = value;
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(1),
                Err(_) if self.bug == Some(Bug::UncheckedReport) => return Ok(0),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    self.producer.poll(STEP);
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }

    fn wait(&self, sent: usize) -> Result<()> {
        let reports = self.producer.context();
        let start = Instant::now();
        while reports.heard.load(Ordering::Relaxed) < sent {
            self.producer.poll(STEP);
            ensure!(start.elapsed() < LIMIT, "no delivery report");
        }
        if self.bug != Some(Bug::UncheckedReport) && reports.failed.load(Ordering::Relaxed) > 0 {
            bail!("a record was refused");
        }
        Ok(())
    }
}

/// The name by which the relays of a database fence each other.
pub(super) fn transactional_id(cluster: &Cluster, identity: &str) -> String {
    cluster.topic(&format!("tiltak-producer-{identity}"))
}

/// A checkpoint that is not the last one any more, if the relay before this one publishes.
pub(super) fn early_checkpoint(cluster: &Cluster, identity: &str) -> Result<i64> {
    let early = checkpoint(cluster, identity)?;
    let start = Instant::now();
    while checkpoint(cluster, identity)? == early && start.elapsed() < TOO_EARLY {}
    Ok(early)
}

/// The last committed checkpoint.
fn checkpoint(cluster: &Cluster, identity: &str) -> Result<i64> {
    let connection = Connection::new(cluster.brokers());
    let records = log::read(&connection, &cluster.checkpoint_topic(), LIMIT)?;
    let Some(last) = records.iter().rev().find(|record| record.key.as_deref() == Some(identity.as_bytes()))
    else {
        return Ok(0);
    };
    let mark: serde_json::Value = serde_json::from_slice(last.value.as_deref().unwrap_or_default())?;
    mark["sequence"].as_i64().context("a checkpoint that is no number")
}
