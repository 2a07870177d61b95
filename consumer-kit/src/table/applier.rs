//! The thread that applies: it decodes, changes rows, keeps them in the store, and answers who waits.

mod keep;
mod op;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

pub(super) use self::keep::Keeper;
use self::op::{Graves, Op, What, is_outdone};
use super::driver::{Answer, Load, Message};
use super::found::FoundRows;
use super::load::{Decoded, Loading, Pending, TOGETHER, decode_all};
use super::metrics::Track;
use super::rows::Rows;
use super::slot::Slot;
use super::{Cause, Counters, Earlier, Entry, Progress, Shared, State};
use crate::error::{Error, Kind};
use crate::poison::Poison;
use crate::source::{Batch, PollEvent, RecordRef};
use crate::store::{Operation, StoredRow};

/// How often progress is told.
const TELL: Duration = Duration::from_millis(100);

pub(super) struct Applier<T: Topic> {
    shared: Arc<Shared<T>>,
    poison: Poison,
    earlier: Earlier,
    keeper: Option<Keeper>,
    parts: BTreeMap<i32, Part<T>>,
    waiters: Vec<Waiter>,
    /// When and where keys were removed, while partitions load: what an older record of another partition must not undo.
    graves: Graves<T>,
    ready: bool,
    teller: Teller,
    /// Not yet added to the table's.
    counters: Counters,
    /// Where batches go when they are done with, to be filled again.
    done: Sender<Batch>,
}

/// A partition.
struct Part<T: Topic> {
    start: i64,
    position: i64,
    target: i64,
    at_end: bool,
    /// The last assignment under which its end was told.
    told: u64,
    loading: Option<Loading<T>>,
    /// The store has its rows up to the position.
    stored: bool,
    /// All that was read of it was decoded, or was found not to be decodable.
    is_decoded: bool,
}

struct Waiter {
    ends: BTreeMap<i32, i64>,
    assignment: u64,
    answers: Vec<Answer>,
}

#[derive(Default)]
struct Teller {
    callback: Option<Box<dyn FnMut(Progress) + Send>>,
    last: Option<Instant>,
    records: u64,
}

impl<T: Topic> Applier<T> {
    pub(super) fn new(
        shared: Arc<Shared<T>>,
        poison: Poison,
        earlier: Earlier,
        keeper: Option<Keeper>,
        progress: Option<Box<dyn FnMut(Progress) + Send>>,
        done: Sender<Batch>,
    ) -> Self {
        Self {
            shared,
            poison,
            earlier,
            keeper,
            parts: BTreeMap::new(),
            waiters: Vec::new(),
            graves: HashMap::default(),
            ready: false,
            teller: Teller { callback: progress, ..Teller::default() },
            counters: Counters::default(),
            done,
        }
    }

    pub(super) fn run(mut self, inbox: &Receiver<Message<T>>) {
        while let Ok(message) = inbox.recv() {
            if self.shared.stopping() {
                return;
            }
            let handled = match message {
                Message::Failed(error) => {
                    self.shared.fail(error);
                    return;
                }
                message => self.handle(message),
            };
            if let Err(error) = handled {
                self.flush(Vec::new());
                self.shared.fail(error.into());
                self.shared.stop.store(true, Ordering::Relaxed);
                return;
            }
        }
    }

    fn handle(&mut self, message: Message<T>) -> Result<(), Kind> {
        match message {
            Message::Restore(rows) => self.restore(rows),
            Message::Load(loads) => self.load(loads)?,
            Message::Drop(partitions) => self.drop_partitions(&partitions)?,
            Message::Batch(batch, assignment) => {
                self.batch(&batch, assignment)?;
                // The other thread may have ended.
                let _ = self.done.send(batch);
            }
            Message::Aim { ends, assignment, answers } => {
                for (partition, end) in &ends {
                    self.expect(*partition, *end);
                }
                self.waiters.push(Waiter { ends, assignment, answers });
                self.flush(Vec::new());
            }
            Message::Ends(ends, identity) => {
                if let Some(keeper) = &mut self.keeper {
                    keeper.identity = identity;
                }
                for (partition, end) in ends {
                    self.expect(partition, end);
                }
                self.flush(Vec::new());
                self.confirm()?;
            }
            Message::Failed(_) => {}
        }
        self.finish_loads()?;
        self.answer();
        Ok(())
    }

    fn expect(&mut self, partition: i32, end: i64) {
        if let Some(part) = self.parts.get_mut(&partition)
            && end > part.target
        {
            part.target = end;
            part.at_end = false;
        }
    }

