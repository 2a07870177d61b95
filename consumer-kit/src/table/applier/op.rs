//! A change of a row, and what it does to the rows, the indexes and whoever is told.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tiltak_schema::decode::DecodeError;
use tiltak_schema::topic::Topic;

use crate::table::slot::Slot;
use crate::table::{Cause, Change, Earlier, Stale, State};

/// When and where keys were removed.
pub(super) type Graves<T> = HashMap<<T as Topic>::Key, (i64, i32), RandomState>;

/// A change of a row.
pub(super) struct Op<T: Topic> {
    pub(super) key: T::Key,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) what: What<T>,
}

pub(super) enum What<T: Topic> {
    Upsert(Slot<T>),
    Tombstone,
    Undecodable(Box<DecodeError>),
}

impl<T: Topic> Op<T> {
    pub(super) fn upsert(key: T::Key, row: Slot<T>) -> Self {
        let (partition, offset, timestamp) = (row.partition(), row.offset(), row.timestamp());
        Self { key, partition, offset, timestamp, what: What::Upsert(row) }
    }

    pub(super) fn age(&self) -> (i64, i32) {
        (self.timestamp, self.partition)
    }
}

/// Whether a record of another partition stands against one: a row, or a tombstone.
pub(super) fn is_outdone<T: Topic>(
    age: (i64, i32),
    row: Option<&Slot<T>>,
    grave: Option<&(i64, i32)>,
) -> bool {
    let outdoes = |other: (i64, i32)| other.1 != age.1 && other > age;
    row.is_some_and(|row| outdoes(row.age())) || grave.copied().is_some_and(outdoes)
}

impl<T: Topic> State<T> {
    /// Whether somebody has to be told what changes, or something is noted of rows that may change.
    pub(super) fn is_watched(&self) -> bool {
        let is_watched = !self.indexes.is_empty() || !self.subscribers.is_empty();
        is_watched || !self.unreadable.is_empty() || self.stale > 0
    }

    pub(super) fn apply(&mut self, op: Op<T>, earlier: Earlier) {
        let Op { key, partition, offset, what, .. } = op;
        match what {
            What::Upsert(row) => {
                self.unreadable.remove(&key);
                self.replace(key, Some(&row), (partition, offset, Cause::Upsert));
            }
            What::Tombstone => {
                self.unreadable.remove(&key);
                self.replace(key, None, (partition, offset, Cause::Tombstone));
            }
            What::Undecodable(cause) => {
                let stale = Stale { partition, offset, cause: *cause };
                let kept = match earlier {
                    Earlier::Keep => self.rows.get(&key).map(|entry| entry.outdated(stale.clone())),
                    Earlier::Drop => None,
                };
                if kept.is_none() {
                    self.unreadable.insert(key, stale);
                }
                self.replace(key, kept.map(Slot::Entry).as_ref(), (partition, offset, Cause::Undecodable));
            }
        }
    }

    /// Puts a row in the place of another, in the indexes too, and tells the subscribers.
    pub(super) fn replace(
        &mut self,
        key: T::Key,
        new: Option<&Slot<T>>,
        (partition, offset, cause): (i32, i64, Cause),
    ) {
        let old = match new {
            Some(new) => self.rows.insert(key, new.clone()),
            None => self.rows.remove(&key),
        };
        if old.as_ref() == new {
            return;
        }
        let is_stale = |row: Option<&Slot<T>>| u64::from(row.is_some_and(Slot::is_stale));
        self.stale = self.stale + is_stale(new) - is_stale(old.as_ref());
        if self.indexes.is_empty() && self.subscribers.is_empty() {
            return;
        }
        let entry = |row: Option<&Slot<T>>| row.and_then(Slot::entry).cloned();
        let (old, new) = (entry(old.as_ref()), entry(new));
        self.indexes.retain(|index| {
            let Some(index) = index.upgrade() else { return false };
            index.update(&key, old.as_deref(), new.as_deref());
            true
        });
        self.subscribers.retain(|subscriber| {
            let Some(queue) = subscriber.upgrade() else { return false };
            let (old, new) = (old.clone(), new.clone());
            queue.push(Change { key, old, new, partition, offset, cause });
            true
        });
    }
}
