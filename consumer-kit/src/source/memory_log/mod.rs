//! A topic in memory, for tests without a broker.

mod source;
mod state;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Watermarks;
use crate::connection::Isolation;
use crate::log::RawRecord;

pub use source::MemorySource;
pub use state::Compaction;
use state::{Content, Partition, Slot, State};

/// A topic in memory that a table reads as it does one on a broker. Clones are the same log.
///
/// It has what a reader of a real one meets: offsets with gaps, control records, transactions that are open or were
/// aborted, batches that compaction emptied at the end of a log, a log start that moves, partitions that are added, a
/// topic that is made anew, and [`MemoryLog::compact`], which leaves what Kafka's cleaner may leave. Timestamps are a
/// clock of the log's own, one millisecond a record.
///
/// ```
/// use std::time::Duration;
/// use tiltak_consumer_kit::Table;
/// use tiltak_consumer_kit::source::MemoryLog;
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tiltak_consumer_kit::Error> {
/// let log = MemoryLog::new("siste-tiltakstyper-v3", 2);
/// log.append(0, b"59a64a02-efdd-471d-9529-356ff5553a5d", None); // a tombstone of a key that is not there
/// log.begin().append(1, b"0d6c7f6b-8ae9-4b0c-8d35-c4fcf0b4d4e1", None); // in a transaction that stays open
///
/// let table = Table::<SisteTiltakstyperV3>::over(log.source()).start().await?;
/// table.ready(Duration::from_secs(10)).await?;
/// assert!(table.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryLog {
    topic: Arc<str>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A transaction on a [`MemoryLog`]. Dropped without a commit or an abort it stays open, as that of a producer that died.
#[must_use = "its records are read only after a commit"]
pub struct Transaction {
    log: MemoryLog,
    id: u64,
}

impl MemoryLog {
    /// An empty topic, compacted, with this many partitions.
    pub fn new(topic: impl Into<String>, partitions: usize) -> Self {
        let state = State {
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            generation: 1,
            clock: 0,
            transactions: 0,
            open: HashSet::new(),
            aborted: HashSet::new(),
            policy: "compact".to_owned(),
            delete_retention: Duration::from_hours(24),
            paused: false,
            failures: Vec::new(),
            poll_limit: usize::MAX,
        };
        let shared = Shared { state: Mutex::new(state), changed: Condvar::new() };
        Self { topic: Arc::from(topic.into()), shared: Arc::new(shared) }
    }

    /// A source that reads committed records of it.
    pub fn source(&self) -> MemorySource {
        self.source_at(Isolation::ReadCommitted)
    }

    /// A source with this isolation.
    pub fn source_at(&self, isolation: Isolation) -> MemorySource {
        MemorySource::new(self.clone(), isolation)
    }

    /// Appends a record outside of a transaction, and gives its offset. A partition that there is not is a mistake of
    /// the test: nothing is written, and the offset is -1.
    pub fn append(&self, partition: i32, key: &[u8], value: Option<&[u8]>) -> i64 {
        self.change(|state| state.append(partition, Some(key), value, None))
    }

    /// Begins a transaction.
    pub fn begin(&self) -> Transaction {
        let id = self.change(|state| {
            state.transactions += 1;
            state.open.insert(state.transactions);
            state.transactions
        });
        Transaction { log: self.clone(), id }
    }

    /// Moves the end of a partition without a record to show for it, as batches do that were emptied and kept.
    pub fn skip(&self, partition: i32, offsets: i64) {
        self.change(|state| {
            if let Some(partition) = state.partition(partition) {
                partition.end += offsets;
            }
        });
    }

    /// Deletes the records before an offset (KIP-107): the log then starts there.
    pub fn delete_records(&self, partition: i32, before: i64) {
        self.change(|state| {
            if let Some(partition) = state.partition(partition) {
                partition.start = before.clamp(partition.start, partition.end);
                let start = partition.start;
                partition.slots.retain(|slot| slot.offset >= start);
            }
        });
    }

    /// Adds an empty partition, and gives its number.
    pub fn add_partition(&self) -> i32 {
        self.change(|state| {
            state.partitions.push(Partition::default());
            i32::try_from(state.partitions.len()).unwrap_or(i32::MAX) - 1
        })
    }

    /// Deletes the topic and makes it anew, empty.
    pub fn recreate(&self, partitions: usize) {
        self.change(|state| {
            state.partitions = (0..partitions).map(|_| Partition::default()).collect();
            state.generation += 1;
        });
    }

    /// Drops from a partition what one pass of Kafka's cleaner drops: a record that has a later one of its key before
    /// [`Compaction::clean_to`]; what was aborted; and, if they have expired, tombstones that are the last of their key
    /// there. Offsets, order and the ends of the log stay.
    pub fn compact(&self, partition: i32, compaction: Compaction) {
        self.change(|state| {
            let Some(bound) = state.stable(partition) else { return };
            let bound = bound.min(compaction.clean_to);
            let State { partitions, aborted, .. } = state;
            let Some(partition) = usize::try_from(partition).ok().and_then(|it| partitions.get_mut(it))
            else {
                return;
            };
            partition.compact(aborted, bound, compaction);
        });
    }

    /// Sets `cleanup.policy`. It is only told, and changes nothing else.
    pub fn set_cleanup_policy(&self, policy: impl Into<String>) {
        self.change(|state| state.policy = policy.into());
    }

    /// Makes the source fail at its `polls`-th poll from now on, the next one being the first.
    pub fn fail_at_poll(&self, polls: u64, cause: impl Into<String>) {
        self.change(|state| state.failures.push((polls.max(1), cause.into())));
    }

    /// Gives no events until [`MemoryLog::resume`], as a broker that is away.
    pub fn pause(&self) {
        self.change(|state| state.paused = true);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.change(|state| state.paused = false);
    }

    /// Gives at most this many records at a poll, so that a test may change the log between them.
    pub fn poll_at_most(&self, records: usize) {
        self.change(|state| state.poll_limit = records.max(1));
    }

    /// Sets `delete.retention.ms`, as [`Source::settings`](super::Source::settings) gives it.
    pub fn set_delete_retention(&self, retention: Duration) {
        self.change(|state| state.delete_retention = retention);
    }

    /// Where each partition begins and ends.
    pub fn watermarks(&self) -> BTreeMap<i32, Watermarks> {
        let state = self.state();
        let of = |(partition, it): (i32, &Partition)| {
            let stable = state.stable(partition).unwrap_or(it.end);
            let marks = Watermarks {
                log_start: it.start,
                last_stable_offset: stable.max(it.start),
                high_watermark: it.end.max(it.start),
            };
            (partition, marks)
        };
        (0..).zip(&state.partitions).map(of).collect()
    }

    /// The records that a reader of committed records gets now, partition by partition.
    pub fn records(&self) -> Vec<RawRecord> {
        let state = self.state();
        let mut records = Vec::new();
        for (number, partition) in (0..).zip(&state.partitions) {
            let stable = state.stable(number).unwrap_or_default();
            for slot in partition.slots.iter().filter(|slot| slot.offset < stable) {
                if let Content::Record { key, value, transaction, .. } = &slot.content
                    && !transaction.is_some_and(|it| state.aborted.contains(&it))
                {
                    records.push(RawRecord {
                        partition: number,
                        offset: slot.offset,
                        key: key.clone(),
                        value: value.clone(),
                    });
                }
            }
        }
        records
    }

    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut self.state());
        self.shared.changed.notify_all();
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, transaction: u64, commit: bool) {
        self.change(|state| {
            state.open.remove(&transaction);
            if !commit {
                state.aborted.insert(transaction);
            }
            for partition in &mut state.partitions {
                if partition.first.remove(&transaction).is_some() {
                    partition.slots.push(Slot { offset: partition.end, content: Content::Marker });
                    partition.end += 1;
                }
            }
        });
    }
}

impl Transaction {
    /// Appends a record, and gives its offset; -1 if there is no such partition.
    pub fn append(&self, partition: i32, key: &[u8], value: Option<&[u8]>) -> i64 {
        self.log.change(|state| state.append(partition, Some(key), value, Some(self.id)))
    }

    /// Ends it. A marker takes an offset in each partition that it wrote to.
    pub fn commit(self) {
        self.log.finish(self.id, true);
    }

    /// Ends it. Its records are not read.
    pub fn abort(self) {
        self.log.finish(self.id, false);
    }
}

impl std::fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryLog").field("topic", &self.topic).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
