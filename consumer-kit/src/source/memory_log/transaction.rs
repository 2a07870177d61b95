//! Transactions on a log in memory.

use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::view::Written;

use super::{LogError, MemoryLog, NewRecord, RecordMetadata, TransactionId};

/// A transaction on a [`MemoryLog`]. If it is dropped without a commit or an abort it stays open, like that of a
/// producer that died.
#[must_use = "its records are read only after a commit"]
pub struct Transaction {
    log: MemoryLog,
    id: TransactionId,
}

impl Transaction {
    pub(super) fn new(log: MemoryLog, id: TransactionId) -> Self {
        Self { log, id }
    }

    /// Publishes a value within the transaction: see [`MemoryLog::upsert`].
    ///
    /// # Errors
    /// As [`MemoryLog::upsert`].
    pub fn upsert<T: Topic>(&self, value: T::Value<Written>) -> Result<RecordMetadata, LogError> {
        self.publish(&Record::<T>::upsert(value))
    }

    /// Publishes within the transaction that a key is gone: see [`MemoryLog::tombstone`].
    ///
    /// # Errors
    /// As [`MemoryLog::tombstone`].
    pub fn tombstone<T: Topic>(&self, key: T::Key) -> Result<RecordMetadata, LogError> {
        self.publish(&Record::<T>::tombstone(key))
    }

    /// Publishes a record within the transaction: see [`MemoryLog::publish`].
    ///
    /// # Errors
    /// As [`MemoryLog::publish`].
    pub fn publish<T: Topic>(&self, record: &Record<T>) -> Result<RecordMetadata, LogError> {
        self.log.publish_within(Some(self.id), None, record)
    }

    /// Publishes a record within the transaction on a partition of the test's choice.
    ///
    /// # Errors
    /// As [`MemoryLog::publish_to`].
    pub fn publish_to<T: Topic>(
        &self,
        partition: i32,
        record: &Record<T>,
    ) -> Result<RecordMetadata, LogError> {
        self.log.publish_within(Some(self.id), Some(partition), record)
    }

    /// Appends bytes within the transaction, and gives their offset.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn append(&self, partition: i32, key: &[u8], value: Option<&[u8]>) -> Result<i64, LogError> {
        self.log.append_record(partition, NewRecord::new(Some(key), value).transaction(self.id))
    }

    /// Appends bytes within the transaction with a timestamp in milliseconds since 1970, and gives their offset. A record
    /// may have no key.
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
        let record = NewRecord::new(key, value).timestamp(timestamp);
        self.log.append_record(partition, record.transaction(self.id))
    }

    /// Commits: a control record takes an offset in each partition that the transaction wrote to.
    pub fn commit(self) {
        self.log.change(|state| state.log.commit(self.id));
    }

    /// Aborts: readers of committed records never get the transaction's records.
    pub fn abort(self) {
        self.log.change(|state| state.log.abort(self.id));
    }
}
