//! The rows, in shards that a snapshot shares until they change.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as MapEntry;
use tiltak_schema::topic::Topic;

use super::Entry;
use super::slot::Slot;

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
        let empty = Arc::new(HashTable::new());
        Self { shards: vec![empty; SHARDS], hasher: RandomState::default(), len: 0, bytes: 0 }
    }

    /// No rows yet, that can be [absorbed](Rows::absorb) by these.
    pub(crate) fn alike(&self) -> Self {
        Self { hasher: self.hasher.clone(), ..Self::new() }
    }

    /// Takes over rows that were made [alike](Rows::alike), unless something stands against one: the row that is there, or
    /// none. Shard by shard, each of which fits into the processor's cache.
    pub(crate) fn absorb(
        &mut self,
        other: Self,
        mut stands: impl FnMut(&T::Key, Option<&Slot<T>>, &Slot<T>) -> bool,
    ) {
        self.bytes += other.bytes;
        for (own, other) in self.shards.iter_mut().zip(other.shards) {
            if other.is_empty() {
                continue;
            }
            let own = Arc::make_mut(own);
            own.reserve(other.len(), |(it, _)| self.hasher.hash_one(it));
            for (key, row) in Arc::unwrap_or_clone(other) {
                let hash = self.hasher.hash_one(key);
                match own.entry(hash, |(it, _)| *it == key, |(it, _)| self.hasher.hash_one(it)) {
                    MapEntry::Occupied(mut found) if stands(&key, Some(&found.get().1), &row) => {
                        let old = std::mem::replace(&mut found.get_mut().1, row);
                        self.bytes -= old.size() as u64;
                    }
                    MapEntry::Vacant(place) if stands(&key, None, &row) => {
                        place.insert((key, row));
                        self.len += 1;
                    }
                    _ => self.bytes -= row.size() as u64,
                }
            }
        }
    }

    /// The key's hash, and the shard that it names by bits that the shard itself does not use.
    fn place(&self, key: &T::Key) -> (u64, usize) {
        let hash = self.hasher.hash_one(key);
        (hash, usize::try_from((hash >> 32) % SHARDS as u64).unwrap_or_default())
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
        let each = keys / SHARDS;
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

/// All keys with their values as they were at one moment, and the offsets of that moment.
///
/// It shares its rows with the table: taking one costs microseconds whatever the number of keys, and memory only for what
/// the table changes while the snapshot is held.
///
/// ```no_run
/// # fn show(table: &tiltak_consumer_kit::Table<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>) {
/// let snapshot = table.snapshot();
/// for (id, tiltakstype) in snapshot.iter() {
///     println!("{id} {}", tiltakstype.navn);
/// }
/// println!("{} keys at {:?}", snapshot.len(), snapshot.offsets());
/// # }
/// ```
pub struct Snapshot<T: Topic> {
    rows: Rows<T>,
    offsets: BTreeMap<i32, i64>,
}

impl<T: Topic> Snapshot<T> {
    pub(crate) fn new(rows: Rows<T>, offsets: BTreeMap<i32, i64>) -> Self {
        Self { rows, offsets }
    }

    /// The entry of a key.
    pub fn get(&self, key: &T::Key) -> Option<&Entry<T>> {
        self.rows.get(key)
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys with their entries, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&T::Key, &Entry<T>)> {
        self.rows.iter()
    }

    /// The next offset of each partition: every record before it is in the snapshot, and none from it on.
    pub fn offsets(&self) -> &BTreeMap<i32, i64> {
        &self.offsets
    }

    /// The keys with their entries, in the order of the keys.
    pub fn to_map(&self) -> BTreeMap<T::Key, Entry<T>> {
        self.iter().map(|(key, entry)| (*key, entry.clone())).collect()
    }
}

/// In the order of the keys.
impl<T: Topic> IntoIterator for Snapshot<T> {
    type Item = (T::Key, Entry<T>);
    type IntoIter = std::collections::btree_map::IntoIter<T::Key, Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.to_map().into_iter()
    }
}
