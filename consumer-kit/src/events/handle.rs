//! The handle of an event consumer, for health and metrics.

use std::sync::Arc;
use std::time::Duration;

use tiltak_schema::topic::Topic;

use super::EventMetrics;
use super::runtime::Shared;
use crate::error::Error;
use crate::health::Health;

/// A handle to an event consumer, for health and metrics. It cannot stop the consumer. A clone is cheap.
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

    /// Waits until the consumer stops by itself, and returns why: an undecodable record, a missing right, a fatal
    /// error of the client.
    pub async fn failed(&self) -> Error {
        let mut status = self.shared.status.subscribe();
        let closed = status.wait_for(|it| it.closed).await.map(|status| status.clone());
        let ended = || Error::source_failed(&self.shared.topic, "the consumer is closed");
        closed.ok().and_then(|status| status.failed).unwrap_or_else(ended)
    }

    /// The error with which the consumer has stopped by itself, if it has.
    pub fn failure(&self) -> Option<Error> {
        self.shared.status.borrow().failed.clone()
    }

    /// Whether the brokers serve the consumer, and when they last confirmed its position.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Whether the consumer runs and the brokers confirmed its position within `max_age`: for a health check.
    /// `max_age` has to be well above
    /// [`EventBuilder::metadata_refresh_interval`](crate::EventBuilder::metadata_refresh_interval). A restart helps
    /// neither against a broker that is away nor against a missing right.
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
