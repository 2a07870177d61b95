//! One assigned partition: which log is read, how far it is read, and which records of it are handled.

use std::collections::BTreeSet;

use super::start::{Committed, ResetCause, Start, StartAt};
use crate::health::Moment;
use crate::source::Watermarks;

/// An assigned partition.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they change one by one, and any of them may hold with any other"
)]
pub(super) struct Partition {
    /// Counts the readings: each assignment and each reset begins one. A result of an earlier one counts for nothing.
    pub(super) epoch: u64,
    pub(super) phase: Phase,
    /// The id of the topic that the offsets are of, if it is known.
    pub(super) topic_id: Option<String>,
    /// When this reading began. A description that was asked for earlier says nothing about it.
    pub(super) since: Moment,
    /// The next offset to be read; `None` while nothing has come and the place has no number.
    pub(super) position: Option<i64>,
    /// Offsets of records that have come and are not handled.
    pub(super) open: BTreeSet<i64>,
    /// Bytes of those.
    pub(super) bytes: usize,
    /// What was given out to be committed last, or is known to be.
    committed: Option<i64>,
    /// No more records are taken until half of those that wait are handled.
    pub(super) is_full: bool,
    pub(super) hands_out: HandsOut,
    /// Every record that was handed out is before this offset.
    handed_out: i64,
    /// The broker has said that there is no more, and nothing has come since.
    pub(super) is_at_end: bool,
    /// The position is not one of this log, as the client has said, or as a record below it has shown. Nothing is read
    /// until there is a description that was asked for since.
    pub(super) is_out_of_range: bool,
    /// The right to read the partition is missing.
    pub(super) is_forbidden: bool,
    /// Reading began at the log start, wherever that was, of a topic that could not be described then.
    pub(super) is_blind: bool,
    /// The first offsets without a record that were met since the last description: from, to.
    gap: Option<(i64, i64)>,
    /// The position when the description was asked for that is on its way.
    asked: Option<i64>,
    /// The last description had an end before the position.
    is_beyond_end: bool,
    pub(super) watermarks: Option<Watermarks>,
}

/// Which records of a partition are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HandsOut {
    All,
    /// The partition is on its way to another member. What lies before a record that was handed out already is handled
    /// too: only what is handled without a gap can be committed, and the rest comes again.
    Before(i64),
    Nothing,
}

/// Whether an assigned partition is read already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// What was committed is not known yet.
    AwaitsCommitted,
    /// The topic has not been described since the partition was assigned.
    AwaitsDescription(Option<Committed>),
    Reading,
}

impl Partition {
    pub(super) fn new(epoch: u64, now: Moment) -> Self {
        Self {
            epoch,
            phase: Phase::AwaitsCommitted,
            topic_id: None,
            since: now,
            position: None,
            open: BTreeSet::new(),
            bytes: 0,
            committed: None,
            is_full: false,
            hands_out: HandsOut::All,
            handed_out: 0,
            is_at_end: false,
            is_out_of_range: false,
            is_forbidden: false,
            is_blind: false,
            gap: None,
            asked: None,
            is_beyond_end: false,
            watermarks: None,
        }
    }

    /// Whether what comes is taken.
    pub(super) fn is_reading(&self) -> bool {
        self.is_begun() && !self.is_out_of_range
    }

    /// Whether it is known where to read.
    pub(super) fn is_begun(&self) -> bool {
        self.phase == Phase::Reading && !self.is_halted()
    }

    pub(super) fn begin(&mut self, start: Start) {
        self.phase = Phase::Reading;
        self.topic_id = start.topic_id;
        self.committed = start.committed;
        self.is_blind = start.at == StartAt::LogStart;
        self.position = match start.at {
            StartAt::Offset(offset) => Some(offset),
            StartAt::LogStart | StartAt::LogEnd => None,
        };
    }

