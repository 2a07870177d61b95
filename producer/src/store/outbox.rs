//! The outbox: written in the transaction of a change, emptied by the relay.

use sqlx::Row;

use super::{Store, StoreError, Transaction};
use crate::publish::OutgoingRecord;

/// A record in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Place in the order of publication.
    pub id: i64,
    /// The topic.
    pub topic: String,
    /// Record key.
    pub key: String,
    /// Record value; `None` is a tombstone.
    pub value: Option<String>,
}

impl Transaction {
    /// Adds records to the outbox, in this order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn enqueue(&mut self, records: &[OutgoingRecord]) -> Result<(), StoreError> {
        for record in records {
            sqlx::query("INSERT INTO outbox (topic, record_key, record_value) VALUES ($1, $2, $3)")
                .bind(record.topic)
                .bind(record.key.as_str())
                .bind(record.value.as_deref())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }
}

impl Store {
    /// Number of records that wait to be published.
    ///
    /// # Errors
    /// What the database says.
    pub async fn outbox_len(&self) -> Result<usize, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox").fetch_one(&self.pool).await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// The first `limit` records that wait, in order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sqlx::query("SELECT id, topic, record_key, record_value FROM outbox ORDER BY id LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(OutboxRow {
                    id: row.try_get(0)?,
                    topic: row.try_get(1)?,
                    key: row.try_get(2)?,
                    value: row.try_get(3)?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(StoreError::from)
    }

    /// Removes the records up to and with `id`, which the broker has acknowledged.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_published(&self, id: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM outbox WHERE id <= $1").bind(id).execute(&self.pool).await?;
        Ok(())
    }
}
