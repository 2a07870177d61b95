//! The delivery reports of one transaction.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::ProducerContext;

use super::RelayError;

/// Counts what is in flight, and keeps the first failure that says something.
#[derive(Debug, Default)]
pub(super) struct DeliveryReports {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    failed: Option<Failure>,
    /// The first topic that the broker does not let this user write to.
    forbidden: Option<String>,
}

#[derive(Debug)]
struct Failure {
    /// The change of the record; 0 for the checkpoint.
    change: i64,
    topic: String,
    key: String,
    bytes: usize,
    cause: KafkaError,
}

impl DeliveryReports {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records were handed to librdkafka.
    pub(super) fn sent(&self, records: usize) {
        self.state().in_flight += records;
    }

    /// The topic that the broker has refused to take into the transaction, for want of a right. librdkafka says which one in
    /// its log alone: the records of all topics are reported as purged.
    pub(super) fn forbidden(&self) -> Option<String> {
        self.state().forbidden.clone()
    }

    /// Records without a report.
    pub(super) fn in_flight(&self) -> usize {
        self.state().in_flight
    }

    /// Nothing more can change: every record has its report, or one has failed and says why.
    pub(super) fn flushed(&self) -> bool {
        let state = self.state();
        state.in_flight == 0 || state.failed.as_ref().is_some_and(|failure| !is_purge(&failure.cause))
    }

    /// Whether every record was acknowledged. One without a report was not.
    pub(super) fn outcome(&self) -> Result<(), RelayError> {
        let mut state = self.state();
        match state.failed.take() {
            Some(Failure { change, topic, key, bytes, cause }) => {
                Err(not_delivered(change, topic, key, bytes, cause))
            }
            None if state.in_flight > 0 => Err(RelayError::NoReport(state.in_flight)),
            None => Ok(()),
        }
    }
}

/// What a record that was not delivered says.
pub(super) fn not_delivered(
    change: i64,
    topic: String,
    key: String,
    bytes: usize,
    cause: KafkaError,
) -> RelayError {
    use RDKafkaErrorCode as Code;
    match cause.rdkafka_error_code() {
        Some(code @ Code::TopicAuthorizationFailed) => {
            RelayError::Forbidden { right: "Write", resource: format!("the topic {topic}"), code }
        }
        Some(
            code @ (Code::MessageSizeTooLarge
            | Code::InvalidMessageSize
            | Code::InvalidRecord
            | Code::InvalidTimestamp
            | Code::UnsupportedForMessageFormat),
        ) if change != 0 => RelayError::Refused {
            change,
            reason: format!("the broker refuses the record of {topic}, key {key}, of {bytes} bytes: {code}"),
        },
        Some(Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition) => {
            RelayError::MissingTopic { topic }
        }
        _ => RelayError::NotDelivered { topic, key, cause: Box::new(cause) },
    }
}

/// librdkafka drops what is queued when something else has failed.
pub(super) fn is_purge(cause: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(cause.rdkafka_error_code(), Some(Code::PurgeQueue | Code::PurgeInflight))
}

/// The topic of a line such as `[thrd:…]: …: Failed to add partition "orders" [0] to transaction: Broker: Topic
/// authorization failed`. The other partitions of the request are said not to have been attempted.
fn forbidden_topic(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Failed to add partition \"")?;
    let (topic, rest) = rest.split_once('"')?;
    rest.ends_with("Broker: Topic authorization failed").then_some(topic)
}

impl ClientContext for DeliveryReports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if let Some(topic) = forbidden_topic(message) {
            self.state().forbidden.get_or_insert_with(|| topic.to_owned());
        }
        // Each is met as an error, too.
        tracing::debug!(?level, facility, message, "librdkafka");
    }
}

impl ProducerContext for DeliveryReports {
    /// The change of the record; 0 for the checkpoint.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, change: usize) {
        let mut state = self.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        let Err((cause, message)) = result else { return };
        // A purge says only that something else has failed.
        if state.failed.as_ref().is_none_or(|failure| is_purge(&failure.cause) && !is_purge(cause)) {
            state.failed = Some(Failure {
                change: i64::try_from(change).unwrap_or(0),
                topic: message.topic().to_owned(),
                key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
                bytes: message.key().map_or(0, <[u8]>::len) + message.payload_len(),
                cause: cause.clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_a_report_is_not_published() {
        let reports = DeliveryReports::default();
        assert!(reports.flushed());
        assert!(reports.outcome().is_ok());
        reports.sent(2);
        assert!(!reports.flushed());
        assert!(matches!(reports.outcome(), Err(RelayError::NoReport(2))));
    }

    #[test]
    fn the_topic_that_may_not_be_written_to_is_not_one_that_was_not_attempted() {
        let said =
            |why| format!("[thrd:main]: h:1/1: Failed to add partition \"orders\" [0] to transaction: {why}");
        assert_eq!(forbidden_topic(&said("Broker: Topic authorization failed")), Some("orders"));
        assert_eq!(forbidden_topic(&said("Broker: Operation not attempted")), None);
    }

    #[test]
    fn what_the_broker_refuses_for_the_records_sake_names_its_change() {
        let refused = |code| {
            let cause = KafkaError::MessageProduction(code);
            not_delivered(7, "orders".to_owned(), "k".to_owned(), 12, cause)
        };
        let error = refused(RDKafkaErrorCode::MessageSizeTooLarge);
        assert!(matches!(&error, RelayError::Refused { change: 7, .. }), "{error}");
        assert!(error.to_string().contains("orders, key k, of 12 bytes"), "{error}");
        let error = refused(RDKafkaErrorCode::TopicAuthorizationFailed);
        assert!(error.to_string().starts_with("the right Write on the topic orders is missing"), "{error}");
        assert!(matches!(refused(RDKafkaErrorCode::NotEnoughReplicas), RelayError::NotDelivered { .. }));
    }
}
