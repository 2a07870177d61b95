//! The delivery reports of one transaction.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::ProducerContext;

use super::RelayError;

/// Counts what is under way, and keeps the first failure.
#[derive(Debug, Default)]
pub(super) struct Reports {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    failed: Option<Failed>,
}

#[derive(Debug)]
struct Failed {
    topic: String,
    key: String,
    cause: KafkaError,
}

impl Reports {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records were handed to librdkafka.
    pub(super) fn sent(&self, records: usize) {
        self.state().under_way += records;
    }

    /// Records that were not heard of yet.
    pub(super) fn under_way(&self) -> usize {
        self.state().under_way
    }

    /// Nothing more can change: every record was heard of, or one has failed.
    pub(super) fn settled(&self) -> bool {
        let state = self.state();
        state.under_way == 0 || state.failed.is_some()
    }

    /// Whether every record was acknowledged. One that was not heard of was not.
    pub(super) fn outcome(&self) -> Result<(), RelayError> {
        let mut state = self.state();
        match state.failed.take() {
            Some(Failed { topic, key, cause }) => {
                Err(RelayError::NotDelivered { topic, key, cause: Box::new(cause) })
            }
            None if state.under_way > 0 => Err(RelayError::NoReport(state.under_way)),
            None => Ok(()),
        }
    }
}

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut state = self.state();
        state.under_way = state.under_way.saturating_sub(1);
        if let Err((cause, message)) = result
            && state.failed.is_none()
        {
            let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
            state.failed = Some(Failed { topic: message.topic().to_owned(), key, cause: cause.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_was_not_heard_of_is_not_published() {
        let reports = Reports::default();
        assert!(reports.settled());
        assert!(reports.outcome().is_ok());
        reports.sent(2);
        assert!(!reports.settled());
        assert!(matches!(reports.outcome(), Err(RelayError::NoReport(2))));
    }
}
