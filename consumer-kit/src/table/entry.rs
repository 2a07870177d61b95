//! The entry of a key in a table.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use tiltak_schema::decode::DecodeError;
use tiltak_schema::topic::{ReadValue, Topic};

/// A value, with the position of its record. It dereferences to the value, and a clone is cheap.
///
/// ```no_run
/// # fn show(table: &tiltak_consumer_kit::Table<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>,
/// #         id: tiltak_schema::scalar::TiltakstypeId) {
/// if let Some(entry) = table.get(&id) {
///     println!("{} (offset {})", entry.navn, entry.offset());
///     if let Some(stale) = entry.stale() {
///         eprintln!("the record at offset {} cannot be read: {}", stale.offset, stale.cause);
///     }
/// }
/// # }
/// ```
pub struct Entry<T: Topic>(Arc<Row<T>>);

/// The record after an entry's, which cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleValue {
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The place, what was expected there, and what was found.
    pub cause: DecodeError,
}

#[derive(Clone)]
struct Row<T: Topic> {
    value: Arc<ReadValue<T>>,
    partition: i32,
    offset: i64,
    timestamp: i64,
    size: usize,
    stale: Option<Box<StaleValue>>,
}

impl<T: Topic> Entry<T> {
    pub(crate) fn new(
        value: ReadValue<T>,
        (partition, offset, timestamp): (i32, i64, i64),
        size: usize,
    ) -> Self {
        Self(Arc::new(Row { value: Arc::new(value), partition, offset, timestamp, size, stale: None }))
    }

    /// The same value, followed by a record that cannot be decoded.
    pub(crate) fn outdated(&self, stale: StaleValue) -> Self {
        Self(Arc::new(Row { stale: Some(Box::new(stale)), ..Row::clone(&self.0) }))
    }

    /// The value.
    pub fn value(&self) -> &Arc<ReadValue<T>> {
        &self.0.value
    }

    /// The partition that its record is in.
    pub fn partition(&self) -> i32 {
        self.0.partition
    }

    /// The offset of its record.
    pub fn offset(&self) -> i64 {
        self.0.offset
    }

    /// The timestamp of its record, in milliseconds since 1970; -1 if there is none.
    pub fn timestamp(&self) -> i64 {
        self.0.timestamp
    }

    /// Bytes of the value on the wire.
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// The record that should have replaced this one, but cannot be decoded: see [`PreviousValue::Keep`](crate::PreviousValue).
    pub fn stale(&self) -> Option<&StaleValue> {
        self.0.stale.as_deref()
    }

    /// Whether both are one entry.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What decides between records of one key on two partitions.
    pub(crate) fn recency(&self) -> (i64, i32) {
        (self.0.timestamp, self.0.partition)
    }
}

impl<T: Topic> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Topic> Deref for Entry<T> {
    type Target = ReadValue<T>;

    fn deref(&self) -> &ReadValue<T> {
        &self.0.value
    }
}

impl<T: Topic> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.0.partition, it.0.offset);
        place(self) == place(other) && self.0.stale == other.0.stale && self.0.value == other.0.value
    }
}

/// The place alone: payloads may hold personal data, and what is formatted ends up in logs.
impl<T: Topic> fmt::Debug for Entry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("partition", &self.0.partition)
            .field("offset", &self.0.offset)
            .field("stale", &self.0.stale)
            .finish_non_exhaustive()
    }
}
