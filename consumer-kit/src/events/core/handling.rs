//! Records that are handled, and the offsets that may be committed.

use std::hash::Hash;

use super::lanes::Ticket;
use super::partition::Partition;
use super::{Commit, Core, Limits, Refusal, StopCause};
use crate::health::Moment;

impl<K: Clone + Eq + Hash + Ord, R: Clone> Core<K, R> {
    /// The next record to handle now, if there is one.
    pub(crate) fn take(&mut self, now: Moment) -> Option<(Ticket<K>, R)> {
        let partitions = &self.partitions;
        let may_hand_out = |partition, offset| {
            partitions.get(&partition).is_some_and(|it: &Partition| it.may_hand_out(offset))
        };
        let taken = self.lanes.take(now, may_hand_out)?;
        if let Some(it) = self.partitions.get_mut(&taken.0.partition) {
            it.hand_out(taken.0.offset);
        }
        Some(taken)
    }

    /// When the next record is to be retried.
    pub(crate) fn next_retry(&self) -> Option<Moment> {
        self.lanes.next_retry()
    }

    /// Whether [`Core::take`] may give a record without time passing.
    pub(crate) fn is_any_ready(&self) -> bool {
        self.lanes.is_any_ready()
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

    /// The handler failed: the record is to be handled again at that time.
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

    pub(super) fn progress(&mut self, partition: i32) -> Progress {
        let Some(it) = self.partitions.get_mut(&partition) else { return Progress::Nothing };
        let Limits { max_records, max_bytes, .. } = self.limits;
        if it.is_full && it.open.len() <= max_records / 2 && it.bytes <= max_bytes / 2 {
            it.is_full = false;
            return Progress::Matters;
        }
        if it.is_halted() { Progress::Matters } else { Progress::Nothing }
    }

    /// Whether no record of a partition is being handled or will be now. Records that wait for a retry do not count.
    pub(crate) fn is_at_rest(&self, partition: i32) -> bool {
        let may_hand_out = |offset| self.partitions.get(&partition).is_some_and(|it| it.may_hand_out(offset));
        self.lanes.running(partition) == 0 && !self.lanes.is_ready(partition, may_hand_out)
    }

    /// Whether all records that have come are handled.
    pub(crate) fn is_all_handled(&self) -> bool {
        self.partitions.values().all(|it| it.open.is_empty())
    }

    /// The assigned partitions.
    pub(crate) fn partitions(&self) -> Vec<i32> {
        self.partitions.keys().copied().collect()
    }

    /// The offsets to commit now. They count as committed, unless [`Core::commit_failed`] follows.
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
}

/// Whether a handled record changes anything for the reading thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More may be fetched, or a partition that goes may have come to rest.
    Matters,
    Nothing,
}
