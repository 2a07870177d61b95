//! What an event consumer decides, without a thread, a clock, a broker or a callback: which record may be handled now,
//! how far each partition may be committed, and what it means that a partition comes or goes, that an offset lies below
//! the position, or that the topic is another one of the same name.
//!
//! The runtime tells what has happened and when; what it has to do then is in [`Core::effects`].

mod back_off;
mod lanes;
mod partition;
mod start;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::time::Duration;

pub(crate) use back_off::BackOff;
use lanes::Lanes;
pub(crate) use lanes::Ticket;
use partition::{Partition, Phase};
pub(crate) use start::{Committed, OffsetReset, ResetCause, StartAt};

use super::metrics::{EventMetrics, EventPartition};
use crate::health::{Liveness, Moment, Notice};
use crate::source::TopicDescription;

/// The bounds of an event consumer.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Records of a partition that may wait.
    pub(crate) max_records: usize,
    /// Bytes of a partition's records that may wait.
    pub(crate) max_bytes: usize,
    pub(crate) refresh_interval: Duration,
    pub(crate) authorization_grace: Duration,
    pub(crate) offset_reset: OffsetReset,
}

/// What the runtime has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Begin to read a partition that was assigned.
    Start { partition: i32, at: StartAt },
    /// Go on reading a partition from another place. What had been fetched is not delivered.
    Seek { partition: i32, at: StartAt },
    /// Describe the topic now, and not only at the next refresh.
    Describe,
    /// Join the group anew: the client has given up on it.
    Rejoin,
    /// Log that a partition is read from another place than where it was.
    Reset { partition: i32, cause: ResetCause, from: Option<i64>, to: StartAt },
    /// Log that the brokers do not confirm the position, or do so again.
    Notice(Notice),
    /// Stop for good.
    Stop(StopCause),
}

/// Why the consumer cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopCause {
    /// The right to read the topic has been missing for too long.
    TopicForbidden,
    /// The right to read as a member of the group has been missing for too long.
    GroupForbidden,
    /// There is no place to read from, and `auto.offset.reset=error`.
    NoOffset { partition: i32 },
}

/// An offset to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// The topic that it is an offset of.
    pub(crate) topic_id: Option<String>,
}

/// Why a request to the brokers failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) is_unauthorized: bool,
}

/// The state of an event consumer.
pub(crate) struct Core<K, R> {
    limits: Limits,
    partitions: BTreeMap<i32, Partition>,
    lanes: Lanes<K, R>,
    epochs: u64,
    effects: Vec<Effect>,
    liveness: Liveness,
    trouble: Trouble,
    /// The last description, and when it was asked for.
    described: Option<(Moment, TopicDescription)>,
    /// The id of the topic that was read last, also by partitions that are gone.
    topic_id: Option<String>,
    /// Ids of topics that were given up for another one. A broker that lags behind may still tell them.
    former: BTreeSet<String>,
    /// Nothing is handed out any more.
    is_halted: bool,
    counters: EventMetrics,
}

/// What keeps the group from serving this member, beside what a description tells.
#[derive(Default)]
struct Trouble {
    /// The coordinator refuses the member.
    membership: Option<Refusal>,
    /// The coordinator refuses what the member commits.
    commits: Option<Refusal>,
    /// There is no coordinator.
    coordinator: Option<String>,
    /// A partition was assigned, or at least the member has joined.
    has_joined: bool,
    /// A record or the end of a partition has come.
    has_read: bool,
    /// The client has given up.
    has_left: bool,
}

impl<K: Clone + Eq + Hash + Ord, R: Clone> Core<K, R> {
    pub(crate) fn new(limits: Limits, now: Moment) -> Self {
        let liveness = Liveness::new(limits.refresh_interval, limits.authorization_grace, now);
        Self {
            limits,
            partitions: BTreeMap::new(),
            lanes: Lanes::new(),
            epochs: 0,
            effects: Vec::new(),
            liveness,
            trouble: Trouble::default(),
            described: None,
            topic_id: None,
            former: BTreeSet::new(),
            is_halted: false,
            counters: EventMetrics::default(),
        }
    }

