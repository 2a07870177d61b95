//! Errors of the outbox.

use crate::Condition;

/// Why an operation on the outbox failed. Nothing was written, unless the connection was lost during a commit: then
/// the outcome is unknown. [`OutboxError::condition`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// An error of the database; see [`Condition`].
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// Another relay of this database has acquired the lease since.
    #[error("another relay of this database has begun since; nothing was written by this one")]
    Fenced,
    /// No change with this id is parked.
    #[error("change {0} is not parked")]
    NotParked(i64),
    /// The change is parked only because it shares a key with another parked change. Retry or discard that one.
    #[error("change {change} waits behind change {behind}; retry or discard that one")]
    Waits {
        /// The change.
        change: i64,
        /// The change that it waits behind.
        behind: i64,
    },
    /// A table has content that this crate does not write.
    #[error("the table {table}: {what}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl OutboxError {
    /// The condition of the database's error; `None` if the error does not come from the database.
    pub fn condition(&self) -> Option<Condition> {
        match self {
            Self::Database(error) => Some(Condition::of(error)),
            _ => None,
        }
    }
}

impl From<serde_json::Error> for OutboxError {
    fn from(error: serde_json::Error) -> Self {
        Self::Database(sqlx::Error::Encode(error.into()))
    }
}
