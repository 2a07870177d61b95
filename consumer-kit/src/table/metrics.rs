//! Counters and metrics of a table.

use std::time::Duration;

use crate::error::Lagging;

/// Counts of what a table has read since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Records.
    pub records: u64,
    /// Records with a value.
    pub upserts: u64,
    /// Tombstones. On a compacted topic, a tombstone of a key that was not in the table is normal.
    pub tombstones: u64,
    /// Records that could not be decoded.
    pub undecodable: u64,
    /// Keys that were gone when a partition was rebuilt.
    pub swept: u64,
    /// Number of times that a partition was rebuilt: its position was no longer in its log, or the topic was
    /// recreated.
    pub rebuilds: u64,
}

/// The metrics of a table.
///
/// ```no_run
/// # fn show(table: &tiltak_consumer_kit::Table<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>) {
/// let metrics = table.metrics();
/// println!("{} keys, {} records behind", metrics.keys, metrics.lag());
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Counts of what has been read.
    pub counters: Counters,
    /// Keys with a value.
    pub keys: u64,
    /// Bytes of their values on the wire.
    pub bytes: u64,
    /// Keys whose value is older than their last record, which cannot be decoded.
    pub stale: u64,
    /// Keys without a value because their last record cannot be decoded.
    pub unreadable: u64,
    /// Time since the brokers last confirmed the reader's position. The lag is as old as that.
    pub confirmed_age: Duration,
    /// Tombstones of keys that may have an older value on another partition; none on a topic of one partition.
    pub tombstones_remembered: u64,
    /// The metrics of each partition.
    pub partitions: Vec<PartitionMetrics>,
}

/// The metrics of a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartitionMetrics {
    /// The partition.
    pub partition: i32,
    /// The next offset to be applied.
    pub position: i64,
    /// The end of its log at the last answer of the brokers: at every metadata refresh, and at each barrier.
    pub end: i64,
    /// Whether its rows are in the table. Until then, the last record of each key waits.
    pub loaded: bool,
    /// Number of offsets from the position to the end; 0 if the broker has reported the end of the partition. The end
    /// is [`Metrics::confirmed_age`] old.
    pub lag: i64,
    /// Number of offsets behind the last stable offset: records that an open transaction hides. `lag` does not count
    /// them.
    pub unstable: i64,
}

impl Metrics {
    /// Number of offsets that all partitions together are behind. Some of them may hold no record.
    pub fn lag(&self) -> i64 {
        self.partitions.iter().map(|it| it.lag).sum()
    }

    /// Number of offsets of all partitions that open transactions hide.
    pub fn unstable(&self) -> i64 {
        self.partitions.iter().map(|it| it.unstable).sum()
    }
}

/// The progress of a table towards being ready.
///
/// ```no_run
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// use tiltak_consumer_kit::Table;
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// let table = Table::<SisteTiltakstyperV3>::builder("localhost:9092")
///     .on_progress(|progress| eprintln!("{} of {}", progress.done, progress.target))
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of offsets that are read, over all partitions. Some hold no record.
    pub done: u64,
    /// Number of offsets that existed when the table was started.
    pub target: u64,
    /// Records that were read.
    pub records: u64,
    /// Whether the table is ready. This is the last call then.
    pub ready: bool,
}

/// The state of a partition, shared with those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) start: i64,
    pub(crate) position: i64,
    /// What has to be reached by those who wait, or the last known end.
    pub(crate) target: i64,
    pub(crate) unstable: i64,
    pub(crate) loaded: bool,
    pub(crate) at_end: bool,
}

impl Track {
    pub(crate) fn lagging(&self, partition: i32) -> Option<Lagging> {
        let behind = !self.loaded || (self.position < self.target && !self.at_end);
        behind.then_some(Lagging {
            partition,
            position: self.position,
            target: self.target,
            unstable: self.unstable,
        })
    }

    pub(crate) fn metrics(&self, partition: i32) -> PartitionMetrics {
        let Self { position, target, loaded, at_end, unstable, .. } = *self;
        let lag = if at_end { 0 } else { (target - position).max(0) };
        PartitionMetrics { partition, position, end: target, loaded, lag, unstable }
    }
}
