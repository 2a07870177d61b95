//! The last record of each key in each partition, and which of them a table shows.
//!
//! Within a partition the last offset decides, whatever its timestamp says. Between partitions the last records of each
//! are compared, and the greatest (timestamp, partition) decides. A tombstone or an undecodable record decides like any
//! other. So what is shown depends on the logs alone, and never on the order in which partitions are read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use tiltak_schema::topic::Topic;

use super::rows::Rows;
use super::slot::Slot;
use crate::poison::PreviousValue;
use crate::table::changes::Cause;
use crate::table::entry::StaleValue;

/// More tombstones than this are not remembered once every partition has caught up: the oldest are forgotten first.
const MOST_TOMBSTONES: usize = 100_000;

/// Keys whose deciding record cannot be decoded, with that record.
pub(crate) type Unreadable<T> = HashMap<<T as Topic>::Key, StaleValue, RandomState>;

/// The last record of a key in a partition.
pub(crate) struct LastRecord<T: Topic> {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) content: Content<T>,
}

pub(crate) enum Content<T: Topic> {
    Value(Slot<T>),
    Tombstone,
    Undecodable(Box<StaleValue>),
}

/// A row that is to be shown instead of another one.
pub(crate) struct RowChange<T: Topic> {
    pub(crate) key: T::Key,
    pub(crate) old: Option<Slot<T>>,
    pub(crate) new: Option<Slot<T>>,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) cause: Cause,
}

/// See the module.
pub(crate) struct LastRecords<T: Topic> {
    /// What is shown: the value that decides, of each key that has one.
    rows: Rows<T>,
    /// The last records that are not shown: of a key with records in several partitions those that do not decide, and
    /// tombstones and undecodable records that do.
    hidden: HashMap<T::Key, Vec<LastRecord<T>>, RandomState>,
    unreadable: Arc<Unreadable<T>>,
    /// Tombstones among the hidden records.
    tombstones: u64,
    /// Rows that are shown although their key's deciding record cannot be decoded.
    stale: u64,
    /// Whether another partition may have an older value of a key, so that a tombstone has to be remembered.
    remembers_tombstones: bool,
    previous_value: PreviousValue,
}

impl<T: Topic> LastRecord<T> {
    pub(crate) fn value(row: Slot<T>) -> Self {
        let (partition, offset, timestamp) = (row.partition(), row.offset(), row.timestamp());
        Self { partition, offset, timestamp, content: Content::Value(row) }
    }

    /// Decides between partitions.
    fn recency(&self) -> (i64, i32) {
        (self.timestamp, self.partition)
    }

    fn is_tombstone(&self) -> bool {
        matches!(self.content, Content::Tombstone)
    }
}

impl<T: Topic> LastRecords<T> {
    pub(crate) fn new(rows: Rows<T>, previous_value: PreviousValue) -> Self {
        Self {
            rows,
            hidden: HashMap::default(),
            unreadable: Arc::default(),
            tombstones: 0,
            stale: 0,
            remembers_tombstones: false,
            previous_value,
        }
    }

    pub(crate) fn rows(&self) -> &Rows<T> {
        &self.rows
    }

    pub(crate) fn unreadable(&self) -> &Arc<Unreadable<T>> {
        &self.unreadable
    }

    pub(crate) fn stale(&self) -> u64 {
        self.stale
    }

    /// Tombstones that are remembered.
    pub(crate) fn tombstones(&self) -> u64 {
        self.tombstones
    }

    /// Whether a tombstone is kept: it is needed as soon as a key may have records in two partitions.
    pub(crate) fn remembers_tombstones(&self) -> bool {
        self.remembers_tombstones
    }

    pub(crate) fn remember_tombstones(&mut self, remember: bool) {
        self.remembers_tombstones = remember;
    }

    /// The key has this last record in its partition now.
    pub(crate) fn put(&mut self, key: T::Key, record: LastRecord<T>) -> Option<RowChange<T>> {
        let origin = (record.partition, record.offset);
        self.replace(key, record.partition, Some(record), origin, None)
    }

    /// Takes over the rows of a partition, of which none is there yet. Gives the changes of keys that have a record in
    /// another partition; the others are simply there.
    pub(crate) fn take_over(&mut self, rows: Rows<T>) -> Vec<RowChange<T>> {
        let Self { hidden, .. } = self;
        let contested = self.rows.absorb(rows, |key| hidden.contains_key(key));
        contested.into_iter().filter_map(|(key, row)| self.put(key, LastRecord::value(row))).collect()
    }

    /// Removes the last records of a partition whose keys were not seen by a rebuild up to this position.
    pub(crate) fn sweep(
        &mut self,
        partition: i32,
        position: i64,
        seen: &HashSet<T::Key, RandomState>,
    ) -> Vec<RowChange<T>> {
        let shown = self.rows.slots().filter(|(_, row)| row.partition() == partition).map(|(key, _)| *key);
        let is_of_partition =
            |records: &Vec<LastRecord<T>>| records.iter().any(|record| record.partition == partition);
        let hidden = self.hidden.iter().filter(|(_, records)| is_of_partition(records)).map(|(key, _)| *key);
        let gone: HashSet<T::Key> = shown.chain(hidden).filter(|key| !seen.contains(key)).collect();
        let sweep = |key| self.replace(key, partition, None, (partition, position), Some(Cause::Swept));
        gone.into_iter().filter_map(sweep).collect()
    }

