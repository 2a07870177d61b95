//! The order of handling: one lane for each key, whose records are handled one after the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::health::Moment;

/// The records that are not handled, in lanes: one lane for each key of a partition.
pub(super) struct Lanes<K, R> {
    by_key: HashMap<(i32, K), Lane<R>, RandomState>,
    /// Lanes whose first record can be handled now. Lanes of an earlier epoch are skipped.
    ready: VecDeque<(i32, K, u64)>,
    /// Lanes whose first record is tried again at that time.
    later: BTreeSet<(Moment, i32, K)>,
    /// Keys with a record of an earlier epoch that is still being handled. Nothing of the key begins before it has ended.
    outlived: HashMap<(i32, K), usize, RandomState>,
    /// Records that are being handled, of every epoch.
    running: BTreeMap<i32, usize>,
}

struct Lane<R> {
    epoch: u64,
    first: Waiting<R>,
    rest: VecDeque<Waiting<R>>,
    /// How often the first record was begun.
    attempts: u32,
    is_running: bool,
}

struct Waiting<R> {
    offset: i64,
    record: R,
    bytes: usize,
}

/// A record that is being handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket<K> {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: K,
    /// 1 for the first.
    pub(crate) attempt: u32,
    /// Which reading of the partition the record is of.
    pub(super) epoch: u64,
}

impl<K: Clone + Eq + Hash + Ord, R: Clone> Lanes<K, R> {
    pub(super) fn new() -> Self {
        Self {
            by_key: HashMap::default(),
            ready: VecDeque::new(),
            later: BTreeSet::new(),
            outlived: HashMap::default(),
            running: BTreeMap::new(),
        }
    }

    /// Puts a record at the end of its key's lane.
    pub(super) fn push(&mut self, partition: i32, epoch: u64, offset: i64, key: K, record: R, bytes: usize) {
        let waiting = Waiting { offset, record, bytes };
        let place = (partition, key);
        if let Some(lane) = self.by_key.get_mut(&place) {
            lane.rest.push_back(waiting);
            return;
        }
        if !self.outlived.contains_key(&place) {
            self.ready.push_back((partition, place.1.clone(), epoch));
        }
        let lane = Lane { epoch, first: waiting, rest: VecDeque::new(), attempts: 0, is_running: false };
        self.by_key.insert(place, lane);
    }

    /// Records whose time has come can be handled.
    pub(super) fn tick(&mut self, now: Moment) {
        while self.later.first().is_some_and(|(at, ..)| *at <= now) {
            let Some((_, partition, key)) = self.later.pop_first() else { return };
            if let Some(epoch) = self.by_key.get(&(partition, key.clone())).map(|lane| lane.epoch) {
                self.ready.push_back((partition, key, epoch));
            }
        }
    }

    /// The next record to be handled now, of a partition and with an offset that may be handed out. Others are passed
    /// over for good.
    pub(super) fn take(
        &mut self,
        now: Moment,
        may_hand_out: impl Fn(i32, i64) -> bool,
    ) -> Option<(Ticket<K>, R)> {
        self.tick(now);
        while let Some((partition, key, epoch)) = self.ready.pop_front() {
            let place = (partition, key);
            let Some(lane) = self.by_key.get_mut(&place) else { continue };
            if lane.epoch != epoch || lane.is_running || !may_hand_out(partition, lane.first.offset) {
                continue;
            }
            lane.is_running = true;
            lane.attempts = lane.attempts.saturating_add(1);
            *self.running.entry(partition).or_default() += 1;
            let offset = lane.first.offset;
            let ticket = Ticket { partition, offset, key: place.1, attempt: lane.attempts, epoch };
            return Some((ticket, lane.first.record.clone()));
        }
        None
    }

    /// A record is handled. Gives its size, if it is of the current epoch.
    pub(super) fn done(&mut self, ticket: &Ticket<K>) -> Option<usize> {
        let place = self.ended(ticket)?;
        let lane = self.by_key.get_mut(&place)?;
        lane.is_running = false;
        lane.attempts = 0;
        let bytes = lane.first.bytes;
        if let Some(next) = lane.rest.pop_front() {
            lane.first = next;
            self.ready.push_back((place.0, place.1, ticket.epoch));
        } else {
            self.by_key.remove(&place);
        }
        Some(bytes)
    }

    /// A record is to be handled again. `false`: it is of an earlier epoch.
    pub(super) fn failed(&mut self, ticket: &Ticket<K>, again: Moment) -> bool {
        let Some(place) = self.ended(ticket) else { return false };
        let Some(lane) = self.by_key.get_mut(&place) else { return false };
        lane.is_running = false;
        self.later.insert((again, place.0, place.1));
        true
    }

    /// The lane of a record that was being handled, if it is still the one that it was taken from.
    fn ended(&mut self, ticket: &Ticket<K>) -> Option<(i32, K)> {
        if let Some(running) = self.running.get_mut(&ticket.partition) {
            *running = running.saturating_sub(1);
        }
        let place = (ticket.partition, ticket.key.clone());
        if self.by_key.get(&place).is_some_and(|lane| lane.epoch == ticket.epoch && lane.is_running) {
            return Some(place);
        }
        if let Some(count) = self.outlived.get_mut(&place) {
            *count -= 1;
            if *count == 0 {
                self.outlived.remove(&place);
                if let Some(lane) = self.by_key.get(&place) {
                    self.ready.push_back((place.0, place.1, lane.epoch));
                }
            }
        }
        None
    }

    /// Forgets the records of a partition. What is being handled of them keeps its key until it has ended.
    pub(super) fn forget(&mut self, partition: i32) {
        let outlived = &mut self.outlived;
        self.by_key.retain(|place, lane| {
            if place.0 == partition && lane.is_running {
                *outlived.entry(place.clone()).or_default() += 1;
            }
            place.0 != partition
        });
        self.ready.retain(|(of, ..)| *of != partition);
        self.later.retain(|(_, of, _)| *of != partition);
    }

    /// When the next record is to be tried again.
    pub(super) fn next_retry(&self) -> Option<Moment> {
        self.later.first().map(|(at, ..)| *at)
    }

    /// Whether there may be a record to be handled without time passing.
    pub(super) fn is_any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether there is a record of a partition to be handled now, with an offset that may be handed out.
    pub(super) fn is_ready(&self, partition: i32, may_hand_out: impl Fn(i64) -> bool) -> bool {
        let mut ready = self.ready.iter().filter(|(of, ..)| *of == partition);
        ready.any(|(_, key, epoch)| {
            self.by_key.get(&(partition, key.clone())).is_some_and(|lane| {
                lane.epoch == *epoch && !lane.is_running && may_hand_out(lane.first.offset)
            })
        })
    }

    /// Records of a partition that are being handled, of every epoch.
    pub(super) fn running(&self, partition: i32) -> usize {
        self.running.get(&partition).copied().unwrap_or_default()
    }

    /// Keys of a partition that wait to be tried again.
    pub(super) fn retrying(&self, partition: i32) -> usize {
        self.later.iter().filter(|(_, of, _)| *of == partition).count()
    }
}
