//! The outbox: written in the transaction of a change, emptied by the relay.

mod backlog;
mod judging;
mod numbering;
mod parked;
mod records;

use std::sync::Arc;

use super::{Store, StoreError, Transaction};
use crate::publish::OutgoingRecord;

pub use backlog::Backlog;
pub use judging::Judge;
pub(crate) use judging::Taken;
pub use numbering::{Batch, Claim, Limits};
pub use parked::{Parked, ParkedError, ParkedRecord};

/// A record in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The change that it belongs to: all that one database transaction wrote. Of one key, they go up in the order of the
    /// commits.
    pub change: i64,
    /// The topic.
    pub topic: String,
    /// Record key.
    pub key: String,
    /// Record value; `None` is a tombstone.
    pub value: Option<String>,
    /// The W3C traceparent of the request that made the change, if a request did.
    pub traceparent: Option<Arc<str>>,
}

impl OutboxRow {
    /// The records of a change, as they stand in its row of the table `outbox`.
    ///
    /// # Errors
    /// Text that is not such a row's. The message quotes nothing of it.
    pub fn read_all(records: &str, change: i64) -> Result<Vec<Self>, String> {
        records::read(records, change, None)
    }
}

impl Transaction {
    /// Adds records to the outbox when the transaction is committed, in this order. Everything that one transaction adds
    /// is one change: readers see all of it or nothing.
    pub fn enqueue(&mut self, records: impl IntoIterator<Item = OutgoingRecord>) {
        self.records.extend(records);
    }

    /// Writes the change, if it is one. The last thing that a transaction does, so that the ids of the changes of an
    /// entity, which is locked, are in the order of the commits.
    pub(super) async fn write_change(&mut self) -> Result<(), StoreError> {
        let records = std::mem::take(&mut self.records);
        if records.is_empty() {
            return Ok(());
        }
        let text = records::write(&records).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let change: i64 = sqlx::query_scalar(
            "INSERT INTO outbox_change (row_count, byte_count, created_at, traceparent) \
             VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .bind(count(records.len()))
        .bind(count(records::size(&records)))
        .bind(jiff::Timestamp::now().as_microsecond())
        .bind(self.traceparent.as_deref().map(str::to_owned))
        .fetch_one(self.connection())
        .await?;
        sqlx::query("INSERT INTO outbox (change_id, records) VALUES ($1, $2)")
            .bind(change)
            .bind(text)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Number of records that wait to be published, parked ones among them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn outbox_len(&self) -> Result<usize, StoreError> {
        let rows: i64 =
            sqlx::query_scalar("SELECT CAST(COALESCE(SUM(row_count), 0) AS BIGINT) FROM outbox_change")
                .fetch_one(&self.pool)
                .await?;
        Ok(usize::try_from(rows).unwrap_or(0))
    }

    /// The records of the first `changes` changes that wait, in the order in which they were written.
    ///
    /// # Errors
    /// What the database says; a change whose records cannot be read.
    pub async fn outbox(&self, changes: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let changes: Vec<(i64, Option<String>, String)> = sqlx::query_as(
            "SELECT c.id, c.traceparent, o.records FROM outbox_change c JOIN outbox o ON o.change_id = c.id \
             ORDER BY c.id LIMIT $1",
        )
        .bind(i64::from(changes))
        .fetch_all(&self.pool)
        .await?;
        let mut rows = Vec::new();
        for (id, traceparent, records) in changes {
            let unreadable = |why: String| sqlx::Error::Decode(format!("change {id}: {why}").into());
            rows.extend(records::read(&records, id, traceparent.as_deref()).map_err(unreadable)?);
        }
        Ok(rows)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
