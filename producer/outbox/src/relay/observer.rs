//! The interface through which a relay reports its work.

use std::time::Duration;

use super::{RelayError, RestartReason};

/// A batch that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedBatch {
    /// The sequence number of the batch.
    pub sequence: i64,
    /// Number of records in the batch.
    pub records: usize,
    /// Duration of the Kafka transaction, from its beginning to the end of the commit.
    pub transaction: Duration,
    /// For each change, the time from its append to the end of the commit, by the wall clock.
    pub waits: Vec<Duration>,
}

/// Receives what a relay does, for logs and metrics. Its methods must not block.
pub trait RelayObserver: Send + Sync {
    /// The relay has made a producer; everything up to this sequence number is published.
    fn began(&self, sequence: i64) {
        let _ = sequence;
    }

    /// A batch was published.
    fn published(&self, batch: &PublishedBatch) {
        let _ = batch;
    }

    /// Nothing waits in the outbox.
    fn caught_up(&self) {}

    /// The relay has discarded its producer, and makes a new one.
    fn restarted(&self, reason: RestartReason, error: &RelayError) {
        let _ = (reason, error);
    }
}

/// Ignores everything.
impl RelayObserver for () {}
