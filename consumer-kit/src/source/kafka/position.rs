//! The position up to which a partition was delivered.

/// How far a partition was delivered.
pub(super) struct PartitionPosition {
    /// The next offset, as far as it was told.
    next: i64,
    /// Something was delivered since the partition was assigned. Until then the library may still tell the position of an
    /// earlier assignment.
    has_begun: bool,
    /// The offset that the partition ended at, if nothing has come since.
    end: Option<i64>,
    /// The partition ended before the end of the log that the brokers had told.
    is_early: bool,
}

impl PartitionPosition {
    /// A partition that was assigned from this offset on.
    pub(super) fn assigned(next: i64) -> Self {
        Self { next, has_begun: false, end: None, is_early: false }
    }

    /// A record was delivered.
    pub(super) fn record(&mut self, offset: i64) {
        *self = Self { next: self.next.max(offset + 1), has_begun: true, end: None, is_early: false };
    }

    /// The partition was delivered up to its end. `false` if that is before the end of the log that the brokers told last. A
    /// leader that was just elected may not know yet how much is committed: its fetch ends too early, while its answer to
    /// `ListOffsets` does not (KIP-207). Or the end is older than that answer.
    pub(super) fn eof(&mut self, offset: i64, log_end: Option<i64>) -> bool {
        let is_early = log_end.is_some_and(|log_end| offset < log_end);
        *self = Self { next: self.next.max(offset), has_begun: true, end: Some(offset), is_early };
        !is_early
    }

    /// Whether the brokers confirm by now an end that came too early: the log was cut.
    pub(super) fn is_confirmed(&mut self, log_end: i64) -> bool {
        let is_confirmed = self.is_early && self.end.is_some_and(|end| end >= log_end);
        self.is_early &= !is_confirmed;
        is_confirmed
    }

    /// The library's position, if it is news: control records were passed. At an end the library may say one too much
    /// (librdkafka 2.12: what counts the records of a batch counts its end too).
    pub(super) fn advance(&mut self, position: i64) -> Option<i64> {
        let is_news =
            self.has_begun && position > self.next && self.end.is_none_or(|end| position != end + 1);
        is_news.then(|| {
            self.next = position;
            position
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PartitionPosition;

    #[test]
    fn a_position_of_an_earlier_assignment_is_not_believed() {
        let mut partition = PartitionPosition::assigned(3);
        assert_eq!(partition.advance(9), None);
    }

    #[test]
    fn a_position_past_a_record_tells_that_control_records_were_passed() {
        let mut partition = PartitionPosition::assigned(3);
        partition.record(4);
        assert_eq!(partition.advance(5), None, "it is known");
        assert_eq!(partition.advance(6), Some(6));
        assert_eq!(partition.advance(6), None, "it was told");
    }

    #[test]
    fn an_end_before_that_of_the_log_is_one_only_when_the_brokers_confirm_it() {
        let mut partition = PartitionPosition::assigned(3);
        assert!(!partition.eof(6, Some(8)));
        assert!(!partition.is_confirmed(8));
        assert!(partition.is_confirmed(6));
        assert!(!partition.is_confirmed(6), "it was told");
        assert!(partition.eof(8, Some(8)));
        assert!(!partition.is_confirmed(8));
    }

    #[test]
    fn an_end_that_came_too_early_is_forgotten_when_a_record_comes() {
        let mut partition = PartitionPosition::assigned(3);
        partition.eof(6, Some(8));
        partition.record(6);
        assert!(!partition.is_confirmed(6));
    }

    #[test]
    fn a_position_one_past_an_end_is_not_believed_and_any_other_is() {
        let mut partition = PartitionPosition::assigned(3);
        partition.eof(6, None);
        assert_eq!(partition.advance(7), None);
        assert_eq!(partition.advance(8), Some(8));
        let mut partition = PartitionPosition::assigned(3);
        partition.eof(6, None);
        partition.record(6);
        assert_eq!(partition.advance(8), Some(8));
    }
}
