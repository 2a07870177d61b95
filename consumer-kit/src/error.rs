//! Errors of readers.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::KafkaError;
use tiltak_schema::decode::DecodeError;

/// Why a topic cannot be read, or not any further.
///
/// What it is about is asked with the methods `is_…`. The text names topic, partition and offset where there are any,
/// says what to do, includes the text of the cause, and never quotes a value of a payload. The cause itself is
/// [`std::error::Error::source`]: a [`KafkaError`], a [`DecodeError`], a [`std::io::Error`] or the error of a
/// [`Source`](crate::source::Source) or [`Store`](crate::store::Store) of one's own.
///
/// ```
/// use tiltak_consumer_kit::Connection;
///
/// let error = Connection::from_variables(|_| None).unwrap_err();
/// assert!(error.is_setting());
/// assert!(error.to_string().starts_with("KAFKA_BROKERS is not set"));
/// ```
#[derive(Debug, Clone)]
pub struct Error(Kind);

/// The cause of an error. It is shared, because every caller that waits for a reader gets its error.
pub(crate) type Cause = Arc<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Kind {
    #[error("{name} {problem}")]
    Setting { name: String, problem: String, cause: Option<Cause> },
    #[error("no Kafka broker answers at {brokers} within {} s: {cause}", timeout.as_secs())]
    Unreachable { brokers: String, timeout: Duration, cause: String },
    #[error(
        "{brokers} and this client do not trust each other: {cause}; check the certificates and the key, and whether a \
         certificate has expired"
    )]
    Untrusted { brokers: String, cause: String },
    #[error("the topic {topic} does not exist on {brokers}")]
    MissingTopic { topic: String, brokers: String },
    #[error("{topic} may not be read on {brokers}: the application needs read access to the topic (its ACL)")]
    Forbidden { topic: String, brokers: String },
    #[error(
        "{topic}: the group {group} may not be joined: the application needs read access to the group (its ACL)"
    )]
    ForbiddenGroup { topic: String, group: String },
    #[error(
        "{topic} has cleanup.policy={policy}: its records are deleted by age or size, so a table of it lacks keys; set it \
         to compact, or allow it with `TableBuilder::any_cleanup_policy`"
    )]
    NotCompacted { topic: String, policy: String },
    #[error("{0}; reading stops here, so that no record is lost; a reader with a newer contract reads on")]
    Undecodable(Box<Undecodable>),
    #[error("{topic}: not caught up after {timeout:?}: {}", Behind(lagging))]
    Deadline { topic: String, lagging: Vec<Lagging>, timeout: Duration },
    #[error("{topic}: {cause}")]
    Kafka { topic: String, cause: KafkaError },
    #[error("{topic}: the Kafka client has failed for good: {cause}: {reason}; start the reader again")]
    Fatal { topic: String, cause: Box<KafkaError>, reason: String },
    #[error("{topic}: {what} panicked: {message}")]
    Panicked { topic: String, what: String, message: String },
    #[error("{topic}: {cause}")]
    Source { topic: String, cause: Cause },
    #[error("{place}: a record that cannot be decoded could not be put there: {problem}")]
    Quarantine { place: String, problem: String, cause: Cause },
    #[error("{topic}: the state cannot be used: {cause}")]
    Store { topic: String, cause: Cause },
    #[error("{topic}: the table is closed")]
    Ended { topic: String },
}

/// A record that does not have the form of its contract, with its position.
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
    /// The place, what was expected there, and what was found.
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

/// A partition that has not reached its target.
///
/// ```no_run
/// # fn show(error: &tiltak_consumer_kit::Error) {
/// for it in error.lagging() {
///     eprintln!("partition {} is at {} of {}", it.partition, it.position, it.target);
///     if it.unstable > 0 {
///         eprintln!("{} offsets are behind an open transaction", it.unstable);
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lagging {
    /// The partition.
    pub partition: i32,
    /// The next offset to be read.
    pub position: i64,
    /// The offset that has to be reached.
    pub target: i64,
    /// Offsets behind the last stable offset (KIP-98): they may not be read before an open transaction ends.
    pub unstable: i64,
}

