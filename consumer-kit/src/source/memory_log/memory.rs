//! A topic in memory, which a test writes to while readers follow it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tiltak_schema::partition::partition_of;
use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::view::Written;

use super::{Compaction, LogError, MemorySource, NewRecord, SimulatedLog, Transaction, TransactionId};
use crate::connection::Isolation;
use crate::log::RawRecord;
use crate::source::{PollEvent, Watermarks};

/// A topic in memory that readers read as if it were on a broker. Clones share the log.
///
/// The log can do what a real one does: offsets with gaps, control records, open and aborted transactions, emptied batches at the
/// end of a log, a log start that moves, added partitions, and a recreated topic. [`MemoryLog::compact`] leaves what Kafka's
/// cleaner may leave. Timestamps come from the log's own clock, one millisecond for each record, or from the test.
///
/// # Example: records with the topic's types
///
/// ```
/// use std::time::Duration;
/// use tiltak_consumer_kit::{MemoryLog, Table};
/// use tiltak_schema::kodeverk::Tiltakskode;
/// use tiltak_schema::tiltakstype_v3::{SisteTiltakstyperV3, TiltakstypeV3};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryLog::of::<SisteTiltakstyperV3>();
/// let tiltakstype = TiltakstypeV3 {
///     id: "5b827950-cf47-4716-9305-bcf7f2646a00".parse()?,
///     navn: "Oppfølging".to_owned(),
///     tiltakskode: Tiltakskode::Oppfolging,
///     innsatsgrupper: Default::default(),
///     arena_kode: None,
///     deltaker_registrering_innhold: None,
///     opprettet_tidspunkt: "2026-03-16T09:00".parse()?,
///     oppdatert_tidspunkt: "2026-03-16T09:00".parse()?,
/// };
/// let id = tiltakstype.id;
/// log.upsert::<SisteTiltakstyperV3>(tiltakstype.clone())?;
///
/// let table = Table::<SisteTiltakstyperV3>::over(log.source()).start().await?;
/// table.ready(Duration::from_secs(10)).await?;
/// assert_eq!(table.len(), 1);
///
/// log.tombstone::<SisteTiltakstyperV3>(id)?;
/// let aborted = log.begin();
/// aborted.upsert::<SisteTiltakstyperV3>(tiltakstype)?;
/// aborted.abort();
/// table.barrier(Duration::from_secs(10)).await?;
/// assert!(table.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryLog {
    topic: Arc<str>,
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) changed: Condvar,
}

/// A log, and how a test has its broker behave.
pub(super) struct State {
    pub(super) log: SimulatedLog,
    /// Which topic of this name it is.
    pub(super) generation: u64,
    pub(super) cleanup_policy: String,
    pub(super) delete_retention: Duration,
    pub(super) paused: bool,
    /// Polls until one fails, and with what.
    pub(super) failures: Vec<(u64, String)>,
    pub(super) poll_limit: usize,
}

/// The position of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordMetadata {
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
}

impl MemoryLog {
    /// An empty topic, compacted, with this many partitions.
    pub fn new(topic: impl Into<String>, partitions: usize) -> Self {
        Self::with_log(topic, SimulatedLog::new(partitions))
    }

    /// An empty topic with the name and the number of partitions that the contract says.
    pub fn of<T: Topic>() -> Self {
        Self::new(T::NAME, usize::try_from(T::CONFIG.partitions).unwrap_or_default())
    }

    /// A topic with this log, compacted.
    pub fn with_log(topic: impl Into<String>, log: SimulatedLog) -> Self {
        let state = State {
            log,
            generation: 1,
            cleanup_policy: "compact".to_owned(),
            delete_retention: Duration::from_hours(24),
            paused: false,
            failures: Vec::new(),
            poll_limit: usize::MAX,
        };
        let shared = Shared { state: Mutex::new(state), changed: Condvar::new() };
        Self { topic: Arc::from(topic.into()), shared: Arc::new(shared) }
    }

    /// The topic's name.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// A source that reads committed records.
    pub fn source(&self) -> MemorySource {
        self.source_at(Isolation::ReadCommitted)
    }

    /// A source that reads with this isolation.
    pub fn source_at(&self, isolation: Isolation) -> MemorySource {
        MemorySource::new(self.clone(), isolation)
    }

    /// Publishes a value under its own key, on the partition that the Java client would choose.
    ///
    /// # Errors
    /// JSON cannot write the value, or the topic has no partition.
    pub fn upsert<T: Topic>(&self, value: T::Value<Written>) -> Result<RecordMetadata, LogError> {
        self.publish(&Record::<T>::upsert(value))
    }

    /// Publishes that a key is gone, on the partition that the Java client would choose.
    ///
    /// # Errors
    /// The topic has no partition.
    pub fn tombstone<T: Topic>(&self, key: T::Key) -> Result<RecordMetadata, LogError> {
        self.publish(&Record::<T>::tombstone(key))
    }

    /// Publishes a record on the partition that the Java client would choose: murmur2 of the key.
    ///
    /// # Errors
    /// JSON cannot write the value, or the topic has no partition.
    pub fn publish<T: Topic>(&self, record: &Record<T>) -> Result<RecordMetadata, LogError> {
        self.publish_within(None, None, record)
    }

    /// Publishes a record on a partition of the test's choice, as after partitions were added.
    ///
    /// # Errors
    /// JSON cannot write the value, or there is no such partition.
    pub fn publish_to<T: Topic>(
        &self,
        partition: i32,
        record: &Record<T>,
    ) -> Result<RecordMetadata, LogError> {
        self.publish_within(None, Some(partition), record)
    }

