//! The log cleaner: what compaction drops from a partition.

use std::collections::HashMap;

use super::error::LogError;
use super::log::{SimulatedContent, SimulatedEntry, SimulatedLog, SimulatedPartition};

/// One pass of the log cleaner over a partition.
///
/// A pass first notes the last offset of each key in the part of the log that it knows, then copies the log from the
/// front and leaves out what is no longer needed. The fields are the bounds that Kafka's cleaner meets: it may know only
/// a part of the log, and it may stop half-way.
///
/// A pass drops a record if
/// - a later record of its key lies before [`clean_to`](Self::clean_to), or
/// - it is a tombstone whose `delete.retention.ms` has passed, or
/// - its transaction was aborted, or
/// - it has no key.
///
/// Nothing at or past `clean_to`, [`rewritten_to`](Self::rewritten_to) or the last stable offset is touched. Offsets,
/// order and both ends of the log stay.
///
/// ```
/// use tiltak_consumer_kit::MemoryLog;
/// use tiltak_consumer_kit::source::memory_log::Compaction;
///
/// let log = MemoryLog::new("my-topic", 1);
/// for value in [Some(&b"1"[..]), Some(b"2"), None] {
///     log.append(0, b"key", value)?;
/// }
/// log.compact(0, Compaction { clean_to: 2, ..Compaction::whole() })?;
/// assert_eq!(log.records().len(), 2);
/// log.compact(0, Compaction::whole())?;
/// assert_eq!(log.records().len(), 1); // the tombstone
/// log.compact(0, Compaction::whole().without_tombstones())?;
/// assert!(log.records().is_empty());
/// # Ok::<(), tiltak_consumer_kit::source::memory_log::LogError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Compaction {
    /// The offset before which the pass knows the last record of each key. The last stable offset bounds it.
    pub clean_to: i64,
    /// The offset before which the pass has copied the log when it stops. `i64::MAX` is a pass that does not stop
    /// half-way.
    pub rewritten_to: i64,
    /// The offset from which on `delete.retention.ms` has passed for the tombstones that the pass copies; `None` keeps
    /// every tombstone.
    ///
    /// Kafka takes two passes: the first that copies a tombstone sets its time to go, one after that time drops it.
    /// Here one pass stands for both. Mostly earlier tombstones go first (0); a retention that was made shorter
    /// meanwhile lets a later one go before an earlier one.
    pub tombstones_expired_from: Option<i64>,
}

impl Compaction {
    /// A pass over all that may be cleaned. Tombstones stay.
    pub fn whole() -> Self {
        Self { clean_to: i64::MAX, rewritten_to: i64::MAX, tombstones_expired_from: None }
    }

    /// The same pass, after `delete.retention.ms` has passed for every tombstone.
    #[must_use]
    pub fn without_tombstones(self) -> Self {
        Self { tombstones_expired_from: Some(0), ..self }
    }

    fn has_expired(&self, tombstone: i64) -> bool {
        self.tombstones_expired_from.is_some_and(|from| tombstone >= from)
    }
}

impl SimulatedLog {
    /// Runs one pass of the cleaner over a partition.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn compact(&mut self, partition: i32, compaction: Compaction) -> Result<(), LogError> {
        self.partition_mut(partition)?.compact(compaction);
        Ok(())
    }
}

impl SimulatedPartition {
    /// Runs one pass of the cleaner.
    pub fn compact(&mut self, compaction: Compaction) {
        let clean_to = compaction.clean_to.min(self.watermarks().last_stable_offset);
        let mut last_offsets = HashMap::new();
        for entry in self.entries.iter().take_while(|entry| entry.offset < clean_to) {
            if let SimulatedContent::Record { key: Some(key), aborted: false, .. } = &entry.content {
                last_offsets.insert(key.clone(), entry.offset);
            }
        }
        let untouched = clean_to.min(compaction.rewritten_to);
        self.entries.retain(|SimulatedEntry { offset, content, .. }| match content {
            SimulatedContent::Record { key, value, .. } if *offset < untouched => {
                // Nothing that was aborted is the last of its key.
                let is_last = key.as_ref().is_some_and(|key| last_offsets.get(key) == Some(offset));
                let has_expired = value.is_none() && compaction.has_expired(*offset);
                is_last && !has_expired
            }
            _ => true,
        });
    }
}
