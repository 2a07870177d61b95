//! The raw records of a topic.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::error::{Error, Kind, Lagging};
use crate::progress::PartitionProgress;
use crate::source::{Batch, KafkaSource, PollEvent, RecordRef, Source, Watermarks};

const STEP: Duration = Duration::from_millis(100);

/// A record as it is on the broker, not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record key; `None` if there is none. An empty key is not the same.
    pub key: Option<Vec<u8>>,
    /// The record value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
}

/// Reads every record of a topic, from the beginning to the end that the log had at the call. Records of a partition
/// are in order. `topic` is the name without the connection's prefix. Blocks.
///
/// ```no_run
/// use std::time::Duration;
/// use tiltak_consumer_kit::{Connection, log};
///
/// let connection = Connection::new("localhost:9092");
/// let records = log::read(&connection, "siste-tiltakstyper-v3", Duration::from_secs(30))?;
/// println!("{} records", records.len());
/// # Ok::<(), tiltak_consumer_kit::Error>(())
/// ```
///
/// # Errors
/// An unreachable broker or a missing topic within 10 s; an end that is not reached within `timeout`.
pub fn read(connection: &Connection, topic: &str, timeout: Duration) -> Result<Vec<RawRecord>, Error> {
    let mut source = KafkaSource::open(connection, &connection.topic(topic))?;
    let marks = source.describe()?.watermarks;
    let mut records = Vec::new();
    let keep = |record: RecordRef<'_>| {
        records.push(RawRecord {
            partition: record.partition,
            offset: record.offset,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
        });
    };
    visit::<Error>(&mut source, &marks, timeout, keep, |_| Ok(()))?;
    Ok(records)
}

/// Calls `each` for every record up to the ends of these logs. Records of a partition are in order; those that were
/// published later are left out. `step` gets the number of offsets passed from time to time, and may end the read.
pub(crate) fn visit<E: From<Error>>(
    source: &mut impl Source,
    marks: &BTreeMap<i32, Watermarks>,
    timeout: Duration,
    mut each: impl FnMut(RecordRef<'_>),
    mut step: impl FnMut(u64) -> Result<(), E>,
) -> Result<(), E> {
    let start = Instant::now();
    let mut progress: BTreeMap<i32, PartitionProgress> = marks
        .iter()
        .map(|(partition, mark)| {
            (*partition, PartitionProgress::new(mark.log_start, mark.last_stable_offset))
        })
        .collect();
    source.assign(&marks.iter().map(|(partition, mark)| (*partition, mark.log_start)).collect())?;
    while !progress.values().all(PartitionProgress::has_caught_up) {
        let passed =
            |(at, mark): (&PartitionProgress, &Watermarks)| (at.position - mark.log_start).unsigned_abs();
        step(progress.values().zip(marks.values()).map(passed).sum())?;
        if start.elapsed() > timeout {
            return Err(behind(source.topic(), &progress, timeout).into());
        }
        let mut batch = Batch::default();
        source.poll(STEP, &mut batch)?;
        for event in batch.events() {
            match event {
                PollEvent::Record(record) => {
                    let Some(progress) = progress.get_mut(&record.partition) else { continue };
                    progress.read(record.offset);
                    if record.offset < progress.target {
                        each(record);
                    }
                }
                PollEvent::PositionAdvanced { partition, offset } => {
                    if let Some(progress) = progress.get_mut(&partition) {
                        progress.read(offset - 1);
                    }
                }
                PollEvent::PartitionEof { partition } => {
                    if let Some(progress) = progress.get_mut(&partition) {
                        progress.end();
                    }
                }
                PollEvent::OffsetOutOfRange { .. } => {
                    let cause = "the log was cut or made anew while it was read; read it again";
                    return Err(Error::source_failed(source.topic(), cause).into());
                }
                PollEvent::Unauthorized => {
                    return Err(source
                        .describe()
                        .err()
                        .unwrap_or_else(|| unauthorized(source.topic()))
                        .into());
                }
            }
        }
    }
    Ok(())
}

fn behind(topic: &str, progress: &BTreeMap<i32, PartitionProgress>, timeout: Duration) -> Error {
    let lagging = progress.iter().filter(|(_, it)| !it.has_caught_up()).map(|(&partition, it)| Lagging {
        partition,
        position: it.position,
        target: it.target,
        // Nothing before the target is: it is the last stable offset.
        unstable: 0,
    });
    Kind::Deadline { topic: topic.to_owned(), lagging: lagging.collect(), timeout }.into()
}

fn unauthorized(topic: &str) -> Error {
    Error::source_failed(
        topic,
        "the broker refuses to hand out records: the application needs read access to the topic (its ACL)",
    )
}
