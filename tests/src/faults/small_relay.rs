//! A small relay for tests of the checker: correct, or with one sown bug. With a bug, it shows that the checker finds the bug. Without
//! one, it shows that the checker finds nothing else.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::{ClientConfig, ClientContext};
use serde::Serialize;
use sqlx::{AnyConnection, Connection as _};
use tiltak_consumer_kit::{Connection, log};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::kafka_outbox::{
    Batch, BatchLimits, Failpoint, Lease, OutboxRecord, Published, Reconciliation, RecordValidator,
};
use tokio::sync::mpsc::error::TryRecvError;

use super::child::{READY, SmallRelayArguments, commands, open};
use super::record::Marks;

const LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(1);
const IDLE: Duration = Duration::from_millis(5);
const BATCH: BatchLimits = BatchLimits { records: 40, bytes: 1 << 20 };
/// The time that this relay waits for the relay before it to publish more.
const TOO_EARLY: Duration = Duration::from_secs(3);
/// The name under which the small relay holds the lease.
const HOLDER: &str = "small relay";
/// The size of librdkafka's queue for the bug that does not check whether a record was accepted.
const SHORT_QUEUE: &str = "20";

/// A sown bug: a deliberate mistake of a relay or a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// Reads the rows after the last id that it has seen. Needs PostgreSQL, whose writers commit in another order.
    NaiveCursor,
    /// Sends without a Kafka transaction.
    NoTransaction,
    /// Partitions keys by CRC32, the default of librdkafka.
    Crc32Partitioner,
    /// Reads the checkpoint before it has fenced the previous relay.
    EarlyCheckpoint,
    /// Does not check whether librdkafka accepts a record, nor its delivery report.
    UncheckedReport,
    /// Sends the changes of a batch in the order of their keys, so the later one of two changes may come first.
    Regrouped,
    /// Ends a transaction after the first record of a batch.
    SplitTransaction,
    /// Sends a tombstone before each new value, as in "delete and insert".
    DeleteAndInsert,
    /// Changes an entity without writing to the outbox.
    SilentWrite,
    /// Refuses valid records.
    StrictValidator,
    /// Does not publish the changes of fan-outs. The next edit hides this.
    NoFanOut,
    /// A bug of a reader: its table keeps deleted keys.
    DeletedKept,
}

impl Bug {
    /// The finding that has to catch the bug.
    pub fn finding(self) -> &'static str {
        match self {
            Self::NaiveCursor | Self::UncheckedReport => "lost",
            Self::NoTransaction | Self::SplitTransaction => "torn",
            Self::Crc32Partitioner => "misplaced",
            Self::EarlyCheckpoint => "duplicated",
            Self::Regrouped => "reordered",
            Self::DeleteAndInsert => "phantom",
            Self::SilentWrite => "table-not-database",
            Self::StrictValidator => "parked-wrongly",
            Self::NoFanOut => "fan-out-lost",
            Self::DeletedKept => "reader-differs",
        }
    }

    /// The name of the bug on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

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

