//! Watching a relay at work.

use std::time::Duration;

use super::{Reason, RelayError};

/// Is told what a relay does, for logs and metrics. It must not block.
pub trait Observe: Send + Sync {
    /// A producer was made, and everything up to this position is published.
    fn began(&self, position: i64) {
        let _ = position;
    }

    /// A batch of so many records was published; everything up to this position is. From the beginning of the Kafka
    /// transaction to the end of its commit it took so long.
    fn published(&self, position: i64, records: usize, took: Duration) {
        let _ = (position, records, took);
    }

    /// Nothing waits.
    fn caught_up(&self) {}

    /// The producer is dropped, and a new one made.
    fn lost(&self, reason: Reason, error: &RelayError) {
        let _ = (reason, error);
    }
}

/// Nobody.
impl Observe for () {}
