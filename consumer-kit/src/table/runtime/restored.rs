//! The stored state that a table finds when it starts.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use tiltak_schema::topic::Topic;

use super::persistence::{Persistence, StateStore};
use super::program::program;
use crate::error::Error;
use crate::store::StoredRows;
use crate::table::core::Restored;
use crate::table::core::bootstrap::RestoredRows;
use crate::table::core::rows::Rows;
use crate::table::core::slot::Kept;

/// Reads all of it. `empty` is what rows are put into.
pub(super) fn restore<T: Topic>(
    mut store: StateStore,
    empty: &Rows<T>,
) -> Result<(Persistence, Restored<T>), Error> {
    let saved = store.store().saved()?;
    let unusable = store.store().unusable();
    let program = program::<T>();
    let are_decodable = store.is_decoded_by(program.as_deref());
    let stored: Mutex<BTreeMap<i32, Vec<StoredRows>>> = Mutex::default();
    store.store().rows(&|some| {
        let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.entry(some.partition()).or_default().push(some);
    })?;
    let stored = stored.into_inner().unwrap_or_else(PoisonError::into_inner);
    let rows = if are_decodable {
        thread::scope(|scope| {
            let put = |(partition, some)| (partition, scope.spawn(move || put(some, empty.alike())));
            let threads: Vec<_> = stored.into_iter().map(put).collect();
            let found = |(partition, thread): (i32, ScopedJoinHandle<'_, RestoredRows<T>>)| {
                (partition, thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            };
            threads.into_iter().map(found).collect()
        })
    } else {
        let found = |(partition, others)| (partition, RestoredRows { decodable: None, others });
        stored.into_iter().map(found).collect()
    };
    let (identity, positions, caught_up) = match saved {
        Some(saved) => (Some(saved.identity), saved.positions, saved.caught_up),
        None => (None, BTreeMap::new(), None),
    };
    let restored = Restored { identity, positions, caught_up, unusable, rows };
    Ok((Persistence::new(store, program), restored))
}

fn put<T: Topic>(stored: Vec<StoredRows>, mut rows: Rows<T>) -> RestoredRows<T> {
    rows.reserve(stored.iter().map(StoredRows::len).sum());
    let mut others = Vec::new();
    for some in stored {
        others.extend(some.tombstones());
        for (key, row) in Arc::new(Kept::new(some)).slots() {
            rows.insert(key, row);
        }
    }
    RestoredRows { decodable: Some(rows), others }
}