/// Publishes until standard input ends or the first failure. After a failure the run starts it again.
pub(super) async fn work(arguments: SmallRelayArguments) -> Result<ExitCode> {
    let mut commands = commands();
    let database = arguments.relay.database.clone();
    let store = open(database.clone()).await;
    let bug = arguments.bug;
    let cursor = match bug {
        Some(Bug::NaiveCursor) => {
            let url = database.into_string().ok().context("a URL")?;
            let url = if url.contains("://") { url } else { format!("sqlite://{url}") };
            Some(AnyConnection::connect(&url).await?)
        }
        _ => None,
    };
    let cluster = arguments.relay.cluster();
    let identity = store.outbox().identity().await?;
    let early = match bug {
        Some(Bug::EarlyCheckpoint) => {
            let (cluster, identity) = (cluster.clone(), identity.clone());
            Some(tokio::task::spawn_blocking(move || early_checkpoint(&cluster, &identity)).await??)
        }
        _ => None,
    };
    // As the real one: the relay before this one is stopped in the database first.
    let lease = store.outbox().acquire(HOLDER).await?;
    let (producer, checkpoint) = tokio::task::spawn_blocking(move || {
        SmallRelay::begin(cluster, identity, arguments.relay.transaction_ms, bug, early)
    })
    .await??;
    let cursor = cursor.map(|connection| (connection, checkpoint));
    if cursor.is_none() {
        // A bug may have led to a checkpoint that does not fit; it is looked at by the checker.
        let _: Reconciliation = lease.reconcile(checkpoint).await?;
    }
    let mut relay = Publishing { lease, cursor, producer: Arc::new(producer), published: None };
    let mut point = None;
    let mut ready = false;
    loop {
        match commands.try_recv() {
            Ok(command) => point = Some(command),
            Err(TryRecvError::Disconnected) => return Ok(ExitCode::SUCCESS),
            Err(TryRecvError::Empty) => {}
        }
        let published = relay.publish(point.as_deref()).await?;
        // Not before what its position leads to is to be seen.
        if !ready {
            println!("{READY}");
            ready = true;
        }
        if !published {
            if arguments.relay.drain {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::time::sleep(IDLE).await;
        }
    }
}

struct Publishing {
    lease: Lease,
    /// The connection of the naive cursor, and the last id that it has seen.
    cursor: Option<(AnyConnection, i64)>,
    producer: Arc<SmallRelay>,
    /// The changes that are pruned with the next batch.
    published: Option<Published>,
}

impl Publishing {
    /// Publishes a batch. Returns false if nothing waits.
    async fn publish(&mut self, point: Option<&str>) -> Result<bool> {
        let batch =
            if let Some((connection, seen)) = &mut self.cursor {
                after(connection, *seen).await?
            } else {
                let under_way = self.published.iter().flat_map(|it| it.changes.iter().copied()).collect();
                let strict = self.producer.bug == Some(Bug::StrictValidator);
                let validator: Arc<dyn RecordValidator> = Arc::new(move |record: &OutboxRecord| {
                    if strict && record.key.ends_with('f') { Err("strict".to_owned()) } else { Ok(()) }
                });
                self.lease.next_batch(&under_way, 0, BATCH, &validator).await?
            };
        let Some(batch) = batch else { return Ok(false) };
        let checkpoint = if let Some((_, seen)) = &mut self.cursor {
            *seen = batch.changes.last().copied().unwrap_or(*seen);
            *seen
        } else {
            self.lease.sequence(&batch, self.published.as_ref()).await?
        };
        if point == Some(Failpoint::Sequenced.name()) {
            std::process::abort();
        }
        let published = Published { sequence: checkpoint, changes: batch.changes.clone() };
        let (producer, point) = (self.producer.clone(), point.map(str::to_owned));
        tokio::task::spawn_blocking(move || producer.send(&batch, checkpoint, point.as_deref())).await??;
        self.published = Some(published);
        Ok(true)
    }
}

/// The changes that are there now, after the last one that was seen.
async fn after(connection: &mut AnyConnection, seen: i64) -> Result<Option<Batch>> {
    let changes: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, records FROM outbox WHERE id > $1 ORDER BY id")
            .bind(seen)
            .fetch_all(connection)
            .await?;
    let mut batch = Batch::default();
    for (change, records) in changes {
        batch.records.extend(OutboxRecord::decode_all(&records, change).map_err(anyhow::Error::msg)?);
        batch.changes.push(change);
    }
    Ok((!batch.changes.is_empty()).then_some(batch))
}

struct SmallRelay {
    producer: BaseProducer<Reports>,
    cluster: Cluster,
    identity: String,
    bug: Option<Bug>,
    /// The change of the last value of each topic and key, for the bug that leaves out fan-outs.
    last: Mutex<HashMap<(String, String), Option<u64>>>,
}

impl SmallRelay {
    fn begin(
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

    fn send(&self, batch: &Batch, sequence: i64, point: Option<&str>) -> Result<()> {
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
fn early_checkpoint(cluster: &Cluster, identity: &str) -> Result<i64> {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Findings;
    use super::*;

    #[test]
    fn each_kind_of_finding_has_a_bug_that_it_is_to_catch() {
        let caught: BTreeSet<_> = Bug::value_variants().iter().map(|bug| bug.finding()).collect();
        let kinds: BTreeSet<_> = Findings::default().each().iter().map(|(name, _)| *name).collect();
        assert_eq!(caught, kinds);
    }
}
