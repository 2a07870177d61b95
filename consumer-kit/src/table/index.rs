//! Indexes: finding rows by something other than their key.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use tiltak_schema::topic::{ReadValue, Topic};

use super::entry::Entry;
use super::runtime::Shared;

/// An index of a table's rows, by a function of their values: see [`TableHandle::index`](super::TableHandle::index).
///
/// It changes together with the table: a look-up never shows a row that the table does not have then, nor misses one.
///
/// ```no_run
/// # use tiltak_schema::tiltaksgjennomforing_v2::{SisteTiltaksgjennomforingerV2, TiltaksgjennomforingV2};
/// # fn show(table: &tiltak_consumer_kit::Table<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>) {
/// let by_code = table.index(|tiltakstype| Some(tiltakstype.tiltakskode.as_str().to_owned()));
/// for (id, tiltakstype) in by_code.get("OPPFOLGING") {
///     println!("{id} {}", tiltakstype.navn);
/// }
/// # }
/// ```
pub struct Index<T: Topic, K> {
    shared: Arc<Shared<T>>,
    map: Arc<IndexMap<T, K>>,
}

/// What an index is to the table that keeps it.
pub(crate) trait Indexing<T: Topic>: Send + Sync {
    fn update(&self, key: &T::Key, old: Option<&ReadValue<T>>, new: Option<&ReadValue<T>>);
}

type KeysOf<T, K> = dyn Fn(&ReadValue<T>) -> Vec<K> + Send + Sync;

pub(crate) struct IndexMap<T: Topic, K> {
    keys_of: Box<KeysOf<T, K>>,
    map: RwLock<HashMap<K, BTreeSet<T::Key>>>,
}

impl<T: Topic, K: Eq + Hash + Send + Sync + 'static> IndexMap<T, K> {
    pub(crate) fn new(keys_of: Box<KeysOf<T, K>>) -> Self {
        Self { keys_of, map: RwLock::default() }
    }
}

impl<T: Topic, K: Eq + Hash + Send + Sync + 'static> Indexing<T> for IndexMap<T, K> {
    fn update(&self, key: &T::Key, old: Option<&ReadValue<T>>, new: Option<&ReadValue<T>>) {
        let keys_of = |value: Option<&ReadValue<T>>| value.map(|it| (self.keys_of)(it)).unwrap_or_default();
        let (old, new) = (keys_of(old), keys_of(new));
        if old == new {
            return;
        }
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        for index_key in old {
            if let Some(keys) = map.get_mut(&index_key) {
                keys.remove(key);
                if keys.is_empty() {
                    map.remove(&index_key);
                }
            }
        }
        for index_key in new {
            map.entry(index_key).or_default().insert(*key);
        }
    }
}

impl<T: Topic, K: Eq + Hash> Index<T, K> {
    pub(crate) fn new(shared: Arc<Shared<T>>, map: Arc<IndexMap<T, K>>) -> Self {
        Self { shared, map }
    }

    /// The rows with this index key, in the order of their keys.
    pub fn get<Q>(&self, index_key: &Q) -> Vec<(T::Key, Entry<T>)>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        // Held until the end: what the index names is what the table has.
        let state = self.shared.read();
        let map = self.map.map.read().unwrap_or_else(PoisonError::into_inner);
        let keys = map.get(index_key).into_iter().flatten();
        keys.filter_map(|key| Some((*key, state.rows.get(key)?.clone()))).collect()
    }

    /// Number of index keys that have a row.
    pub fn len(&self) -> usize {
        let _state = self.shared.read();
        self.map.map.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether no row has an index key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
