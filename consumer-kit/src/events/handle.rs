//! The reading side of an event consumer's handle.

use std::sync::Arc;
use std::time::Duration;

use tiltak_schema::topic::Topic;

use super::EventMetrics;
use super::runtime::Shared;
use crate::error::Error;
use crate::health::Health;

/// A handle to an event consumer: it tells how the consumer is, and cannot stop it. A clone is cheap.
///
/// ```no_run
/// use std::time::Duration;
/// use tiltak_consumer_kit::EventHandle;
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// /// What `/isalive` answers: the status of HTTP.
/// fn is_alive(consumer: &EventHandle<SisteTiltakstyperV3>) -> u16 {
///     if consumer.is_live(Duration::from_secs(60)) { 200 } else { 503 }
/// }
/// ```
pub struct EventHandle<T: Topic> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T: Topic> EventHandle<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Waits until the consumer stops by itself, and says why: a record that cannot be decoded, a right that is missing, a
    /// fatal error of the client.
    pub async fn failed(&self) -> Error {
        let mut status = self.shared.status.subscribe();
        let closed = status.wait_for(|it| it.closed).await.map(|status| status.clone());
        let ended = || Error::source_failed(&self.shared.topic, "the consumer is closed");
        closed.ok().and_then(|status| status.failed).unwrap_or_else(ended)
    }

    /// Why the consumer reads no more, if it has stopped by itself.
    pub fn failure(&self) -> Option<Error> {
        self.shared.status.borrow().failed.clone()
    }

    /// Whether the brokers serve the consumer: how long ago they last confirmed its position.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Whether the consumer runs and the brokers confirmed its position within this time, for a health check. Well above
    /// [`EventBuilder::metadata_refresh_interval`](crate::EventBuilder::metadata_refresh_interval) it means something;
    /// a restart mends neither a broker that is away nor a right that is missing.
    pub fn is_live(&self, max_age: Duration) -> bool {
        self.shared.is_live(max_age)
    }

    /// The counters and positions.
    pub fn metrics(&self) -> EventMetrics {
        self.shared.metrics()
    }
}

impl<T: Topic> Clone for EventHandle<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}
