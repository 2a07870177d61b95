//! A topic's log from its beginning to the end that it has now.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::broker::Cluster;
use super::interrupt::Interrupt;
use crate::error::{Error, Kind, Lagging};
use crate::progress::Progress;
use crate::source::{Batch, Bound, Event, KafkaSource, RecordRef, Source};

const STEP: Duration = Duration::from_millis(100);

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
            key: record.key.to_vec(),
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
    mut each: impl FnMut(RecordRef<'_>),
) -> anyhow::Result<Vec<i32>> {
    let start = Instant::now();
    let name = cluster.topic(topic);
    let mut source = KafkaSource::open(&cluster.connection, &name)?;
    let marks = source.watermarks(Bound::Stable)?;
    let all = source.watermarks(Bound::High)?;
    let mut progress: BTreeMap<i32, Progress> =
        marks.iter().map(|(partition, mark)| (*partition, Progress::new(mark.start, mark.end))).collect();
    source.assign(&marks.iter().map(|(partition, mark)| (*partition, mark.start)).collect())?;
    let bar = bar(topic, marks.values().map(|mark| mark.end.saturating_sub(mark.start)).sum());
    while !progress.values().all(Progress::has_caught_up) {
        interrupt.check("not everything was read")?;
        if start.elapsed() > limit {
            let behind = progress.iter().filter(|(_, it)| !it.has_caught_up());
            let lagging = behind.map(|(&partition, it)| Lagging {
                partition,
                position: it.position,
                target: it.target,
            });
            let kind = Kind::Deadline { topic: name, lagging: lagging.collect(), limit };
            return Err(Error::from(kind).into());
        }
        let mut batch = Batch::default();
        source.poll(STEP, &mut batch)?;
        for event in batch.events() {
            match event {
                Event::Record(record) => {
                    let Some(progress) = progress.get_mut(&record.partition) else { continue };
                    progress.read(record.offset);
                    if record.offset < progress.target {
                        each(record);
                    }
                }
                Event::Position { partition, offset } => {
                    if let Some(progress) = progress.get_mut(&partition) {
                        progress.read(offset - 1);
                    }
                }
                Event::End { partition } => {
                    if let Some(progress) = progress.get_mut(&partition) {
                        progress.end();
                    }
                }
                Event::Lost | Event::Recreated => {
                    bail!("{name}: the log was cut or made anew while it was read; try again");
                }
            }
        }
        let done =
            |(partition, it): (&i32, &Progress)| it.position - marks.get(partition).map_or(0, |it| it.start);
        bar.set_position(progress.iter().map(done).sum::<i64>().try_into().unwrap_or(0));
    }
    bar.finish_and_clear();
    let open = |partition: &&i32| {
        marks.get(partition).zip(all.get(partition)).is_some_and(|(stable, high)| stable.end < high.end)
    };
    Ok(marks.keys().filter(open).copied().collect())
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