    /// Shows rows of an earlier run until their partitions are read. They are all there is, should no broker answer.
    fn restore(&mut self, rows: Vec<FoundRows<T>>) {
        let mut ops = Vec::new();
        for FoundRows { decodable, others } in rows {
            let decodable = decodable.into_iter().flatten();
            ops.extend(decodable.map(|(key, row)| Op::upsert(key, row)));
            for some in others {
                let partition = some.partition();
                // What cannot be unpacked is read anew with the rest.
                let _ = some.visit(|StoredRow { key, value, offset, timestamp }| {
                    if let (Ok(key), Ok(decoded)) = (decode::key::<T>(key), decode::value::<T, Read>(value)) {
                        let entry = Entry::new(decoded, (partition, offset, timestamp), value.len());
                        ops.push(Op::upsert(key, Slot::Entry(entry)));
                    }
                });
            }
        }
        self.flush(ops);
    }

    fn load(&mut self, loads: Vec<Load<T>>) -> Result<(), Kind> {
        for mut load in loads {
            let is_stored = load.stored.is_some();
            load.again |= !is_stored && self.shows(load.partition);
            let loading = Loading::new(&mut load).ok_or_else(|| {
                let advice = "what was kept cannot be unpacked; remove it, and the topic is read anew";
                Error::store_failed(&*self.shared.topic, advice).into_kind()
            })?;
            self.counters.rebuilds += u64::from(load.again);
            let part = Part {
                start: load.start,
                position: load.start,
                target: load.target,
                at_end: false,
                told: 0,
                stored: is_stored,
                is_decoded: false,
                loading: Some(loading),
            };
            self.parts.insert(load.partition, part);
        }
        self.flush(Vec::new());
        Ok(())
    }

    fn shows(&self, partition: i32) -> bool {
        self.shared.read().rows.slots().any(|(_, row)| row.partition() == partition)
    }

    /// The partitions are no more, and so are their rows.
    fn drop_partitions(&mut self, partitions: &[i32]) -> Result<(), Kind> {
        for &partition in partitions {
            if let Some(part) = self.parts.remove(&partition) {
                self.sweep(partition, part.position, &HashSet::default());
            }
            self.commit(vec![Operation::Clear { partition }], None)?;
        }
        self.shared.write().tracks.retain(|partition, _| self.parts.contains_key(partition));
        Ok(())
    }

    fn batch(&mut self, batch: &Batch, assignment: u64) -> Result<(), Kind> {
        let mut ops = Vec::new();
        let mut result = Ok(());
        let mut run: Vec<RecordRef<'_>> = Vec::with_capacity(TOGETHER);
        for event in batch.events() {
            if let Some(RecordRef { partition, .. }) = run.first()
                && (run.len() == TOGETHER
                    || !matches!(event, PollEvent::Record(it) if it.partition == *partition))
            {
                self.take(&mut run);
            }
            match event {
                PollEvent::Record(record) => {
                    let Some(part) = self.parts.get_mut(&record.partition) else { continue };
                    part.position = record.offset + 1;
                    part.at_end = false;
                    self.counters.records += 1;
                    match record.value {
                        Some(_) => self.counters.upserts += 1,
                        None => self.counters.tombstones += 1,
                    }
                    if part.loading.is_some() {
                        run.push(record);
                    } else if let Err(error) = self.follow(&record, &mut ops) {
                        result = Err(error);
                        break;
                    }
                }
                PollEvent::PositionAdvanced { partition, offset } => {
                    let Some(part) = self.parts.get_mut(&partition) else { continue };
                    part.position = part.position.max(offset);
                    if let Some(loading) = &mut part.loading {
                        loading.progress.read(offset - 1);
                    }
                }
                PollEvent::PartitionEof { partition } => {
                    let Some(part) = self.parts.get_mut(&partition) else { continue };
                    part.at_end = true;
                    part.told = assignment;
                    if let Some(loading) = &mut part.loading
                        && assignment >= loading.assignment
                    {
                        loading.progress.end();
                    }
                }
                PollEvent::OffsetOutOfRange { .. } | PollEvent::Unauthorized => {}
            }
        }
        self.take(&mut run);
        // Also before a record that stops the table.
        let result = self.poison.flush().and(result);
        if result.is_ok() {
            self.keep(batch)?;
        }
        self.flush(ops);
        self.tell(false);
        result
    }

    /// Takes records of a partition that loads.
    fn take(&mut self, run: &mut Vec<RecordRef<'_>>) {
        let part = run.first().and_then(|record| self.parts.get_mut(&record.partition));
        if let Some(loading) = part.and_then(|part| part.loading.as_mut()) {
            loading.take(run);
        }
        run.clear();
    }

