//! Assignment, revocation and loss of partitions.

use std::collections::BTreeMap;
use std::hash::Hash;

use super::partition::{HandsOut, Partition, Phase};
use super::start::{self, Committed, ResetCause};
use super::{Core, Effect, StopCause};
use crate::health::Moment;
use crate::source::TopicDescription;

impl<K: Clone + Eq + Hash + Ord, R: Clone> Core<K, R> {
    /// Partitions were assigned. Reading begins when the committed offsets and the topic's identity are known.
    pub(crate) fn assigned(&mut self, partitions: &[i32], now: Moment) {
        self.joined();
        for &partition in partitions {
            self.forget(partition);
            let epoch = self.next_epoch();
            let mut it = Partition::new(epoch, now);
            if self.is_halted {
                it.hands_out = HandsOut::Nothing;
            }
            self.partitions.insert(partition, it);
        }
        if !partitions.is_empty() {
            self.effects.push(Effect::Describe);
        }
    }

    /// The coordinator has accepted the member.
    pub(crate) fn joined(&mut self) {
        self.trouble.has_joined = true;
        self.trouble.membership = None;
    }

    /// Partitions whose committed offsets are to be looked up.
    pub(crate) fn awaiting_committed(&self) -> Vec<i32> {
        let awaiting = self.partitions.iter().filter(|(_, it)| it.phase == Phase::AwaitsCommitted);
        awaiting.map(|(partition, _)| *partition).collect()
    }

    /// The committed offsets of these partitions.
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

    pub(super) fn start(&mut self, asked: Moment, description: Option<&TopicDescription>) {
        let before = self.topic_id.clone();
        for (&partition, it) in &mut self.partitions {
            let Phase::AwaitsDescription(committed) = &it.phase else { continue };
            if asked < it.since || it.is_halted() {
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

    /// Starts no further records of these partitions, except those before the last one that was handed out, so that
    /// everything handled can be committed.
    pub(crate) fn halt(&mut self, partitions: &[i32]) {
        for partition in partitions {
            if let Some(it) = self.partitions.get_mut(partition) {
                it.halt();
            }
        }
    }

    /// Starts no further records of any partition.
    pub(crate) fn halt_all(&mut self) {
        self.is_halted = true;
        self.partitions.values_mut().for_each(Partition::halt);
    }

    /// Hands out nothing of these partitions.
    pub(crate) fn stop(&mut self, partitions: &[i32]) {
        for partition in partitions {
            if let Some(it) = self.partitions.get_mut(partition) {
                it.hands_out = HandsOut::Nothing;
            }
        }
    }

    /// Hands out nothing.
    pub(crate) fn stop_all(&mut self) {
        self.is_halted = true;
        self.partitions.values_mut().for_each(|it| it.hands_out = HandsOut::Nothing);
    }

    /// The partitions belong to another member now. Records of them that are being handled no longer count.
    pub(crate) fn release(&mut self, partitions: &[i32]) {
        for partition in partitions {
            self.forget(*partition);
        }
    }

    pub(super) fn forget(&mut self, partition: i32) {
        // What was refused of it is not committed any more.
        self.trouble.commits = None;
        self.partitions.remove(&partition);
        self.lanes.forget(partition);
    }

    pub(super) fn next_epoch(&mut self) -> u64 {
        self.epochs += 1;
        self.epochs
    }
}
