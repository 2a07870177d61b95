//! A topic's records as they are on the broker, not decoded.

use std::time::{Duration, Instant};

use rdkafka::Message;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::source::Source;

const STEP: Duration = Duration::from_millis(100);

/// A record as it is on the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record key; empty if there is none.
    pub key: Vec<u8>,
    /// The record value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
}

/// Every record of a topic, from the beginning to the end that the log had when this was called; each partition in
/// order. `topic` is the name without the prefix of the connection. Blocks.
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
/// An unreachable broker or a missing topic within 10 s; an end that is not reached within `limit`.
pub fn read(connection: &Connection, topic: &str, limit: Duration) -> Result<Vec<RawRecord>, Error> {
    let start = Instant::now();
    let mut source = Source::open(connection, &connection.topic(topic))?;
    let mut records = Vec::new();
    while !source.has_caught_up() {
        if start.elapsed() > limit {
            return Err(behind(&source, limit).into());
        }
        if let Some(message) = source.next(STEP)? {
            records.push(RawRecord {
                partition: message.partition(),
                offset: message.offset(),
                key: message.key().unwrap_or_default().to_vec(),
                value: message.payload().map(<[u8]>::to_vec),
            });
        }
    }
    // What was published after the target was captured is left out.
    records.retain(|record| {
        source.progress().get(&record.partition).is_none_or(|progress| record.offset < progress.target)
    });
    Ok(records)
}

/// The error that names the first partition that has not caught up.
pub(crate) fn behind(source: &Source, limit: Duration) -> Kind {
    let behind = source.progress().iter().find(|(_, progress)| !progress.has_caught_up());
    let (partition, position, target) =
        behind.map_or((-1, 0, 0), |(partition, progress)| (*partition, progress.position, progress.target));
    Kind::Deadline { topic: source.topic().to_owned(), partition, position, target, limit }
}