    /// Decodes a record of a partition that has caught up.
    fn follow(&mut self, record: &RecordRef<'_>, ops: &mut Vec<Op<T>>) -> Result<(), Kind> {
        let RecordRef { partition, offset, timestamp, key, value } = *record;
        let key = match decode::optional_key::<T>(key) {
            Ok(key) => key,
            // Nothing of it can be shown, so there is nothing to remove.
            Err(_) if value.is_none() => return Ok(()),
            Err(cause) => return self.put_aside(record, &cause),
        };
        let what = match value.map(|value| (value, decode::value::<T, Read>(value))) {
            None => What::Tombstone,
            Some((bytes, Ok(value))) => {
                What::Upsert(Slot::Entry(Entry::new(value, (partition, offset, timestamp), bytes.len())))
            }
            Some((_, Err(cause))) => {
                self.put_aside(record, &cause)?;
                What::Undecodable(Box::new(cause))
            }
        };
        ops.push(Op { key, partition, offset, timestamp, what });
        Ok(())
    }

    fn put_aside(&mut self, record: &RecordRef<'_>, cause: &DecodeError) -> Result<(), Kind> {
        self.counters.undecodable += 1;
        if let Some(keeper) = &mut self.keeper {
            keeper.is_clean = false;
        }
        self.poison.put(&self.shared.topic, record, cause)
    }

    /// Shows the rows of each partition that has come to its target.
    fn finish_loads(&mut self) -> Result<(), Kind> {
        let is_done = |part: &Part<T>| part.loading.as_ref().is_some_and(|it| it.progress.has_caught_up());
        let done: Vec<i32> = self.parts.iter().filter(|(_, part)| is_done(part)).map(|(id, _)| *id).collect();
        for partition in done {
            self.finish_load(partition)?;
        }
        if self.parts.values().any(|part| part.loading.is_some()) {
            return Ok(());
        }
        self.graves.clear();
        if !self.ready && !self.parts.is_empty() {
            self.ready = true;
            self.confirm()?;
            self.shared.status.send_modify(|status| status.ready = true);
            self.tell(true);
        }
        Ok(())
    }

    fn finish_load(&mut self, partition: i32) -> Result<(), Kind> {
        let Some(part) = self.parts.get_mut(&partition) else { return Ok(()) };
        let Some(loading) = part.loading.take() else { return Ok(()) };
        let position = part.position;
        if self.keeper.is_some() && !part.stored {
            part.stored = true;
            self.keep_loaded(partition, &loading)?;
        }
        let Loading { kept, rows, bad, again, .. } = loading;
        let empty = self.shared.read().rows.alike();
        let Decoded { mut rows, tombstones, undecodable } = decode_all::<T>(partition, rows, &empty);
        let mut ops = Vec::new();
        for (key, Pending { offset, timestamp, .. }) in tombstones {
            ops.push(Op { key, partition, offset, timestamp, what: What::Tombstone });
        }
        let mut poisons: Vec<(Option<Box<[u8]>>, Pending, DecodeError)> = Vec::new();
        for (key, pending) in bad {
            if let Err(cause) = decode::optional_key::<T>(key.as_deref()) {
                poisons.push((key, pending, cause));
            }
        }
        for (key, pending, cause) in undecodable {
            let what = What::Undecodable(Box::new(cause.clone()));
            ops.push(Op { key, partition, offset: pending.offset, timestamp: pending.timestamp, what });
            poisons.push((Some(key.to_string().into_bytes().into()), pending, cause));
        }
        let mut seen = HashSet::default();
        if again {
            seen.extend(rows.slots().map(|(key, _)| *key).chain(ops.iter().map(|op| op.key)));
        }
        if let Some(mut kept) = kept {
            // It is older than what was read since.
            kept.absorb(rows, |_, _, _| true);
            for op in &ops {
                kept.remove(&op.key);
            }
            rows = kept;
        }
        poisons.sort_unstable_by_key(|(_, pending, _)| pending.offset);
        let mut result = Ok(());
        for (key, pending, cause) in &poisons {
            let Pending { offset, timestamp, value } = pending;
            let (offset, timestamp, value) = (*offset, *timestamp, value.as_deref());
            let record = RecordRef { partition, offset, timestamp, key: key.as_deref(), value };
            result = result.and_then(|()| self.put_aside(&record, cause));
        }
        let result = self.poison.flush().and(result);
        self.flush_all(rows, ops);
        // A table that stops keeps what it has.
        result?;
        if let Some(part) = self.parts.get_mut(&partition) {
            part.is_decoded = true;
        }
        if again {
            self.sweep(partition, position, &seen);
        }
        Ok(())
    }

