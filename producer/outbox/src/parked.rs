//! Parked changes: those that are not published until an operator retries or discards them.

use jiff::Timestamp;
use sqlx::{Any, AnyConnection, Transaction};

use crate::error::OutboxError;
use crate::outbox::Outbox;
use crate::record::OutboxRecord;
use crate::relay_row::lock;
use crate::validation::BlockedKeys;

/// A change that is not published until an operator retries or discards it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedChange {
    /// The id of the change.
    pub change: i64,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// Why the change was parked. The text quotes no payload value.
    pub reason: String,
    /// The parked change that this one waits for, because they share a key; `None` if the change was parked for its
    /// own records.
    pub waits_for: Option<i64>,
    /// Topic and key of each of its records.
    pub records: Vec<(String, String)>,
}

impl Outbox {
    /// Number of parked changes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn parked_len(&self) -> Result<usize, OutboxError> {
        let changes: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE parking = 'parked'")
            .fetch_one(&self.pool)
            .await?;
        Ok(usize::try_from(changes).unwrap_or(0))
    }

    /// The parked changes, in the order in which they would be published.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn parked(&self) -> Result<Vec<ParkedChange>, OutboxError> {
        let parked: Vec<(i64, i64, String, Option<i64>, String)> = sqlx::query_as(
            "SELECT id, COALESCE(parked_at, 0), COALESCE(reason, ''), waits_for, records FROM outbox \
             WHERE parking = 'parked' ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        let parked = parked.into_iter().map(|(change, parked_at, reason, waits_for, records)| {
            // Of records that cannot be read, which is the reason then, there is nothing to tell.
            let records = OutboxRecord::decode_all(&records, change).unwrap_or_default();
            let records = records.into_iter().map(|record| (record.topic, record.key)).collect();
            let parked_at = Timestamp::from_microsecond(parked_at).unwrap_or_default();
            ParkedChange { change, parked_at, reason, waits_for, records }
        });
        Ok(parked.collect())
    }

    /// Retries a change that was parked for its own records: the relay validates it again. Changes that wait for it
    /// follow.
    ///
    /// # Errors
    /// [`OutboxError::NotParked`], [`OutboxError::Waits`]; those of the database.
    pub async fn retry_parked(&self, change: i64) -> Result<(), OutboxError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        if let Some(behind) = waits_for(&mut tx, change).await? {
            return Err(OutboxError::Waits { change, behind });
        }
        release(&mut tx, change).await?;
        tx.commit().await?;
        self.wake();
        Ok(())
    }

    /// Discards a parked change: its records are never published. Changes that wait for it go on.
    ///
    /// # Errors
    /// [`OutboxError::NotParked`]; those of the database.
    pub async fn discard_parked(&self, change: i64) -> Result<(), OutboxError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        waits_for(&mut tx, change).await?;
        release(&mut tx, change).await?;
        sqlx::query("DELETE FROM outbox WHERE id = $1").bind(change).execute(&mut *tx).await?;
        tx.commit().await?;
        self.wake();
        Ok(())
    }
}

/// The keys of all parked changes.
pub(crate) async fn blocked_keys(connection: &mut AnyConnection) -> Result<BlockedKeys, OutboxError> {
    let parked: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT id, COALESCE(waits_for, id), records FROM outbox WHERE parking = 'parked' ORDER BY id",
    )
    .fetch_all(connection)
    .await?;
    let mut blocked = BlockedKeys::default();
    for (change, first, records) in parked {
        blocked.block(change, first, &OutboxRecord::decode_all(&records, change).unwrap_or_default());
    }
    Ok(blocked)
}

async fn waits_for(tx: &mut Transaction<'static, Any>, change: i64) -> Result<Option<i64>, OutboxError> {
    let row: Option<(Option<i64>,)> =
        sqlx::query_as("SELECT waits_for FROM outbox WHERE id = $1 AND parking = 'parked'")
            .bind(change)
            .fetch_optional(&mut **tx)
            .await?;
    row.map(|(waits_for,)| waits_for).ok_or(OutboxError::NotParked(change))
}

/// Releases a change, and all that wait: those that still have to are parked again when they are validated.
async fn release(tx: &mut Transaction<'static, Any>, change: i64) -> Result<(), OutboxError> {
    sqlx::query(
        "UPDATE outbox SET parking = 'released', waits_for = NULL \
         WHERE parking = 'parked' AND (id = $1 OR waits_for IS NOT NULL)",
    )
    .bind(change)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