    /// What is to be done since this was last asked, in this order.
    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    // Partitions that come and go.

    /// Partitions were assigned. They are read when it is known what was committed and which topic this is.
    pub(crate) fn assigned(&mut self, partitions: &[i32], now: Moment) {
        self.joined();
        for &partition in partitions {
            self.forget(partition);
            let epoch = self.next_epoch();
            self.partitions.insert(partition, Partition::new(epoch, now));
        }
        if !partitions.is_empty() {
            self.effects.push(Effect::Describe);
        }
    }

    /// The coordinator has taken the member in.
    pub(crate) fn joined(&mut self) {
        self.trouble.has_joined = true;
        self.trouble.membership = None;
    }

    /// Partitions whose committed offsets are to be looked up.
    pub(crate) fn awaiting_committed(&self) -> Vec<i32> {
        let awaiting = self.partitions.iter().filter(|(_, it)| it.phase == Phase::AwaitsCommitted);
        awaiting.map(|(partition, _)| *partition).collect()
    }

    /// What was committed for these partitions.
    pub(crate) fn committed(&mut self, found: BTreeMap<i32, Option<Committed>>) {
        for (partition, committed) in found {
            if let Some(it) = self.partitions.get_mut(&partition)
                && it.phase == Phase::AwaitsCommitted
            {
                it.phase = Phase::AwaitsDescription(committed);
            }
        }
        if let Some((asked, description)) = self.described.take() {
            self.start(asked, Some(&description));
            self.described = Some((asked, description));
        }
    }

    fn start(&mut self, asked: Moment, description: Option<&TopicDescription>) {
        let before = self.topic_id.clone();
        for (&partition, it) in &mut self.partitions {
            let Phase::AwaitsDescription(committed) = &it.phase else { continue };
            if asked < it.since || it.is_halted {
                continue;
            }
            let decided = start::decide(partition, committed.as_ref(), description, self.limits.offset_reset);
            let Some(mut start) = decided else {
                self.effects.push(Effect::Stop(StopCause::NoOffset { partition }));
                continue;
            };
            if start::differ(before.as_ref(), start.topic_id.as_ref()) {
                // Not what an earlier partition of this round has set it to: that is the new topic.
                self.former.extend(before.clone());
                if committed.is_none() {
                    // The old topic's partitions were revoked, and its committed offsets deleted with it.
                    start.reset = Some(ResetCause::Recreated);
                }
            }
            self.topic_id = start.topic_id.clone().or_else(|| self.topic_id.take());
            if let Some(cause) = start.reset {
                self.counters.resets += 1;
                let from = committed.as_ref().map(|it| it.offset);
                self.effects.push(Effect::Reset { partition, cause, from, to: start.at });
            }
            it.watermarks = description.and_then(|it| it.watermarks.get(&partition).copied());
            self.effects.push(Effect::Start { partition, at: start.at });
            it.begin(start);
        }
    }

    /// Hands out no more records of these partitions.
    pub(crate) fn halt(&mut self, partitions: &[i32]) {
        for partition in partitions {
            if let Some(it) = self.partitions.get_mut(partition) {
                it.is_halted = true;
            }
        }
    }

    /// Hands out no more records.
    pub(crate) fn halt_all(&mut self) {
        self.is_halted = true;
    }

    /// Partitions are another member's from now on. What is being handled of them counts for nothing.
    pub(crate) fn release(&mut self, partitions: &[i32]) {
        for partition in partitions {
            self.forget(*partition);
        }
    }

    fn forget(&mut self, partition: i32) {
        // What was refused of it is not committed any more.
        self.trouble.commits = None;
        self.partitions.remove(&partition);
        self.lanes.forget(partition);
    }

    fn next_epoch(&mut self) -> u64 {
        self.epochs += 1;
        self.epochs
    }

    // What the brokers say of the topic.

    /// The topic is being described, from now on.
    pub(crate) fn asking(&mut self) {
        self.partitions.values_mut().for_each(Partition::ask);
    }

