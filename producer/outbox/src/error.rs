//! What may go wrong with the tables.

use crate::Condition;

/// Why the outbox could not do what was asked. Nothing was written, unless the connection was lost during a commit: then it
/// is not known. [`OutboxError::condition`] tells what is to be done.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The database; see [`Condition`].
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// Another relay of this database has begun since.
    #[error("another relay of this database has begun since; nothing was written by this one")]
    Fenced,
    /// No change with this id is parked.
    #[error("change {0} is not parked")]
    NotParked(i64),
    /// The change is parked only because of another one.
    #[error("change {change} waits behind change {behind}; retry or discard that one")]
    Waits {
        /// The change.
        change: i64,
        /// The change that it waits behind.
        behind: i64,
    },
    /// The tables were tampered with.
    #[error("the table {table}: {what}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl OutboxError {
    /// What the database's error means; `None` if the error is not the database's.
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
