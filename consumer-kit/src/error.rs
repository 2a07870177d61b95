//! What may go wrong while reading.

use std::fmt;
use std::time::Duration;

use rdkafka::error::KafkaError;
use tiltak_schema::decode::DecodeError;

/// Why a topic cannot be read, or not any further.
///
/// What it is about is asked with the methods `is_…`; the text names topic, partition and offset where there are any,
/// says what to do, and never quotes a value of a payload.
///
/// ```
/// use tiltak_consumer_kit::Connection;
///
/// let error = Connection::from_variables(|_| None).unwrap_err();
/// assert!(error.is_setting());
/// assert!(error.to_string().starts_with("KAFKA_BROKERS is not set"));
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Kind {
    #[error("{name} {problem}")]
    Setting { name: String, problem: String },
    #[error("no Kafka broker answers at {brokers} within {} s: {cause}", limit.as_secs())]
    Unreachable { brokers: String, limit: Duration, cause: String },
    #[error("{brokers} and this client do not trust each other: {cause}; check the certificates and the key")]
    Untrusted { brokers: String, cause: String },
    #[error("the topic {topic} does not exist on {brokers}")]
    MissingTopic { topic: String, brokers: String },
    #[error("{topic} may not be read on {brokers}: the application needs read access to the topic (its ACL)")]
    Forbidden { topic: String, brokers: String },
    #[error(
        "the group {group} may not be joined on {brokers}: the application needs read access to it (its ACL)"
    )]
    ForbiddenGroup { group: String, brokers: String },
    #[error(
        "{topic} has cleanup.policy={policy}: its records are deleted by age or size, so a table of it lacks keys; set it \
         to compact, or allow it with `Builder::any_cleanup_policy`"
    )]
    NotCompacted { topic: String, policy: String },
    #[error("{0}; reading stops here, so that no record is lost; a reader with a newer contract reads on")]
    Undecodable(Box<Undecodable>),
    #[error("{topic}: {}after {} s; the broker is slow or away, or a transaction is open", Behind(lagging), limit.as_secs())]
    Deadline { topic: String, lagging: Vec<Lagging>, limit: Duration },
    #[error("{topic}: {cause}")]
    Kafka { topic: String, cause: KafkaError },
    #[error("{topic}: {cause}")]
    Source { topic: String, cause: String },
    #[error("{place}: a record that cannot be decoded could not be put there: {cause}")]
    Quarantine { place: String, cause: String },
    #[error("{topic}: the state cannot be used: {cause}")]
    Store { topic: String, cause: String },
    #[error("{topic}: the table is closed")]
    Ended { topic: String },
}

/// A record without the form of its contract, and where it is.
///
/// ```no_run
/// # fn show(error: &tiltak_consumer_kit::Error) {
/// if let Some(record) = error.undecodable() {
///     eprintln!("partition {} offset {}: {}", record.partition, record.offset, record.cause.pointer());
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// The topic's name on the broker.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record key; bytes that are no UTF-8 are replaced. `None` if the record has no key.
    pub key: Option<String>,
    /// What was expected where, and what was found instead.
    pub cause: DecodeError,
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, key, cause } = self;
        write!(f, "{topic}, partition {partition}, offset {offset}, ")?;
        match key {
            Some(key) => write!(f, "key {key}: {cause}"),
            None => write!(f, "no key: {cause}"),
        }
    }
}

/// A partition that has not come to its target.
///
/// ```no_run
/// # fn show(error: &tiltak_consumer_kit::Error) {
/// for it in error.lagging() {
///     eprintln!("partition {} is at {} of {}", it.partition, it.position, it.target);
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lagging {
    /// The partition.
    pub partition: i32,
    /// The next offset to be read.
    pub position: i64,
    /// The offset that it has to come to.
    pub target: i64,
}

struct Behind<'a>(&'a [Lagging]);

impl fmt::Display for Behind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no broker has told where the log ends ");
        }
        for Lagging { partition, position, target } in self.0 {
            write!(f, "partition {partition} at offset {position}, expected to reach {target}, ")?;
        }
        Ok(())
    }
}

impl Error {
    /// The error of a [`Source`](crate::source::Source) of one's own, or of a test double.
    pub fn source_failed(topic: impl Into<String>, cause: impl Into<String>) -> Self {
        Kind::Source { topic: topic.into(), cause: cause.into() }.into()
    }

    /// The error of a [`Store`](crate::store::Store).
    pub fn store_failed(topic: impl Into<String>, cause: impl Into<String>) -> Self {
        Kind::Store { topic: topic.into(), cause: cause.into() }.into()
    }

    pub(crate) fn into_kind(self) -> Kind {
        self.0
    }

    /// A setting or an environment variable is missing, or names a file that cannot be read.
    pub fn is_setting(&self) -> bool {
        matches!(self.0, Kind::Setting { .. })
    }

    /// No broker answered.
    pub fn is_unreachable(&self) -> bool {
        matches!(self.0, Kind::Unreachable { .. })
    }

    /// The certificate of the broker or of this client was refused.
    pub fn is_untrusted(&self) -> bool {
        matches!(self.0, Kind::Untrusted { .. })
    }

    /// The broker has no such topic.
    pub fn is_missing_topic(&self) -> bool {
        matches!(self.0, Kind::MissingTopic { .. })
    }

    /// The application has no right to read the topic, or to read as a member of the group.
    pub fn is_forbidden(&self) -> bool {
        matches!(self.0, Kind::Forbidden { .. } | Kind::ForbiddenGroup { .. })
    }

    /// The topic is not compacted.
    pub fn is_not_compacted(&self) -> bool {
        matches!(self.0, Kind::NotCompacted { .. })
    }

    /// A record does not have the form of its contract.
    pub fn is_undecodable(&self) -> bool {
        matches!(self.0, Kind::Undecodable { .. })
    }

    /// The record that does not have the form of its contract.
    pub fn undecodable(&self) -> Option<&Undecodable> {
        match &self.0 {
            Kind::Undecodable(record) => Some(record),
            _ => None,
        }
    }

    /// The target was not reached in time. Waiting again goes on from where it was.
    pub fn is_deadline(&self) -> bool {
        matches!(self.0, Kind::Deadline { .. })
    }

    /// The partitions that were behind at the deadline, all of them.
    pub fn lagging(&self) -> &[Lagging] {
        match &self.0 {
            Kind::Deadline { lagging, .. } => lagging,
            _ => &[],
        }
    }

    /// A record that cannot be decoded could not be put aside: the folder cannot be written, or the topic.
    pub fn is_quarantine(&self) -> bool {
        matches!(self.0, Kind::Quarantine { .. })
    }

    /// The state could not be saved or loaded.
    pub fn is_store(&self) -> bool {
        matches!(self.0, Kind::Store { .. })
    }

    /// The table was closed.
    pub fn is_ended(&self) -> bool {
        matches!(self.0, Kind::Ended { .. })
    }
}
