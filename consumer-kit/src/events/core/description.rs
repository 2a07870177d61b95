//! What a description of the topic means for its reader: the topic may be another one, or its log may have gone back.

use std::hash::Hash;

use super::partition::Partition;
use super::start::{self, OffsetReset, ResetCause, StartAt};
use super::{Core, Effect, Refusal, StopCause};
use crate::health::Moment;
use crate::source::TopicDescription;

impl<K: Clone + Eq + Hash + Ord, R: Clone> Core<K, R> {
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
    pub(super) fn is_former(&self, description: &TopicDescription) -> bool {
        description.identity.topic_id.as_ref().is_some_and(|id| self.former.contains(id))
    }

    /// Compares the partitions that are read with those of the description.
    pub(super) fn review(&mut self, asked: Moment, now: Moment, description: &TopicDescription) {
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
    pub(super) fn reset(
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
}
