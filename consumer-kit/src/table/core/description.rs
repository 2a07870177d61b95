//! What the brokers' description of the topic means: partitions and their ends, barriers that wait for them,
//! settings, and a missing answer.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, SystemTime};

use tiltak_schema::topic::Topic;

use super::bootstrap::Bootstrap;
use super::effect::{Barrier, Effect, Now, Operation};
use super::mutation::Mutation;
use super::partition::Partition;
use super::{ASSIGN_AGAIN, Core, SHORTEST_RETENTION};
use crate::error::{Error, Kind};
use crate::health::Moment;
use crate::source::{Settings, TopicDescription, Watermarks};

/// How soon the brokers are asked again when something waits for their answer.
const ASK_AGAIN: Duration = Duration::from_millis(20);

impl<T: Topic> Core<T> {
    /// Whether a barrier waits for ends that may have no record before them, and nothing was assigned since it captured
    /// them.
    pub(super) fn waits_for_ends(&self) -> bool {
        self.barriers.iter().any(|barrier| barrier.epoch.is_some_and(|epoch| epoch > self.epoch))
    }

    /// The brokers have described the topic.
    pub(super) fn describe(
        &mut self,
        description: &TopicDescription,
        now: Now,
        effects: &mut Vec<Effect<'_, T>>,
    ) {
        let asked = self.asking.take().unwrap_or(now.wall);
        self.is_dirty = true;
        if self.is_refused {
            self.refuse(now, effects);
        } else if let Some(notice) = self.liveness.confirm(now.moment) {
            effects.push(Effect::Log(notice));
        }
        self.next_question = now.moment.saturating_add(self.refresh_interval());
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

    pub(super) fn drop_partition(&mut self, partition: i32, effects: &mut Vec<Effect<'_, T>>) {
        let Some(it) = self.partitions.remove(&partition) else { return };
        let swept = self.last.sweep(partition, it.position, &HashSet::default());
        self.counters.swept += swept.len() as u64;
        self.persist(vec![Operation::Clear { partition }], effects);
        self.is_dirty = true;
        self.publish(swept, effects);
    }

    /// Begins partitions from the start of their logs. Their rows stay until they are read.
    pub(super) fn read_anew(
        &mut self,
        partitions: &[i32],
        watermarks: &BTreeMap<i32, Watermarks>,
        asked: SystemTime,
    ) {
        for partition in partitions {
            let Some(marks) = watermarks.get(partition) else { continue };
            self.counters.rebuilds += 1;
            let bootstrap = Bootstrap::new(true);
            let it = Partition::new(marks.log_start, *marks, asked, self.epoch + 1, bootstrap);
            self.partitions.insert(*partition, it);
        }
    }

    /// The same, with the ends that are known.
    pub(super) fn rebuild(&mut self, partitions: &[i32], now: Now, effects: &mut Vec<Effect<'_, T>>) {
        let watermarks = self.partitions.iter().map(|(id, it)| (*id, it.known_marks())).collect();
        self.read_anew(partitions, &watermarks, now.wall);
        self.is_dirty = true;
        self.assign(now.moment, effects);
    }

    /// Captures the ends that barriers wait for, and checks whether they can be read by now.
    pub(super) fn capture(&mut self, watermarks: &BTreeMap<i32, Watermarks>, now: Now) {
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
    pub(super) fn answer(&mut self, effects: &mut Vec<Effect<'_, T>>) {
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
    pub(super) fn ask(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
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
    pub(super) fn miss(&mut self, error: &Error, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        self.asking = None;
        let is_urgent = self.barriers.iter().any(|it| it.epoch.is_none()) || !self.out_of_range.is_empty();
        let interval = if is_urgent { ASK_AGAIN } else { self.refresh_interval() };
        self.next_question = now.moment.saturating_add(interval);
        // Should it be there again, it is another one.
        self.is_recreated |= error.is_missing_topic();
        if self.liveness.fail(now.moment, error.to_string(), error.is_forbidden()) {
            self.fail(error.clone(), effects);
        }
    }

    /// The brokers hand out no records, though they may still describe the topic.
    pub(super) fn refuse(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
        let error = Error::from(Kind::Forbidden {
            topic: self.config.topic.clone(),
            brokers: "its brokers".to_owned(),
        });
        if self.liveness.fail(now.moment, error.to_string(), true) {
            self.fail(error, effects);
        }
    }

    pub(super) fn learn_settings(
        &mut self,
        settings: &Settings,
        now: Moment,
        effects: &mut Vec<Effect<'_, T>>,
    ) {
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
                    self.next_question = self.next_question.min(now.saturating_add(self.refresh_interval()));
                }
                if cleanup_policy != "compact" && !self.config.any_cleanup_policy {
                    let (topic, policy) = (self.config.topic.clone(), cleanup_policy.clone());
                    self.fail(Kind::NotCompacted { topic, policy }.into(), effects);
                }
            }
        }
    }

    /// A cut-off must be noticed before tombstones may be gone.
    pub(super) fn refresh_interval(&self) -> Duration {
        self.config.metadata_refresh_interval.min(self.tombstone_retention / 4)
    }
}
