//! What a table finds in its store when it starts.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use tiltak_schema::topic::Topic;

use super::decoder::decoder;
use super::rows::Rows;
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
    /// Those that this program has decoded before.
    pub(super) decodable: Option<Rows<T>>,
    /// Those of which that is not known.
    pub(super) others: Vec<StoredRows>,
}

impl<T: Topic> Found<T> {
    /// `empty` is what rows are put into.
    pub(super) fn load(mut store: Box<dyn Store>, empty: &Rows<T>) -> Result<Self, Error> {
        let saved = store.saved()?;
        let unusable = store.unusable();
        let decoder = decoder::<T>();
        let are_decodable = decoder.is_some() && saved.as_ref().is_some_and(|it| it.decoded_by == decoder);
        let stored: Mutex<BTreeMap<i32, Vec<StoredRows>>> = Mutex::default();
        store.rows(&|some| {
            let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
            stored.entry(some.partition()).or_default().push(some);
        })?;
        let stored = stored.into_inner().unwrap_or_else(PoisonError::into_inner);
        let rows = if are_decodable {
            thread::scope(|scope| {
                let put = |(partition, some)| (partition, scope.spawn(|| put(some, empty.alike())));
                let threads: Vec<_> = stored.into_iter().map(put).collect();
                let found = |(partition, thread): (i32, ScopedJoinHandle<'_, Rows<T>>)| {
                    let decodable = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                    (partition, FoundRows { decodable: Some(decodable), others: Vec::new() })
                };
                threads.into_iter().map(found).collect()
            })
        } else {
            let found = |(partition, others)| (partition, FoundRows { decodable: None, others });
            stored.into_iter().map(found).collect()
        };
        Ok(Self { store, saved, unusable, rows, decoder })
    }
}

fn put<T: Topic>(stored: Vec<StoredRows>, mut rows: Rows<T>) -> Rows<T> {
    rows.reserve(stored.iter().map(StoredRows::len).sum());
    for some in stored {
        for (key, row) in Arc::new(Kept::new(some)).slots() {
            rows.insert(key, row);
        }
    }
    rows
}

impl<T: Topic> Default for FoundRows<T> {
    fn default() -> Self {
        Self { decodable: None, others: Vec::new() }
    }
}
