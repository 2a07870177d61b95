//! Reading a partition: its bootstrap, then record by record.

use std::collections::HashSet;

use tiltak_schema::decode;
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use super::Core;
use super::bootstrap::{Decoded, TOGETHER};
use super::effect::{Aside, Effect, Now, Operation};
use super::last_records::{Content, LastRecord, RowChange};
use super::mutation::Mutation;
use super::partition::{Delivery, Partition};
use super::slot::Slot;
use crate::source::{Batch, PollEvent, RecordRef};
use crate::table::entry::{Entry, StaleValue};

impl<T: Topic> Core<T> {
    pub(super) fn deliver<'a>(
        &mut self,
        epoch: u64,
        batch: &'a Batch,
        now: Now,
        effects: &mut Vec<Effect<'a, T>>,
    ) {
        let (mut operations, mut changes) = (Vec::new(), Vec::new());
        let mut run: Vec<RecordRef<'a>> = Vec::with_capacity(TOGETHER);
        self.is_dirty = true;
        self.quiet_since = now.moment;
        for event in batch.events() {
            if self.is_recreated {
                // Of a log that is not known nothing is taken: a position must not pass over what is left out.
                break;
            }
            if self.is_refused && !matches!(event, PollEvent::Unauthorized) {
                // The brokers hand out records again: the position is confirmed at once.
                self.is_refused = false;
                self.next_question = now.moment;
            }
            if let Some(RecordRef { partition, .. }) = run.first()
                && (run.len() == TOGETHER
                    || !matches!(event, PollEvent::Record(it) if it.partition == *partition))
            {
                self.read(&mut run);
            }
            match event {
                PollEvent::Record(record) => {
                    let Some(it) = self.partitions.get_mut(&record.partition) else { continue };
                    if epoch < it.epoch {
                        continue;
                    }
                    match it.deliver(record.offset, epoch) {
                        Delivery::Next => {}
                        Delivery::Known => continue,
                        Delivery::Backwards => {
                            self.is_recreated = true;
                            self.next_question = now.moment;
                        }
                    }
                    self.counters.records += 1;
                    match record.value {
                        Some(_) => self.counters.upserts += 1,
                        None => self.counters.tombstones += 1,
                    }
                    if it.bootstrap.is_some() {
                        run.push(record);
                        // Of a partition that goes on from what was persisted: its position moves on.
                        operations.extend(self.operation(&record));
                    } else {
                        self.follow(record, &mut operations, &mut changes, effects);
                    }
                }
                PollEvent::PositionAdvanced { partition, offset } => {
                    let Some(it) = self.partitions.get_mut(&partition) else { continue };
                    if epoch >= it.epoch {
                        it.advance(offset, epoch);
                    }
                }
                PollEvent::PartitionEof { partition } => {
                    let Some(it) = self.partitions.get_mut(&partition) else { continue };
                    if epoch >= it.epoch || self.config.mutation == Some(Mutation::StaleEof) {
                        it.reach_end(epoch.max(it.epoch));
                    }
                }
                PollEvent::OffsetOutOfRange { partition } => {
                    if self.partitions.get(&partition).is_some_and(|it| epoch >= it.epoch) {
                        self.out_of_range.insert(partition);
                        self.next_question = now.moment;
                    }
                }
                PollEvent::Unauthorized => {
                    self.is_refused = true;
                    self.refuse(now, effects);
                }
            }
        }
        self.read(&mut run);
        self.persist(operations, effects);
        self.publish(changes, effects);
    }

    /// Takes records of a partition that is in its bootstrap.
    pub(super) fn read(&mut self, run: &mut Vec<RecordRef<'_>>) {
        let it = run.first().and_then(|record| self.partitions.get_mut(&record.partition));
        if let Some(bootstrap) = it.and_then(|it| it.bootstrap.as_mut()) {
            self.counters.undecodable += bootstrap.take(run);
        }
        run.clear();
    }

    /// Decodes a record of a partition that is followed.
    pub(super) fn follow<'a>(
        &mut self,
        record: RecordRef<'a>,
        operations: &mut Vec<Operation<'a>>,
        changes: &mut Vec<RowChange<T>>,
        effects: &mut Vec<Effect<'a, T>>,
    ) {
        let RecordRef { partition, offset, timestamp, key: key_bytes, value } = record;
        let key = match decode::optional_key::<T>(key_bytes) {
            Ok(key) => key,
            Err(cause) => {
                self.counters.undecodable += 1;
                // Nothing of a key that cannot be read is shown, so its tombstone removes nothing.
                if value.is_some() {
                    self.has_undecodable = true;
                    self.commit_before(record, operations, changes, effects);
                    effects.push(Effect::PutAside(Aside::borrowed(&record, cause)));
                }
                return;
            }
        };
        let content = match value.map(|bytes| (bytes, decode::value::<T, Read>(bytes))) {
            None => Content::Tombstone,
            Some((bytes, Ok(value))) => {
                Content::Value(Slot::Entry(Entry::new(value, (partition, offset, timestamp), bytes.len())))
            }
            Some((_, Err(cause))) => {
                self.counters.undecodable += 1;
                self.has_undecodable = true;
                self.commit_before(record, operations, changes, effects);
                effects.push(Effect::PutAside(Aside::borrowed(&record, cause.clone())));
                Content::Undecodable(Box::new(StaleValue { partition, offset, cause }))
            }
        };
        operations.extend(self.operation(&record));
        if self.is_mutant(Mutation::TimestampDecides)
            && self.last.rows().slot(&key).is_some_and(|row| row.timestamp() > timestamp)
        {
            return;
        }
        changes.extend(self.last.put(key, LastRecord { partition, offset, timestamp, content }));
    }

    /// What came before a record that stops the table is persisted and shown, and its position with it.
    pub(super) fn commit_before<'a>(
        &mut self,
        record: RecordRef<'a>,
        operations: &mut Vec<Operation<'a>>,
        changes: &mut Vec<RowChange<T>>,
        effects: &mut Vec<Effect<'a, T>>,
    ) {
        if !self.config.stops_at_poison {
            return;
        }
        let set = |core: &mut Self, position: i64| {
            if let Some(it) = core.partitions.get_mut(&record.partition) {
                it.position = position;
            }
        };
        set(self, record.offset);
        self.persist(std::mem::take(operations), effects);
        self.publish(std::mem::take(changes), effects);
        set(self, record.offset + 1);
        self.is_dirty = true;
    }

    pub(super) fn operation<'a>(&self, record: &RecordRef<'a>) -> Option<Operation<'a>> {
        let is_persisted = self.partitions.get(&record.partition).is_some_and(|it| it.is_persisted);
        if !self.config.persists || !is_persisted {
            return None;
        }
        let RecordRef { partition, offset, timestamp, key, value } = *record;
        let key = key?;
        Some(match value {
            None if !self.last.remembers_tombstones() => Operation::Delete { key: key.into(), partition },
            value => Operation::Put { key, value, partition, offset, timestamp },
        })
    }

    /// Shows the rows of each partition that has reached its target, and notes which partitions are complete.
    pub(super) fn complete(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        let reached = self.partitions.iter().filter(|(_, it)| it.has_reached_target());
        let reached: Vec<i32> = reached.map(|(partition, _)| *partition).collect();
        let mut overdue = Vec::new();
        for partition in reached {
            let Some(it) = self.partitions.get_mut(&partition) else { continue };
            if !it.complete(now.wall, self.tombstone_retention) {
                overdue.push(partition);
                continue;
            }
            let Some(mut bootstrap) = it.bootstrap.take() else { continue };
            self.counters.undecodable += bootstrap.unreadable.len() as u64;
            self.has_undecodable |= !bootstrap.unreadable.is_empty();
            for (key, pending) in bootstrap.take_unreadable() {
                effects.extend(Aside::of_unreadable::<T>(partition, &key, pending).map(Effect::PutAside));
            }
            let is_new = self.config.persists && !std::mem::replace(&mut it.is_persisted, true);
            let persist = is_new.then(|| self.positions());
            let tombstones = self.last.remembers_tombstones();
            effects.push(Effect::Decode { partition, bootstrap, persist, tombstones });
        }
        if !overdue.is_empty() {
            tracing::warn!(
                topic = self.config.topic,
                partitions = ?overdue,
                retention_ms = self.tombstone_retention.as_millis(),
                "tombstones may have been removed before they were read: the partitions are read anew; if this repeats, \
                 raise delete.retention.ms of the topic"
            );
            self.rebuild(&overdue, now, effects);
        }
    }

    /// Shows what was decoded of a partition.
    pub(super) fn show(&mut self, partition: i32, decoded: Decoded<T>, effects: &mut Vec<Effect<'_, T>>) {
        let Some(it) = self.partitions.get_mut(&partition) else { return };
        it.is_decoded = true;
        let position = it.position;
        let Decoded { rows, again, tombstones, undecodable } = decoded;
        let mut seen = HashSet::default();
        if again {
            let others = tombstones.iter().map(|(key, _)| *key);
            let bad = undecodable.iter().map(|(key, ..)| *key);
            seen = rows.slots().map(|(key, _)| *key).chain(others).chain(bad).collect();
        }
        self.is_bulk = true;
        self.is_dirty = true;
        let mut changes = self.last.take_over(rows);
        for (key, pending) in tombstones {
            let (offset, timestamp) = (pending.offset, pending.timestamp);
            let record = LastRecord { partition, offset, timestamp, content: Content::Tombstone };
            changes.extend(self.last.put(key, record));
        }
        let mut aside = Vec::new();
        for (key, pending, cause) in undecodable {
            self.counters.undecodable += 1;
            self.has_undecodable = true;
            let (offset, timestamp) = (pending.offset, pending.timestamp);
            let stale = Box::new(StaleValue { partition, offset, cause: cause.clone() });
            aside.push(Aside::owned(partition, Some(key.to_string().into()), pending, cause));
            let content = Content::Undecodable(stale);
            changes.extend(self.last.put(key, LastRecord { partition, offset, timestamp, content }));
        }
        changes.sort_unstable_by_key(|change| change.offset);
        if again && !self.is_mutant(Mutation::SweptNothing) {
            let swept = self.last.sweep(partition, position, &seen);
            self.counters.swept += swept.iter().filter(|it| it.new.is_none()).count() as u64;
            changes.extend(swept);
        }
        // A table that stops shows what it has read. The rows were persisted as bytes, so a restart meets them again.
        self.publish(changes, effects);
        aside.sort_unstable_by_key(|aside| aside.offset);
        effects.extend(aside.into_iter().map(Effect::PutAside));
        let is_there = |it: &Partition<T>| it.is_bootstrapped() && it.is_decoded;
        if self.partitions.values().all(is_there) {
            self.confirm(effects);
            if !self.is_ready {
                self.is_ready = true;
                effects.push(Effect::Ready);
            }
        }
    }
}
