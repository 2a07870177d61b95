//! One transactional Kafka producer, from its creation to its first failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::checkpoint::{self, Checkpoint};
use super::config::ANSWER_TIMEOUT;
use super::delivery::{DeliveryReports, is_purge, not_delivered};
use super::{RelayConfig, RelayError};
use crate::batch::Batch;
use crate::record::OutboxRecord;

/// How long the broker may take to settle the transactions of the producer before this one.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(40);
/// How long to wait when there is no delivery report. rdkafka's own `flush` looks every 100 ms.
const STEP: Duration = Duration::from_micros(500);
/// How long a line of librdkafka's log may take to come. It is written before the error is met that it explains.
const LOG_TIMEOUT: Duration = Duration::from_secs(1);
/// Long enough for a request, and too short for its answer.
const UNANSWERED: Duration = Duration::from_millis(2);
/// Largest record for librdkafka, in bytes; the broker enforces the topic's own limit. A broker accepts requests of
/// at most 100 MB (`socket.request.max.bytes`).
const RECORD_BYTES: &str = "90000000";
/// Kilobytes that librdkafka may hold: a record of that size has to fit.
const QUEUE_KBYTES: &str = "131072";

/// A transactional producer. After an error it cannot be used again.
pub(super) struct Session {
    config: Arc<RelayConfig>,
    identity: String,
    producer: BaseProducer<DeliveryReports>,
}

