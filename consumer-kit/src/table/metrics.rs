//! What a table tells of itself.

use std::time::Duration;

use crate::error::Lagging;

/// What a table has read since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Records.
    pub records: u64,
    /// Records with a value.
    pub upserts: u64,
    /// Records without one. A tombstone of a key that was not there is normal on a compacted topic.
    pub tombstones: u64,
    /// Records that were decoded, and could not be.
    pub undecodable: u64,
    /// Keys that were gone when a partition was read anew.
    pub swept: u64,
    /// How often a partition was read anew: its position was no longer in its log, or the topic was made anew.
    pub rebuilds: u64,
}

/// How a table is.
///
/// ```no_run
/// # fn show(table: &tiltak_consumer_kit::Table<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>) {
/// let metrics = table.metrics();
/// println!("{} keys, {} records behind", metrics.keys, metrics.lag());
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// What has been read.
    pub counters: Counters,
    /// Keys with a value.
    pub keys: u64,
    /// Bytes of their values on the wire.
    pub bytes: u64,
    /// Keys whose value is older than their last record, which cannot be decoded.
    pub stale: u64,
    /// Keys without a value, since their last record cannot be decoded.
    pub unreadable: u64,
    /// How long ago the brokers last confirmed the reader's position. The lag is as old as that.
    pub confirmed_age: Duration,
    /// Tombstones of keys that may have an older value on another partition; none on a topic of one partition.
    pub tombstones_remembered: u64,
    /// Each partition.
    pub partitions: Vec<PartitionMetrics>,
}

/// How far a partition is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartitionMetrics {
    /// The partition.
    pub partition: i32,
    /// The next offset to be applied.
    pub position: i64,
    /// The end of its log when it was last asked for: every five seconds, and by each barrier.
    pub end: i64,
    /// Whether its rows are in the table. Until then its records wait, the last of each key.
    pub loaded: bool,
    /// Offsets between the two, 0 when the broker has said that there is no more. The brokers told the end
    /// [`Metrics::confirmed_age`] ago.
    pub lag: i64,
    /// Offsets behind the last stable offset: records that were written, and that an open transaction keeps from being
    /// read. They are not counted by `lag`.
    pub unstable: i64,
}

impl Metrics {
    /// Offsets that all partitions together are behind. Some of them may hold no record.
    pub fn lag(&self) -> i64 {
        self.partitions.iter().map(|it| it.lag).sum()
    }

    /// Offsets of all partitions that open transactions keep from being read.
    pub fn unstable(&self) -> i64 {
        self.partitions.iter().map(|it| it.unstable).sum()
    }
}

/// How far a table is on its way to being ready.
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
    /// Offsets that are read, of all partitions. Not each holds a record.
    pub done: u64,
    /// Offsets that there were when the table was started.
    pub target: u64,
    /// Records that were read.
    pub records: u64,
    /// Whether the table is ready: the last call.
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
