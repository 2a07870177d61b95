//! Watching a relay at work.

use std::time::Duration;

use jiff::Timestamp;

use super::{RelayError, RestartReason};

/// A batch that was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedBatch {
    /// Its sequence number.
    pub sequence: i64,
    /// Its records.
    pub records: usize,
    /// When the oldest of its changes was appended.
    pub oldest: Timestamp,
    /// The time of its Kafka transaction, from the beginning to the end of the commit.
    pub transaction: Duration,
}

/// Is told what a relay does, for logs and metrics. It must not block.
pub trait RelayObserver: Send + Sync {
    /// A producer was made, and everything up to this sequence number is published.
    fn began(&self, sequence: i64) {
        let _ = sequence;
    }

    /// A batch was published.
    fn published(&self, batch: &PublishedBatch) {
        let _ = batch;
    }

    /// Nothing waits.
    fn caught_up(&self) {}

    /// The producer is discarded, and a new one made.
    fn restarted(&self, reason: RestartReason, error: &RelayError) {
        let _ = (reason, error);
    }
}

/// Nobody.
impl RelayObserver for () {}
