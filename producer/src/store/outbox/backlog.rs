//! How much waits to be published, and for how long.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::store::{Store, StoreError};

/// What waits to be published; parked changes do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Records.
    pub rows: u64,
    /// When the oldest change was made. `None` if nothing waits.
    pub oldest: Option<Timestamp>,
}

impl Store {
    /// What waits to be published, given that everything up to this position is.
    ///
    /// # Errors
    /// What the database says.
    pub async fn backlog(&self, published: i64) -> Result<Backlog, StoreError> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(row_count), 0) AS BIGINT), MIN(created_at) FROM outbox_change \
             WHERE (position IS NULL OR position > $1) AND id NOT IN (SELECT change_id FROM parked)",
        )
        .bind(published)
        .fetch_one(&self.pool)
        .await?;
        let rows: i64 = row.try_get(0)?;
        let oldest: Option<i64> = row.try_get(1)?;
        Ok(Backlog {
            rows: u64::try_from(rows).unwrap_or(0),
            oldest: oldest.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        })
    }
}
