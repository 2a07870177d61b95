//! A partition that is on its way to its target: of each key the last record, as bytes.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use foldhash::fast::RandomState;
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use super::Entry;
use super::driver::Load;
use crate::progress::Progress;
use crate::source::RecordRef;

/// Fewer rows than this are decoded by one thread.
const FEW: usize = 1_000;
/// Bytes by which a later value of a key may well be longer.
const SLACK: usize = 16;

pub(super) type PendingRows<T> = HashMap<<T as Topic>::Key, Pending, RandomState>;

pub(super) struct Loading<T: Topic> {
    pub(super) progress: Progress,
    /// The assignment from which on an end that is told counts.
    pub(super) assignment: u64,
    /// The partition was shown before: keys that are not met are removed.
    pub(super) again: bool,
    pub(super) rows: PendingRows<T>,
    /// Records whose key cannot be read, by their key's bytes.
    pub(super) bad: HashMap<Box<[u8]>, Pending>,
}

/// The last record of a key.
pub(super) struct Pending {
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) value: Option<Vec<u8>>,
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
            rows: HashMap::default(),
            bad: HashMap::new(),
        };
        for row in load.stored.take().into_iter().flatten() {
            loading.put((row.offset, row.timestamp), &row.key, Some(&row.value));
        }
        loading
    }

    pub(super) fn take(&mut self, record: &RecordRef<'_>) {
        self.progress.read(record.offset);
        self.put((record.offset, record.timestamp), record.key, record.value);
    }

    fn put(&mut self, place: (i64, i64), key: &[u8], value: Option<&[u8]>) {
        match decode::key::<T>(key) {
            Ok(key) => match self.rows.entry(key) {
                Slot::Occupied(mut slot) => slot.get_mut().replace(place, value),
                Slot::Vacant(slot) => {
                    slot.insert(Pending::new(place, value));
                }
            },
            // Nothing of it can be shown: a tombstone leaves nothing to be said.
            Err(_) if value.is_none() => {
                self.bad.remove(key);
            }
            Err(_) => {
                self.bad.insert(key.into(), Pending::new(place, value));
            }
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

/// Decodes all of a partition's rows, on the cores there are. The bytes of each are given back as it is done.
pub(super) fn decode_all<T: Topic>(partition: i32, rows: PendingRows<T>) -> Vec<(T::Key, Decoded<T>)> {
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
    let decode = |share: Vec<(T::Key, Pending)>| -> Vec<_> {
        share.into_iter().map(|(key, pending)| (key, decode_one::<T>(partition, pending))).collect()
    };
    std::thread::scope(|scope| {
        let own = shares.pop().unwrap_or_default();
        let threads: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || decode(share))).collect();
        // This thread's memory is where the bytes are: what it decodes takes their place.
        let mut decoded = decode(own);
        for thread in threads {
            match thread.join() {
                Ok(rows) => decoded.extend(rows),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        decoded
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
