//! Whether the brokers serve this member: rights, connections, the coordinator.

use std::hash::Hash;

use super::{Core, Effect, Refusal, StartAt, StopCause};
use crate::health::{Liveness, Moment};

/// What keeps the group from serving this member, beside what a description tells.
#[derive(Default)]
pub(super) struct Trouble {
    /// The coordinator refuses the member.
    pub(super) membership: Option<Refusal>,
    /// The coordinator refuses what the member commits.
    pub(super) commits: Option<Refusal>,
    /// There is no coordinator.
    pub(super) coordinator: Option<String>,
    /// A partition was assigned, or at least the member has joined.
    pub(super) has_joined: bool,
    /// A record or the end of a partition has come.
    pub(super) has_read: bool,
    /// The client has given up.
    pub(super) has_left: bool,
}

impl<K: Clone + Eq + Hash + Ord, R: Clone> Core<K, R> {
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

    /// A connection has failed, with the reason. If the brokers do not answer, this is why.
    pub(crate) fn connection_failed(&mut self, now: Moment, reason: String) {
        self.liveness.fail(now, reason, false);
    }

    /// The client knows the coordinator, or the reason why it does not.
    pub(crate) fn coordinator(&mut self, trouble: Option<String>) {
        self.trouble.coordinator = trouble;
    }

    pub(super) fn refused(&mut self, now: Moment, refusal: Refusal, cause: StopCause) {
        let Refusal { reason, is_unauthorized } = refusal;
        if self.liveness.fail(now, reason, is_unauthorized) {
            self.effects.push(Effect::Stop(cause));
        }
    }

    /// The topic was described: the brokers serve this member, unless the group or a partition says otherwise.
    pub(super) fn confirm(&mut self, now: Moment) {
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
}

fn missing_right(to: &str) -> Refusal {
    Refusal { reason: format!("the right to read {to} is missing (its ACL)"), is_unauthorized: true }
}
