//! Transactions like those of the producer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::super::cluster::{Cluster, setting_error};
use crate::fixtures::NdjsonRecord;

const POLL_INTERVAL: Duration = Duration::from_micros(500);
const TRANSACTION_TIMEOUT: Duration = Duration::from_mins(1);

/// A record that is to be published.
#[derive(Debug, Clone)]
pub(super) struct OutgoingRecord {
    pub(super) topic: &'static str,
    pub(super) line: NdjsonRecord,
    /// The partition; `None` is the one that murmur2 gives.
    pub(super) partition: Option<i32>,
    /// The age that the record claims by its timestamp.
    pub(super) age: Duration,
}

impl OutgoingRecord {
    pub(super) fn new(topic: &'static str, line: NdjsonRecord) -> Self {
        Self { topic, line, partition: None, age: Duration::ZERO }
    }
}

/// A transactional producer.
pub(super) struct Publisher {
    producer: BaseProducer<DeliveryReports>,
    prefix: String,
    limit: Duration,
}

impl Publisher {
    pub(super) fn open(cluster: &Cluster, limit: Duration) -> anyhow::Result<Self> {
        let limit = limit.min(TRANSACTION_TIMEOUT);
        let producer: BaseProducer<DeliveryReports> = cluster
            .producer_config()
            // The same each time: what a run that was killed left open is ended by the next.
            .set("transactional.id", cluster.topic("tiltak-kit-seed"))
            .set("transaction.timeout.ms", limit.as_millis().to_string())
            .set("message.timeout.ms", limit.as_millis().to_string())
            .set("partitioner", "murmur2_random")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", "1")
            .create_with_context(DeliveryReports::default())
            .map_err(setting_error)?;
        producer.init_transactions(limit).context("the broker gives no transactions")?;
        Ok(Self { producer, prefix: cluster.topic(""), limit })
    }

    /// Publishes records together, or aborts them once they are on the broker.
    pub(super) fn transaction(&self, records: &[OutgoingRecord], committed: bool) -> anyhow::Result<()> {
        self.producer.begin_transaction()?;
        let deadline = Instant::now() + self.limit;
        for record in records {
            self.send(record, deadline)?;
        }
        // Drained before the end, which would else wait in steps of 100 ms.
        let deliveries = self.producer.context();
        while deliveries.in_flight.load(Ordering::Relaxed) > 0 {
            ensure!(
                Instant::now() < deadline,
                "the broker has not acknowledged what was sent within {} s",
                self.limit.as_secs()
            );
            self.producer.poll(Duration::ZERO);
            std::thread::sleep(POLL_INTERVAL);
        }
        if let Some(problem) = deliveries.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bail!("not delivered: {problem}");
        }
        if committed {
            self.producer.commit_transaction(self.limit).context("a transaction was not committed")
        } else {
            self.producer.abort_transaction(self.limit).context("a transaction was not aborted")
        }
    }

    fn send(&self, outgoing: &OutgoingRecord, deadline: Instant) -> anyhow::Result<()> {
        let topic = format!("{}{}", self.prefix, outgoing.topic);
        let mut record = BaseRecord::to(&topic).key(outgoing.line.key.as_str());
        record.payload = outgoing.line.value.as_deref();
        record.partition = outgoing.partition;
        if !outgoing.age.is_zero() {
            let then = std::time::SystemTime::now() - outgoing.age;
            let since = then.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            record.timestamp = i64::try_from(since.as_millis()).ok();
        }
        let deliveries = self.producer.context();
        loop {
            match self.producer.send(record) {
                Ok(()) => {
                    deliveries.in_flight.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again))
                    if Instant::now() < deadline =>
                {
                    record = again;
                    self.producer.poll(POLL_INTERVAL);
                }
                Err((cause, _)) => return Err(cause).with_context(|| format!("not sent to {topic}")),
            }
        }
    }
}

/// The delivery reports of the records that were sent.
#[derive(Default)]
struct DeliveryReports {
    in_flight: AtomicU64,
    failed: Mutex<Option<String>>,
}

impl ClientContext for DeliveryReports {}

impl ProducerContext for DeliveryReports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((cause, message)) = result {
            let problem = format!("{}: {cause}", message.topic());
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(problem);
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
