//! Changes that are not published, and what is done about them.

use sqlx::{AnyConnection, Row};

use super::numbering::lock;
use super::records;
use crate::store::{Store, StoreError, Transaction};

/// A change that is not published.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parked {
    /// The change.
    pub change: i64,
    /// When it was parked (RFC 3339).
    pub parked_at: String,
    /// Why. Quotes no payload value.
    pub reason: String,
    /// The change that it waits behind; `None` when it breaks its contract itself.
    pub waits_for: Option<i64>,
    /// Its records.
    pub records: Vec<ParkedRecord>,
}

/// A record of a parked change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct ParkedRecord {
    /// The topic.
    pub topic: String,
    /// Record key.
    pub key: String,
}

/// Why nothing was done about a parked change.
#[derive(Debug, thiserror::Error)]
pub enum ParkedError {
    /// There is none with this number.
    #[error("change {0} is not parked")]
    NotParked(i64),
    /// It is only there because of another one.
    #[error("change {change} waits behind change {behind}; retry or discard that one")]
    Waits {
        /// The change.
        change: i64,
        /// The one that it waits behind.
        behind: i64,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ParkedError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Number of parked changes.
    ///
    /// # Errors
    /// What the database says.
    pub async fn parked_len(&self) -> Result<usize, StoreError> {
        let changes: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM parked").fetch_one(&self.pool).await?;
        Ok(usize::try_from(changes).unwrap_or(0))
    }

    /// The parked changes, in the order in which they would be published.
    ///
    /// # Errors
    /// What the database says.
    pub async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        let parked: Vec<(i64, String, String, Option<i64>, String)> = sqlx::query_as(
            "SELECT p.change_id, p.parked_at, p.reason, p.waits_for, o.records FROM parked p \
             JOIN outbox o ON o.change_id = p.change_id ORDER BY p.change_id",
        )
        .fetch_all(&self.pool)
        .await?;
        let parked = parked.into_iter().map(|(change, parked_at, reason, waits_for, records)| {
            // Of records that cannot be read, which is the reason then, there is nothing to tell.
            let rows = records::read(&records, change, None).unwrap_or_default();
            let records =
                rows.into_iter().map(|row| ParkedRecord { topic: row.topic, key: row.key }).collect();
            Parked { change, parked_at, reason, waits_for, records }
        });
        Ok(parked.collect())
    }

    /// Gives a change that broke its contract back to the relay, which judges it anew, before those that wait behind it.
    ///
    /// # Errors
    /// A change that is not parked, or waits behind another; what the database says.
    pub async fn retry_parked(&self, change: i64) -> Result<(), ParkedError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        if let Some(behind) = waits_for(&mut tx, change).await? {
            return Err(ParkedError::Waits { change, behind });
        }
        release(tx.connection(), change).await?;
        Ok(tx.commit().await?)
    }

    /// Throws a parked change away: its records are never published. Those that wait behind it go on.
    ///
    /// # Errors
    /// A change that is not parked; what the database says.
    pub async fn discard_parked(&self, change: i64) -> Result<(), ParkedError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        waits_for(&mut tx, change).await?;
        release(tx.connection(), change).await?;
        for statement in
            ["DELETE FROM outbox WHERE change_id = $1", "DELETE FROM outbox_change WHERE id = $1"]
        {
            sqlx::query(statement).bind(change).execute(tx.connection()).await?;
        }
        Ok(tx.commit().await?)
    }
}

async fn waits_for(tx: &mut Transaction, change: i64) -> Result<Option<i64>, ParkedError> {
    let row = sqlx::query("SELECT waits_for FROM parked WHERE change_id = $1")
        .bind(change)
        .fetch_optional(tx.connection())
        .await?;
    Ok(row.ok_or(ParkedError::NotParked(change))?.try_get(0)?)
}

/// Takes a change out of the parking, and all that wait: those that still have to are parked again when they are
/// numbered.
async fn release(connection: &mut AnyConnection, change: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM parked WHERE change_id = $1 OR waits_for IS NOT NULL")
        .bind(change)
        .execute(connection)
        .await?;
    Ok(())
}
