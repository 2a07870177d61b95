//! Watching a relay at work.

use std::time::Duration;

use super::{RelayError, RestartReason};

/// A batch that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedBatch {
    /// Its sequence number.
    pub sequence: i64,
    /// Its records.
    pub records: usize,
    /// The time of its Kafka transaction, from the beginning to the end of the commit.
    pub transaction: Duration,
    /// How long each of its changes has waited, from when it was appended to the end of the commit. By the wall clock.
    pub waits: Vec<Duration>,
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
