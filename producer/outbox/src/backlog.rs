//! The records that wait to be published: how many, and since when.

use jiff::Timestamp;

use crate::error::OutboxError;
use crate::outbox::Outbox;

/// The records that wait to be published, without those of parked changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Number of records that wait.
    pub records: u64,
    /// When the oldest change was appended. `None` if nothing waits.
    pub oldest: Option<Timestamp>,
}

impl Outbox {
    /// Counts the records that wait to be published.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn backlog(&self) -> Result<Backlog, OutboxError> {
        let (records, oldest): (i64, Option<i64>) = sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(record_count), 0) AS BIGINT), MIN(created_at) FROM outbox \
             WHERE parking IS NULL OR parking = 'released'",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Backlog {
            records: u64::try_from(records).unwrap_or(0),
            oldest: oldest.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        })
    }
}
