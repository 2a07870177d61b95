//! The decisions of a table, without thread, clock, broker, store or callback. [`Core::on`] takes an input and
//! returns effects, to be carried out in order. The same inputs always give the same effects.
//!
//! A partition is first read up to a target. This is its bootstrap: it keeps the last record of each key as bytes,
//! and decodes them when the target is reached. Then the partition is followed record by record. If reading cannot
//! continue, the partition is rebuilt: its rows stay, and keys that are not met again are swept.
//!
//! Invariants:
//! - What is shown depends on the last record of each key in each partition alone ([`LastRecords`]).
//! - What is shown was persisted before, and a position is never persisted ahead of its rows: [`Effect::PutAside`] comes
//!   before [`Effect::Persist`], which comes before [`Effect::Publish`].
//! - A partition is complete only if less than the tombstones' retention has passed since it was complete before:
//!   otherwise a tombstone may have come and gone unseen, and the partition is rebuilt.

pub(crate) mod bootstrap;
mod description;
mod effect;
#[cfg(any(test, feature = "fixtures"))]
pub(crate) mod enumeration;
pub(crate) mod last_records;
mod mutation;
mod partition;
mod persist;
mod reading;
pub(crate) mod rows;
pub(crate) mod slot;
pub(in crate::table) mod start;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use tiltak_schema::decode;
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use self::bootstrap::{Bootstrap, RestoredRows};
pub(crate) use self::effect::{Barrier, Effect, Input, Now, Operation, Published, Restored};
use self::last_records::{Content, LastRecord, LastRecords, RowChange};
pub(crate) use self::mutation::Mutation;
use self::partition::Partition;
use self::rows::Rows;
use crate::error::Error;
use crate::health::{Liveness, Moment};
use crate::poison::PreviousValue;
use crate::source::{Settings, TopicDescription, TopicIdentity, Watermarks};
use crate::table::changes::Cause;
use crate::table::entry::Entry;
use crate::table::metrics::Counters;
use slot::Slot;
use start::{Start, start};

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
        core.next_question = now.moment.saturating_add(core.refresh_interval());
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