impl Session {
    /// Connects, and checks the topics. Fences no other producer yet. `alone`: each record is a request of its own,
    /// so that a refusal is about this record only.
    pub(super) fn connect(
        config: Arc<RelayConfig>,
        identity: String,
        alone: bool,
    ) -> Result<Self, RelayError> {
        let mut settings = config.client.clone();
        settings
            .set("transactional.id", format!("{}{identity}", config.transactional_id_prefix))
            .set("transaction.timeout.ms", config.transaction_timeout.as_millis().to_string())
            // How long librdkafka tries to deliver a record; less than the transaction may take.
            .set("message.timeout.ms", (config.transaction_timeout / 3 * 2).as_millis().to_string())
            .set("partitioner", config.partitioner.setting())
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "1")
            .set("message.max.bytes", RECORD_BYTES)
            .set("queue.buffering.max.kbytes", QUEUE_KBYTES);
        // rdkafka would take the level of a logger that the process may not have.
        settings.set_log_level(RDKafkaLogLevel::Error);
        if alone {
            settings.set("batch.num.messages", "1");
        }
        let producer = settings.create_with_context(DeliveryReports::default())?;
        let session = Self { config, identity, producer };
        session.check_topics()?;
        Ok(session)
    }

    /// Asked by name: a list of all topics leaves out those that the user may not see.
    fn check_topics(&self) -> Result<(), RelayError> {
        let checkpoints = (self.config.checkpoint_topic.as_str(), Some(1));
        let topics = self.config.topics.values().map(|topic| (topic.name.as_str(), topic.partitions));
        for (name, expected) in topics.chain([checkpoints]) {
            let metadata = self
                .producer
                .client()
                .fetch_metadata(Some(name), ANSWER_TIMEOUT)
                .map_err(|cause| RelayError::Unreachable { cause })?;
            let topic = metadata.topics().iter().find(|it| it.name() == name);
            let code = topic.and_then(MetadataTopic::error).map(RDKafkaErrorCode::from);
            let found = topic.map_or(0, |topic| topic.partitions().len());
            match code {
                Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => {
                    let resource = format!("the topic {name}");
                    return Err(RelayError::Forbidden { right: "Describe", resource, code });
                }
                _ if found == 0 => return Err(RelayError::MissingTopic { topic: name.to_owned() }),
                _ => {}
            }
            if let Some(expected) = expected.filter(|it| usize::try_from(*it) != Ok(found)) {
                return Err(RelayError::Partitions { topic: name.to_owned(), expected, found });
            }
        }
        Ok(())
    }

    /// Fences the producer before this one, which ends its open transaction; then reads the checkpoint. In the other
    /// order, the old transaction might still be committed after the read.
    pub(super) fn begin(&self) -> Result<i64, RelayError> {
        self.producer.init_transactions(SETTLE_TIMEOUT).map_err(|cause| {
            match cause.rdkafka_error_code() {
                Some(
                    code @ (RDKafkaErrorCode::TransactionalIdAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed),
                ) => RelayError::Forbidden {
                    right: "Write",
                    resource: format!(
                        "the transactional id {}{}",
                        self.config.transactional_id_prefix, self.identity
                    ),
                    code,
                },
                _ => failed("begin as the only relay", cause),
            }
        })?;
        checkpoint::read(&self.config, &self.identity)
    }

    /// The error code that made the client unusable, if there is one.
    pub(super) fn fatal(&self) -> Option<RDKafkaErrorCode> {
        self.producer.client().fatal_error().map(|(code, _)| code)
    }

    /// Sends the records of a batch in a transaction, which it leaves open.
    pub(super) fn send(&self, batch: &Batch) -> Result<(), RelayError> {
        self.producer.begin_transaction().map_err(|cause| failed("begin", cause))?;
        let deadline = Instant::now() + self.config.transaction_timeout;
        for record in &batch.records {
            self.send_record(record, deadline).map_err(|error| self.explained(error))?;
        }
        Ok(())
    }

    /// The same without the last record, and waits until the others are acknowledged: for tests of faults.
    pub(super) fn send_half(&self, batch: &Batch) -> Result<(), RelayError> {
        let mut half = batch.clone();
        half.records.pop();
        self.send(&half)?;
        self.wait_for_reports(Instant::now() + self.config.transaction_timeout)
    }

    /// Sends the checkpoint, and waits until every record is acknowledged.
    pub(super) fn send_checkpoint(&self, sequence: i64) -> Result<(), RelayError> {
        let deadline = Instant::now() + self.config.transaction_timeout;
        let topic = &self.config.checkpoint_topic;
        let broken = |error: serde_json::Error| RelayError::Checkpoint {
            topic: topic.clone(),
            what: error.to_string(),
        };
        let value = serde_json::to_string(&Checkpoint { sequence }).map_err(broken)?;
        self.enqueue(0, BaseRecord::with_opaque_to(topic, 0).key(&self.identity).payload(&value), deadline)
            .map_err(|error| self.explained(error))?;
        // Drained before the commit, which would else wait for them in steps of 100 ms.
        self.wait_for_reports(deadline)
    }

    fn wait_for_reports(&self, deadline: Instant) -> Result<(), RelayError> {
        let reports = self.producer.context();
        while !reports.flushed() && Instant::now() < deadline {
            self.poll();
        }
        reports.outcome().map_err(|error| self.explained(error))
    }

    /// What has failed first, when all that a record says is that something has.
    fn explained(&self, error: RelayError) -> RelayError {
        let says_nothing = |cause: &KafkaError| {
            let state =
                matches!(cause.rdkafka_error_code(), Some(RDKafkaErrorCode::State | RDKafkaErrorCode::Fatal));
            state || is_purge(cause)
        };
        if !matches!(&error, RelayError::NotDelivered { cause, .. } if says_nothing(cause)) {
            return error;
        }
        // It cannot begin, and says why.
        match self.producer.begin_transaction() {
            Err(cause) => match cause.rdkafka_error_code() {
                Some(RDKafkaErrorCode::State) => error,
                Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => match self.forbidden_topic() {
                    Some(topic) => {
                        RelayError::Forbidden { right: "Write", resource: format!("the topic {topic}"), code }
                    }
                    None => failed("send", cause),
                },
                _ => failed("send", cause),
            },
            Ok(()) => error,
        }
    }

    /// The topic that may not be written to, once librdkafka's log has come to it.
    fn forbidden_topic(&self) -> Option<String> {
        let deadline = Instant::now() + LOG_TIMEOUT;
        loop {
            match self.producer.context().forbidden() {
                None if Instant::now() < deadline => self.poll(),
                found => return found,
            }
        }
    }

    fn send_record(&self, record: &OutboxRecord, deadline: Instant) -> Result<(), RelayError> {
        // A topic that is not known here is the validator's to refuse; as it is, the broker refuses it.
        let topic = self.config.topics.get(&record.topic).map_or(record.topic.as_str(), |topic| &topic.name);
        let change = usize::try_from(record.change).unwrap_or(0);
        let mut message = BaseRecord::with_opaque_to(topic, change).key(&record.key);
        message.payload = record.value.as_deref();
        let mut headers = record.headers.iter().peekable();
        if headers.peek().is_some() {
            message.headers = Some(headers.fold(OwnedHeaders::new(), |all, (key, value)| {
                all.insert(Header { key, value: Some(value) })
            }));
        }
        self.enqueue(record.change, message, deadline)
    }

    /// Hands a record to librdkafka, when its queue has room.
    fn enqueue(
        &self,
        change: i64,
        mut record: BaseRecord<'_, String, str, usize>,
        deadline: Instant,
    ) -> Result<(), RelayError> {
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
                    self.poll();
                }
                Err((cause, record)) => {
                    let key = record.key.cloned().unwrap_or_default();
                    let bytes = key.len() + record.payload.map_or(0, str::len);
                    return Err(not_delivered(change, record.topic.to_owned(), key, bytes, cause));
                }
            }
        }
    }

    /// Takes delivery reports, or waits a moment. The wait is ours: rdkafka's `poll` goes on until its limit, also after a
    /// report, and spins through the last millisecond of it.
    fn poll(&self) {
        let reports = self.producer.context();
        let before = reports.in_flight();
        self.producer.poll(Duration::ZERO);
        if reports.in_flight() == before {
            std::thread::sleep(STEP);
        }
    }

    /// Begins to commit and does not wait for the answer: for tests of faults.
    pub(super) fn ask_to_commit(&self) {
        // The limit is passed before the broker has answered.
        let _ = self.producer.commit_transaction(UNANSWERED);
    }

    pub(super) fn commit(&self) -> Result<(), RelayError> {
        let timeout = self.config.transaction_timeout;
        self.producer.commit_transaction(timeout).map_err(|cause| failed("commit", cause))
    }
}

fn failed(step: &'static str, cause: KafkaError) -> RelayError {
    RelayError::Transaction { step, cause }
}
