//! The outbox: written in the transaction of a change, emptied by the relay.

mod backlog;
mod numbering;
mod parked;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Transaction};
use crate::publish::OutgoingRecord;

pub use backlog::Backlog;
pub use numbering::{Batch, Judge, Limits};
pub use parked::{Parked, ParkedError, ParkedRecord};

/// A record in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct OutboxRow {
    /// Place in the order of writing.
    pub id: i64,
    /// The change that it belongs to: all that one database transaction wrote.
    pub change: i64,
    /// The topic.
    pub topic: String,
    /// Record key.
    pub key: String,
    /// Record value; `None` is a tombstone.
    pub value: Option<String>,
    /// The W3C traceparent of the request that made the change, if a request did.
    pub traceparent: Option<String>,
}

impl OutboxRow {
    /// From the columns `id, change_id, topic, record_key, record_value, traceparent`.
    fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            change: row.try_get(1)?,
            topic: row.try_get(2)?,
            key: row.try_get(3)?,
            value: row.try_get(4)?,
            traceparent: row.try_get(5)?,
        })
    }
}

impl Transaction {
    /// Adds records to the outbox, in this order. Everything that one transaction adds is one change: readers see all
    /// of it or nothing.
    ///
    /// # Errors
    /// What the database says.
    pub async fn enqueue(&mut self, records: &[OutgoingRecord]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let change = self.change().await?;
        let size = |record: &OutgoingRecord| record.key.len() + record.value.as_ref().map_or(0, String::len);
        let rows: Vec<_> =
            records.iter().map(|it| (it.topic, it.key.as_str(), it.value.as_deref())).collect();
        let rows = serde_json::to_string(&rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query(self.dialect().add_records()).bind(change).bind(rows).execute(self.connection()).await?;
        sqlx::query(
            "UPDATE outbox_change SET last_row = (SELECT MAX(id) FROM outbox WHERE change_id = $1), \
             row_count = row_count + $2, byte_count = byte_count + $3 WHERE id = $1",
        )
        .bind(change)
        .bind(count(records.len()))
        .bind(count(records.iter().map(size).sum()))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The change that this transaction is.
    async fn change(&mut self) -> Result<i64, StoreError> {
        if let Some(change) = self.change {
            return Ok(change);
        }
        let change = sqlx::query_scalar(
            "INSERT INTO outbox_change (last_row, row_count, byte_count, created_at, traceparent) \
             VALUES (0, 0, 0, $1, $2) RETURNING id",
        )
        .bind(jiff::Timestamp::now().as_microsecond())
        .bind(self.traceparent.as_deref().map(str::to_owned))
        .fetch_one(self.connection())
        .await?;
        Ok(*self.change.insert(change))
    }
}

impl Store {
    /// Number of records that wait to be published, parked ones among them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn outbox_len(&self) -> Result<usize, StoreError> {
        let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox").fetch_one(&self.pool).await?;
        Ok(usize::try_from(rows).unwrap_or(0))
    }

    /// The first `limit` records that wait, in the order in which they were written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT o.id, o.change_id, o.topic, o.record_key, o.record_value, c.traceparent FROM outbox o \
             JOIN outbox_change c ON c.id = o.change_id ORDER BY o.id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(OutboxRow::read).collect::<Result<_, _>>()?)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
