//! The decisions of an event consumer, without thread, clock, broker or callback: which record may be handled now,
//! how far each partition may be committed, and what to do when a partition is assigned or revoked, when an offset
//! lies below the position, or when the topic is another one of the same name.
//!
//! The runtime reports what has happened, and when. What it has to do then is in [`Core::effects`].

mod assignment;
mod back_off;
mod delivery;
mod description;
mod handling;
mod lanes;
mod partition;
mod service;
mod start;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::time::Duration;

pub(crate) use back_off::BackOff;
pub(crate) use delivery::Room;
pub(crate) use handling::Progress;
use lanes::Lanes;
pub(crate) use lanes::Ticket;
use partition::Partition;
use service::Trouble;
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

/// An action that the runtime has to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Begin to read a partition that was assigned.
    Start { partition: i32, at: StartAt },
    /// Continue to read a partition at another offset. What had been fetched is dropped.
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

/// The state of an event consumer's core.
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

    /// The actions since the last call, in order.
    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn metrics(&self, now: Moment) -> EventMetrics {
        let partitions = self.partitions.iter().map(|(&partition, it)| EventPartition {
            partition,
            committable_offset: it.committable(),
            lag: it.lag(),
            unstable: it.watermarks.map(|it| it.unstable()),
            waiting: it.open.len() as u64,
            failing: self.lanes.retrying(partition) as u64,
            paused: it.is_full,
        });
        let confirmed_age = self.liveness.age(now);
        EventMetrics { partitions: partitions.collect(), confirmed_age, ..self.counters.clone() }
    }
}
