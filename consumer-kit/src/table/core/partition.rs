//! One partition: its position, its target, and the time since which it is known to be complete.

use std::time::{Duration, SystemTime};

use tiltak_schema::topic::Topic;

use super::bootstrap::Bootstrap;
use crate::source::Watermarks;
use crate::table::metrics::Track;

/// Everything that is known of a partition.
pub(crate) struct Partition<T: Topic> {
    /// Where its log began when it was last read from the beginning.
    pub(crate) log_start: i64,
    /// The next offset to be applied.
    pub(crate) position: i64,
    /// What has to be reached next; `None` until the brokers are asked again.
    target: Option<Target>,
    /// The end that is known, for the lag.
    end: i64,
    /// Offsets behind the last stable offset.
    unstable: i64,
    /// The source has said that there is no more, and nothing has come since.
    pub(crate) at_end: bool,
    /// The last assignment under which its end was told.
    pub(crate) eof_epoch: u64,
    /// Events of earlier assignments are not counted.
    pub(crate) epoch: u64,
    /// The last event that was counted: its assignment, and the offset after it.
    delivered: (u64, i64),
    pub(crate) bootstrap: Option<Bootstrap<T>>,
    /// The store has its rows up to the position.
    pub(crate) is_persisted: bool,
    /// All that was read was decoded, or was found to be undecodable.
    pub(crate) is_decoded: bool,
    /// Every record that was in the log then is known: it was applied, or compaction had removed it for the sake of a
    /// later one that was. A tombstone that came and went since may have been missed.
    pub(crate) complete_at: SystemTime,
}

/// An end of the log, and when it was asked for.
#[derive(Debug, Clone, Copy)]
struct Target {
    end: i64,
    asked: SystemTime,
}

/// What an offset is to a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is the next one.
    Next,
    /// It was delivered before, under an earlier assignment.
    Known,
    /// It is below what the same assignment has delivered: the log is another one, or was cut.
    Backwards,
}

impl<T: Topic> Partition<T> {
    /// Begins to read at an offset. `complete_at` is the time since when tombstones may have been missed.
    pub(crate) fn new(
        position: i64,
        marks: Watermarks,
        asked: SystemTime,
        epoch: u64,
        bootstrap: Bootstrap<T>,
    ) -> Self {
        Self {
            log_start: position,
            position,
            target: Some(Target { end: marks.last_stable_offset, asked }),
            end: marks.last_stable_offset,
            unstable: marks.unstable(),
            at_end: false,
            eof_epoch: 0,
            epoch,
            delivered: (epoch, position),
            bootstrap: Some(bootstrap),
            is_persisted: false,
            is_decoded: false,
            complete_at: asked,
        }
    }

    /// Judges the offset of a record, and moves on if it is the next.
    pub(crate) fn deliver(&mut self, offset: i64, epoch: u64) -> Delivery {
        let (last_epoch, next) = self.delivered;
        if epoch == last_epoch && offset < next {
            return Delivery::Backwards;
        }
        self.delivered = (epoch, offset + 1);
        if offset < self.position {
            return Delivery::Known;
        }
        self.position = offset + 1;
        self.at_end = false;
        Delivery::Next
    }

    /// No record before this offset is still to come.
    pub(crate) fn advance(&mut self, offset: i64, epoch: u64) {
        if epoch == self.delivered.0 {
            self.delivered.1 = self.delivered.1.max(offset);
        } else {
            self.delivered = (epoch, offset);
        }
        self.position = self.position.max(offset);
    }

    /// The source has no more for now.
    pub(crate) fn reach_end(&mut self, epoch: u64) {
        self.at_end = true;
        self.eof_epoch = epoch;
    }

    /// The brokers have told where the log ends.
    pub(crate) fn describe(&mut self, marks: Watermarks, asked: SystemTime) {
        if marks.last_stable_offset > self.end {
            self.at_end = false;
        }
        self.end = self.end.max(marks.last_stable_offset);
        self.unstable = marks.unstable();
        // One that is not reached yet stands: else a busy log would never be known to be complete.
        self.target.get_or_insert(Target { end: marks.last_stable_offset, asked });
    }

    /// An end that somebody waits for.
    pub(crate) fn expect(&mut self, end: i64) {
        if end > self.end {
            self.end = end;
            self.at_end = false;
        }
    }

    /// Whether there is a target, and everything before it is applied. During a bootstrap only an end counts that was told
    /// under the assignment which began it: an earlier one may have been met before the target was captured.
    pub(crate) fn has_reached_target(&self) -> bool {
        let is_told = if self.is_bootstrapped() { self.at_end } else { self.eof_epoch >= self.epoch };
        self.target.is_some_and(|target| self.position >= target.end || is_told)
    }

    /// Everything up to the target is known, unless tombstones may have been missed on the way: then `false`.
    pub(crate) fn complete(&mut self, now: SystemTime, tombstone_retention: Duration) -> bool {
        let took = now.duration_since(self.complete_at).unwrap_or_default();
        let Some(target) = self.target.take() else { return true };
        self.complete_at = self.complete_at.max(target.asked);
        took < tombstone_retention
    }

    /// What is known of the log.
    pub(crate) fn known_marks(&self) -> Watermarks {
        let Self { log_start, end, unstable, .. } = *self;
        Watermarks { log_start, last_stable_offset: end, high_watermark: end + unstable }
    }

    pub(crate) fn is_bootstrapped(&self) -> bool {
        self.bootstrap.is_none()
    }

    pub(crate) fn track(&self) -> Track {
        let Self { log_start, position, end, unstable, at_end, .. } = *self;
        Track { start: log_start, position, target: end, at_end, unstable, loaded: self.is_bootstrapped() }
    }
}
