//! The log of a topic as plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::LogError;
use crate::connection::Isolation;
use crate::source::{PollEvent, RecordRef, Watermarks};

/// A topic's log as plain data: partitions, records, transactions and control records, without lock, thread or clock.
///
/// A clone is a log of its own, and cheap: keys and values are shared. So a test can try every way that a log may go on
/// from one point. Readers that follow a log take a [`MemoryLog`](super::MemoryLog), which holds one of these.
///
/// ```
/// use tiltak_consumer_kit::Isolation;
/// use tiltak_consumer_kit::source::PollEvent;
/// use tiltak_consumer_kit::source::memory_log::{Compaction, NewRecord, SimulatedLog};
///
/// let mut log = SimulatedLog::new(1);
/// let transaction = log.begin();
/// log.append(0, NewRecord::new(Some(b"key"), Some(b"1")).timestamp(17).transaction(transaction))?;
/// assert_eq!(log.partition(0)?.watermarks().last_stable_offset, 0);
/// log.commit(transaction);
/// log.append(0, NewRecord::new(Some(b"key"), None))?;
///
/// let mut compacted = log.clone();
/// compacted.compact(0, Compaction::whole())?;
/// let mut events = compacted.partition(0)?.read(0, Isolation::ReadCommitted);
/// assert_eq!(events.next(), Some(PollEvent::PositionAdvanced { partition: 0, offset: 2 }));
/// assert!(matches!(events.next(), Some(PollEvent::Record(record)) if record.offset == 2));
/// assert_eq!(events.next(), None);
/// # Ok::<(), tiltak_consumer_kit::source::memory_log::LogError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SimulatedLog {
    partitions: Vec<SimulatedPartition>,
    open: BTreeSet<TransactionId>,
    /// Transactions that were begun.
    transactions: u64,
    /// Records that were appended: their timestamp unless they have one of their own.
    clock: i64,
}

/// A transaction of a [`SimulatedLog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub(crate) u64);

/// A record that is to be appended to a log in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewRecord {
    key: Option<Arc<[u8]>>,
    value: Option<Arc<[u8]>>,
    timestamp: Option<i64>,
    transaction: Option<TransactionId>,
}

impl NewRecord {
    /// A record outside of a transaction. Without a value it is a tombstone.
    ///
    /// A broker refuses a record without a key on a compacted topic; it may stand there from the time before the topic
    /// was compacted.
    pub fn new(key: Option<&[u8]>, value: Option<&[u8]>) -> Self {
        Self { key: key.map(Arc::from), value: value.map(Arc::from), timestamp: None, transaction: None }
    }

    /// Sets the timestamp, in milliseconds since 1970. Defaults to the number of records that were appended so far,
    /// this one included.
    #[must_use]
    pub fn timestamp(self, timestamp: i64) -> Self {
        Self { timestamp: Some(timestamp), ..self }
    }

    /// Makes the record a part of a transaction.
    #[must_use]
    pub fn transaction(self, transaction: TransactionId) -> Self {
        Self { transaction: Some(transaction), ..self }
    }
}

/// A partition of a [`SimulatedLog`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SimulatedPartition {
    partition: i32,
    log_start: i64,
    end: i64,
    /// In the order of their offsets, with gaps.
    pub(super) entries: Vec<SimulatedEntry>,
    /// The open transactions that wrote here, each with the first offset that it took.
    open: BTreeMap<TransactionId, i64>,
}

/// What stands at an offset of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SimulatedEntry {
    pub(super) offset: i64,
    pub(super) content: SimulatedContent,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum SimulatedContent {
    Record {
        key: Option<Arc<[u8]>>,
        value: Option<Arc<[u8]>>,
        timestamp: i64,
        transaction: Option<TransactionId>,
        aborted: bool,
    },
    /// The end of a transaction.
    ControlRecord,
}

impl SimulatedLog {
    /// An empty log with this many partitions.
    pub fn new(partitions: usize) -> Self {
        let partitions = (0..).take(partitions).map(SimulatedPartition::new).collect();
        Self { partitions, open: BTreeSet::new(), transactions: 0, clock: 0 }
    }

    /// The partitions, in the order of their numbers.
    pub fn partitions(&self) -> &[SimulatedPartition] {
        &self.partitions
    }

