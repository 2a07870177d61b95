//! A record that is handed to a handler.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::view::Read;

/// A record and where it stands. It reads like the [`Record`] itself, and a clone is cheap.
///
/// ```
/// use tiltak_consumer_kit::Event;
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
/// use tiltak_schema::topic::Record;
///
/// fn statement(event: &Event<SisteTiltakstyperV3>) -> &'static str {
///     match event.record() {
///         Record::Upsert { .. } => "insert into tiltakstype … on conflict (id) do update …",
///         Record::Tombstone { .. } => "delete from tiltakstype where id = $1",
///     }
/// }
/// ```
pub struct Event<T: Topic> {
    received: Arc<Received<T>>,
    attempt: u32,
}

pub(crate) struct Received<T: Topic> {
    pub(crate) record: Record<T, Read>,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl<T: Topic> Event<T> {
    pub(crate) fn new(received: Arc<Received<T>>, attempt: u32) -> Self {
        Self { received, attempt }
    }

    /// The record.
    pub fn record(&self) -> &Record<T, Read> {
        &self.received.record
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.received.partition
    }

    /// The offset in the partition. Saved with what the handler writes, it tells a record that comes again.
    pub fn offset(&self) -> i64 {
        self.received.offset
    }

    /// The record's timestamp, in milliseconds since 1970; -1 if there is none.
    pub fn timestamp(&self) -> i64 {
        self.received.timestamp
    }

    /// How often the record is being handled: 1 for the first time since this consumer got it.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.received.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// The last header with this name, as a Java client's `lastHeader`.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.received.headers.iter().rev().find(|(it, _)| it == name)?.1.as_deref()
    }

    /// The header `traceparent` (W3C Trace Context), by which the handler's work joins the producer's trace.
    pub fn traceparent(&self) -> Option<&str> {
        std::str::from_utf8(self.header("traceparent")?).ok()
    }
}

impl<T: Topic> Clone for Event<T> {
    fn clone(&self) -> Self {
        Self { received: Arc::clone(&self.received), attempt: self.attempt }
    }
}

impl<T: Topic> Deref for Event<T> {
    type Target = Record<T, Read>;

    fn deref(&self) -> &Record<T, Read> {
        self.record()
    }
}

/// The place alone: payloads may hold personal data, and what is formatted ends up in logs.
impl<T: Topic> fmt::Debug for Event<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("partition", &self.partition())
            .field("offset", &self.offset())
            .field("key", &self.record().key())
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
