//! From the outbox to Kafka, in order.
//!
//! A row leaves the outbox when the broker has acknowledged its record. After a failure or a crash the rows that were
//! not seen acknowledged are sent again, from the first of them on, so nothing is lost and the last record of a key is
//! always the latest; a record may come twice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};

use crate::store::{OutboxRow, Store, StoreError};
use crate::topics::{ANSWER_LIMIT, Cluster, ClusterError};

/// Records that are under way at once.
const BATCH: u32 = 1_000;
/// How long librdkafka tries to deliver a record.
const DELIVERY_LIMIT: Duration = Duration::from_secs(30);
/// How long the outbox is left alone when it is empty.
const IDLE: Duration = Duration::from_millis(100);

/// Why publishing stopped. What was not acknowledged is still in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The broker or its topics.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A record was not acknowledged.
    #[error("{topic}, key {key}: not acknowledged by the broker: {cause}")]
    NotDelivered {
        /// The topic.
        topic: String,
        /// The record key.
        key: String,
        /// What librdkafka says.
        cause: KafkaError,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that sends has panicked.
    #[error("the thread that sends ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// Publishes the outbox of a database.
pub struct Relay {
    store: Store,
    cluster: Cluster,
    /// None after a failure: a new one sends again without what the old one had in its queue.
    sender: Option<Sender>,
}

type Sender = Arc<BaseProducer<Reports>>;

impl Relay {
    /// Connects to the broker, and checks that the four topics are there.
    ///
    /// # Errors
    /// An unreachable broker, a missing topic, a topic with another number of partitions; within 10 s.
    pub async fn connect(store: Store, cluster: Cluster) -> Result<Self, RelayError> {
        let mut relay = Self { store, cluster, sender: None };
        relay.sender().await?;
        Ok(relay)
    }

    /// Publishes until the outbox is empty. `progress` is told how many records are published so far. Returns their
    /// number.
    ///
    /// # Errors
    /// The first record that was not acknowledged, and what the database says.
    pub async fn drain(&mut self, mut progress: impl FnMut(usize)) -> Result<usize, RelayError> {
        let mut published = 0;
        loop {
            let rows = self.store.outbox(BATCH).await?;
            if rows.is_empty() {
                return Ok(published);
            }
            published += self.publish(rows).await?;
            progress(published);
        }
    }

    /// Publishes what comes into the outbox, for as long as nothing fails.
    ///
    /// # Errors
    /// The first record that was not acknowledged, and what the database says. May be called again.
    pub async fn run(&mut self) -> Result<(), RelayError> {
        loop {
            if self.drain(|_| {}).await? == 0 {
                tokio::time::sleep(IDLE).await;
            }
        }
    }

    async fn publish(&mut self, rows: Vec<OutboxRow>) -> Result<usize, RelayError> {
        let sender = self.sender().await?;
        let cluster = self.cluster.clone();
        let (rows, reports) = tokio::task::spawn_blocking(move || {
            let reports = send(&sender, &cluster, &rows);
            (rows, reports)
        })
        .await?;
        let acknowledged = reports.iter().take_while(|report| report.is_ok()).count();
        if let Some(last) = acknowledged.checked_sub(1).and_then(|last| rows.get(last)) {
            self.store.remove_published(last.id).await?;
        }
        let failed = rows.into_iter().zip(reports).nth(acknowledged);
        if let Some((row, Err(cause))) = failed {
            self.sender = None;
            return Err(RelayError::NotDelivered { topic: row.topic, key: row.key, cause });
        }
        Ok(acknowledged)
    }

    async fn sender(&mut self) -> Result<Sender, RelayError> {
        if let Some(sender) = &self.sender {
            return Ok(Arc::clone(sender));
        }
        let cluster = self.cluster.clone();
        let sender = tokio::task::spawn_blocking(move || connect(&cluster)).await??;
        Ok(Arc::clone(self.sender.insert(sender)))
    }
}

fn connect(cluster: &Cluster) -> Result<Sender, ClusterError> {
    let sender: BaseProducer<Reports> = cluster
        .client_config()
        // The partition that the Java client gives a key.
        .set("partitioner", "murmur2_random")
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("compression.type", "lz4")
        .set("linger.ms", "2")
        .set("message.timeout.ms", DELIVERY_LIMIT.as_millis().to_string())
        .create_with_context(Reports::default())?;
    let metadata = sender
        .client()
        .fetch_metadata(None, ANSWER_LIMIT)
        .map_err(|cause| ClusterError::Unreachable { brokers: cluster.brokers().to_owned(), cause })?;
    cluster.check(&metadata)?;
    Ok(Arc::new(sender))
}

/// Sends a batch and waits for the report of each record. A report that does not come is a failure.
fn send(
    sender: &BaseProducer<Reports>,
    cluster: &Cluster,
    rows: &[OutboxRow],
) -> Vec<Result<(), KafkaError>> {
    const STEP: Duration = Duration::from_millis(100);
    sender.context().start(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let topic = cluster.topic(&row.topic);
        let mut record = BaseRecord::with_opaque_to(&topic, place).key(&row.key);
        if let Some(value) = &row.value {
            record = record.payload(value);
        }
        loop {
            match sender.send(record) {
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    sender.poll(STEP);
                }
                Err((error, _)) => {
                    sender.context().report(place, Err(error));
                    break;
                }
                Ok(()) => break,
            }
        }
    }
    let deadline = Instant::now() + DELIVERY_LIMIT + ANSWER_LIMIT;
    while !sender.context().complete() && Instant::now() < deadline {
        sender.poll(STEP);
    }
    sender.context().finish()
}

/// Collects the delivery reports of one batch.
#[derive(Debug, Default)]
struct Reports {
    reports: Mutex<Vec<Option<Result<(), KafkaError>>>>,
}

impl Reports {
    fn with<R>(&self, act: impl FnOnce(&mut Vec<Option<Result<(), KafkaError>>>) -> R) -> R {
        act(&mut self.reports.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start(&self, count: usize) {
        self.with(|reports| *reports = vec![None; count]);
    }

    fn report(&self, place: usize, report: Result<(), KafkaError>) {
        self.with(|reports| {
            if let Some(slot) = reports.get_mut(place) {
                *slot = Some(report);
            }
        });
    }

    fn complete(&self) -> bool {
        self.with(|reports| reports.iter().all(Option::is_some))
    }

    fn finish(&self) -> Vec<Result<(), KafkaError>> {
        let missing = || Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut));
        self.with(|reports| {
            std::mem::take(reports).into_iter().map(|report| report.unwrap_or_else(missing)).collect()
        })
    }
}

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, place: usize) {
        let report = result.as_ref().map(drop).map_err(|(error, _)| error.clone());
        self.report(place, report);
    }
}