    /// Removes the rows of a partition whose keys were not met when it was read anew.
    fn sweep(&mut self, partition: i32, position: i64, seen: &HashSet<T::Key, RandomState>) {
        #[cfg(test)]
        if self.shared.sweeps_nothing.load(Ordering::Relaxed) {
            return;
        }
        let mut state = self.shared.write();
        let state = &mut *state;
        let is_gone = |key: &T::Key, at: i32| at == partition && !seen.contains(key);
        let rows = state.rows.slots().filter(|(key, row)| is_gone(key, row.partition()));
        let gone: Vec<T::Key> = rows.map(|(key, _)| *key).collect();
        state.unreadable.retain(|key, stale| !is_gone(key, stale.partition));
        for key in gone {
            state.counters.swept += 1;
            state.replace(key, None, (partition, position, Cause::Swept));
        }
    }

    /// Changes rows and positions at once, for whoever reads them.
    fn flush(&mut self, ops: Vec<Op<T>>) {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.write();
        self.change(&mut state, ops);
        self.note(&mut state);
    }

    /// The same for a partition that has caught up: its rows, and what else there is of other keys.
    fn flush_all(&mut self, rows: Rows<T>, mut ops: Vec<Op<T>>) {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.write();
        if state.is_watched() {
            ops.extend(rows.into_iter().map(|(key, row)| Op::upsert(key, row)));
            ops.sort_unstable_by_key(|op| op.offset);
        } else {
            let graves = &self.graves;
            state.rows.absorb(rows, |key, old, new| match (old, graves.get(key)) {
                (None, None) => true,
                (old, grave) => !is_outdone(new.age(), old, grave),
            });
        }
        self.change(&mut state, ops);
        self.note(&mut state);
    }

    fn change(&mut self, state: &mut State<T>, ops: Vec<Op<T>>) {
        let loading = self.parts.values().any(|part| part.loading.is_some());
        for op in ops {
            if loading && matches!(op.what, What::Tombstone) {
                let grave = self.graves.entry(op.key).or_insert(op.age());
                *grave = (*grave).max(op.age());
            }
            if !is_outdone(op.age(), state.rows.slot(&op.key), self.graves.get(&op.key)) {
                state.apply(op, self.earlier);
            }
        }
    }

    /// Counts what was read, and notes how far each partition is.
    fn note(&mut self, state: &mut State<T>) {
        let Counters { records, upserts, tombstones, undecodable, swept, rebuilds } = self.counters;
        self.counters = Counters::default();
        let counters = &mut state.counters;
        counters.records += records;
        counters.upserts += upserts;
        counters.tombstones += tombstones;
        counters.undecodable += undecodable;
        counters.swept += swept;
        counters.rebuilds += rebuilds;
        self.teller.records = counters.records;
        for (partition, part) in &self.parts {
            state.tracks.insert(*partition, part.track());
        }
    }

    /// Answers those whose ends are reached.
    fn answer(&mut self) {
        let parts = &self.parts;
        let is_reached = |waiter: &Waiter| {
            waiter.ends.iter().all(|(partition, end)| {
                parts.get(partition).is_none_or(|part| {
                    let told = part.told >= waiter.assignment;
                    part.loading.is_none() && (part.position >= *end || told)
                })
            })
        };
        for waiter in self.waiters.extract_if(.., |waiter| is_reached(waiter)) {
            for answer in waiter.answers {
                let _ = answer.send(Ok(()));
            }
        }
        self.waiters.retain(|waiter| waiter.answers.iter().any(|answer| !answer.is_closed()));
    }

    fn tell(&mut self, ready: bool) {
        let Some(callback) = &mut self.teller.callback else { return };
        if !ready && (self.ready || self.teller.last.is_some_and(|last| last.elapsed() < TELL)) {
            return;
        }
        self.teller.last = Some(Instant::now());
        let mut progress = Progress { records: self.teller.records, ready, ..Progress::default() };
        for part in self.parts.values() {
            let target = part.target.max(part.start);
            let position = if part.loading.is_some() { part.position.min(target) } else { target };
            progress.target += (target - part.start).unsigned_abs();
            progress.done += (position - part.start).unsigned_abs();
        }
        callback(progress);
        if ready {
            self.teller.callback = None;
        }
    }
}

impl<T: Topic> Part<T> {
    fn track(&self) -> Track {
        let Self { start, position, target, at_end, .. } = *self;
        Track { start, position, target, at_end, loaded: self.loading.is_none() }
    }
}