    /// Whether anything of a partition is there.
    pub(crate) fn has_any_of(&self, partition: i32) -> bool {
        self.rows.slots().any(|(_, row)| row.partition() == partition)
            || self.hidden.values().flatten().any(|record| record.partition == partition)
    }

    /// Forgets tombstones that no record still to come can contradict: older ones than `horizon` (milliseconds since
    /// 1970), and the oldest of more than [`MOST_TOMBSTONES`]. Older values that they hide are forgotten with them, so
    /// that nothing comes back. Gives what was forgotten, by key and partition.
    pub(crate) fn forget_tombstones(&mut self, horizon: i64) -> Vec<(T::Key, i32)> {
        let tombstones = self.hidden.values().flatten().filter(|record| record.is_tombstone());
        let mut timestamps: Vec<i64> = tombstones.map(|record| record.timestamp).collect();
        let mut horizon = horizon;
        if timestamps.len() > MOST_TOMBSTONES {
            let quarter = timestamps.len() - MOST_TOMBSTONES / 4 * 3;
            let (_, at, _) = timestamps.select_nth_unstable(quarter);
            horizon = horizon.max(*at);
        }
        let mut forgotten = Vec::new();
        self.hidden.retain(|key, records| {
            let old = records.iter().filter(|it| it.is_tombstone() && it.timestamp < horizon);
            let Some(youngest) = old.map(LastRecord::recency).max() else { return true };
            let (gone, left): (Vec<LastRecord<T>>, Vec<LastRecord<T>>) =
                std::mem::take(records).into_iter().partition(|record| record.recency() <= youngest);
            *records = left;
            self.tombstones -= count_tombstones(&gone);
            forgotten.extend(gone.into_iter().map(|record| (*key, record.partition)));
            !records.is_empty()
        });
        forgotten
    }

    /// Puts a record, or none, in the place of the key's last record in a partition.
    fn replace(
        &mut self,
        key: T::Key,
        partition: i32,
        record: Option<LastRecord<T>>,
        origin: (i32, i64),
        cause: Option<Cause>,
    ) -> Option<RowChange<T>> {
        let shown = self.rows.slot(&key);
        let mut records =
            if self.hidden.is_empty() { None } else { self.hidden.remove(&key) }.unwrap_or_default();
        self.tombstones -= count_tombstones(&records);
        records.retain(|it| it.partition != partition);
        if let Some(row) = shown
            && row.partition() != partition
            && !row.is_stale()
        {
            records.push(LastRecord::value(row.clone()));
        }
        records.extend(record);
        let deciding = (0..records.len()).max_by_key(|index| records[*index].recency());
        let (mut new, mut unreadable, mut of_content) = (None, None, Cause::Swept);
        if let Some(index) = deciding {
            match &records[index].content {
                Content::Value(row) => {
                    new = Some(row.clone());
                    of_content = Cause::Upsert;
                    records.swap_remove(index);
                }
                Content::Tombstone => of_content = Cause::Tombstone,
                Content::Undecodable(stale) => {
                    of_content = Cause::Undecodable;
                    if self.previous_value == PreviousValue::Keep {
                        new = shown
                            .and_then(Slot::entry)
                            .map(|it| Slot::Entry(it.outdated(StaleValue::clone(stale))));
                    }
                    if new.is_none() {
                        unreadable = Some(StaleValue::clone(stale));
                    }
                }
            }
        }
        if !self.remembers_tombstones {
            records.retain(|record| !record.is_tombstone());
        }
        self.tombstones += count_tombstones(&records);
        if !records.is_empty() {
            self.hidden.insert(key, records);
        }
        match unreadable {
            Some(stale) => drop(Arc::make_mut(&mut self.unreadable).insert(key, stale)),
            None if self.unreadable.contains_key(&key) => {
                Arc::make_mut(&mut self.unreadable).remove(&key);
            }
            None => {}
        }
        let old = match &new {
            Some(row) => self.rows.insert(key, row.clone()),
            None => self.rows.remove(&key),
        };
        if old == new {
            return None;
        }
        let is_stale = |row: &Option<Slot<T>>| u64::from(row.as_ref().is_some_and(Slot::is_stale));
        self.stale = self.stale + is_stale(&new) - is_stale(&old);
        let (partition, offset) = origin;
        Some(RowChange { key, old, new, partition, offset, cause: cause.unwrap_or(of_content) })
    }
}

fn count_tombstones<T: Topic>(records: &[LastRecord<T>]) -> u64 {
    records.iter().filter(|record| record.is_tombstone()).count() as u64
}
