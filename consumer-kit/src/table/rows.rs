//! The rows, in shards that a snapshot shares until they change.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tiltak_schema::topic::Topic;

use super::Entry;

/// A change copies one shard if a snapshot holds it: with 200,000 keys, two hundred pointers.
const SHARDS: usize = 1_024;

type Shard<T> = HashMap<<T as Topic>::Key, Entry<T>>;

pub(crate) struct Rows<T: Topic> {
    shards: Vec<Arc<Shard<T>>>,
    hasher: RandomState,
    len: usize,
    bytes: u64,
}

impl<T: Topic> Rows<T> {
    pub(crate) fn new() -> Self {
        let empty = Arc::new(HashMap::new());
        Self { shards: vec![empty; SHARDS], hasher: RandomState::new(), len: 0, bytes: 0 }
    }

    fn shard(&self, key: &T::Key) -> usize {
        usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or_default()
    }

    pub(crate) fn get(&self, key: &T::Key) -> Option<&Entry<T>> {
        self.shards[self.shard(key)].get(key)
    }

    pub(crate) fn insert(&mut self, key: T::Key, entry: Entry<T>) -> Option<Entry<T>> {
        let shard = self.shard(&key);
        self.bytes += entry.size() as u64;
        let old = Arc::make_mut(&mut self.shards[shard]).insert(key, entry);
        match &old {
            Some(old) => self.bytes -= old.size() as u64,
            None => self.len += 1,
        }
        old
    }

    pub(crate) fn remove(&mut self, key: &T::Key) -> Option<Entry<T>> {
        let shard = self.shard(key);
        if !self.shards[shard].contains_key(key) {
            return None;
        }
        let old = Arc::make_mut(&mut self.shards[shard]).remove(key)?;
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
        self.shards.iter().flat_map(|shard| shard.iter())
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
