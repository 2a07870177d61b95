//! Snapshots: the rows of a table at one moment.

use std::collections::BTreeMap;

use tiltak_schema::topic::Topic;

use super::core::rows::Rows;
use super::entry::Entry;

/// All keys with their values at one moment, and the offsets of that moment.
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

    /// The next offset of each partition. The snapshot has every record before it, and none from it on.
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
