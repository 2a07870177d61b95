//! A topic in memory, for tests without a broker.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Batch, Bound, Event, Identity, RecordRef, Source, Watermarks};
use crate::connection::Isolation;
use crate::error::{Error, Kind};
use crate::log::RawRecord;

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

struct State {
    partitions: Vec<Partition>,
    /// Which topic of this name it is.
    generation: u64,
    clock: i64,
    transactions: u64,
    open: HashSet<u64>,
    aborted: HashSet<u64>,
    policy: String,
    paused: bool,
    /// Polls until one fails, and with what.
    failures: Vec<(u64, String)>,
    poll_limit: usize,
}

#[derive(Default)]
struct Partition {
    start: i64,
    end: i64,
    slots: Vec<Slot>,
    /// The first offset of each transaction that wrote here.
    first: HashMap<u64, i64>,
}

struct Slot {
    offset: i64,
    content: Content,
}

enum Content {
    Record { key: Vec<u8>, value: Option<Vec<u8>>, timestamp: i64, transaction: Option<u64> },
    Marker,
}

/// A transaction on a [`MemoryLog`]. Dropped without a commit or an abort it stays open, as that of a producer that died.
#[must_use = "its records are read only after a commit"]
pub struct Transaction {
    log: MemoryLog,
    id: u64,
}

/// One pass of the cleaner over a partition: see [`MemoryLog::compact`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compaction {
    /// Records before this offset are the ones that the pass knows: a record is dropped when a later one of its key lies
    /// before it. Never more than the last stable offset.
    pub clean_to: i64,
    /// Records before this offset are copied anew or dropped; the pass stopped there. A pass over all of it has
    /// `i64::MAX`.
    pub rewritten_to: i64,
    /// Whether tombstones that the pass knows as the last of their key are older than `delete.retention.ms`.
    pub tombstones_expired: bool,
}

impl Compaction {
    /// A whole pass over everything that may be cleaned, tombstones kept.
    pub fn whole() -> Self {
        Self { clean_to: i64::MAX, rewritten_to: i64::MAX, tombstones_expired: false }
    }

