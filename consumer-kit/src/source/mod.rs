//! Where records come from: one interface, over a broker or over a log in memory.

mod batch;
pub(crate) mod kafka;
pub mod memory_log;

use std::collections::BTreeMap;
use std::time::Duration;

pub use self::batch::{Batch, PollEvent, RecordRef};
pub use self::kafka::KafkaSource;
pub(crate) use self::kafka::{headers, restore_brokers};
pub use self::memory_log::MemoryLog;

use crate::error::Error;

/// A source of one topic's records: all partitions, without a consumer group.
///
/// One thread drives a source, and each call may block as long as a broker takes to answer. [`Source::poll`] does not fail on
/// conditions that a client recovers from (a lost connection, a leader that moves): it returns no records meanwhile, and
/// [`Source::describe`] says why.
///
/// ```
/// use std::time::Duration;
/// use tiltak_consumer_kit::source::{Batch, MemoryLog, PollEvent, Source};
///
/// let log = MemoryLog::new("my-topic", 1);
/// log.append(0, b"key", Some(b"value"))?;
/// let mut source = log.source();
/// let topic = source.describe()?;
/// assert_eq!((topic.watermarks[&0].log_start, topic.watermarks[&0].last_stable_offset), (0, 1));
///
/// source.assign(&[(0, 0)].into())?;
/// let mut batch = Batch::default();
/// source.poll(Duration::from_millis(10), &mut batch)?;
/// let Some(PollEvent::Record(record)) = batch.events().next() else { unreachable!() };
/// assert_eq!((record.offset, record.value), (0, Some(&b"value"[..])));
/// # Ok::<(), tiltak_consumer_kit::Error>(())
/// ```
pub trait Source: Send {
    /// The topic's name, with the prefix of the connection.
    fn topic(&self) -> &str;

    /// The topic as the brokers describe it now, not from a client's cache: a topic that was deleted and recreated has another
    /// identity in the first answer. An answer confirms that the brokers still serve this reader.
    ///
    /// # Errors
    /// No broker answers ([`Error::is_unreachable`]) or is trusted ([`Error::is_untrusted`]), the topic is gone
    /// ([`Error::is_missing_topic`]), or may not be read ([`Error::is_forbidden`]). The text says why as of now.
    fn describe(&mut self) -> Result<TopicDescription, Error>;

    /// Starts to read these partitions from these offsets, and stops reading all others. No event of an earlier assignment comes
    /// afterwards. The end of each partition is reported again, also if the partition is at its end already.
    ///
    /// # Errors
    /// The client refuses.
    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error>;

    /// Adds the next events to the batch. Waits at most `timeout` for the first one, then takes those that are there, up to
    /// [`Batch::is_full`].
    ///
    /// A right that was taken away is not an error but [`PollEvent::Unauthorized`], because reading goes on if the right is given
    /// back. [`Source::describe`] says that it is missing.
    ///
    /// # Errors
    /// The client has failed for good: nothing can be read any further.
    fn poll(&mut self, timeout: Duration, batch: &mut Batch) -> Result<(), Error>;

    /// The topic's settings, as far as they are known. The first call requests them. No call waits for the answer, and dropping the
    /// source does not wait either.
    fn settings(&mut self) -> Settings;
}

/// A topic as the brokers describe it at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicDescription {
    /// The identity of the topic, which distinguishes it from another one of the same name.
    pub identity: TopicIdentity,
    /// The partitions, with the beginning and end of their logs.
    pub watermarks: BTreeMap<i32, Watermarks>,
}

/// The beginning and end of a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watermarks {
    /// The first offset that there may be a record at. Only deletion moves it, compaction never does.
    pub log_start: i64,
    /// The end of what may be read now (KIP-98). An open transaction holds it back. For a reader of uncommitted
    /// records it is the high watermark.
    pub last_stable_offset: i64,
    /// The offset that the next record gets, records of open transactions included.
    pub high_watermark: i64,
}

impl Watermarks {
    /// A log without an open transaction, from `log_start` up to `end`.
    pub fn settled(log_start: i64, end: i64) -> Self {
        Self { log_start, last_stable_offset: end, high_watermark: end }
    }

    /// Number of offsets behind the last stable offset: records that were written and may not be read yet.
    pub fn unstable(&self) -> i64 {
        (self.high_watermark - self.last_stable_offset).max(0)
    }
}

/// The topic's settings that decide whether a reader may trust its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    /// The broker has not answered yet.
    Pending,
    /// The settings cannot be read: the right to describe them is missing, or no broker answered.
    Unavailable {
        /// The reason, in words for a log.
        reason: String,
    },
    /// The broker has answered.
    Known {
        /// `cleanup.policy`.
        cleanup_policy: String,
        /// `delete.retention.ms`: the least time that a tombstone is kept.
        delete_retention: Duration,
    },
}

/// The identity of a topic, which distinguishes it from another one of the same name. A field that is not known is
/// `None`, and is not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicIdentity {
    /// The id of the cluster.
    pub cluster_id: Option<String>,
    /// The id of the topic (KIP-516).
    pub topic_id: Option<String>,
}

impl TopicIdentity {
    /// Adds what a later description of the same topic knows.
    pub(crate) fn learn(&mut self, later: &Self) {
        let learn = |mine: &mut Option<String>, theirs: &Option<String>| {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        };
        learn(&mut self.cluster_id, &later.cluster_id);
        learn(&mut self.topic_id, &later.topic_id);
    }

    /// Whether both may be the same topic: no field that both know differs.
    ///
    /// ```
    /// use tiltak_consumer_kit::source::TopicIdentity;
    ///
    /// let saved = TopicIdentity { cluster_id: Some("A".into()), topic_id: None };
    /// assert!(saved.agrees(&TopicIdentity::default()));
    /// assert!(!saved.agrees(&TopicIdentity { cluster_id: Some("B".into()), topic_id: None }));
    /// ```
    pub fn agrees(&self, other: &Self) -> bool {
        let agree = |mine: &Option<String>, theirs: &Option<String>| match (mine, theirs) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => true,
        };
        agree(&self.cluster_id, &other.cluster_id) && agree(&self.topic_id, &other.topic_id)
    }
}