impl fmt::Display for Lagging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, position, target, unstable } = *self;
        let [at, to, hidden] = [position, target, unstable].map(grouped);
        write!(f, "partition {partition} is at {at}")?;
        match unstable {
            ..=0 => write!(f, ", expected to reach {to}"),
            // All that may be read was.
            _ if position + unstable >= target => {
                write!(f, ", and {hidden} offsets up to {to} are behind an open transaction")
            }
            _ => write!(f, ", expected to reach {to}, and {hidden} offsets are behind an open transaction"),
        }
    }
}

struct Behind<'a>(&'a [Lagging]);

impl fmt::Display for Behind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no broker has told where the log ends");
        }
        for (at, lagging) in self.0.iter().enumerate() {
            write!(f, "{}{lagging}", if at == 0 { "" } else { "; " })?;
        }
        if self.0.iter().any(|it| it.unstable > 0) {
            f.write_str("; its producer has to commit or abort it, or the broker does after the transaction's timeout")
        } else {
            f.write_str("; the broker is slow or away")
        }
    }
}

/// A number for people: `1,010`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Setting { cause, .. } => cause.as_ref().map(|cause| &**cause as _),
            Kind::Undecodable(record) => Some(&record.cause),
            Kind::Kafka { cause, .. } => Some(cause),
            Kind::Fatal { cause, .. } => Some(&**cause),
            Kind::Source { cause, .. } | Kind::Quarantine { cause, .. } | Kind::Store { cause, .. } => {
                Some(&**cause)
            }
            _ => None,
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl Error {
    /// The error of a custom [`Source`](crate::source::Source) or a test double. The cause is a text, or an error
    /// that [`std::error::Error::source`] leads to.
    ///
    /// ```
    /// use std::error::Error as _;
    /// use tiltak_consumer_kit::Error;
    ///
    /// let cause = std::io::Error::other("the file is gone");
    /// let error = Error::source_failed("my-topic", cause);
    /// assert_eq!(error.to_string(), "my-topic: the file is gone");
    /// assert!(error.source().is_some_and(|cause| cause.is::<std::io::Error>()));
    /// ```
    pub fn source_failed(
        topic: impl Into<String>,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Kind::Source { topic: topic.into(), cause: cause.into().into() }.into()
    }

    /// The error of a [`Store`](crate::store::Store). The cause is a text, or an error that
    /// [`std::error::Error::source`] leads to.
    pub fn store_failed(
        topic: impl Into<String>,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Kind::Store { topic: topic.into(), cause: cause.into().into() }.into()
    }

    /// The error of a panic in code that is not the kit's. `what` names it: "the handler", "the index
    /// `by_tiltakstype`".
    pub(crate) fn panicked(
        topic: impl Into<String>,
        what: impl Into<String>,
        payload: Box<dyn Any + Send>,
    ) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(message) => *message,
            Err(payload) => match payload.downcast::<&'static str>() {
                Ok(message) => (*message).to_owned(),
                Err(_) => "with a value that is no text".to_owned(),
            },
        };
        Kind::Panicked { topic: topic.into(), what: what.into(), message }.into()
    }

    pub(crate) fn into_kind(self) -> Kind {
        self.0
    }

    /// Whether a setting or an environment variable is missing, is refused by the client, or names a file that cannot
    /// be read.
    pub fn is_setting(&self) -> bool {
        matches!(self.0, Kind::Setting { .. })
    }

    /// Whether no broker answered.
    pub fn is_unreachable(&self) -> bool {
        matches!(self.0, Kind::Unreachable { .. })
    }

    /// Whether the certificate of the broker or of this client was refused.
    pub fn is_untrusted(&self) -> bool {
        matches!(self.0, Kind::Untrusted { .. })
    }

    /// Whether the broker has no such topic.
    pub fn is_missing_topic(&self) -> bool {
        matches!(self.0, Kind::MissingTopic { .. })
    }

    /// Whether the application lacks the right to read the topic, or to join the consumer group. The text says which.
    pub fn is_forbidden(&self) -> bool {
        matches!(self.0, Kind::Forbidden { .. } | Kind::ForbiddenGroup { .. })
    }

    /// Whether the topic is not compacted.
    pub fn is_not_compacted(&self) -> bool {
        matches!(self.0, Kind::NotCompacted { .. })
    }

    /// Whether a record does not have the form of its contract.
    pub fn is_undecodable(&self) -> bool {
        matches!(self.0, Kind::Undecodable { .. })
    }

    /// The record that does not have the form of its contract, if that is the error.
    pub fn undecodable(&self) -> Option<&Undecodable> {
        match &self.0 {
            Kind::Undecodable(record) => Some(record),
            _ => None,
        }
    }

    /// Whether the target was not reached in time. A further wait goes on from where this one was.
    pub fn is_deadline(&self) -> bool {
        matches!(self.0, Kind::Deadline { .. })
    }

    /// The partitions that were behind at the deadline.
    pub fn lagging(&self) -> &[Lagging] {
        match &self.0 {
            Kind::Deadline { lagging, .. } => lagging,
            _ => &[],
        }
    }

    /// Whether the Kafka client has failed for good. A new reader has a new client, and may work.
    pub fn is_fatal(&self) -> bool {
        matches!(self.0, Kind::Fatal { .. })
    }

    /// Whether a broker refused a request, or sent something that the Kafka client cannot read.
    pub fn is_kafka(&self) -> bool {
        matches!(self.0, Kind::Kafka { .. })
    }

    /// Whether code that was given to the reader has panicked: a handler, an index, a callback, a source or a store.
    pub fn is_panicked(&self) -> bool {
        matches!(self.0, Kind::Panicked { .. })
    }

    /// Whether a [`Source`](crate::source::Source) failed: see [`Error::source_failed`].
    pub fn is_source(&self) -> bool {
        matches!(self.0, Kind::Source { .. })
    }

    /// Whether an undecodable record could not be put aside: the folder or the topic cannot be written.
    pub fn is_quarantine(&self) -> bool {
        matches!(self.0, Kind::Quarantine { .. })
    }

    /// Whether the state could not be saved or loaded.
    pub fn is_store(&self) -> bool {
        matches!(self.0, Kind::Store { .. })
    }

    /// Whether the table was closed.
    pub fn is_ended(&self) -> bool {
        matches!(self.0, Kind::Ended { .. })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn deadline(lagging: &[Lagging]) -> String {
        let (topic, timeout) = ("my-topic".to_owned(), Duration::from_secs(5));
        Error::from(Kind::Deadline { topic, lagging: lagging.to_vec(), timeout }).to_string()
    }

    #[test]
    fn a_deadline_behind_an_open_transaction_does_not_blame_the_broker() {
        let text = deadline(&[Lagging { partition: 0, position: 10, target: 1_010, unstable: 1_000 }]);
        let expected = "my-topic: not caught up after 5s: partition 0 is at 10, and 1,000 offsets up to 1,010 are \
                        behind an open transaction";
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains("slow or away"), "{text}");
    }

    #[test]
    fn a_deadline_without_an_open_transaction_names_position_and_target_of_each_partition() {
        let behind = |partition| Lagging { partition, position: 5, target: 1_234_567, unstable: 0 };
        let text = deadline(&[behind(0), behind(3)]);
        assert!(
            text.contains("partition 0 is at 5, expected to reach 1,234,567; partition 3 is at 5"),
            "{text}"
        );
        assert!(text.ends_with("; the broker is slow or away"), "{text}");
        assert!(!text.contains("transaction"), "{text}");
    }

    #[test]
    fn a_panic_is_told_with_its_text() {
        for payload in [Box::new("no row") as Box<dyn Any + Send>, Box::new("no row".to_owned())] {
            let error = Error::panicked("my-topic", "the handler", payload);
            assert!(error.is_panicked());
            assert_eq!(error.to_string(), "my-topic: the handler panicked: no row");
        }
        let error = Error::panicked("my-topic", "the handler", Box::new(7));
        assert!(error.to_string().ends_with("with a value that is no text"));
    }

    #[test]
    fn the_source_of_an_error_is_its_cause_with_its_type() {
        let cause = KafkaError::MessageConsumptionFatal(rdkafka::error::RDKafkaErrorCode::FencedInstanceId);
        let error =
            Error::from(Kind::Fatal { topic: "t".to_owned(), cause: Box::new(cause), reason: String::new() });
        assert!(error.is_fatal());
        assert!(error.source().unwrap().is::<KafkaError>());
        let error = Error::store_failed("t", std::io::Error::other("full"));
        assert!(error.source().unwrap().is::<std::io::Error>());
    }

    #[test]
    fn a_group_that_may_not_be_joined_is_forbidden_and_named() {
        let error = Error::from(Kind::ForbiddenGroup { topic: "t".to_owned(), group: "my-group".to_owned() });
        assert!(error.is_forbidden());
        assert!(error.to_string().contains("the group my-group may not be joined"));
    }
}
