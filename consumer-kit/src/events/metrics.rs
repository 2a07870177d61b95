//! Counters and positions of an event consumer.

use std::time::Duration;

/// The counters and positions of an event consumer.
///
/// ```no_run
/// # fn show(consumer: &tiltak_consumer_kit::EventConsumer<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>) {
/// let metrics = consumer.metrics();
/// println!("{} handled, {} wait, {:?} behind", metrics.handled, metrics.waiting(), metrics.lag());
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
    /// Records among the undecodable that are tombstones whose key cannot be read. They are passed over.
    pub unreadable_tombstones: u64,
    /// Number of times that a partition was read from another offset than expected: the topic was recreated, its log
    /// was truncated, or records were deleted before they were read. Each is logged as a warning.
    pub resets: u64,
    /// Time since the brokers last confirmed the position.
    pub confirmed_age: Duration,
    /// The partitions of this member.
    pub partitions: Vec<EventPartition>,
}

/// The position of an event consumer in a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventPartition {
    /// The partition.
    pub partition: i32,
    /// The offset before which every record is handled. `None` if no record has come.
    pub committable_offset: Option<i64>,
    /// Number of offsets from the committable offset to the last stable offset at the last metadata refresh. `None`
    /// if one of them is not known.
    pub lag: Option<i64>,
    /// Number of offsets behind the last stable offset at the last metadata refresh: records that an open transaction
    /// hides. They are not part of the lag. `None` before the first refresh.
    pub unstable: Option<i64>,
    /// Records that have come and are not yet handled.
    pub waiting: u64,
    /// Keys whose record failed and waits for a retry.
    pub failing: u64,
    /// Whether no more records are taken, because too many wait
    /// ([`EventBuilder::max_in_flight`](crate::EventBuilder::max_in_flight)).
    pub paused: bool,
}

impl EventMetrics {
    /// Records of all partitions that have come and are not yet handled.
    pub fn waiting(&self) -> u64 {
        self.partitions.iter().map(|it| it.waiting).sum()
    }

    /// Number of offsets to the last stable offset, over all partitions of this member. `None` if the lag of one is
    /// not known: 0 would say that everything is handled.
    pub fn lag(&self) -> Option<i64> {
        self.partitions.iter().map(|it| it.lag).sum()
    }

    /// Number of offsets behind the last stable offset, over all partitions of this member. `None` if that of one is
    /// not known. If it stays above 0, a producer has left a transaction open, and readers of committed records wait
    /// for it.
    pub fn unstable(&self) -> Option<i64> {
        self.partitions.iter().map(|it| it.unstable).sum()
    }
}