    /// Forgets the log that was read: another one is read from now on, from this position.
    pub(super) fn restart(
        &mut self,
        epoch: u64,
        topic_id: Option<String>,
        position: Option<i64>,
        now: Moment,
    ) {
        let hands_out = if self.is_halted() { HandsOut::Nothing } else { HandsOut::All };
        let watermarks = self.watermarks;
        *self = Self {
            phase: Phase::Reading,
            topic_id,
            position,
            watermarks,
            hands_out,
            ..Self::new(epoch, now)
        };
    }

    /// Nothing more is begun: the partition is on its way to another member.
    pub(super) fn halt(&mut self) {
        if !self.is_halted() {
            self.hands_out = HandsOut::Before(self.handed_out);
        }
    }

    pub(super) fn is_halted(&self) -> bool {
        self.hands_out != HandsOut::All
    }

    pub(super) fn may_hand_out(&self, offset: i64) -> bool {
        match self.hands_out {
            HandsOut::All => true,
            HandsOut::Before(end) => offset < end,
            HandsOut::Nothing => false,
        }
    }

    pub(super) fn hand_out(&mut self, offset: i64) {
        self.handed_out = self.handed_out.max(offset + 1);
    }

    /// Whether an offset lies before what has come: the log has gone back.
    pub(super) fn is_behind(&self, offset: i64) -> bool {
        self.position.is_some_and(|position| offset < position)
    }

    /// The position is not one of this log.
    pub(super) fn go_astray(&mut self, now: Moment) {
        self.is_out_of_range = true;
        self.since = now;
    }

    /// A record has come.
    pub(super) fn read(&mut self, offset: i64, bytes: usize) {
        if let Some(position) = self.position
            && offset > position
            && self.gap.is_none()
        {
            self.gap = Some((position, offset));
        }
        self.position = Some(offset + 1);
        self.open.insert(offset);
        self.bytes += bytes;
        self.is_at_end = false;
        self.is_forbidden = false;
    }

    /// Nothing is to come before this offset.
    pub(super) fn pass(&mut self, offset: i64) {
        self.position = Some(self.position.map_or(offset, |before| before.max(offset)));
    }

    /// A description is being asked for.
    pub(super) fn ask(&mut self) {
        self.asked = self.position;
    }

    /// Compares the watermarks with where the reading was when they were asked for.
    pub(super) fn compare(&mut self, marks: Watermarks) -> Option<ResetCause> {
        self.watermarks = Some(marks);
        let (gap, asked) = (self.gap.take(), self.asked.take());
        if self.is_out_of_range {
            let is_deleted = self.position.is_some_and(|position| position < marks.log_start);
            return Some(if is_deleted { ResetCause::RecordsDeleted } else { ResetCause::Truncated });
        }
        let is_beyond_end = asked.is_some_and(|asked| marks.high_watermark < asked);
        let was_beyond_end = std::mem::replace(&mut self.is_beyond_end, is_beyond_end);
        // Seen twice: a new leader may take a moment to know how far it is.
        if is_beyond_end && was_beyond_end {
            return Some(ResetCause::Truncated);
        }
        let behind_start = self.position.is_some_and(|position| position < marks.log_start);
        let skipped_to_start = gap.is_some_and(|(from, to)| from < marks.log_start && marks.log_start <= to);
        (behind_start || skipped_to_start).then_some(ResetCause::RecordsDeleted)
    }

    /// The offset before which every record is handled. `None` while nothing has come.
    pub(super) fn committable(&self) -> Option<i64> {
        self.open.first().copied().or(self.position)
    }

    /// What is to be committed now, if it is not.
    pub(super) fn uncommitted(&self) -> Option<i64> {
        self.committable().filter(|offset| self.phase == Phase::Reading && self.committed != Some(*offset))
    }

    /// An offset is on its way to be committed, or was not.
    pub(super) fn set_committed(&mut self, offset: Option<i64>) {
        self.committed = offset;
    }

    /// Offsets from what is handled to the end of what may be read, as far as that is known.
    pub(super) fn lag(&self) -> Option<i64> {
        let committable = self.committable()?;
        let told = self.watermarks.map(|it| it.last_stable_offset);
        let end = if self.is_at_end { self.position.max(told) } else { told }?;
        Some((end - committable).max(0))
    }
}
