//! Errors of a test's use of a log in memory.

use std::fmt;

use tiltak_schema::topic::EncodeError;

use crate::error::Error;

/// Why a log in memory refuses what a test asks of it: a partition that does not exist, a transaction that has ended, or
/// a value that JSON cannot write.
///
/// ```
/// use tiltak_consumer_kit::MemoryLog;
///
/// let error = MemoryLog::new("my-topic", 2).append(7, b"key", None).unwrap_err();
/// assert!(error.is_unknown_partition());
/// assert_eq!(error.to_string(), "my-topic: there is no partition 7, the number of partitions is 2");
/// ```
#[derive(Debug)]
pub struct LogError {
    topic: Option<String>,
    kind: LogErrorKind,
}

#[derive(Debug)]
enum LogErrorKind {
    UnknownPartition { partition: i32, partitions: usize },
    TransactionEnded,
    Encode(EncodeError),
}

impl LogError {
    pub(super) fn unknown_partition(partition: i32, partitions: usize) -> Self {
        Self { topic: None, kind: LogErrorKind::UnknownPartition { partition, partitions } }
    }

    pub(super) fn transaction_ended() -> Self {
        Self { topic: None, kind: LogErrorKind::TransactionEnded }
    }

    /// The same error, with the topic that it is about.
    pub(super) fn of(self, topic: &str) -> Self {
        Self { topic: Some(topic.to_owned()), ..self }
    }

    /// The topic has no such partition.
    pub fn is_unknown_partition(&self) -> bool {
        matches!(self.kind, LogErrorKind::UnknownPartition { .. })
    }

    /// The transaction was committed or aborted before.
    pub fn is_transaction_ended(&self) -> bool {
        matches!(self.kind, LogErrorKind::TransactionEnded)
    }

    /// JSON cannot write the value: infinity or not-a-number in an `f64`.
    pub fn is_unencodable(&self) -> bool {
        matches!(self.kind, LogErrorKind::Encode(_))
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(topic) = &self.topic {
            write!(f, "{topic}: ")?;
        }
        match &self.kind {
            LogErrorKind::UnknownPartition { partition, partitions } => {
                write!(f, "there is no partition {partition}, the number of partitions is {partitions}")
            }
            LogErrorKind::TransactionEnded => f.write_str("the transaction has ended"),
            LogErrorKind::Encode(cause) => cause.fmt(f),
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            LogErrorKind::Encode(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<EncodeError> for LogError {
    fn from(cause: EncodeError) -> Self {
        // The cause names the topic.
        Self { topic: None, kind: LogErrorKind::Encode(cause) }
    }
}

/// For tests that return the kit's own error.
impl From<LogError> for Error {
    fn from(error: LogError) -> Self {
        let LogError { topic, kind } = error;
        Self::source_failed(
            topic.unwrap_or_else(|| "log in memory".to_owned()),
            LogError { topic: None, kind }.to_string(),
        )
    }
}