    /// The same, and tombstones have expired.
    #[must_use]
    pub fn without_tombstones(self) -> Self {
        Self { tombstones_expired: true, ..self }
    }
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
        let generation = self.state().generation;
        MemorySource { log: self.clone(), isolation, generation, cursors: BTreeMap::new() }
    }

    /// Appends a record outside of a transaction, and gives its offset. A partition that there is not is a mistake of
    /// the test: nothing is written, and the offset is -1.
    pub fn append(&self, partition: i32, key: &[u8], value: Option<&[u8]>) -> i64 {
        self.change(|state| state.append(partition, key, value, None))
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

    /// Where each partition begins and ends.
    pub fn watermarks(&self, bound: Bound) -> BTreeMap<i32, Watermarks> {
        let state = self.state();
        let of = |(partition, it): (i32, &Partition)| {
            let end = match bound {
                Bound::Stable => state.stable(partition).unwrap_or(it.end),
                Bound::High => it.end,
            };
            (partition, Watermarks { start: it.start, end: end.max(it.start) })
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
        self.log.change(|state| state.append(partition, key, value, Some(self.id)))
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

impl State {
    fn partition(&mut self, partition: i32) -> Option<&mut Partition> {
        usize::try_from(partition).ok().and_then(|it| self.partitions.get_mut(it))
    }

    fn append(&mut self, partition: i32, key: &[u8], value: Option<&[u8]>, transaction: Option<u64>) -> i64 {
        self.clock += 1;
        let timestamp = self.clock;
        let Some(partition) = self.partition(partition) else { return -1 };
        let offset = partition.end;
        if let Some(transaction) = transaction {
            partition.first.entry(transaction).or_insert(offset);
        }
        let content =
            Content::Record { key: key.to_vec(), value: value.map(<[u8]>::to_vec), timestamp, transaction };
        partition.slots.push(Slot { offset, content });
        partition.end += 1;
        offset
    }

    /// The last stable offset.
    fn stable(&self, partition: i32) -> Option<i64> {
        let partition = self.partitions.get(usize::try_from(partition).ok()?)?;
        let open = partition.first.iter().filter(|(id, _)| self.open.contains(id)).map(|(_, first)| *first);
        Some(open.min().unwrap_or(partition.end))
    }
}

impl Partition {
    fn compact(&mut self, aborted: &HashSet<u64>, bound: i64, compaction: Compaction) {
        let mut last = HashMap::new();
        for slot in self.slots.iter().filter(|slot| slot.offset < bound) {
            if let Content::Record { key, transaction, .. } = &slot.content
                && !transaction.is_some_and(|it| aborted.contains(&it))
            {
                last.insert(key.clone(), slot.offset);
            }
        }
        self.slots.retain(|slot| {
            let Content::Record { key, value, transaction, .. } = &slot.content else { return true };
            if slot.offset >= bound || slot.offset >= compaction.rewritten_to {
                return true;
            }
            if transaction.is_some_and(|it| aborted.contains(&it)) {
                return false;
            }
            let is_last = last.get(key).is_none_or(|last| slot.offset >= *last);
            is_last && !(value.is_none() && compaction.tombstones_expired)
        });
    }
}

/// Reads a [`MemoryLog`]: see [`MemoryLog::source`].
pub struct MemorySource {
    log: MemoryLog,
    isolation: Isolation,
    generation: u64,
    cursors: BTreeMap<i32, Cursor>,
}

#[derive(Clone, Copy)]
struct Cursor {
    /// The next offset to be looked at.
    at: i64,
    /// The end that was told.
    end: Option<i64>,
    lost: bool,
}

impl MemorySource {
    /// Adds what there is. `false`: there is nothing.
    fn take(&mut self, state: &mut State, batch: &mut Batch) -> bool {
        let mut room = state.poll_limit;
        let mut any = false;
        if self.generation != state.generation {
            self.generation = state.generation;
            batch.push(Event::Recreated);
            any = true;
        }
        for (&number, cursor) in &mut self.cursors {
            let stable = match self.isolation {
                Isolation::ReadCommitted => state.stable(number),
                Isolation::ReadUncommitted => state.partition(number).map(|it| it.end),
            };
            let Some(stable) = stable else { continue };
            let State { partitions, aborted, .. } = &*state;
            let Some(partition) = usize::try_from(number).ok().and_then(|it| partitions.get(it)) else {
                continue;
            };
            if cursor.at < partition.start || cursor.at > partition.end {
                if !cursor.lost {
                    cursor.lost = true;
                    batch.push(Event::Lost);
                    any = true;
                }
                continue;
            }
            let from = partition.slots.partition_point(|slot| slot.offset < cursor.at);
            for slot in partition.slots[from..].iter().take_while(|slot| slot.offset < stable) {
                if room == 0 || batch.is_full() {
                    return true;
                }
                cursor.at = slot.offset + 1;
                match &slot.content {
                    Content::Record { key, value, timestamp, transaction } => {
                        let committed = self.isolation == Isolation::ReadCommitted;
                        if committed && transaction.is_some_and(|it| aborted.contains(&it)) {
                            continue;
                        }
                        batch.push(Event::Record(RecordRef {
                            partition: number,
                            offset: slot.offset,
                            timestamp: *timestamp,
                            key,
                            value: value.as_deref(),
                        }));
                        room -= 1;
                    }
                    Content::Marker => batch.push(Event::Position { partition: number, offset: cursor.at }),
                }
                any = true;
            }
            cursor.at = cursor.at.max(stable);
            if cursor.end != Some(stable) {
                cursor.end = Some(stable);
                batch.push(Event::End { partition: number });
                any = true;
            }
        }
        any
    }
}

impl Source for MemorySource {
    fn topic(&self) -> &str {
        &self.log.topic
    }

    fn identity(&mut self) -> Result<Identity, Error> {
        let generation = self.log.state().generation;
        Ok(Identity { cluster: Some("memory".to_owned()), topic: Some(generation.to_string()) })
    }

    fn watermarks(&mut self, bound: Bound) -> Result<BTreeMap<i32, Watermarks>, Error> {
        let bound = if self.isolation == Isolation::ReadUncommitted { Bound::High } else { bound };
        Ok(self.log.watermarks(bound))
    }

    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
        let cursor = |(partition, at): (&i32, &i64)| (*partition, Cursor { at: *at, end: None, lost: false });
        self.cursors = positions.iter().map(cursor).collect();
        Ok(())
    }

    fn poll(&mut self, limit: Duration, batch: &mut Batch) -> Result<(), Error> {
        let log = self.log.clone();
        let deadline = Instant::now() + limit;
        let mut state = log.state();
        for failure in &mut state.failures {
            failure.0 = failure.0.saturating_sub(1);
        }
        if let Some(index) = state.failures.iter().position(|failure| failure.0 == 0) {
            let (_, cause) = state.failures.swap_remove(index);
            return Err(Kind::Source { topic: log.topic.to_string(), cause }.into());
        }
        loop {
            if !state.paused && self.take(&mut state, batch) {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let waited = log.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn cleanup_policy(&mut self) -> Result<Option<String>, Error> {
        Ok(Some(self.log.state().policy.clone()))
    }
}

impl std::fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryLog").field("topic", &self.topic).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(log: &MemoryLog) -> Vec<i64> {
        log.records().iter().map(|record| record.offset).collect()
    }

    fn poll(source: &mut MemorySource) -> Batch {
        let mut batch = Batch::default();
        source.poll(Duration::ZERO, &mut batch).unwrap();
        batch
    }

    #[test]
    fn compaction_leaves_the_last_record_of_each_key_with_its_offset() {
        let log = MemoryLog::new("topic", 1);
        for key in [b"a", b"b", b"a", b"c"] {
            log.append(0, key, Some(b"1"));
        }
        log.append(0, b"b", None);

        log.compact(0, Compaction::whole());
        assert_eq!(offsets(&log), [2, 3, 4]);
        log.compact(0, Compaction::whole().without_tombstones());
        assert_eq!(offsets(&log), [2, 3]);
        assert_eq!(log.watermarks(Bound::High)[&0], Watermarks { start: 0, end: 5 });
    }

    #[test]
    fn a_pass_drops_nothing_for_the_sake_of_a_record_that_it_does_not_know() {
        let log = MemoryLog::new("topic", 1);
        for _ in 0..4 {
            log.append(0, b"a", Some(b"1"));
        }

        log.compact(0, Compaction { clean_to: 2, ..Compaction::whole() });
        assert_eq!(offsets(&log), [1, 2, 3]);
        log.compact(0, Compaction { rewritten_to: 2, ..Compaction::whole() });
        assert_eq!(offsets(&log), [2, 3], "the pass stopped there");
    }

    #[test]
    fn an_open_transaction_holds_back_readers_and_the_cleaner() {
        let log = MemoryLog::new("topic", 1);
        log.append(0, b"a", Some(b"1"));
        let open = log.begin();
        assert_eq!(open.append(0, b"a", Some(b"2")), 1);
        log.append(0, b"a", Some(b"3"));

        log.compact(0, Compaction::whole());
        assert_eq!(offsets(&log), [0]);
        assert_eq!(log.watermarks(Bound::Stable)[&0].end, 1);
        assert_eq!(log.watermarks(Bound::High)[&0].end, 3);
        open.abort();
        assert_eq!(offsets(&log), [0, 2]);
        log.compact(0, Compaction::whole());
        assert_eq!(offsets(&log), [2]);
        assert_eq!(log.watermarks(Bound::Stable)[&0].end, 4, "the marker has an offset");
    }

    #[test]
    fn a_source_tells_control_records_as_a_position_and_emptied_batches_by_the_end_alone() {
        let log = MemoryLog::new("topic", 1);
        let transaction = log.begin();
        transaction.append(0, b"a", None);
        transaction.commit();
        log.skip(0, 2);
        let mut source = log.source();
        source.assign(&[(0, 1)].into()).unwrap();

        let batch = poll(&mut source);
        let events: Vec<_> = batch.events().collect();
        assert_eq!(events, [Event::Position { partition: 0, offset: 2 }, Event::End { partition: 0 }]);
        assert!(poll(&mut source).is_empty(), "the end is told once");
        source.assign(&[(0, 4)].into()).unwrap();
        assert_eq!(poll(&mut source).events().collect::<Vec<_>>(), [Event::End { partition: 0 }]);
    }

    #[test]
    fn a_source_whose_position_is_no_longer_in_the_log_says_so() {
        let log = MemoryLog::new("topic", 1);
        for _ in 0..3 {
            log.append(0, b"a", None);
        }
        log.delete_records(0, 2);
        let mut source = log.source();

        for lost in [1, 4] {
            source.assign(&[(0, lost)].into()).unwrap();
            assert_eq!(poll(&mut source).events().collect::<Vec<_>>(), [Event::Lost]);
        }
        log.recreate(1);
        assert!(poll(&mut source).events().any(|event| event == Event::Recreated));
    }

    #[test]
    fn a_reader_of_uncommitted_records_gets_them_all() {
        let log = MemoryLog::new("topic", 1);
        let open = log.begin();
        open.append(0, b"a", None);
        let mut source = log.source_at(Isolation::ReadUncommitted);
        source.assign(&[(0, 0)].into()).unwrap();

        assert!(matches!(poll(&mut source).events().next(), Some(Event::Record(_))));
    }

    #[test]
    fn a_poll_fails_when_it_was_told_to() {
        let log = MemoryLog::new("topic", 1);
        let mut source = log.source();
        log.fail_at_poll(2, "no more");

        poll(&mut source);
        let error = source.poll(Duration::ZERO, &mut Batch::default()).unwrap_err();
        assert_eq!(error.to_string(), "topic: no more");
        poll(&mut source);
    }
}
