//! Records and other events that the client delivers.

use std::collections::BTreeMap;
use std::hash::Hash;

use super::partition::Partition;
use super::{Core, Effect, Limits, OffsetReset, StopCause};
use crate::health::Moment;

impl<K: Clone + Eq + Hash + Ord, R: Clone> Core<K, R> {
    /// A record has come. An offset below the position means that the log has gone back: neither this record nor any
    /// after it is accepted until a description says which log this is.
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
    pub(super) fn read(&mut self, partition: i32, offset: i64, bytes: usize, now: Moment) -> bool {
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

    /// No further record before this offset will come: the client has passed control records and emptied batches.
    pub(crate) fn passed(&mut self, partition: i32, position: i64) {
        if let Some(it) = self.partitions.get_mut(&partition).filter(|it| it.is_reading()) {
            it.pass(position);
        }
    }

    /// There is nothing more to read for now. `position`, if known, is the offset before which no further record will
    /// come.
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

    /// The position is outside of the log. The watermarks say why.
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

    /// How many more records each partition may take now.
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
}

/// How much more a partition may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}
