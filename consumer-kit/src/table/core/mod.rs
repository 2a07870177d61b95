//! What a table does, without a thread, a clock, a broker, a store or a callback: [`Core::on`] takes what happened and
//! gives what is to be done, in this order. The same inputs always give the same effects.
//!
//! A partition is first read up to a target, its bootstrap: of each key the last record is kept as bytes, and decoded when
//! the target is reached. From then on it is followed record by record. What cannot be gone on with is read anew, while
//! its rows stay; keys that are not met again are swept.
//!
//! Invariants:
//! - What is shown depends on the last record of each key in each partition alone ([`LastRecords`]).
//! - What is shown was persisted before, and a position is never persisted ahead of its rows: [`Effect::PutAside`] comes
//!   before [`Effect::Persist`], which comes before [`Effect::Publish`].
//! - A partition is complete only if less than the tombstones' retention has passed since it was complete before:
//!   otherwise a tombstone may have come and gone unseen, and the partition is read anew.

pub(crate) mod bootstrap;
mod effect;
#[cfg(any(test, feature = "fixtures"))]
pub(crate) mod enumeration;
pub(crate) mod last_records;
mod mutation;
mod partition;
pub(crate) mod rows;
pub(crate) mod slot;
pub(in crate::table) mod start;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tiltak_schema::decode;
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use self::bootstrap::{Bootstrap, Decoded, RestoredRows, TOGETHER};
pub(crate) use self::effect::{Aside, Barrier, Effect, Input, Now, Operation, Published, Restored};
use self::last_records::{Content, LastRecord, LastRecords, RowChange};
pub(crate) use self::mutation::Mutation;
use self::partition::{Delivery, Partition};
use self::rows::Rows;
use crate::error::{Error, Kind};
use crate::health::{Liveness, Moment};
use crate::poison::PreviousValue;
use crate::source::{Batch, PollEvent, RecordRef, Settings, TopicDescription, TopicIdentity, Watermarks};
use crate::table::changes::Cause;
use crate::table::entry::{Entry, StaleValue};
use crate::table::metrics::Counters;
use slot::Slot;
use start::{Start, start};

/// How soon the brokers are asked again when something waits for their answer.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// How long nothing may come before partitions are assigned anew to be told their end.
const ASSIGN_AGAIN: Duration = Duration::from_millis(300);
/// How soon time is looked at again, at least and at most.
const SHORTEST_TICK: Duration = Duration::from_millis(1);
const LONGEST_TICK: Duration = Duration::from_millis(500);
/// How often tombstones that no longer matter are looked for.
const FORGET_INTERVAL: Duration = Duration::from_mins(1);
/// The retention of tombstones if the topic's own cannot be read. Kafka's default.
const DEFAULT_RETENTION: Duration = Duration::from_hours(24);
/// No cleaner removes a tombstone sooner than that, whatever the topic's setting.
const SHORTEST_RETENTION: Duration = Duration::from_millis(200);

/// How a table reads.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) topic: String,
    pub(crate) previous_value: PreviousValue,
    pub(crate) any_cleanup_policy: bool,
    /// `None`: the topic's `delete.retention.ms`.
    pub(crate) tombstone_retention: Option<Duration>,
    pub(crate) metadata_refresh_interval: Duration,
    pub(crate) authorization_grace: Duration,
    /// Whether an undecodable record stops the table.
    pub(crate) stops_at_poison: bool,
    /// Whether there is a store.
    pub(crate) persists: bool,
    /// A seeded bug.
    pub(crate) mutation: Option<Mutation>,
}

/// See the module.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they change one by one, and any of them may hold with any other"
)]
pub(crate) struct Core<T: Topic> {
    config: Config,
    last: LastRecords<T>,
    partitions: BTreeMap<i32, Partition<T>>,
    /// The number of the assignment.
    epoch: u64,
    /// Since when nothing was assigned or delivered.
    quiet_since: Moment,
    identity: TopicIdentity,
    tombstone_retention: Duration,
    settings_known: bool,
    liveness: Liveness,
    /// A question to the brokers is under way, asked then.
    asking: Option<SystemTime>,
    /// When to ask again.
    next_question: Moment,
    next_forgetting: Moment,
    /// Partitions whose position is out of range, to be compared with the next description.
    out_of_range: BTreeSet<i32>,
    /// The log is known to be another one, though its id may not say so.
    is_recreated: bool,
    barriers: Vec<Barrier>,
    is_ready: bool,
    counters: Counters,
    /// The broker has refused to hand out records, and has not handed out any since.
    is_refused: bool,
    /// A record could not be decoded.
    has_undecodable: bool,
    /// Something has to be published.
    is_dirty: bool,
    /// Rows came in bulk: their changes are not listed.
    is_bulk: bool,
    has_failed: bool,
}

