//! Why publishing stopped.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::Point;
use crate::store::StoreError;
use crate::topics::ClusterError;

/// Why publishing stopped. What was not published is still in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The broker or its topics.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A record was not acknowledged; its transaction is not committed.
    #[error("{topic}, key {key}: not acknowledged by the broker: {cause}")]
    NotDelivered {
        /// The topic.
        topic: String,
        /// The record key.
        key: String,
        /// What librdkafka says.
        cause: Box<KafkaError>,
    },
    /// Records were sent, and nothing was heard of them; their transaction is not committed.
    #[error("{0} records were sent and neither acknowledged nor refused in time")]
    NoReport(usize),
    /// A step of a Kafka transaction failed.
    #[error("the Kafka transaction: {step}: {cause}")]
    Transaction {
        /// What was to be done.
        step: &'static str,
        /// What librdkafka says.
        cause: KafkaError,
    },
    /// The position topic cannot be read.
    #[error("the topic {topic}: {what}")]
    Position {
        /// The position topic.
        topic: String,
        /// What is wrong.
        what: String,
    },
    /// Another relay of the same database has begun after this one.
    #[error("another relay has taken over this database's records; this one has stopped")]
    TakenOver,
    /// More has been published than the database knows of: it is an old copy. Going on would publish new changes
    /// under positions that count as published, and so skip them.
    #[error(
        "{topic} says that position {published} is published, but this database has given positions up to {known} \
         only: it was restored from a copy that is older than what is published. Nothing is published from it. \
         Restore a newer copy; or, to publish its state over what is there, `tiltak-producer reset-position` and \
         `relast everything`"
    )]
    PositionAhead {
        /// The position topic.
        topic: String,
        /// The position on the topic.
        published: i64,
        /// The last position that the database has given.
        known: i64,
    },
    /// Less is published than this database has forgotten: its topics are not those that it has published to. Going
    /// on would leave out what is in neither.
    #[error(
        "{topic} says that position {published} is published, but this database has published positions up to \
         {forgotten} and removed them from its outbox: the topic was lost, made anew or restored, or this is another \
         cluster. Nothing is published to it. Connect to the right cluster; or, to publish the database's state to \
         this one, `tiltak-producer reset-position` and `relast everything`"
    )]
    PositionBehind {
        /// The position topic.
        topic: String,
        /// The position on the topic.
        published: i64,
        /// Up to here the database has nothing left to publish.
        forgotten: i64,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that sends has panicked.
    #[error("the thread that sends ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
    /// A test asked for it.
    #[error("interrupted on purpose: {0:?}")]
    Interrupted(Point),
}

impl RelayError {
    /// Trying again does not help: somebody has to look.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::TakenOver
                | Self::PositionAhead { .. }
                | Self::PositionBehind { .. }
                | Self::Store(StoreError::Newer { .. })
                | Self::Interrupted(_)
        )
    }

    pub(super) fn kafka(&self) -> Option<&KafkaError> {
        match self {
            Self::NotDelivered { cause, .. } => Some(cause),
            Self::Transaction { cause, .. } | Self::Cluster(ClusterError::Kafka(cause)) => Some(cause),
            _ => None,
        }
    }
}

/// Why a producer was dropped and a new one made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The broker takes this producer for an old one: another relay began, or a transaction was open for too long.
    Fenced,
    /// The broker gave no answer in time.
    TimedOut,
    /// A record was refused.
    NotDelivered,
    /// Anything else.
    Failed,
}

impl Reason {
    /// As it stands in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fenced => "fenced",
            Self::TimedOut => "timed-out",
            Self::NotDelivered => "not-delivered",
            Self::Failed => "failed",
        }
    }

    /// What an error is. `fatal` is what made the client unusable, if anything did.
    pub(super) fn of(error: &RelayError, fatal: Option<RDKafkaErrorCode>) -> Self {
        use RDKafkaErrorCode as Code;
        let code = fatal.or_else(|| error.kafka().and_then(KafkaError::rdkafka_error_code));
        match (code, error) {
            (Some(Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch), _)
            | (_, RelayError::Store(StoreError::Overtaken)) => Self::Fenced,
            (Some(Code::OperationTimedOut | Code::RequestTimedOut | Code::MessageTimedOut), _)
            | (_, RelayError::NoReport(_)) => Self::TimedOut,
            (_, RelayError::NotDelivered { .. }) => Self::NotDelivered,
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
            topic: "siste-tiltakstyper-v3".to_owned(),
            key: String::new(),
            cause: Box::new(KafkaError::MessageProduction(RDKafkaErrorCode::PurgeQueue)),
        };
        assert_eq!(Reason::of(&purged, Some(RDKafkaErrorCode::Fenced)), Reason::Fenced);
        assert_eq!(Reason::of(&purged, None), Reason::NotDelivered);
        assert_eq!(Reason::of(&RelayError::NoReport(1), None), Reason::TimedOut);
    }
}
