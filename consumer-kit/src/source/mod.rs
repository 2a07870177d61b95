//! Where records come from: one interface, over a broker or over a log in memory.

mod batch;
pub(crate) mod kafka;
pub mod memory_log;

use std::collections::BTreeMap;
use std::time::Duration;

pub use self::batch::{Batch, Event, RecordRef};
pub use self::kafka::KafkaSource;
pub use self::memory_log::MemoryLog;

use crate::error::Error;

/// One topic, all partitions of it, read without a consumer group.
///
/// It is driven by one thread, and each call may block for as long as a broker takes to answer. Whatever a broker gets
/// over by itself (a connection that is lost, a leader that moves) is no error: there are no records meanwhile.
///
/// ```
/// use std::time::Duration;
/// use tiltak_consumer_kit::source::{Batch, Bound, Event, MemoryLog, Source};
///
/// let log = MemoryLog::new("my-topic", 1);
/// log.append(0, b"key", Some(b"value"));
/// let mut source = log.source();
/// let watermarks = source.watermarks(Bound::Stable)?;
/// assert_eq!((watermarks[&0].start, watermarks[&0].end), (0, 1));
///
/// source.assign(&[(0, 0)].into())?;
/// let mut batch = Batch::default();
/// source.poll(Duration::from_millis(10), &mut batch)?;
/// let Some(Event::Record(record)) = batch.events().next() else { unreachable!() };
/// assert_eq!((record.offset, record.value), (0, Some(&b"value"[..])));
/// # Ok::<(), tiltak_consumer_kit::Error>(())
/// ```
pub trait Source: Send {
    /// The topic's name, with the prefix of the connection.
    fn topic(&self) -> &str;

    /// What tells the topic from another one of the same name, as far as it is known.
    ///
    /// # Errors
    /// No broker answers.
    fn identity(&mut self) -> Result<Identity, Error>;

    /// The partitions that there are now, and where their logs begin and end.
    ///
    /// # Errors
    /// No broker answers, the topic is gone, or may not be read.
    fn watermarks(&mut self, bound: Bound) -> Result<BTreeMap<i32, Watermarks>, Error>;

    /// Reads these partitions from these offsets on, and no others. No event that was on its way comes afterwards, and
    /// the end of a partition is told anew, also of one that is at its end already.
    ///
    /// # Errors
    /// The client refuses.
    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error>;

    /// Adds the next events to the batch: waits for the first for at most `limit`, and takes what is there then, up to
    /// [`Batch::is_full`].
    ///
    /// # Errors
    /// The records cannot be read any further.
    fn poll(&mut self, limit: Duration, batch: &mut Batch) -> Result<(), Error>;

    /// The topic's setting `cleanup.policy`; `None` if it may not be asked for.
    ///
    /// # Errors
    /// No broker answers.
    fn cleanup_policy(&mut self) -> Result<Option<String>, Error>;
}

/// Which end of a log is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// What can be read now: at `read_committed`, the last stable offset, which an open transaction holds back.
    Stable,
    /// All that was written, also in a transaction that is open. A reader of committed records gets there only when each
    /// transaction has ended.
    High,
}

/// Where a log begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermarks {
    /// The first offset that there may be a record at. Only deletion moves it, compaction never does.
    pub start: i64,
    /// The offset that the next record gets.
    pub end: i64,
}

/// What tells a topic from another one of the same name. A field is `None` when it is not known, and is not compared then.
///
/// The client library knows a topic's id (KIP-516) and gives it away only in its log, when it changes under a reader. A
/// topic that was made anew while nobody read is therefore told from the old one by its cluster, its partitions, and logs
/// that end before the saved position; see [`KafkaSource`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The id of the cluster.
    pub cluster: Option<String>,
    /// The id of the topic.
    pub topic: Option<String>,
}

impl Identity {
    /// Whether both may be the same topic: nothing that is known of both differs.
    ///
    /// ```
    /// use tiltak_consumer_kit::source::Identity;
    ///
    /// let saved = Identity { cluster: Some("A".into()), topic: None };
    /// assert!(saved.agrees(&Identity::default()));
    /// assert!(!saved.agrees(&Identity { cluster: Some("B".into()), topic: None }));
    /// ```
    pub fn agrees(&self, other: &Self) -> bool {
        let agree = |mine: &Option<String>, theirs: &Option<String>| match (mine, theirs) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => true,
        };
        agree(&self.cluster, &other.cluster) && agree(&self.topic, &other.topic)
    }
}
