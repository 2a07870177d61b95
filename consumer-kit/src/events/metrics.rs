//! What an event consumer tells of itself.

use std::fmt;
use std::time::Duration;

/// How an event consumer is.
///
/// ```no_run
/// # fn show(consumer: &tiltak_consumer_kit::EventConsumer<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>) {
/// let metrics = consumer.metrics();
/// println!("{} handled, {} wait, {} behind", metrics.handled, metrics.waiting(), metrics.lag());
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventMetrics {
    /// Records that were handled.
    pub handled: u64,
    /// Times that a handler failed, so that its record is handled again.
    pub retried: u64,
    /// Times that a handler was ended before it was done, because its partition went to another member.
    pub abandoned: u64,
    /// Records that could not be decoded.
    pub undecodable: u64,
    /// The partitions that this member has.
    pub partitions: Vec<EventPartition>,
}

/// How far an event consumer is in a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventPartition {
    /// The partition.
    pub partition: i32,
    /// The offset before which every record is handled; -1 while nothing has come.
    pub handled_before: i64,
    /// Offsets from there to the end of the log, as it was told in the last five seconds; -1 while it is not known.
    pub lag: i64,
    /// Records that have come and are not handled.
    pub waiting: u64,
    /// Keys whose record failed, and waits to be handled again.
    pub failing: u64,
    /// Whether no more records are fetched, because too many wait.
    pub paused: bool,
}

impl EventMetrics {
    /// Records that have come and are not handled, of all partitions.
    pub fn waiting(&self) -> u64 {
        self.partitions.iter().map(|it| it.waiting).sum()
    }

    /// Offsets to the end of the log, of all partitions where that is known.
    pub fn lag(&self) -> i64 {
        self.partitions.iter().map(|it| it.lag.max(0)).sum()
    }
}

/// A handler has failed, and its record is to be handled again.
///
/// Shown as text it names the place and the key, and holds the handler's own message, which should not quote payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerFailure {
    /// The topic's name on the broker.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record key; bytes that are no UTF-8 are replaced.
    pub key: String,
    /// How often the record was handled.
    pub attempts: u32,
    /// When it is handled again, from now on.
    pub again_in: Duration,
    /// What the handler said, or that it panicked.
    pub cause: String,
}

impl fmt::Display for HandlerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, key, attempts, again_in, cause } = self;
        write!(
            f,
            "{topic}, partition {partition}, offset {offset}, key {key}: the handler failed {attempts} times, the last \
             time with: {cause}; it is called again in {} ms, and later records of the key wait until it gives Ok",
            again_in.as_millis()
        )
    }
}
