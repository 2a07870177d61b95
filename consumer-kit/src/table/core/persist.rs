//! What is persisted, and which tombstones can be forgotten.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use tiltak_schema::topic::Topic;

use super::effect::{Effect, Now, Operation};
use super::partition::Partition;
use super::{Core, FORGET_INTERVAL};

impl<T: Topic> Core<T> {
    /// Persists when every partition was known to be complete.
    pub(super) fn confirm(&mut self, effects: &mut Vec<Effect<'_, T>>) {
        if let Some(caught_up) = self.caught_up() {
            self.persist_with(Vec::new(), Some(caught_up), effects);
        }
    }

    pub(super) fn caught_up(&self) -> Option<SystemTime> {
        let is_there = |it: &Partition<T>| it.is_persisted && it.is_bootstrapped() && it.is_decoded;
        let all = self.partitions.values().all(is_there);
        all.then(|| self.partitions.values().map(|it| it.complete_at).min()).flatten()
    }

    pub(super) fn positions(&self) -> BTreeMap<i32, i64> {
        let persisted = self.partitions.iter().filter(|(_, it)| it.is_persisted);
        persisted.map(|(partition, it)| (*partition, it.position)).collect()
    }

    pub(super) fn persist<'a>(&self, operations: Vec<Operation<'a>>, effects: &mut Vec<Effect<'a, T>>) {
        self.persist_with(operations, None, effects);
    }

    pub(super) fn persist_with<'a>(
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

    pub(super) fn forget(&mut self, now: Now, effects: &mut Vec<Effect<'_, T>>) {
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
}
