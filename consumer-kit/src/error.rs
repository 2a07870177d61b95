//! What may go wrong while reading.

use std::time::Duration;

use rdkafka::error::KafkaError;
use tiltak_schema::decode::DecodeError;

/// Why a topic cannot be read, or not any further.
///
/// What it is about is asked with the methods `is_…`; the text names topic, partition and offset where there are any,
/// and never a value of a payload.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Kind {
    #[error("no Kafka broker answers at {brokers} within {} s: {cause}", limit.as_secs())]
    Unreachable { brokers: String, limit: Duration, cause: KafkaError },
    #[error("the topic {topic} does not exist on {brokers}")]
    MissingTopic { topic: String, brokers: String },
    #[error(
        "{topic}, partition {partition}, offset {offset}, key {key}: {cause}; the table stops here, so that no record \
         is lost; a reader with a newer contract reads on"
    )]
    Undecodable { topic: String, partition: i32, offset: i64, key: String, cause: Box<DecodeError> },
    #[error(
        "{topic}, partition {partition}: at offset {position} after {} s, expected to reach {target}; the broker is slow, \
         or a transaction is open", limit.as_secs()
    )]
    Deadline { topic: String, partition: i32, position: i64, target: i64, limit: Duration },
    #[error("{topic}: {cause}")]
    Kafka { topic: String, cause: KafkaError },
    #[error("{topic}: the reading thread has ended")]
    Ended { topic: String },
}

impl Error {
    /// No broker answered.
    pub fn is_unreachable(&self) -> bool {
        matches!(self.0, Kind::Unreachable { .. })
    }

    /// The broker has no such topic.
    pub fn is_missing_topic(&self) -> bool {
        matches!(self.0, Kind::MissingTopic { .. })
    }

    /// A record does not have the form of its contract.
    pub fn is_undecodable(&self) -> bool {
        matches!(self.0, Kind::Undecodable { .. })
    }

    /// The target was not reached in time. Waiting again goes on from where it was.
    pub fn is_deadline(&self) -> bool {
        matches!(self.0, Kind::Deadline { .. })
    }
}
