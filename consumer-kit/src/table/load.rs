//! A partition that is on its way to its target: of each key the last record, as bytes.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::sync::mpsc::channel;

use foldhash::fast::RandomState;
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use super::Entry;
use super::driver::Load;
use super::found::FoundRows;
use super::rows::Rows;
use super::slot::Slot;
use crate::progress::PartitionProgress;
use crate::source::RecordRef;
use crate::store::{StoredRow, StoredRows};

/// Records that are taken together: enough that the processor has something to do while it waits for memory.
pub(super) const TOGETHER: usize = 32;
/// Bytes that come from the memory at once.
const CACHE_LINE: usize = 64;
/// Fewer rows than this are decoded by one thread.
const FEW: usize = 1_000;
/// Values whose bytes are given back at once.
const BACK_AT_ONCE: usize = 256;
/// Bytes by which a later value of a key may well be longer.
const SLACK: usize = 16;

pub(super) type PendingRows<T> = HashMap<<T as Topic>::Key, Pending, RandomState>;

pub(super) struct Loading<T: Topic> {
    pub(super) progress: PartitionProgress,
    /// The assignment from which on an end that is told counts.
    pub(super) assignment: u64,
    /// The partition was shown before: keys that are not met are removed.
    pub(super) again: bool,
    /// Rows that were kept and are known to be decodable. Those of the same keys in `rows` are younger.
    pub(super) kept: Option<Rows<T>>,
    pub(super) rows: PendingRows<T>,
    /// Records whose key cannot be read, by their key's bytes.
    pub(super) bad: HashMap<Option<Box<[u8]>>, Pending>,
}

/// The last record of a key.
pub(super) struct Pending {
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) value: Option<Vec<u8>>,
}

/// What the last records of keys have come to.
pub(super) struct Decoded<T: Topic> {
    pub(super) rows: Rows<T>,
    pub(super) tombstones: Vec<(T::Key, Pending)>,
    pub(super) undecodable: Vec<(T::Key, Pending, DecodeError)>,
}

impl<T: Topic> Loading<T> {
    /// `None` if what was kept cannot be unpacked.
    pub(super) fn new(load: &mut Load<T>) -> Option<Self> {
        let mut loading = Self {
            progress: PartitionProgress::new(load.start, load.target),
            assignment: load.assignment,
            again: load.again,
            kept: None,
            rows: HashMap::default(),
            bad: HashMap::new(),
        };
        let FoundRows { decodable, others } = load.stored.take().unwrap_or_default();
        loading.kept = decodable;
        others.iter().try_for_each(|some| loading.keep_undecoded(some))?;
        Some(loading)
    }

    fn keep_undecoded(&mut self, rows: &StoredRows) -> Option<()> {
        rows.visit(|StoredRow { key, value, offset, timestamp }| {
            let pending = Pending { offset, timestamp, value: Some(value.to_vec()) };
            match decode::key::<T>(key) {
                Ok(key) => drop(self.rows.insert(key, pending)),
                Err(_) => drop(self.bad.insert(Some(key.into()), pending)),
            }
        })
    }

