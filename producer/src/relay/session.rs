//! One transactional producer, from its making to its first failure.

use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::position::{self, Mark};
use super::reports::Reports;
use super::{Point, RelayError};
use crate::store::{Batch, OutboxRow};
use crate::topics::{ANSWER_LIMIT, Cluster, ClusterError};

/// After this the broker ends a transaction itself, unless told otherwise.
pub(super) const TRANSACTION_LIMIT: Duration = Duration::from_secs(15);
/// How long the transactions of the producer before this one may take to be settled.
const SETTLE_LIMIT: Duration = Duration::from_secs(40);
/// How long to wait when there is no delivery report. rdkafka's own `flush` looks every 100 ms.
const STEP: Duration = Duration::from_micros(500);
/// The record header that carries the trace of the request that made a change (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";
/// Bytes that librdkafka may hold.
const QUEUE_KBYTES: &str = "65536";

/// Who sends: which database, and which of its relays.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) cluster: Cluster,
    /// The database.
    pub(super) identity: String,
    /// This relay, told apart from the one that may take over.
    pub(super) relay: String,
    /// After this the broker ends a transaction itself.
    pub(super) transaction_limit: Duration,
}

impl Sender {
    /// Whether the last committed mark is another relay's.
    pub(super) fn is_taken_over(&self) -> Result<bool, RelayError> {
        let mark = position::read(&self.cluster, &self.identity)?;
        Ok(mark.is_some_and(|mark| mark.relay != self.relay))
    }

    fn mark(&self, position: i64) -> Result<String, RelayError> {
        let mark = Mark { position, relay: self.relay.clone() };
        serde_json::to_string(&mark).map_err(|error| RelayError::Position {
            topic: self.cluster.position_topic(),
            what: error.to_string(),
        })
    }
}

/// A transactional producer. After an error it is of no more use.
pub(super) struct Session {
    sender: Sender,
    producer: BaseProducer<Reports>,
    position_topic: String,
}

impl Session {
    /// Makes a producer, which fences the one before it and ends what that one left open; then reads the position. In
    /// this order: before, a transaction of the old one might still be committed.
    pub(super) fn open(sender: Sender) -> Result<(Self, i64), RelayError> {
        let cluster = &sender.cluster;
        let producer: BaseProducer<Reports> = cluster
            .client_config()
            .set("transactional.id", cluster.topic(&format!("tiltak-producer-{}", sender.identity)))
            .set("transaction.timeout.ms", sender.transaction_limit.as_millis().to_string())
            // How long librdkafka tries to deliver a record; less than the transaction may take.
            .set("message.timeout.ms", (sender.transaction_limit * 2 / 3).as_millis().to_string())
            // The partition that the Java client gives a key.
            .set("partitioner", "murmur2_random")
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "1")
            .set("queue.buffering.max.kbytes", QUEUE_KBYTES)
            .create_with_context(Reports::default())
            .map_err(ClusterError::from)?;
        let metadata = producer
            .client()
            .fetch_metadata(None, ANSWER_LIMIT)
            .map_err(|cause| cluster.unreachable(cause))?;
        cluster.check(&metadata)?;
        producer.init_transactions(SETTLE_LIMIT).map_err(|cause| failed("begin as the only relay", cause))?;
        let position = position::read(cluster, &sender.identity)?.map_or(0, |mark| mark.position);
        let position_topic = cluster.position_topic();
        Ok((Self { sender, producer, position_topic }, position))
    }

    /// Says on the position topic that this relay has begun, so that the one before it can tell a takeover from a
    /// transaction that took too long.
    pub(super) fn claim(&self, position: i64) -> Result<(), RelayError> {
        self.send(&[], position)?;
        self.commit()
    }

    /// Sends a batch and its position as one transaction.
    pub(super) fn publish(&self, batch: &Batch, interrupt: Option<Point>) -> Result<(), RelayError> {
        self.send(&batch.rows, batch.position)?;
        if interrupt == Some(Point::Sent) {
            return Err(RelayError::Interrupted(Point::Sent));
        }
        self.commit()?;
        match interrupt {
            Some(Point::Committed) => Err(RelayError::Interrupted(Point::Committed)),
            _ => Ok(()),
        }
    }

    /// What made the client unusable, if anything did.
    pub(super) fn fatal(&self) -> Option<RDKafkaErrorCode> {
        self.producer.client().fatal_error().map(|(code, _)| code)
    }

    fn send(&self, rows: &[OutboxRow], position: i64) -> Result<(), RelayError> {
        self.producer.begin_transaction().map_err(|cause| failed("begin", cause))?;
        let deadline = Instant::now() + self.sender.transaction_limit;
        let names = Names::of(&self.sender.cluster);
        for row in rows {
            self.enqueue(
                names.get(&row.topic),
                &row.key,
                row.value.as_deref(),
                row.traceparent.as_deref(),
                deadline,
            )?;
        }
        let mark = self.sender.mark(position)?;
        self.enqueue(&self.position_topic, &self.sender.identity, Some(&mark), None, deadline)?;
        // Drained before the commit, which would else wait for them in steps of 100 ms.
        let reports = self.producer.context();
        while !reports.settled() && Instant::now() < deadline {
            self.hear();
        }
        reports.outcome()
    }

    /// Hands a record to librdkafka, when its queue has room.
    fn enqueue(
        &self,
        topic: &str,
        key: &str,
        value: Option<&str>,
        traceparent: Option<&str>,
        deadline: Instant,
    ) -> Result<(), RelayError> {
        let mut record = BaseRecord::to(topic).key(key);
        record.payload = value;
        record.headers = traceparent
            .map(|value| OwnedHeaders::new().insert(Header { key: TRACEPARENT, value: Some(value) }));
        let reports = self.producer.context();
        loop {
            match self.producer.send(record) {
                Ok(()) => {
                    reports.sent(1);
                    return Ok(());
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again))
                    if Instant::now() < deadline =>
                {
                    record = again;
                    self.hear();
                }
                Err((cause, _)) => {
                    return Err(RelayError::NotDelivered {
                        topic: topic.to_owned(),
                        key: key.to_owned(),
                        cause: Box::new(cause),
                    });
                }
            }
        }
    }

    /// Takes delivery reports, or waits a moment. The wait is ours: rdkafka's `poll` goes on until its limit, also after a
    /// report, and spins through the last millisecond of it.
    fn hear(&self) {
        let reports = self.producer.context();
        let before = reports.under_way();
        self.producer.poll(Duration::ZERO);
        if reports.under_way() == before {
            std::thread::sleep(STEP);
        }
    }

    fn commit(&self) -> Result<(), RelayError> {
        let limit = self.sender.transaction_limit;
        self.producer.commit_transaction(limit).map_err(|cause| failed("commit", cause))
    }
}

fn failed(step: &'static str, cause: KafkaError) -> RelayError {
    RelayError::Transaction { step, cause }
}

/// The names of the four topics on this cluster, made once for a batch.
struct Names([(&'static str, String); 4]);

impl Names {
    fn of(cluster: &Cluster) -> Self {
        Self(tiltak_schema::topics().map(|topic| (topic.name, cluster.topic(topic.name))))
    }

    /// A topic that is none of the four was parked, so it does not come here; as it is, the broker would refuse it.
    fn get<'a>(&'a self, topic: &'a str) -> &'a str {
        self.0.iter().find(|(name, _)| *name == topic).map_or(topic, |(_, on_cluster)| on_cluster)
    }
}
