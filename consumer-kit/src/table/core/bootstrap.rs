//! The bootstrap of a partition: the last record of each key, as bytes, until the target is reached.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;

use foldhash::fast::RandomState;
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use super::rows::Rows;
use super::slot::Slot;
use crate::source::RecordRef;
use crate::store::{StoredRow, StoredRows};
use crate::table::entry::Entry;

/// Records that are taken together: enough that the processor has something to do while it waits for memory.
pub(crate) const TOGETHER: usize = 32;
/// Bytes that come from the memory at once.
const CACHE_LINE: usize = 64;
/// Bytes by which a later value of a key may well be longer.
const SLACK: usize = 16;

pub(crate) type PendingRows<T> = HashMap<<T as Topic>::Key, Pending, RandomState>;

/// What was read of a partition that has not reached its target.
pub(crate) struct Bootstrap<T: Topic> {
    /// The partition was shown before: keys that are not met are removed.
    pub(crate) again: bool,
    /// Restored rows that are known to be decodable. Records of the same keys in `rows` are younger.
    pub(crate) restored: Option<Rows<T>>,
    pub(crate) rows: PendingRows<T>,
    /// Records whose key cannot be read.
    pub(crate) unreadable: HashMap<UnreadableKey, Pending>,
}

/// A key that is none of the topic's. Records without a key are no versions of each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum UnreadableKey {
    Bytes(Box<[u8]>),
    /// A record without a key, at this offset.
    Null(i64),
}

/// The last record of a key.
pub(crate) struct Pending {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) value: Option<Vec<u8>>,
}

/// What the last records of keys have come to.
pub(crate) struct Decoded<T: Topic> {
    /// The partition was shown before.
    pub(crate) again: bool,
    pub(crate) rows: Rows<T>,
    pub(crate) tombstones: Vec<(T::Key, Pending)>,
    pub(crate) undecodable: Vec<(T::Key, Pending, DecodeError)>,
}

/// Rows of a partition that an earlier run has kept.
pub(crate) struct RestoredRows<T: Topic> {
    /// Those that this program has decoded before.
    pub(crate) decodable: Option<Rows<T>>,
    /// Those of which that is not known, and tombstones.
    pub(crate) others: Vec<StoredRows>,
}

/// Rows that were kept cannot be unpacked.
pub(crate) struct Damaged;

impl<T: Topic> Default for RestoredRows<T> {
    fn default() -> Self {
        Self { decodable: None, others: Vec::new() }
    }
}

impl<T: Topic> Bootstrap<T> {
    pub(crate) fn new(again: bool) -> Self {
        Self { again, restored: None, rows: HashMap::default(), unreadable: HashMap::new() }
    }

    /// Goes on from rows that were kept.
    pub(crate) fn restore(&mut self, rows: RestoredRows<T>) -> Result<(), Damaged> {
        self.restored = rows.decodable;
        for some in &rows.others {
            some.visit(|StoredRow { key, value, offset, timestamp }| {
                let pending = Pending { offset, timestamp, value: value.map(<[u8]>::to_vec) };
                match decode::key::<T>(key) {
                    Ok(key) => drop(self.rows.insert(key, pending)),
                    Err(_) => drop(self.unreadable.insert(UnreadableKey::Bytes(key.into()), pending)),
                }
            })
            .ok_or(Damaged)?;
        }
        Ok(())
    }