    /// The partition with this number.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn partition(&self, partition: i32) -> Result<&SimulatedPartition, LogError> {
        let index = usize::try_from(partition).ok();
        index
            .and_then(|index| self.partitions.get(index))
            .ok_or_else(|| LogError::unknown_partition(partition, self.partitions.len()))
    }

    pub(super) fn partition_mut(&mut self, partition: i32) -> Result<&mut SimulatedPartition, LogError> {
        let count = self.partitions.len();
        let index = usize::try_from(partition).ok();
        index
            .and_then(|index| self.partitions.get_mut(index))
            .ok_or_else(|| LogError::unknown_partition(partition, count))
    }

    /// Adds an empty partition, and gives its number.
    pub fn add_partition(&mut self) -> i32 {
        let partition = i32::try_from(self.partitions.len()).unwrap_or(i32::MAX);
        self.partitions.push(SimulatedPartition::new(partition));
        partition
    }

    /// Appends a record, and gives its offset.
    ///
    /// # Errors
    /// There is no such partition, or the record's transaction has ended. Then nothing is written.
    pub fn append(&mut self, partition: i32, record: NewRecord) -> Result<i64, LogError> {
        if record.transaction.is_some_and(|it| !self.open.contains(&it)) {
            return Err(LogError::transaction_ended());
        }
        let clock = self.clock + 1;
        let offset = self.partition_mut(partition)?.append(record, clock);
        self.clock = clock;
        Ok(offset)
    }

    /// Begins a transaction. Until it ends, readers of committed records get nothing past its first record.
    pub fn begin(&mut self) -> TransactionId {
        self.transactions += 1;
        let transaction = TransactionId(self.transactions);
        self.open.insert(transaction);
        transaction
    }

    /// Commits a transaction: a control record takes an offset in each partition that the transaction wrote to. Nothing
    /// happens if the transaction has ended.
    pub fn commit(&mut self, transaction: TransactionId) {
        self.end_transaction(transaction, true);
    }

    /// Aborts a transaction: readers of committed records never get its records. Otherwise as
    /// [`SimulatedLog::commit`].
    pub fn abort(&mut self, transaction: TransactionId) {
        self.end_transaction(transaction, false);
    }

    fn end_transaction(&mut self, transaction: TransactionId, committed: bool) {
        self.open.remove(&transaction);
        for partition in &mut self.partitions {
            partition.end_transaction(transaction, committed);
        }
    }

    /// Moves the end of a partition without a record, as emptied batches do that compaction keeps. The end never
    /// moves back.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn skip(&mut self, partition: i32, offsets: i64) -> Result<(), LogError> {
        self.partition_mut(partition)?.end += offsets.max(0);
        Ok(())
    }

    /// Deletes the records before an offset (KIP-107): the log then starts there. An offset outside of the log is moved
    /// to its nearer end.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn delete_records(&mut self, partition: i32, before: i64) -> Result<(), LogError> {
        self.partition_mut(partition)?.delete_records(before);
        Ok(())
    }
}

impl SimulatedPartition {
    pub(crate) fn new(partition: i32) -> Self {
        Self { partition, log_start: 0, end: 0, entries: Vec::new(), open: BTreeMap::new() }
    }

    /// The beginning and the end of the log.
    pub fn watermarks(&self) -> Watermarks {
        let first_open = self.open.values().min().copied().unwrap_or(self.end);
        Watermarks {
            log_start: self.log_start,
            last_stable_offset: first_open.max(self.log_start),
            high_watermark: self.end,
        }
    }

    /// The events of a reader that begins at an offset: its records, and for each control record the position after it.
    ///
    /// Records that were aborted or compacted away are passed without an event, and so are the end of the log and a
    /// position outside of it.
    pub fn read(&self, from: i64, isolation: Isolation) -> impl Iterator<Item = PollEvent<'_>> {
        let first = self.entries.partition_point(|entry| entry.offset < from);
        let end = self.readable_to(isolation);
        self.entries[first..]
            .iter()
            .take_while(move |entry| entry.offset < end)
            .filter_map(move |entry| self.event(entry, isolation))
    }

    /// The end of what a reader may read now.
    pub fn readable_to(&self, isolation: Isolation) -> i64 {
        let watermarks = self.watermarks();
        match isolation {
            Isolation::ReadCommitted => watermarks.last_stable_offset,
            Isolation::ReadUncommitted => watermarks.high_watermark,
        }
    }

    fn event<'a>(&self, entry: &'a SimulatedEntry, isolation: Isolation) -> Option<PollEvent<'a>> {
        let partition = self.partition;
        match &entry.content {
            SimulatedContent::Record { aborted: true, .. } if isolation == Isolation::ReadCommitted => None,
            SimulatedContent::Record { key, value, timestamp, .. } => Some(PollEvent::Record(RecordRef {
                partition,
                offset: entry.offset,
                timestamp: *timestamp,
                key: key.as_deref(),
                value: value.as_deref(),
            })),
            SimulatedContent::ControlRecord => {
                Some(PollEvent::PositionAdvanced { partition, offset: entry.offset + 1 })
            }
        }
    }

    pub(crate) fn append(&mut self, record: NewRecord, clock: i64) -> i64 {
        let NewRecord { key, value, timestamp, transaction } = record;
        if let Some(transaction) = transaction {
            self.open.entry(transaction).or_insert(self.end);
        }
        let timestamp = timestamp.unwrap_or(clock);
        self.push(SimulatedContent::Record { key, value, timestamp, transaction, aborted: false })
    }

    pub(crate) fn end_transaction(&mut self, ended: TransactionId, committed: bool) {
        let Some(first) = self.open.remove(&ended) else { return };
        let first = self.entries.partition_point(|entry| entry.offset < first);
        for entry in &mut self.entries[first..] {
            if let SimulatedContent::Record { transaction, aborted, .. } = &mut entry.content
                && *transaction == Some(ended)
            {
                *aborted = !committed;
            }
        }
        self.push(SimulatedContent::ControlRecord);
    }

    fn push(&mut self, content: SimulatedContent) -> i64 {
        let offset = self.end;
        self.entries.push(SimulatedEntry { offset, content });
        self.end += 1;
        offset
    }

    fn delete_records(&mut self, before: i64) {
        self.log_start = before.clamp(self.log_start, self.end);
        let deleted = self.entries.partition_point(|entry| entry.offset < self.log_start);
        self.entries.drain(..deleted);
    }
}