    /// The topic was described, or could not be.
    pub(crate) fn described(
        &mut self,
        asked: Moment,
        now: Moment,
        outcome: Result<TopicDescription, Refusal>,
    ) {
        match outcome {
            Err(refusal) => {
                self.start(asked, None);
                self.refused(now, refusal, StopCause::TopicForbidden);
            }
            Ok(description) if self.is_former(&description) => self.confirm(now),
            Ok(description) => {
                self.review(asked, now, &description);
                self.start(asked, Some(&description));
                self.described = Some((asked, description));
                self.confirm(now);
            }
        }
    }

    /// Whether a description is of a topic that was given up for another one.
    fn is_former(&self, description: &TopicDescription) -> bool {
        description.identity.topic_id.as_ref().is_some_and(|id| self.former.contains(id))
    }

    /// Compares what is read with what there is.
    fn review(&mut self, asked: Moment, now: Moment, description: &TopicDescription) {
        let topic_id = description.identity.topic_id.clone();
        let before = self.topic_id.clone();
        let begun: Vec<i32> =
            self.partitions.iter().filter(|(_, it)| it.is_begun()).map(|(it, _)| *it).collect();
        for partition in begun {
            let marks = description.watermarks.get(&partition).copied();
            let Some(it) = self.partitions.get_mut(&partition).filter(|it| asked >= it.since) else {
                continue;
            };
            if it.topic_id.is_none() {
                if it.is_blind && start::differ(before.as_ref(), topic_id.as_ref()) {
                    self.counters.resets += 1;
                    let (cause, from, to) = (ResetCause::Recreated, None, StartAt::LogStart);
                    self.effects.push(Effect::Reset { partition, cause, from, to });
                }
                it.topic_id.clone_from(&topic_id);
            }
            it.is_blind = false;
            self.topic_id = topic_id.clone().or_else(|| self.topic_id.take());
            if start::differ(it.topic_id.as_ref(), topic_id.as_ref()) {
                self.former.extend(it.topic_id.take());
                let start = marks.map_or(StartAt::LogStart, |it| StartAt::Offset(it.log_start));
                self.reset(partition, ResetCause::Recreated, start, topic_id.clone(), now);
                if let (Some(it), Some(marks)) = (self.partitions.get_mut(&partition), marks) {
                    it.watermarks = Some(marks);
                }
                continue;
            }
            let Some(marks) = marks else { continue };
            match it.compare(marks) {
                None => {}
                Some(ResetCause::RecordsDeleted) if !it.is_out_of_range => {
                    // The client goes on at the log start by itself.
                    let (from, at) = (it.position, marks.log_start);
                    it.pass(at);
                    self.counters.resets += 1;
                    let (cause, to) = (ResetCause::RecordsDeleted, StartAt::Offset(at));
                    self.effects.push(Effect::Reset { partition, cause, from, to });
                }
                Some(cause) => {
                    let id = it.topic_id.clone();
                    let at = match self.limits.offset_reset {
                        OffsetReset::Latest => marks.last_stable_offset,
                        OffsetReset::Earliest | OffsetReset::Error => marks.log_start,
                    };
                    self.reset(partition, cause, StartAt::Offset(at), id, now);
                }
            }
        }
    }

    /// Reads a partition from another place: what has come of it is forgotten, and what is being handled of it counts
    /// for nothing.
    fn reset(
        &mut self,
        partition: i32,
        cause: ResetCause,
        to: StartAt,
        topic_id: Option<String>,
        now: Moment,
    ) {
        let position = match to {
            StartAt::Offset(offset) => Some(offset),
            StartAt::LogStart | StartAt::LogEnd => None,
        };
        let epoch = self.next_epoch();
        let Some(it) = self.partitions.get_mut(&partition) else { return };
        let from = it.position;
        it.restart(epoch, topic_id, position, now);
        self.lanes.forget(partition);
        self.counters.resets += 1;
        self.effects.push(Effect::Reset { partition, cause, from, to });
        self.effects.push(Effect::Seek { partition, at: to });
    }

    // What the client delivers.

