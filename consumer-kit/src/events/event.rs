//! A record that is passed to a handler.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::view::Read;

/// A record with its position. It dereferences to the [`Record`], and a clone is cheap.
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
///
/// // In a test of the handler, an event is made by hand:
/// let record = Record::decode(b"59a64a02-efdd-471d-9529-356ff5553a5d", None)?;
/// let event = Event::new(record).at(1, 42).with_header("traceparent", "00-4bf9…-01");
/// assert_eq!((event.partition(), event.offset(), event.attempt()), (1, 42, 1));
/// assert!(statement(&event).starts_with("delete"));
/// # Ok::<(), tiltak_schema::decode::DecodeError>(())
/// ```
pub struct Event<T: Topic> {
    received: Arc<Received<T>>,
    attempt: u32,
}

#[derive(Clone)]
pub(super) struct Received<T: Topic> {
    pub(super) record: Record<T, Read>,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) headers: Headers,
}

/// The headers of a record, in their order.
pub(super) type Headers = Vec<(String, Option<Vec<u8>>)>;

impl<T: Topic> Event<T> {
    /// An event made by hand, for the test of a handler: the first attempt at a record at offset 0 of partition 0,
    /// without timestamp and headers.
    pub fn new(record: Record<T, Read>) -> Self {
        let headers = Headers::new();
        Self::received(Arc::new(Received { record, partition: 0, offset: 0, timestamp: -1, headers }), 1)
    }

    pub(super) fn received(received: Arc<Received<T>>, attempt: u32) -> Self {
        Self { received, attempt }
    }

    /// Sets partition and offset.
    #[must_use]
    pub fn at(mut self, partition: i32, offset: i64) -> Self {
        let received = Arc::make_mut(&mut self.received);
        (received.partition, received.offset) = (partition, offset);
        self
    }

    /// Sets the timestamp, in milliseconds since 1970.
    #[must_use]
    pub fn with_timestamp(mut self, timestamp: i64) -> Self {
        Arc::make_mut(&mut self.received).timestamp = timestamp;
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        let header = (name.into(), Some(value.as_ref().to_vec()));
        Arc::make_mut(&mut self.received).headers.push(header);
        self
    }

    /// Sets the number of the attempt.
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// The record.
    pub fn record(&self) -> &Record<T, Read> {
        &self.received.record
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.received.partition
    }

    /// The offset in the partition. A handler that saves it with its writes can recognise a record that comes again.
    /// In a recreated topic, offsets begin again at 0 ([`EventMetrics::resets`](crate::EventMetrics::resets)).
    pub fn offset(&self) -> i64 {
        self.received.offset
    }

    /// The record's timestamp, in milliseconds since 1970; -1 if there is none.
    pub fn timestamp(&self) -> i64 {
        self.received.timestamp
    }

    /// The number of this attempt: 1 for the first since this consumer got the record.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.received.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// The last header with this name, as the Java client's `lastHeader`.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.received.headers.iter().rev().find(|(it, _)| it == name)?.1.as_deref()
    }

    /// The header `traceparent` (W3C Trace Context), with which the handler's work joins the producer's trace.
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