    pub(super) fn publish_within<T: Topic>(
        &self,
        transaction: Option<TransactionId>,
        partition: Option<i32>,
        record: &Record<T>,
    ) -> Result<RecordMetadata, LogError> {
        let (key, value) = (record.encode_key(), record.encode_value()?);
        let mut new = NewRecord::new(Some(key.as_bytes()), value.as_deref().map(str::as_bytes));
        if let Some(transaction) = transaction {
            new = new.transaction(transaction);
        }
        self.try_change(|log| {
            let partitions = i32::try_from(log.partitions().len()).unwrap_or(i32::MAX);
            let partition = partition.unwrap_or_else(|| partition_of(&key, partitions));
            let offset = log.append(partition, new)?;
            Ok(RecordMetadata { partition, offset })
        })
    }

    /// Appends bytes, whatever the topic's contract says, and gives their offset.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn append(&self, partition: i32, key: &[u8], value: Option<&[u8]>) -> Result<i64, LogError> {
        self.append_record(partition, NewRecord::new(Some(key), value))
    }

    /// Appends bytes with a timestamp in milliseconds since 1970, and gives their offset. A record may have no key.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn append_at(
        &self,
        partition: i32,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<i64, LogError> {
        self.append_record(partition, NewRecord::new(key, value).timestamp(timestamp))
    }

    pub(super) fn append_record(&self, partition: i32, record: NewRecord) -> Result<i64, LogError> {
        self.try_change(|log| log.append(partition, record))
    }

    /// Begins a transaction.
    pub fn begin(&self) -> Transaction {
        let id = self.change(|state| state.log.begin());
        Transaction::new(self.clone(), id)
    }

    /// Moves the end of a partition without a record, as emptied batches do that compaction keeps. The end never
    /// moves back.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn skip(&self, partition: i32, offsets: i64) -> Result<(), LogError> {
        self.try_change(|log| log.skip(partition, offsets))
    }

    /// Deletes the records before an offset (KIP-107): the log then starts there. An offset outside of the log is moved
    /// to its nearer end.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn delete_records(&self, partition: i32, before: i64) -> Result<(), LogError> {
        self.try_change(|log| log.delete_records(partition, before))
    }

    /// Runs one pass of the log cleaner over a partition.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn compact(&self, partition: i32, compaction: Compaction) -> Result<(), LogError> {
        self.try_change(|log| log.compact(partition, compaction))
    }

    /// Adds an empty partition, and gives its number.
    pub fn add_partition(&self) -> i32 {
        self.change(|state| state.log.add_partition())
    }

    /// Deletes the topic and recreates it, empty.
    pub fn recreate(&self, partitions: usize) {
        self.change(|state| {
            state.log = SimulatedLog::new(partitions);
            state.generation += 1;
        });
    }

    /// Sets `cleanup.policy`, as [`Source::settings`](crate::source::Source::settings) returns it. The log itself
    /// ignores the policy: the test decides what is removed.
    pub fn set_cleanup_policy(&self, policy: impl Into<String>) {
        self.change(|state| state.cleanup_policy = policy.into());
    }

    /// Sets `delete.retention.ms`, as [`Source::settings`](crate::source::Source::settings) returns it. Defaults to
    /// 24 hours.
    pub fn set_delete_retention(&self, retention: Duration) {
        self.change(|state| state.delete_retention = retention);
    }

    /// Makes the source fail at its `polls`-th poll from now on, the next one being the first.
    pub fn fail_at_poll(&self, polls: u64, cause: impl Into<String>) {
        self.change(|state| state.failures.push((polls.max(1), cause.into())));
    }

    /// Returns no events until [`MemoryLog::resume`], like a broker that is away.
    pub fn pause(&self) {
        self.change(|state| state.paused = true);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.change(|state| state.paused = false);
    }

    /// Returns at most this many records at a poll, at least 1, so that a test may change the log in between.
    pub fn poll_at_most(&self, records: usize) {
        self.change(|state| state.poll_limit = records.max(1));
    }

    /// The beginning and the end of each partition.
    pub fn watermarks(&self) -> BTreeMap<i32, Watermarks> {
        (0..).zip(self.state().log.partitions()).map(|(number, it)| (number, it.watermarks())).collect()
    }

    /// The records that a reader of committed records gets now, partition by partition.
    pub fn records(&self) -> Vec<RawRecord> {
        let state = self.state();
        let events = state.log.partitions().iter().flat_map(|it| it.read(0, Isolation::ReadCommitted));
        let record = |event: PollEvent<'_>| match event {
            PollEvent::Record(record) => Some(RawRecord {
                partition: record.partition,
                offset: record.offset,
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.map(<[u8]>::to_vec),
            }),
            _ => None,
        };
        events.filter_map(record).collect()
    }

    /// The log as it is now.
    pub fn snapshot(&self) -> SimulatedLog {
        self.state().log.clone()
    }

    fn try_change<R>(
        &self,
        change: impl FnOnce(&mut SimulatedLog) -> Result<R, LogError>,
    ) -> Result<R, LogError> {
        self.change(|state| change(&mut state.log)).map_err(|error| error.of(&self.topic))
    }

    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut self.state());
        self.shared.changed.notify_all();
        result
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog").field("topic", &self.topic).finish_non_exhaustive()
    }
}
