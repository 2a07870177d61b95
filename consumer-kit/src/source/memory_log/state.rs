//! What a log holds, and what the cleaner leaves of it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// One pass of the cleaner over a partition: see [`MemoryLog::compact`](super::MemoryLog::compact).
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

pub(super) struct State {
    pub(super) partitions: Vec<Partition>,
    /// Which topic of this name it is.
    pub(super) generation: u64,
    pub(super) clock: i64,
    pub(super) transactions: u64,
    pub(super) open: HashSet<u64>,
    pub(super) aborted: HashSet<u64>,
    pub(super) policy: String,
    pub(super) delete_retention: Duration,
    pub(super) paused: bool,
    /// Polls until one fails, and with what.
    pub(super) failures: Vec<(u64, String)>,
    pub(super) poll_limit: usize,
}

#[derive(Default)]
pub(super) struct Partition {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) slots: Vec<Slot>,
    /// The first offset of each transaction that wrote here.
    pub(super) first: HashMap<u64, i64>,
}

pub(super) struct Slot {
    pub(super) offset: i64,
    pub(super) content: Content,
}

pub(super) enum Content {
    Record { key: Option<Vec<u8>>, value: Option<Vec<u8>>, timestamp: i64, transaction: Option<u64> },
    Marker,
}

impl State {
    pub(super) fn partition(&mut self, partition: i32) -> Option<&mut Partition> {
        usize::try_from(partition).ok().and_then(|it| self.partitions.get_mut(it))
    }

    pub(super) fn append(
        &mut self,
        partition: i32,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        transaction: Option<u64>,
    ) -> i64 {
        self.clock += 1;
        let timestamp = self.clock;
        let Some(partition) = self.partition(partition) else { return -1 };
        let offset = partition.end;
        if let Some(transaction) = transaction {
            partition.first.entry(transaction).or_insert(offset);
        }
        let content = Content::Record {
            key: key.map(<[u8]>::to_vec),
            value: value.map(<[u8]>::to_vec),
            timestamp,
            transaction,
        };
        partition.slots.push(Slot { offset, content });
        partition.end += 1;
        offset
    }

    /// The last stable offset.
    pub(super) fn stable(&self, partition: i32) -> Option<i64> {
        let partition = self.partitions.get(usize::try_from(partition).ok()?)?;
        let open = partition.first.iter().filter(|(id, _)| self.open.contains(id)).map(|(_, first)| *first);
        Some(open.min().unwrap_or(partition.end))
    }
}

impl Partition {
    pub(super) fn compact(&mut self, aborted: &HashSet<u64>, bound: i64, compaction: Compaction) {
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
