//! The rows, in shards that a snapshot shares until they change.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as MapEntry;
use tiltak_schema::topic::Topic;

use super::slot::Slot;
use crate::table::entry::Entry;

/// A change copies one shard if a snapshot holds it: with 200,000 keys, two hundred pointers.
const SHARDS: usize = 1_024;

/// Found by the hash that the shard was found by.
type Shard<T> = HashTable<(<T as Topic>::Key, Slot<T>)>;

pub(crate) struct Rows<T: Topic> {
    shards: Vec<Arc<Shard<T>>>,
    hasher: RandomState,
    len: usize,
    bytes: u64,
}

impl<T: Topic> Rows<T> {
    pub(crate) fn new() -> Self {
        Self::with_shards(SHARDS)
    }

    /// In so many shards: few of them for few rows.
    pub(crate) fn with_shards(shards: usize) -> Self {
        let empty = Arc::new(HashTable::new());
        Self { shards: vec![empty; shards.max(1)], hasher: RandomState::default(), len: 0, bytes: 0 }
    }

    /// No rows yet, that can be [absorbed](Rows::absorb) by these.
    pub(crate) fn alike(&self) -> Self {
        Self { hasher: self.hasher.clone(), ..Self::with_shards(self.shards.len()) }
    }

    /// Takes over rows that were made [alike](Rows::alike), shard by shard, each of which fits into the processor's cache.
    /// Rows whose key `is_contested`, or is there already, are given back.
    pub(crate) fn absorb(
        &mut self,
        other: Self,
        is_contested: impl Fn(&T::Key) -> bool,
    ) -> Vec<(T::Key, Slot<T>)> {
        let mut contested: Vec<(T::Key, Slot<T>)> = Vec::new();
        // Known without a look at each row, which is somewhere in the memory.
        self.len += other.len;
        self.bytes += other.bytes;
        for (own, other) in self.shards.iter_mut().zip(other.shards) {
            if other.is_empty() {
                continue;
            }
            if own.is_empty() && !other.iter().any(|(key, _)| is_contested(key)) {
                *own = other;
                continue;
            }
            let own = Arc::make_mut(own);
            own.reserve(other.len(), |(it, _)| self.hasher.hash_one(it));
            for (key, row) in Arc::unwrap_or_clone(other) {
                let hash = self.hasher.hash_one(key);
                match own.entry(hash, |(it, _)| *it == key, |(it, _)| self.hasher.hash_one(it)) {
                    MapEntry::Vacant(place) if !is_contested(&key) => {
                        place.insert((key, row));
                    }
                    _ => contested.push((key, row)),
                }
            }
        }
        self.len -= contested.len();
        self.bytes -= contested.iter().map(|(_, row)| row.size() as u64).sum::<u64>();
        contested
    }

    /// The keys whose rows differ between two versions of the same rows. Shards that both share are passed over.
    pub(crate) fn differing(&self, newer: &Self) -> Vec<T::Key> {
        let mut keys = Vec::new();
        for (old, new) in self.shards.iter().zip(&newer.shards) {
            if Arc::ptr_eq(old, new) {
                continue;
            }
            for (key, row) in new.iter() {
                if self.slot(key) != Some(row) {
                    keys.push(*key);
                }
            }
            keys.extend(old.iter().map(|(key, _)| *key).filter(|key| newer.slot(key).is_none()));
        }
        keys
    }

    /// The key's hash, and the shard that it names by bits that the shard itself does not use.
    fn place(&self, key: &T::Key) -> (u64, usize) {
        let hash = self.hasher.hash_one(key);
        (hash, usize::try_from((hash >> 32) % self.shards.len() as u64).unwrap_or_default())
    }

    pub(crate) fn get(&self, key: &T::Key) -> Option<&Entry<T>> {
        self.slot(key)?.entry()
    }

    /// The row, which is not decoded for it.
    pub(crate) fn slot(&self, key: &T::Key) -> Option<&Slot<T>> {
        let (hash, shard) = self.place(key);
        self.shards[shard].find(hash, |(it, _)| it == key).map(|(_, slot)| slot)
    }

    /// Makes room for so many keys more, if they are many. They spread evenly.
    pub(crate) fn reserve(&mut self, keys: usize) {
        let each = keys / self.shards.len();
        if each > 0 {
            let hasher = &self.hasher;
            for shard in &mut self.shards {
                Arc::make_mut(shard).reserve(each, |(it, _)| hasher.hash_one(it));
            }
        }
    }

    pub(crate) fn insert(&mut self, key: T::Key, row: Slot<T>) -> Option<Slot<T>> {
        let (hash, shard) = self.place(&key);
        let hasher = &self.hasher;
        self.bytes += row.size() as u64;
        let shard = Arc::make_mut(&mut self.shards[shard]);
        match shard.entry(hash, |(it, _)| *it == key, |(it, _)| hasher.hash_one(it)) {
            MapEntry::Occupied(mut found) => {
                let old = std::mem::replace(&mut found.get_mut().1, row);
                self.bytes -= old.size() as u64;
                Some(old)
            }
            MapEntry::Vacant(place) => {
                place.insert((key, row));
                self.len += 1;
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &T::Key) -> Option<Slot<T>> {
        let (hash, shard) = self.place(key);
        self.shards[shard].find(hash, |(it, _)| it == key)?;
        let shard = Arc::make_mut(&mut self.shards[shard]);
        let slot = shard.find_entry(hash, |(it, _)| it == key).ok()?;
        let ((_, old), _) = slot.remove();
        self.len -= 1;
        self.bytes -= old.size() as u64;
        Some(old)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of the values on the wire.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&T::Key, &Entry<T>)> {
        self.slots().filter_map(|(key, slot)| Some((key, slot.entry()?)))
    }

    /// The rows, which are not decoded for it.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (&T::Key, &Slot<T>)> {
        self.shards.iter().flat_map(|shard| shard.iter()).map(|(key, slot)| (key, slot))
    }
}

/// The keys with their rows, in no order.
impl<T: Topic> IntoIterator for Rows<T> {
    type Item = (T::Key, Slot<T>);
    type IntoIter = Box<dyn Iterator<Item = Self::Item>>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.shards.into_iter().flat_map(Arc::unwrap_or_clone))
    }
}

impl<T: Topic> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { shards: self.shards.clone(), hasher: self.hasher.clone(), len: self.len, bytes: self.bytes }
    }
}