    /// Takes records, [`TOGETHER`] of them or fewer. Gives the number of tombstones whose key cannot be read.
    pub(crate) fn take(&mut self, records: &[RecordRef<'_>]) -> u64 {
        let keys: Vec<_> = records.iter().map(|record| decode::optional_key::<T>(record.key).ok()).collect();
        fetch(keys.iter().flatten().filter_map(|key| self.rows.get(key)));
        records.iter().zip(keys).map(|(record, key)| u64::from(!self.put(record, key))).sum()
    }

    /// `false`: it is a tombstone whose key cannot be read. Nothing of its key can be shown, so nothing is lost.
    fn put(&mut self, record: &RecordRef<'_>, key: Option<T::Key>) -> bool {
        let place = (record.offset, record.timestamp);
        if let Some(key) = key {
            match self.rows.entry(key) {
                MapEntry::Occupied(mut found) => found.get_mut().replace(place, record.value),
                MapEntry::Vacant(free) => {
                    free.insert(Pending::new(place, record.value));
                }
            }
        } else {
            let key = match record.key {
                Some(bytes) => UnreadableKey::Bytes(bytes.into()),
                None => UnreadableKey::Null(record.offset),
            };
            if record.value.is_none() {
                self.unreadable.remove(&key);
                return false;
            }
            self.unreadable.insert(key, Pending::new(place, record.value));
        }
        true
    }

    /// The records whose key cannot be read, in their order.
    pub(crate) fn take_unreadable(&mut self) -> Vec<(UnreadableKey, Pending)> {
        let mut records: Vec<_> = self.unreadable.drain().collect();
        records.sort_unstable_by_key(|(_, pending)| pending.offset);
        records
    }
}

impl UnreadableKey {
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Null(_) => None,
        }
    }
}

impl Pending {
    fn new((offset, timestamp): (i64, i64), value: Option<&[u8]>) -> Self {
        Self { offset, timestamp, value: value.map(<[u8]>::to_vec) }
    }

    /// Takes the place of the key's earlier record, and its memory if that is about as much as is needed.
    fn replace(&mut self, (offset, timestamp): (i64, i64), value: Option<&[u8]>) {
        (self.offset, self.timestamp) = (offset, timestamp);
        match (&mut self.value, value) {
            (Some(own), Some(value)) if (value.len()..=2 * value.len() + SLACK).contains(&own.capacity()) => {
                own.clear();
                own.extend_from_slice(value);
            }
            // A key that changes will change again.
            (Some(own), Some(value)) => {
                *own = Vec::with_capacity(value.len() + SLACK);
                own.extend_from_slice(value);
            }
            (own, value) => *own = value.map(<[u8]>::to_vec),
        }
    }
}

/// Reads the values of rows that are about to be written over or decoded. They are all over the memory, and the processor
/// waits for many of them at once if nothing else comes in between.
pub(crate) fn fetch<'a>(rows: impl Iterator<Item = &'a Pending>) {
    let values = rows.filter_map(|row| row.value.as_deref());
    let sum = values.flat_map(|value| value.iter().step_by(CACHE_LINE)).fold(0, |sum, byte| sum ^ byte);
    std::hint::black_box(sum);
}

impl<T: Topic> Decoded<T> {
    pub(crate) fn new(rows: Rows<T>) -> Self {
        Self { again: false, rows, tombstones: Vec::new(), undecodable: Vec::new() }
    }

    /// The same with restored rows below it: they are older than everything that was read since.
    pub(crate) fn over(mut self, restored: Option<Rows<T>>, again: bool) -> Self {
        self.again = again;
        if let Some(mut below) = restored {
            for (key, row) in below.absorb(self.rows, |_| false) {
                below.insert(key, row);
            }
            let tombstones = self.tombstones.iter().map(|(key, _)| key);
            for key in tombstones.chain(self.undecodable.iter().map(|(key, ..)| key)) {
                below.remove(key);
            }
            self.rows = below;
        }
        self
    }

    /// Decodes a record. Its bytes are given back if they are done with.
    pub(crate) fn add(&mut self, partition: i32, key: T::Key, mut pending: Pending) -> Option<Vec<u8>> {
        let place = (partition, pending.offset, pending.timestamp);
        let Some(value) = pending.value.take() else {
            self.tombstones.push((key, pending));
            return None;
        };
        match decode::value::<T, Read>(&value) {
            Ok(decoded) => {
                self.rows.insert(key, Slot::Entry(Entry::new(decoded, place, value.len())));
                Some(value)
            }
            Err(cause) => {
                self.undecodable.push((key, Pending { value: Some(value), ..pending }, cause));
                None
            }
        }
    }
}
