//! What a table finds in its store when it starts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tiltak_schema::topic::Topic;

use super::decoder::decoder;
use super::slot::Kept;
use crate::error::Error;
use crate::store::{Saved, Store, StoredRows};

pub(super) struct Found<T: Topic> {
    pub(super) store: Box<dyn Store>,
    pub(super) saved: Option<Saved>,
    pub(super) unusable: Option<String>,
    /// By partition.
    pub(super) rows: BTreeMap<i32, FoundRows<T>>,
    /// Who decodes rows, if that is known.
    pub(super) decoder: Option<String>,
}

/// Rows of a partition.
pub(super) struct FoundRows<T: Topic> {
    /// Those that this program has decoded before, in the order of their offsets.
    pub(super) decodable: Vec<Arc<Kept<T>>>,
    /// Those of which that is not known.
    pub(super) others: Vec<StoredRows>,
}

impl<T: Topic> Found<T> {
    pub(super) fn load(mut store: Box<dyn Store>) -> Result<Self, Error> {
        let saved = store.saved()?;
        let unusable = store.unusable();
        let decoder = decoder::<T>();
        let are_decodable = decoder.is_some() && saved.as_ref().is_some_and(|it| it.decoded_by == decoder);
        let rows: Mutex<BTreeMap<i32, FoundRows<T>>> = Mutex::default();
        store.rows(&|some| {
            let partition = some.partition();
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            let found = rows.entry(partition).or_default();
            if are_decodable {
                found.decodable.push(Arc::new(Kept::new(some)));
            } else {
                found.others.push(some);
            }
        })?;
        let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        for FoundRows { decodable, .. } in rows.values_mut() {
            decodable.sort_by_key(|rows| rows.offset());
        }
        Ok(Self { store, saved, unusable, rows, decoder })
    }
}

impl<T: Topic> Default for FoundRows<T> {
    fn default() -> Self {
        Self { decodable: Vec::new(), others: Vec::new() }
    }
}