    /// A record has come. One below the position means that the log has gone back: it is not taken, nor is anything after
    /// it, until a description tells which log this is.
    pub(crate) fn delivered(
        &mut self,
        partition: i32,
        offset: i64,
        key: K,
        record: R,
        bytes: usize,
        now: Moment,
    ) {
        if !self.read(partition, offset, bytes, now) {
            return;
        }
        let Some(it) = self.partitions.get(&partition) else { return };
        self.lanes.push(partition, it.epoch, offset, key, record, bytes);
    }

    /// A record has come that cannot be decoded. Nothing after it is committed until it is put aside.
    pub(crate) fn undecodable(&mut self, partition: i32, offset: i64, now: Moment) {
        if self.read(partition, offset, 0, now) {
            self.counters.undecodable += 1;
        }
    }

    /// A record that cannot be decoded was put where the policy says.
    pub(crate) fn put_aside(&mut self, partition: i32, offset: i64) {
        if let Some(it) = self.partitions.get_mut(&partition) {
            it.open.remove(&offset);
        }
    }

    /// A tombstone has come whose key cannot be read: it removes nothing that anybody could have.
    pub(crate) fn unreadable_tombstone(&mut self, partition: i32, offset: i64, now: Moment) {
        if self.read(partition, offset, 0, now) {
            self.counters.undecodable += 1;
            self.counters.unreadable_tombstones += 1;
            self.put_aside(partition, offset);
        }
    }

    /// `false`: the record is of a partition that is not read.
    fn read(&mut self, partition: i32, offset: i64, bytes: usize, now: Moment) -> bool {
        self.trouble.has_read = true;
        let Some(it) = self.partitions.get_mut(&partition).filter(|it| it.is_reading()) else { return false };
        if it.is_behind(offset) {
            it.go_astray(now);
            self.effects.push(Effect::Describe);
            return false;
        }
        it.read(offset, bytes);
        it.is_full =
            it.is_full || it.open.len() >= self.limits.max_records || it.bytes >= self.limits.max_bytes;
        true
    }

    /// Nothing is to come before this offset besides what has come: control records and emptied batches were passed.
    pub(crate) fn passed(&mut self, partition: i32, position: i64) {
        if let Some(it) = self.partitions.get_mut(&partition).filter(|it| it.is_reading()) {
            it.pass(position);
        }
    }

    /// There is no more to read for now, and nothing before this position is to come, if it is known.
    pub(crate) fn at_end(&mut self, partition: i32, position: Option<i64>) {
        self.trouble.has_read = true;
        if let Some(it) = self.partitions.get_mut(&partition).filter(|it| it.is_reading()) {
            it.is_at_end = true;
            it.is_forbidden = false;
            if let Some(position) = position {
                it.pass(position);
            }
        }
    }

    /// The position is outside of the log. The watermarks tell why.
    pub(crate) fn out_of_range(&mut self, partition: i32, now: Moment) {
        if let Some(it) = self.partitions.get_mut(&partition).filter(|it| it.is_reading()) {
            if self.limits.offset_reset == OffsetReset::Error {
                self.effects.push(Effect::Stop(StopCause::NoOffset { partition }));
                return;
            }
            it.go_astray(now);
            self.effects.push(Effect::Describe);
        }
    }

    /// How many more records may be taken now, of each partition that is read.
    pub(crate) fn rooms(&self) -> BTreeMap<i32, Room> {
        let Limits { max_records, max_bytes, .. } = self.limits;
        let room = |it: &Partition| Room {
            records: max_records.saturating_sub(it.open.len()),
            bytes: max_bytes.saturating_sub(it.bytes),
        };
        let takes = |it: &Partition| it.is_reading() && !it.is_full && !self.is_halted;
        let taking = self.partitions.iter().filter(|(_, it)| takes(it));
        taking.map(|(partition, it)| (*partition, room(it))).collect()
    }

    // Whether the brokers serve this member.

