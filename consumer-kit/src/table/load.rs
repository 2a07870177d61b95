//! A partition that is on its way to its target: of each key the last record, as bytes.

use std::collections::HashMap;

use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use super::Entry;
use super::driver::Load;
use crate::progress::Progress;
use crate::source::RecordRef;

/// Fewer rows than this are decoded by one thread.
const FEW: usize = 1_000;

pub(super) struct Loading<T: Topic> {
    pub(super) progress: Progress,
    /// The assignment from which on an end that is told counts.
    pub(super) assignment: u64,
    /// The partition was shown before: keys that are not met are removed.
    pub(super) again: bool,
    pub(super) rows: HashMap<T::Key, Pending>,
    /// Records whose key cannot be read, by their key's bytes.
    pub(super) bad: HashMap<Box<[u8]>, Pending>,
}

/// The last record of a key.
pub(super) struct Pending {
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) value: Option<Box<[u8]>>,
}

/// A record that was decoded.
pub(super) enum Decoded<T: Topic> {
    Upsert(Entry<T>),
    Tombstone { timestamp: i64, offset: i64 },
    Undecodable { cause: DecodeError, pending: Pending },
}

impl<T: Topic> Loading<T> {
    pub(super) fn new(load: &mut Load) -> Self {
        let mut loading = Self {
            progress: Progress::new(load.start, load.target),
            assignment: load.assignment,
            again: load.again,
            rows: HashMap::new(),
            bad: HashMap::new(),
        };
        for row in load.stored.take().into_iter().flatten() {
            let (offset, timestamp) = (row.offset, row.timestamp);
            loading.put(&row.key, Pending { offset, timestamp, value: Some(row.value.into()) });
        }
        loading
    }

    pub(super) fn take(&mut self, record: &RecordRef<'_>) {
        let RecordRef { offset, timestamp, .. } = *record;
        self.progress.read(offset);
        self.put(record.key, Pending { offset, timestamp, value: record.value.map(Box::from) });
    }

    fn put(&mut self, key: &[u8], pending: Pending) {
        match decode::key::<T>(key) {
            Ok(key) => {
                self.rows.insert(key, pending);
            }
            // Nothing of it can be shown: a tombstone leaves nothing to be said.
            Err(_) if pending.value.is_none() => {
                self.bad.remove(key);
            }
            Err(_) => {
                self.bad.insert(key.into(), pending);
            }
        }
    }
}

/// Decodes all of a partition's rows, on the cores there are. The bytes of each are given back as it is done.
pub(super) fn decode_all<T: Topic>(
    partition: i32,
    rows: HashMap<T::Key, Pending>,
) -> Vec<(T::Key, Decoded<T>)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores == 1 || rows.len() < FEW {
        return rows.into_iter().map(|(key, pending)| (key, decode_one::<T>(partition, pending))).collect();
    }
    let share = rows.len().div_ceil(cores);
    let mut rest: Vec<_> = rows.into_iter().collect();
    let mut shares = Vec::new();
    while !rest.is_empty() {
        shares.push(rest.split_off(rest.len().saturating_sub(share)));
    }
    drop(rest);
    std::thread::scope(|scope| {
        let decode = |share: Vec<(T::Key, Pending)>| {
            let one = |(key, pending)| (key, decode_one::<T>(partition, pending));
            scope.spawn(move || share.into_iter().map(one).collect::<Vec<_>>())
        };
        let threads: Vec<_> = shares.into_iter().map(decode).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(rows) => rows,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    })
}

fn decode_one<T: Topic>(partition: i32, pending: Pending) -> Decoded<T> {
    let Pending { offset, timestamp, ref value } = pending;
    let Some(value) = value else { return Decoded::Tombstone { timestamp, offset } };
    match decode::value::<T, Read>(value) {
        Ok(decoded) => Decoded::Upsert(Entry::new(decoded, (partition, offset, timestamp), value.len())),
        Err(cause) => Decoded::Undecodable { cause, pending },
    }
}
