//! A topic's log from its beginning to its present end.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::cluster::Cluster;
use super::interrupt::Interrupt;
use crate::log;
use crate::source::{KafkaSource, RecordRef, Source as _};

/// A record, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) key: Vec<u8>,
    pub(super) value: Option<Vec<u8>>,
}

impl From<RecordRef<'_>> for Record {
    fn from(record: RecordRef<'_>) -> Self {
        Self {
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            // A compacted topic takes no record without a key.
            key: record.key.unwrap_or_default().to_vec(),
            value: record.value.map(<[u8]>::to_vec),
        }
    }
}

impl Record {
    /// What decides between records of one key on two partitions, as in a table.
    pub(super) fn age(&self) -> (i64, i32) {
        (self.timestamp, self.partition)
    }
}

/// Calls `each` for every record; each partition in order. What was published after the call is left out. Gives the
/// partitions with a transaction that is open: from its first record on, nothing was read.
pub(super) fn read(
    cluster: &Cluster,
    topic: &str,
    limit: Duration,
    interrupt: &Interrupt,
    each: impl FnMut(RecordRef<'_>),
) -> anyhow::Result<Vec<i32>> {
    let mut source = KafkaSource::open(&cluster.connection, &cluster.topic(topic))?;
    let marks = source.describe()?.watermarks;
    let bar =
        bar(topic, marks.values().map(|mark| mark.last_stable_offset.saturating_sub(mark.log_start)).sum());
    log::visit(&mut source, &marks, limit, each, |done| {
        bar.set_position(done);
        interrupt.check("not everything was read").map_err(anyhow::Error::from)
    })?;
    bar.finish_and_clear();
    Ok(marks.iter().filter(|(_, mark)| mark.unstable() > 0).map(|(partition, _)| *partition).collect())
}

/// A bar on standard error, if that is a terminal.
pub(super) fn bar(message: &str, length: i64) -> ProgressBar {
    let length = u64::try_from(length).unwrap_or(0);
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(message.to_owned());
    bar
}