    /// The broker refuses to hand out records of the partition, or of the topic.
    pub(crate) fn forbidden(&mut self, partition: Option<i32>, now: Moment) {
        let concerned = self.partitions.iter_mut().filter(|(it, _)| partition.is_none_or(|of| of == **it));
        concerned.for_each(|(_, it)| it.is_forbidden = true);
        if !self.trouble.has_read {
            // It never was there: nothing is to come back.
            self.effects.push(Effect::Stop(StopCause::TopicForbidden));
        }
        self.refused(now, missing_right("the topic"), StopCause::TopicForbidden);
    }

    /// The right to be a member of the group is missing. `has_left`: the client has given up, and the partitions are
    /// gone.
    pub(crate) fn group_forbidden(&mut self, now: Moment, has_left: bool) {
        if !self.trouble.has_joined {
            self.effects.push(Effect::Stop(StopCause::GroupForbidden));
        }
        if has_left {
            self.trouble.has_left = true;
            self.release(&self.partitions());
        }
        let refusal = missing_right("as a member of the group");
        self.trouble.membership = Some(refusal.clone());
        self.refused(now, refusal, StopCause::GroupForbidden);
    }

    /// A connection has failed. It says why the brokers do not answer, if they do not.
    pub(crate) fn connection_failed(&mut self, now: Moment, reason: String) {
        self.liveness.fail(now, reason, false);
    }

    /// The coordinator is known to the client, or why it is not.
    pub(crate) fn coordinator(&mut self, trouble: Option<String>) {
        self.trouble.coordinator = trouble;
    }

    fn refused(&mut self, now: Moment, refusal: Refusal, cause: StopCause) {
        let Refusal { reason, is_unauthorized } = refusal;
        if self.liveness.fail(now, reason, is_unauthorized) {
            self.effects.push(Effect::Stop(cause));
        }
    }

    /// The topic was described: the brokers serve this member, unless the group or a partition says otherwise.
    fn confirm(&mut self, now: Moment) {
        let forbidden: Vec<(i32, Option<i64>)> = self
            .partitions
            .iter()
            .filter(|(_, it)| it.is_forbidden)
            .map(|(partition, it)| (*partition, it.position))
            .collect();
        if let Some(refusal) = self.trouble.membership.clone().or_else(|| self.trouble.commits.clone()) {
            self.refused(now, refusal, StopCause::GroupForbidden);
            if self.trouble.has_left {
                self.trouble.has_left = false;
                self.effects.push(Effect::Rejoin);
            }
        } else if !forbidden.is_empty() {
            self.refused(now, missing_right("the topic"), StopCause::TopicForbidden);
            for (partition, position) in forbidden {
                // Asks again: the client tells of a refusal once.
                let at = position.map_or(StartAt::LogStart, StartAt::Offset);
                self.effects.push(Effect::Seek { partition, at });
            }
        } else if let Some(reason) = self.trouble.coordinator.clone() {
            self.liveness.fail(now, reason, false);
        } else if let Some(notice) = self.liveness.confirm(now) {
            self.effects.push(Effect::Notice(notice));
        }
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Moment) {
        self.lanes.tick(now);
        if let Some(notice) = self.liveness.tick(now) {
            self.effects.push(Effect::Notice(notice));
        }
    }

    pub(crate) fn liveness(&self) -> &Liveness {
        &self.liveness
    }

    // What is handled.

    /// The next record to be handled now, if there is one.
    pub(crate) fn take(&mut self, now: Moment) -> Option<(Ticket<K>, R)> {
        if self.is_halted {
            return None;
        }
        let partitions = &self.partitions;
        self.lanes.take(now, |partition| partitions.get(&partition).is_some_and(|it| !it.is_halted))
    }

    /// When the next record is to be tried again.
    pub(crate) fn next_retry(&self) -> Option<Moment> {
        self.lanes.next_retry().filter(|_| !self.is_halted)
    }

    /// Whether [`Core::take`] may give a record without time passing.
    pub(crate) fn is_any_ready(&self) -> bool {
        !self.is_halted && self.lanes.is_any_ready()
    }

