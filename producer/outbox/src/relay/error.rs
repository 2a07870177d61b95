//! Why a relay cannot publish, and why it replaced its Kafka producer.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::Failpoint;
use crate::Condition;
use crate::error::OutboxError;

/// Why publishing stopped. Changes that were not published are still in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// No broker answers.
    #[error("no Kafka broker answers: {cause}")]
    Unreachable {
        /// The error of librdkafka.
        cause: KafkaError,
    },
    /// A topic is missing.
    #[error("the topic {topic} does not exist")]
    MissingTopic {
        /// The topic, as the cluster calls it.
        topic: String,
    },
    /// The user lacks a right on a topic or on the `transactional.id`.
    #[error(
        "the right {right} on {resource} is missing: give it to the user that this relay connects as ({code})"
    )]
    Forbidden {
        /// The right, as Kafka calls it.
        right: &'static str,
        /// The resource that the right is missing on.
        resource: String,
        /// The broker's code.
        code: RDKafkaErrorCode,
    },
    /// A topic has another number of partitions than configured; keys would move to other partitions.
    #[error("the topic {topic} has {found} partitions, expected {expected}")]
    Partitions {
        /// The topic, as the cluster calls it.
        topic: String,
        /// Partitions that it should have.
        expected: i32,
        /// Partitions that it has.
        found: usize,
    },
    /// The broker refuses a record because of the record itself, such as its size.
    #[error("change {change}: {reason}")]
    Refused {
        /// The change that the record belongs to.
        change: i64,
        /// Topic, key, size and code.
        reason: String,
    },
    /// A record was not acknowledged; its transaction is not committed.
    #[error("{topic}, key {key}: not acknowledged by the broker: {cause}")]
    NotDelivered {
        /// The topic, as the cluster calls it.
        topic: String,
        /// The record key.
        key: String,
        /// The error of librdkafka.
        cause: Box<KafkaError>,
    },
    /// Records were neither acknowledged nor refused. Their transaction is not committed.
    #[error("{0} records were sent and neither acknowledged nor refused in time")]
    NoReport(usize),
    /// A step of a Kafka transaction failed.
    #[error("the Kafka transaction: {step}: {cause}")]
    Transaction {
        /// The step.
        step: &'static str,
        /// The error of librdkafka.
        cause: KafkaError,
    },
    /// The checkpoint topic cannot be read, or holds something else.
    #[error("the topic {topic}: {what}")]
    Checkpoint {
        /// The checkpoint topic.
        topic: String,
        /// What is wrong.
        what: String,
    },
    /// Another relay of the same database has acquired the lease.
    #[error("another relay has taken over this database's records; this one has stopped")]
    TakenOver,
    /// The checkpoint is ahead of the database: the database is an older copy. Going on would give changes sequence
    /// numbers that count as published, and skip them.
    #[error(
        "{topic} says that batch {checkpoint} is published, but this database has sequenced batches up to {sequence} \
         only: it was restored from a copy that is older than what is published. Nothing is published from it. \
         Restore a newer copy; or reset the checkpoint, and publish the database's state over what is there"
    )]
    CheckpointAhead {
        /// The checkpoint topic.
        topic: String,
        /// The sequence number on the topic.
        checkpoint: i64,
        /// The last sequence number in the database.
        sequence: i64,
    },
    /// The checkpoint is behind what this database has pruned: the topics are not those that it has published to.
    /// Going on would leave out changes that are in neither.
    #[error(
        "{topic} says that batch {checkpoint} is published, but this database has published batches up to {published} \
         and removed them from its outbox: the topic was lost, made anew or restored, or this is another cluster. \
         Nothing is published to it. Connect to the right cluster; or reset the checkpoint, and publish the database's \
         state to this one"
    )]
    CheckpointBehind {
        /// The checkpoint topic.
        topic: String,
        /// The sequence number on the topic; 0 if it has none.
        checkpoint: i64,
        /// The sequence number up to which the database has pruned.
        published: i64,
    },
    /// An error of the database.
    #[error(transparent)]
    Outbox(OutboxError),
    /// An error of librdkafka.
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// A thread of the relay panicked.
    #[error("a thread of the relay ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
    /// A test interrupted the relay: see [`Failpoint`].
    #[error("interrupted on purpose: {0:?}")]
    Interrupted(Failpoint),
}

impl From<OutboxError> for RelayError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Fenced => Self::TakenOver,
            other => Self::Outbox(other),
        }
    }
}

impl RelayError {
    /// Whether a retry cannot help, so that an operator has to act.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::TakenOver
                | Self::CheckpointAhead { .. }
                | Self::CheckpointBehind { .. }
                | Self::Outbox(OutboxError::Damaged { .. })
                | Self::Interrupted(_)
        )
    }

    /// The condition of the database's error; `None` if the error does not come from the database.
    pub fn condition(&self) -> Option<Condition> {
        match self {
            Self::Outbox(error) => error.condition(),
            _ => None,
        }
    }

    fn kafka(&self) -> Option<&KafkaError> {
        match self {
            Self::NotDelivered { cause, .. } => Some(cause),
            Self::Transaction { cause, .. } | Self::Kafka(cause) | Self::Unreachable { cause } => Some(cause),
            _ => None,
        }
    }
}

/// Why the relay discarded its Kafka producer and made a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RestartReason {
    /// The broker has fenced the producer: another relay started, or a transaction was open for too long.
    Fenced,
    /// The broker gave no answer in time.
    TimedOut,
    /// The broker refused a record.
    NotDelivered,
    /// Anything else.
    Failed,
}

impl RestartReason {
    /// The value of the label `reason` in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fenced => "fenced",
            Self::TimedOut => "timed-out",
            Self::NotDelivered => "not-delivered",
            Self::Failed => "failed",
        }
    }

    /// The reason of an error. `fatal` is the code that made the client unusable, if there is one.
    pub(super) fn of(error: &RelayError, fatal: Option<RDKafkaErrorCode>) -> Self {
        use RDKafkaErrorCode as Code;
        let code = fatal.or_else(|| error.kafka().and_then(KafkaError::rdkafka_error_code));
        match (code, error) {
            (Some(Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch), _)
            | (_, RelayError::TakenOver) => Self::Fenced,
            (Some(Code::OperationTimedOut | Code::RequestTimedOut | Code::MessageTimedOut), _)
            | (_, RelayError::NoReport(_)) => Self::TimedOut,
            (_, RelayError::NotDelivered { .. } | RelayError::Refused { .. }) => Self::NotDelivered,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_made_the_client_unusable_says_more_than_what_a_record_met() {
        let purged = RelayError::NotDelivered {
            topic: "orders".to_owned(),
            key: String::new(),
            cause: Box::new(KafkaError::MessageProduction(RDKafkaErrorCode::PurgeQueue)),
        };
        assert_eq!(RestartReason::of(&purged, Some(RDKafkaErrorCode::Fenced)), RestartReason::Fenced);
        assert_eq!(RestartReason::of(&purged, None), RestartReason::NotDelivered);
        assert_eq!(RestartReason::of(&RelayError::NoReport(1), None), RestartReason::TimedOut);
    }
}