impl<T: Topic> Core<T> {
    /// Begins, with what an earlier run has kept, if anything.
    pub(crate) fn start<'a>(
        config: Config,
        rows: Rows<T>,
        description: TopicDescription,
        asked: SystemTime,
        settings: &Settings,
        restored: Option<Restored<T>>,
        now: Now,
    ) -> (Self, Start, Vec<Effect<'a, T>>) {
        let mut effects = Vec::new();
        let TopicDescription { identity, watermarks } = description;
        let liveness =
            Liveness::new(config.metadata_refresh_interval, config.authorization_grace, now.moment);
        let mut core = Self {
            last: LastRecords::new(rows, config.previous_value),
            partitions: BTreeMap::new(),
            epoch: 0,
            quiet_since: now.moment,
            identity,
            tombstone_retention: config
                .tombstone_retention
                .unwrap_or(DEFAULT_RETENTION)
                .max(SHORTEST_RETENTION),
            settings_known: false,
            liveness,
            asking: None,
            next_question: now.moment,
            next_forgetting: now.moment + FORGET_INTERVAL,
            out_of_range: BTreeSet::new(),
            is_recreated: false,
            barriers: Vec::new(),
            is_ready: false,
            counters: Counters::default(),
            is_refused: false,
            has_undecodable: false,
            is_dirty: true,
            is_bulk: false,
            has_failed: false,
            config,
        };
        core.learn_settings(settings, now.moment, &mut effects);
        core.last.remember_tombstones(watermarks.len() > 1 && !core.is_mutant(Mutation::ForgottenTombstone));
        let retention = core.tombstone_retention;
        let start = start(restored.as_ref(), &core.identity, &watermarks, retention, now.wall);
        core.next_question = now.moment + core.refresh_interval();
        core.begin(&watermarks, asked, restored, &start, &mut effects);
        core.assign(now.moment, &mut effects);
        core.publish(Vec::new(), &mut effects);
        // Partitions that have nothing to read.
        core.complete(now, &mut effects);
        (core, start, effects)
    }

    /// Takes what happened, and gives what is to be done, in this order.
    pub(crate) fn on<'a>(&mut self, input: Input<'a, T>, now: Now) -> Vec<Effect<'a, T>> {
        let mut effects = Vec::new();
        if self.has_failed {
            return effects;
        }
        match input {
            Input::Delivered { epoch, batch } => self.deliver(epoch, batch, now, &mut effects),
            Input::Described(Ok(description)) => self.describe(&description, now, &mut effects),
            Input::Described(Err(error)) => self.miss(&error, now, &mut effects),
            Input::Decoded { partition, decoded } => self.show(partition, *decoded, &mut effects),
            Input::Settings(settings) => self.learn_settings(&settings, now.moment, &mut effects),
            Input::Barrier(barrier) => {
                self.barriers.push(barrier);
                self.next_question = now.moment;
            }
            Input::BarrierLeft { id } => self.barriers.retain(|barrier| barrier.id != id),
            Input::Failed(error) => self.fail(error, &mut effects),
            Input::Tick => {}
        }
        self.complete(now, &mut effects);
        self.answer(&mut effects);
        self.ask(now, &mut effects);
        effects
    }

    /// When the core has to be asked again at the latest.
    pub(crate) fn next_tick(&self, now: Moment) -> Duration {
        let assign_again = self.quiet_since + ASSIGN_AGAIN;
        let next = match (self.asking, self.waits_for_ends()) {
            (None, false) => self.next_question,
            (None, true) => self.next_question.min(assign_again),
            // The answer comes by itself.
            (Some(_), false) => now + LONGEST_TICK,
            (Some(_), true) => assign_again,
        };
        next.saturating_sub(now).clamp(SHORTEST_TICK, LONGEST_TICK)
    }

    /// Whether a barrier waits for ends that may have no record before them, and nothing was assigned since it captured
    /// them.
    fn waits_for_ends(&self) -> bool {
        self.barriers.iter().any(|barrier| barrier.epoch.is_some_and(|epoch| epoch > self.epoch))
    }

    pub(crate) fn liveness(&self) -> &Liveness {
        &self.liveness
    }

    fn begin(
        &mut self,
        watermarks: &BTreeMap<i32, Watermarks>,
        asked: SystemTime,
        restored: Option<Restored<T>>,
        start: &Start,
        effects: &mut Vec<Effect<'_, T>>,
    ) {
        let (mut rows, mut positions, mut complete_at) = (BTreeMap::new(), BTreeMap::new(), None);
        if let Some(restored) = restored {
            rows = restored.rows;
            if start.uses_positions() {
                (positions, complete_at) = (restored.positions, restored.caught_up);
            }
        }
        for (&partition, marks) in watermarks {
            let old = rows.remove(&partition);
            let position = positions.get(&partition).copied();
            if let Some(position) =
                position.filter(|it| (marks.log_start..=marks.high_watermark).contains(it))
            {
                let mut bootstrap = Bootstrap::new(false);
                if bootstrap.restore(old.unwrap_or_default()).is_err() {
                    self.fail(damaged(&self.config.topic), effects);
                    return;
                }
                let mut it = Partition::new(position, *marks, asked, self.epoch + 1, bootstrap);
                it.is_persisted = true;
                it.complete_at = complete_at.unwrap_or(asked);
                self.partitions.insert(partition, it);
            } else {
                // Shown until the partition is read.
                let again = self.restore(partition, old.unwrap_or_default());
                let bootstrap = Bootstrap::new(again);
                let it = Partition::new(marks.log_start, *marks, asked, self.epoch + 1, bootstrap);
                self.partitions.insert(partition, it);
            }
        }
        // Of partitions that are gone nothing is kept.
        let gone: Vec<_> = rows.keys().map(|partition| Operation::Clear { partition: *partition }).collect();
        if !gone.is_empty() {
            self.persist(gone, effects);
        }
    }

    /// Rows of an earlier run that are all there is until their partition is read. Whether there are any.
    fn restore(&mut self, partition: i32, rows: RestoredRows<T>) -> bool {
        let RestoredRows { decodable, others } = rows;
        for (key, row) in decodable.into_iter().flatten() {
            self.last.put(key, LastRecord::value(row));
        }
        for some in &others {
            // What cannot be unpacked is read anew with the rest.
            let _ = some.visit(|row| {
                let Ok(key) = decode::key::<T>(row.key) else { return };
                let content = match row.value.map(|value| (value, decode::value::<T, Read>(value))) {
                    None => Content::Tombstone,
                    Some((bytes, Ok(value))) => {
                        let place = (partition, row.offset, row.timestamp);
                        Content::Value(Slot::Entry(Entry::new(value, place, bytes.len())))
                    }
                    Some((_, Err(_))) => return,
                };
                let (offset, timestamp) = (row.offset, row.timestamp);
                self.last.put(key, LastRecord { partition, offset, timestamp, content });
            });
        }
        self.last.has_any_of(partition)
    }

    fn assign(&mut self, now: Moment, effects: &mut Vec<Effect<'_, T>>) {
        self.epoch += 1;
        self.quiet_since = now;
        let positions = self.partitions.iter().map(|(partition, it)| (*partition, it.position)).collect();
        effects.push(Effect::Assign { epoch: self.epoch, positions });
    }

    fn deliver<'a>(&mut self, epoch: u64, batch: &'a Batch, now: Now, effects: &mut Vec<Effect<'a, T>>) {
        let (mut operations, mut changes) = (Vec::new(), Vec::new());
        let mut run: Vec<RecordRef<'a>> = Vec::with_capacity(TOGETHER);
        self.is_dirty = true;
        self.quiet_since = now.moment;
        for event in batch.events() {
            if self.is_recreated {
                // Of a log that is not known nothing is taken: a position must not pass over what is left out.
                break;
            }
            self.is_refused &= matches!(event, PollEvent::Unauthorized);
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
    fn read(&mut self, run: &mut Vec<RecordRef<'_>>) {
        let it = run.first().and_then(|record| self.partitions.get_mut(&record.partition));
        if let Some(bootstrap) = it.and_then(|it| it.bootstrap.as_mut()) {
            self.counters.undecodable += bootstrap.take(run);
        }
        run.clear();
    }

    /// Decodes a record of a partition that is followed.
    fn follow<'a>(
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
    fn commit_before<'a>(
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

    fn operation<'a>(&self, record: &RecordRef<'a>) -> Option<Operation<'a>> {
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
    fn complete(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
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
    fn show(&mut self, partition: i32, decoded: Decoded<T>, effects: &mut Vec<Effect<'_, T>>) {
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

    /// The brokers have described the topic.
    fn describe(&mut self, description: &TopicDescription, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        let asked = self.asking.take().unwrap_or(now.wall);
        self.is_dirty = true;
        if self.is_refused {
            self.refuse(now, effects);
        } else if let Some(notice) = self.liveness.confirm(now.moment) {
            effects.push(Effect::Log(notice));
        }
        self.next_question = now.moment + self.refresh_interval();
        let TopicDescription { identity, watermarks } = description;
        let is_past = self
            .partitions
            .iter()
            .any(|(id, it)| watermarks.get(id).is_none_or(|marks| it.position > marks.high_watermark));
        let recreated = std::mem::take(&mut self.is_recreated) || !identity.agrees(&self.identity) || is_past;
        self.identity.learn(identity);
        let out_of_range = std::mem::take(&mut self.out_of_range);
        let gone: Vec<i32> =
            self.partitions.keys().filter(|id| !watermarks.contains_key(id)).copied().collect();
        for partition in gone {
            self.drop_partition(partition, effects);
        }
        let mut again = BTreeSet::new();
        for (partition, it) in &mut self.partitions {
            let Some(marks) = watermarks.get(partition) else { continue };
            if recreated || it.position < marks.log_start {
                again.insert(*partition);
            } else {
                it.describe(*marks, asked);
            }
        }
        let added: Vec<i32> =
            watermarks.keys().filter(|id| !self.partitions.contains_key(id)).copied().collect();
        if !self.last.remembers_tombstones() && self.partitions.len() + added.len() > 1 {
            // The tombstones of the one partition were not remembered, and a key may have moved to another one.
            again.extend(self.partitions.keys());
            self.last.remember_tombstones(!self.is_mutant(Mutation::ForgottenTombstone));
        }
        let again: Vec<i32> = again.into_iter().collect();
        if !again.is_empty() {
            tracing::warn!(topic = self.config.topic, partitions = ?again, recreated, "partitions are read anew");
        }
        self.read_anew(&again, watermarks, asked);
        for partition in &added {
            if let Some(marks) = watermarks.get(partition) {
                let bootstrap = Bootstrap::new(false);
                let it = Partition::new(marks.log_start, *marks, asked, self.epoch + 1, bootstrap);
                self.partitions.insert(*partition, it);
            }
        }
        if !again.is_empty() || !added.is_empty() || !out_of_range.is_empty() {
            self.assign(now.moment, effects);
        }
        self.capture(watermarks, now);
        self.confirm(effects);
        self.forget(now, effects);
        self.publish(Vec::new(), effects);
    }

    fn drop_partition(&mut self, partition: i32, effects: &mut Vec<Effect<'_, T>>) {
        let Some(it) = self.partitions.remove(&partition) else { return };
        let swept = self.last.sweep(partition, it.position, &HashSet::default());
        self.counters.swept += swept.len() as u64;
        self.persist(vec![Operation::Clear { partition }], effects);
        self.is_dirty = true;
        self.publish(swept, effects);
    }

    /// Begins partitions from the start of their logs. Their rows stay until they are read.
    fn read_anew(&mut self, partitions: &[i32], watermarks: &BTreeMap<i32, Watermarks>, asked: SystemTime) {
        for partition in partitions {
            let Some(marks) = watermarks.get(partition) else { continue };
            self.counters.rebuilds += 1;
            let bootstrap = Bootstrap::new(true);
            let it = Partition::new(marks.log_start, *marks, asked, self.epoch + 1, bootstrap);
            self.partitions.insert(*partition, it);
        }
    }

    /// The same, with the ends that are known.
    fn rebuild(&mut self, partitions: &[i32], now: Now, effects: &mut Vec<Effect<'_, T>>) {
        let watermarks = self.partitions.iter().map(|(id, it)| (*id, it.known_marks())).collect();
        self.read_anew(partitions, &watermarks, now.wall);
        self.is_dirty = true;
        self.assign(now.moment, effects);
    }

    /// Captures the ends that barriers wait for, and checks whether they can be read by now.
    fn capture(&mut self, watermarks: &BTreeMap<i32, Watermarks>, now: Now) {
        let epoch = self.epoch + 1;
        let mut unsettled = false;
        for barrier in &mut self.barriers {
            if barrier.epoch.is_some() {
                continue;
            }
            let is_early = self.config.mutation == Some(Mutation::EarlyBarrier);
            let end =
                |marks: &Watermarks| if is_early { marks.last_stable_offset } else { marks.high_watermark };
            let high = watermarks.iter().map(|(id, marks)| (*id, end(marks)));
            let ends = barrier.ends.get_or_insert_with(|| high.collect());
            let is_settled = |(id, end): (&i32, &i64)| {
                watermarks.get(id).is_none_or(|marks| marks.last_stable_offset >= *end)
            };
            if ends.iter().all(is_settled) {
                // Its own end has to be told by an assignment that comes after the capture.
                barrier.epoch = Some(epoch);
                for (partition, end) in ends {
                    if let Some(it) = self.partitions.get_mut(partition) {
                        it.expect(*end);
                    }
                }
            } else {
                unsettled = true;
            }
        }
        if unsettled {
            self.next_question = now.moment + ASK_AGAIN;
        }
    }

    /// Answers barriers whose ends are reached.
    fn answer(&mut self, effects: &mut Vec<Effect<'_, T>>) {
        let partitions = &self.partitions;
        let is_reached = |barrier: &Barrier| {
            let Some((epoch, ends)) = barrier.epoch.zip(barrier.ends.as_ref()) else { return false };
            ends.iter().all(|(partition, end)| {
                partitions.get(partition).is_none_or(|it| {
                    let is_told = it.eof_epoch >= epoch;
                    it.is_bootstrapped() && it.is_decoded && (it.position >= *end || is_told)
                })
            })
        };
        let answered: Vec<u64> =
            self.barriers.extract_if(.., |barrier| is_reached(barrier)).map(|barrier| barrier.id).collect();
        effects.extend(answered.into_iter().map(|id| Effect::Answer { id }));
    }

    /// Asks the brokers when it is time. The log may end in offsets without a record: where a barrier waits and nothing
    /// comes, the end is asked for by assigning anew. Once for each barrier: what is being fetched is thrown away by it.
    fn ask(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        if let Some(notice) = self.liveness.tick(now.moment) {
            effects.push(Effect::Log(notice));
        }
        if self.waits_for_ends() && now.moment.saturating_sub(self.quiet_since) >= ASSIGN_AGAIN {
            self.assign(now.moment, effects);
        }
        if self.asking.is_none() && now.moment >= self.next_question {
            self.asking = Some(now.wall);
            effects.push(Effect::Describe);
        }
    }

    /// The brokers did not answer, or refused.
    fn miss(&mut self, error: &Error, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        self.asking = None;
        let is_urgent = self.barriers.iter().any(|it| it.epoch.is_none()) || !self.out_of_range.is_empty();
        let interval = if is_urgent { ASK_AGAIN } else { self.refresh_interval() };
        self.next_question = now.moment + interval;
        // Should it be there again, it is another one.
        self.is_recreated |= error.is_missing_topic();
        if self.liveness.fail(now.moment, error.to_string(), error.is_forbidden()) {
            self.fail(error.clone(), effects);
        }
    }

    /// The brokers hand out no records, though they may still describe the topic.
    fn refuse(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        let error = Error::from(Kind::Forbidden {
            topic: self.config.topic.clone(),
            brokers: "its brokers".to_owned(),
        });
        if self.liveness.fail(now.moment, error.to_string(), true) {
            self.fail(error, effects);
        }
    }

    fn learn_settings(&mut self, settings: &Settings, now: Moment, effects: &mut Vec<Effect<'_, T>>) {
        if self.settings_known {
            return;
        }
        match settings {
            Settings::Pending => {}
            Settings::Unavailable { reason } => {
                self.settings_known = true;
                if self.config.tombstone_retention.is_none() {
                    tracing::warn!(
                        topic = self.config.topic,
                        reason,
                        "delete.retention.ms of the topic cannot be read: 24 hours are assumed; set \
                         `TableBuilder::tombstone_retention` if it is less"
                    );
                }
            }
            Settings::Known { cleanup_policy, delete_retention } => {
                self.settings_known = true;
                if self.config.tombstone_retention.is_none() {
                    self.tombstone_retention = (*delete_retention).max(SHORTEST_RETENTION);
                    self.next_question = self.next_question.min(now + self.refresh_interval());
                }
                if cleanup_policy != "compact" && !self.config.any_cleanup_policy {
                    let (topic, policy) = (self.config.topic.clone(), cleanup_policy.clone());
                    self.fail(Kind::NotCompacted { topic, policy }.into(), effects);
                }
            }
        }
    }

    /// A cut-off must be noticed before tombstones may be gone.
    fn refresh_interval(&self) -> Duration {
        self.config.metadata_refresh_interval.min(self.tombstone_retention / 4)
    }

    /// Persists when every partition was known to be complete.
    fn confirm(&mut self, effects: &mut Vec<Effect<'_, T>>) {
        if let Some(caught_up) = self.caught_up() {
            self.persist_with(Vec::new(), Some(caught_up), effects);
        }
    }

    fn caught_up(&self) -> Option<SystemTime> {
        let is_there = |it: &Partition<T>| it.is_persisted && it.is_bootstrapped() && it.is_decoded;
        let all = self.partitions.values().all(is_there);
        all.then(|| self.partitions.values().map(|it| it.complete_at).min()).flatten()
    }

    fn positions(&self) -> BTreeMap<i32, i64> {
        let persisted = self.partitions.iter().filter(|(_, it)| it.is_persisted);
        persisted.map(|(partition, it)| (*partition, it.position)).collect()
    }

    fn persist<'a>(&self, operations: Vec<Operation<'a>>, effects: &mut Vec<Effect<'a, T>>) {
        self.persist_with(operations, None, effects);
    }

    fn persist_with<'a>(
        &self,
        operations: Vec<Operation<'a>>,
        caught_up: Option<SystemTime>,
        effects: &mut Vec<Effect<'a, T>>,
    ) {
        if !self.config.persists {
            return;
        }
        effects.push(Effect::Persist {
            operations,
            positions: self.positions(),
            caught_up,
            identity: self.identity.clone(),
            all_decoded: self.partitions.values().all(|it| it.is_decoded) && !self.has_undecodable,
        });
    }

    fn forget(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        if now.moment < self.next_forgetting || !self.partitions.values().all(Partition::is_bootstrapped) {
            return;
        }
        self.next_forgetting = now.moment + FORGET_INTERVAL;
        let horizon = now.wall.checked_sub(self.tombstone_retention);
        let horizon = horizon.and_then(|it| it.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let forgotten = self.last.forget_tombstones(i64::try_from(horizon.as_millis()).unwrap_or(i64::MAX));
        let delete = |(key, partition): (T::Key, i32)| {
            let key = key.to_string().into_bytes().into();
            Operation::Delete { key, partition }
        };
        let operations: Vec<_> = forgotten.into_iter().map(delete).collect();
        if !operations.is_empty() {
            self.persist(operations, effects);
        }
    }

    /// Whether a bug is seeded, to see that the tests catch it.
    fn is_mutant(&self, mutation: Mutation) -> bool {
        self.config.mutation == Some(mutation)
    }

    fn publish(&mut self, mut changes: Vec<RowChange<T>>, effects: &mut Vec<Effect<'_, T>>) {
        if !std::mem::take(&mut self.is_dirty) && changes.is_empty() {
            return;
        }
        if self.is_mutant(Mutation::UnannouncedChange) {
            changes.retain(|change| change.cause != Cause::Tombstone);
        }
        effects.push(Effect::Publish(Box::new(Published {
            rows: self.last.rows().clone(),
            unreadable: self.last.unreadable().clone(),
            stale: self.last.stale(),
            tombstones: self.last.tombstones(),
            counters: self.counters,
            tracks: self.partitions.iter().map(|(partition, it)| (*partition, it.track())).collect(),
            changes,
            is_bulk: std::mem::take(&mut self.is_bulk),
        })));
    }

    fn fail(&mut self, error: Error, effects: &mut Vec<Effect<'_, T>>) {
        self.has_failed = true;
        effects.push(Effect::Fail(error));
    }
}

fn damaged(topic: &str) -> Error {
    Error::store_failed(topic, "what was kept cannot be unpacked; remove it, and the topic is read anew")
}
