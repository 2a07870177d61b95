//! The failure of a handler.

use std::fmt;
use std::time::Duration;

/// A failure of a handler. Its record will be handled again.
///
/// Shown as text it names the place and the key, and holds the handler's own message, which should not quote payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerFailure {
    /// The topic's name on the broker.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record key.
    pub key: String,
    /// Number of attempts so far.
    pub attempts: u32,
    /// Time until the next attempt.
    pub again_in: Duration,
    /// The handler's error, or that it panicked.
    pub cause: String,
}

impl fmt::Display for HandlerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, key, attempts, again_in, cause } = self;
        write!(
            f,
            "{topic}, partition {partition}, offset {offset}, key {key}: the handler failed {attempts} times, the last \
             time with: {cause}; it is called again in {} ms, and later records of the key wait until it gives Ok",
            again_in.as_millis()
        )
    }
}