    /// Takes records, [`TOGETHER`] of them or fewer.
    pub(super) fn take(&mut self, records: &[RecordRef<'_>]) {
        let keys: Vec<_> = records.iter().map(|record| decode::optional_key::<T>(record.key).ok()).collect();
        fetch(keys.iter().flatten().filter_map(|key| self.rows.get(key)));
        for (record, key) in records.iter().zip(keys) {
            self.progress.read(record.offset);
            self.put((record.offset, record.timestamp), record.key, key, record.value);
        }
    }

    fn put(&mut self, place: (i64, i64), bytes: Option<&[u8]>, key: Option<T::Key>, value: Option<&[u8]>) {
        match key {
            Some(key) => match self.rows.entry(key) {
                MapEntry::Occupied(mut found) => found.get_mut().replace(place, value),
                MapEntry::Vacant(free) => {
                    free.insert(Pending::new(place, value));
                }
            },
            // Nothing of it can be shown: a tombstone leaves nothing to be said.
            None if value.is_none() => {
                self.bad.remove(&bytes.map(Box::from));
            }
            None => {
                self.bad.insert(bytes.map(Box::from), Pending::new(place, value));
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

/// Decodes all of a partition's rows, on the cores there are. The bytes of each are given back as it is done. `empty` is
/// what the rows are put into.
pub(super) fn decode_all<T: Topic>(partition: i32, rows: PendingRows<T>, empty: &Rows<T>) -> Decoded<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores == 1 || rows.len() < FEW {
        return decode_share::<T>(partition, rows.into_iter().collect(), empty.alike(), drop);
    }
    let share = rows.len().div_ceil(cores);
    let mut whole = empty.alike();
    whole.reserve(rows.len());
    let mut rest: Vec<_> = rows.into_iter().collect();
    let mut shares = Vec::new();
    while !rest.is_empty() {
        shares.push(rest.split_off(rest.len().saturating_sub(share)));
    }
    drop(rest);
    std::thread::scope(|scope| {
        let own = shares.pop().unwrap_or_default();
        let (done, undone) = channel();
        let threads: Vec<_> = shares
            .into_iter()
            .map(|share| {
                let done = done.clone();
                let done = move |bytes| drop(done.send(bytes));
                scope.spawn(move || decode_share::<T>(partition, share, empty.alike(), done))
            })
            .collect();
        drop(done);
        // Bytes are given back by the thread that they were made by: the other ones would wait for it, and it for them.
        let mut decoded = decode_share::<T>(partition, own, whole, |bytes| {
            drop(bytes);
            undone.try_iter().for_each(drop);
        });
        undone.into_iter().for_each(drop);
        for thread in threads {
            let other = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            decoded.rows.absorb(other.rows, |_, _, _| true);
            decoded.tombstones.extend(other.tombstones);
            decoded.undecodable.extend(other.undecodable);
        }
        decoded
    })
}

/// Reads the values of rows that are about to be written over or decoded. They are all over the memory, and the processor
/// waits for many of them at once if nothing else comes in between.
fn fetch<'a>(rows: impl Iterator<Item = &'a Pending>) {
    let values = rows.filter_map(|row| row.value.as_deref());
    let sum = values.flat_map(|value| value.iter().step_by(CACHE_LINE)).fold(0, |sum, byte| sum ^ byte);
    std::hint::black_box(sum);
}

/// Decodes rows. `done` is given their bytes, some hundred at a time.
fn decode_share<T: Topic>(
    partition: i32,
    share: Vec<(T::Key, Pending)>,
    mut rows: Rows<T>,
    mut done: impl FnMut(Vec<Vec<u8>>),
) -> Decoded<T> {
    let mut bytes = Vec::with_capacity(BACK_AT_ONCE);
    rows.reserve(share.len());
    let mut decoded = Decoded { rows, tombstones: Vec::new(), undecodable: Vec::new() };
    let mut share = share.into_iter();
    while !share.as_slice().is_empty() {
        fetch(share.as_slice().iter().take(TOGETHER).map(|(_, pending)| pending));
        for (key, pending) in share.by_ref().take(TOGETHER) {
            bytes.extend(decoded.add(partition, key, pending));
        }
        if bytes.len() >= BACK_AT_ONCE {
            done(std::mem::replace(&mut bytes, Vec::with_capacity(BACK_AT_ONCE)));
        }
    }
    done(bytes);
    decoded
}

impl<T: Topic> Decoded<T> {
    /// Decodes a record. Its bytes are given back if they are done with.
    fn add(&mut self, partition: i32, key: T::Key, mut pending: Pending) -> Option<Vec<u8>> {
        let place = (partition, pending.offset, pending.timestamp);
        let Some(value) = pending.value.take() else {
            self.tombstones.push((key, pending));
            return None;
        };
        match decode::value::<T, Read>(&value) {
            Ok(decoded) => {
                self.rows.insert(key, Slot::Entry(Entry::new(decoded, place, value.len())));
                Some(value)
            }
            Err(cause) => {
                self.undecodable.push((key, Pending { value: Some(value), ..pending }, cause));
                None
            }
        }
    }
}
