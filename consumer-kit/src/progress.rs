//! The progress of a partition towards a target.

/// The progress of reading a partition.
///
/// The target is the end of the log when it was captured. The record before it may have been compacted away, and the
/// log may end in offsets without a record (transaction markers, emptied batches), so a partition has caught up when
/// the position has come to the target, *or* when the broker said after the capture that there is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartitionProgress {
    /// The next offset to be read.
    pub(crate) position: i64,
    /// The end of the log when it was captured.
    pub(crate) target: i64,
    ended: bool,
}

impl PartitionProgress {
    /// From the beginning of a log that reaches from `start` to `end`.
    pub(crate) fn new(start: i64, end: i64) -> Self {
        Self { position: start, target: end, ended: false }
    }

    /// A record was read.
    pub(crate) fn read(&mut self, offset: i64) {
        self.position = self.position.max(offset + 1);
    }

    /// The broker says that there is no more.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn has_caught_up(&self) -> bool {
        self.ended || self.position >= self.target
    }
}

#[cfg(test)]
mod tests {
    use super::PartitionProgress;

    #[test]
    fn an_empty_partition_has_caught_up_at_once_also_when_its_start_has_moved() {
        assert!(PartitionProgress::new(0, 0).has_caught_up());
        assert!(PartitionProgress::new(700, 700).has_caught_up());
        assert!(!PartitionProgress::new(0, 1).has_caught_up());
    }

    #[test]
    fn the_last_record_before_the_target_may_be_gone() {
        let mut progress = PartitionProgress::new(0, 10);
        progress.read(3);
        assert!(!progress.has_caught_up(), "offsets 4 to 9 may hold records");
        progress.end();
        assert!(progress.has_caught_up(), "they hold none");
    }

    #[test]
    fn a_record_at_or_past_the_target_is_enough() {
        let mut progress = PartitionProgress::new(0, 10);
        progress.read(9);
        assert!(progress.has_caught_up());
        let mut progress = PartitionProgress::new(0, 10);
        progress.read(42);
        assert!(progress.has_caught_up());
    }
}