    /// A record is handled.
    pub(crate) fn done(&mut self, ticket: &Ticket<K>) -> Progress {
        let handled = self.lanes.done(ticket);
        if let (Some(bytes), Some(it)) = (handled, self.partitions.get_mut(&ticket.partition)) {
            it.open.remove(&ticket.offset);
            it.bytes -= bytes;
            self.counters.handled += 1;
        }
        self.progress(ticket.partition)
    }

    /// The handler failed: the record is to be handled again then.
    pub(crate) fn failed(&mut self, ticket: &Ticket<K>, again: Moment) -> Progress {
        self.counters.retried += u64::from(self.lanes.failed(ticket, again));
        self.progress(ticket.partition)
    }

    /// The handler was ended before it was done.
    pub(crate) fn abandoned(&mut self, ticket: &Ticket<K>, now: Moment) -> Progress {
        self.counters.abandoned += 1;
        self.given_back(ticket, now);
        self.progress(ticket.partition)
    }

    /// A record was taken and not handled.
    pub(crate) fn given_back(&mut self, ticket: &Ticket<K>, now: Moment) {
        self.lanes.failed(ticket, now);
    }

    fn progress(&mut self, partition: i32) -> Progress {
        let Some(it) = self.partitions.get_mut(&partition) else { return Progress::Nothing };
        let Limits { max_records, max_bytes, .. } = self.limits;
        if it.is_full && it.open.len() <= max_records / 2 && it.bytes <= max_bytes / 2 {
            it.is_full = false;
            return Progress::Matters;
        }
        if it.is_halted || self.is_halted { Progress::Matters } else { Progress::Nothing }
    }

    /// Records of a partition that are being handled, also of one that is gone.
    pub(crate) fn running(&self, partition: i32) -> usize {
        self.lanes.running(partition)
    }

    /// Whether nothing of what has come waits to be handled.
    pub(crate) fn is_all_handled(&self) -> bool {
        self.partitions.values().all(|it| it.open.is_empty())
    }

    /// The assigned partitions.
    pub(crate) fn partitions(&self) -> Vec<i32> {
        self.partitions.keys().copied().collect()
    }

    // What is committed.

    /// What is to be committed now. It counts as committed, unless [`Core::commit_failed`] says otherwise.
    pub(crate) fn commits(&mut self) -> Vec<Commit> {
        let mut commits = Vec::new();
        for (&partition, it) in &mut self.partitions {
            if let Some(offset) = it.uncommitted() {
                it.set_committed(Some(offset));
                commits.push(Commit { partition, offset, topic_id: it.topic_id.clone() });
            }
        }
        commits
    }

    /// The offsets were committed.
    pub(crate) fn commit_succeeded(&mut self) {
        self.trouble.commits = None;
    }

    /// The offsets of these partitions were not committed, and are to be committed again.
    pub(crate) fn commit_failed(
        &mut self,
        partitions: impl IntoIterator<Item = i32>,
        refusal: Refusal,
        now: Moment,
    ) {
        self.trouble.commits = Some(refusal.clone());
        self.refused(now, refusal, StopCause::GroupForbidden);
        for partition in partitions {
            if let Some(it) = self.partitions.get_mut(&partition) {
                it.set_committed(None);
            }
        }
    }

    pub(crate) fn metrics(&self, now: Moment) -> EventMetrics {
        let partitions = self.partitions.iter().map(|(&partition, it)| EventPartition {
            partition,
            committable_offset: it.committable().unwrap_or(-1),
            lag: it.lag().unwrap_or(-1),
            unstable: it.watermarks.map_or(-1, |it| it.unstable()),
            waiting: it.open.len() as u64,
            failing: self.lanes.retrying(partition) as u64,
            paused: it.is_full,
        });
        let confirmed_age = self.liveness.age(now);
        EventMetrics { partitions: partitions.collect(), confirmed_age, ..self.counters.clone() }
    }
}

/// How much more of a partition may be taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

/// Whether the reading thread has to hear of a record that was handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More may be fetched, or a partition that goes may have come to rest.
    Matters,
    Nothing,
}

fn missing_right(to: &str) -> Refusal {
    Refusal { reason: format!("the right to read {to} is missing (its ACL)"), is_unauthorized: true }
}
