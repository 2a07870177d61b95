//! The order of publication.
//!
//! An id says when a row was written, not when it was committed: on a database with several writers a lower id may
//! appear after a higher one was read. So the relay numbers the changes itself, when it sees them committed. A number,
//! once given, is never taken back after a record was sent, and the highest one that was sent is the relay's position.
//! What is numbered is judged before it is sent: see [`super::judging`].
//!
//! Everything here that gives numbers, parks or takes out of the parking locks the row of the table `relay` first, so
//! that each sees what the one before it did, whatever the isolation of the database.

use sqlx::AnyConnection;

use super::OutboxRow;
use super::judging::{Judge, Taken, park, something_is_parked};
use super::records::Text;
use crate::store::{Store, StoreError, Transaction};

/// Where a batch ends: with the change that reaches one of these. A larger change is a batch of its own. What had a position
/// already when a relay began, of at most three batches, is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Records.
    pub rows: u32,
    /// Bytes of keys and values.
    pub bytes: u32,
}

impl Default for Limits {
    /// 2,000 records or 4 MiB.
    fn default() -> Self {
        Self { rows: 2_000, bytes: 4 << 20 }
    }
}

/// Whole changes, in the order of publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The records.
    pub rows: Vec<OutboxRow>,
    /// The position of the last change.
    pub position: i64,
}

/// The right to number the changes and to take them out of the outbox: that of the last one who has claimed it.
#[derive(Debug, Clone)]
pub struct Claim {
    pub(super) store: Store,
    epoch: i64,
}

impl Store {
    /// Who this database is, told apart from every other: a UUID that is made when it is first asked for.
    ///
    /// # Errors
    /// What the database says.
    pub async fn identity(&self) -> Result<String, StoreError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        let identity = sqlx::query_scalar("SELECT identity FROM relay").fetch_one(tx.connection()).await?;
        tx.commit().await?;
        Ok(identity)
    }

    /// Makes this database another one for every relay that begins after this: nothing counts as published by it. Only
    /// for when none is running. Positions go on as they were, so that nothing that waits is taken for published.
    ///
    /// # Errors
    /// What the database says.
    pub async fn reset_position(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        sqlx::query("UPDATE relay SET identity = $1, forgotten = 0")
            .bind(uuid::Uuid::new_v4().to_string())
            .execute(tx.connection())
            .await?;
        tx.commit().await
    }

    /// The last position that was given to a change.
    ///
    /// # Errors
    /// What the database says.
    pub async fn last_position(&self) -> Result<i64, StoreError> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT position FROM relay").fetch_optional(&self.pool).await?;
        Ok(last.unwrap_or(0))
    }

    /// Up to here the changes are published and forgotten: this database cannot publish them once more.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forgotten_position(&self) -> Result<i64, StoreError> {
        let forgotten: Option<i64> =
            sqlx::query_scalar("SELECT forgotten FROM relay").fetch_optional(&self.pool).await?;
        Ok(forgotten.unwrap_or(0))
    }

    /// Claims the numbering. From here on, no earlier claim does anything.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim(&self) -> Result<Claim, StoreError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        let epoch = sqlx::query_scalar("UPDATE relay SET epoch = epoch + 1 RETURNING epoch")
            .fetch_one(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(Claim { store: self.clone(), epoch })
    }

    /// Asked often: it only reads.
    async fn something_waits(&self, after: i64) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM outbox_change WHERE position > $1 LIMIT 1) AS numbered) \
             + (SELECT COUNT(*) FROM (SELECT 1 FROM outbox_change WHERE position IS NULL \
             AND id NOT IN (SELECT change_id FROM parked) LIMIT 1) AS unnumbered)",
        )
        .bind(after)
        .fetch_one(&self.pool)
        .await?;
        Ok(found > 0)
    }
}

impl Claim {
    /// The changes after a position: those that have one already, else the next ones, which are given one. A change with a
    /// record that may not be sent is parked instead, and so are the later ones with a key of it. Forgets the changes up
    /// to and with `published`. None when nothing waits.
    ///
    /// # Errors
    /// A later claim; what the database says.
    pub async fn next_batch(
        &self,
        after: i64,
        published: i64,
        limits: Limits,
        judge: Judge,
    ) -> Result<Option<Batch>, StoreError> {
        while let Some(taken) = self.take(after, published, limits, judge).await? {
            match taken.judge(judge).await? {
                Some(batch) => return Ok(Some(batch)),
                None => self.park(after, judge).await?,
            }
        }
        Ok(None)
    }

    /// The first half of [`Claim::next_batch`]: what it is about. Nobody has judged it yet, unless something is parked.
    ///
    /// # Errors
    /// A later claim; what the database says.
    pub(crate) async fn take(
        &self,
        after: i64,
        published: i64,
        limits: Limits,
        judge: Judge,
    ) -> Result<Option<Taken>, StoreError> {
        if !self.store.something_waits(after).await? {
            return Ok(None);
        }
        let mut tx = self.store.begin().await?;
        let mut last = self.lock(&mut tx).await?;
        forget(tx.connection(), published).await?;
        let dialect = tx.dialect();
        let text = loop {
            let mut text = Text::after(tx.connection(), dialect, after).await?;
            if text.is_empty() {
                let count = number(tx.connection(), last, limits).await?;
                text = Text::after(tx.connection(), dialect, last).await?;
                last += count;
                sqlx::query("UPDATE relay SET position = $1").bind(last).execute(tx.connection()).await?;
            }
            let waiting = !text.is_empty() && something_is_parked(&mut tx).await?;
            if !(waiting && park(&mut tx, after, judge).await?) {
                break text;
            }
        };
        tx.commit().await?;
        Ok((!text.is_empty()).then_some(Taken { text, last }))
    }

    /// Forgets the changes up to and with `position`, which are published.
    ///
    /// # Errors
    /// A later claim; what the database says.
    pub async fn remove_published(&self, position: i64) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        self.lock(&mut tx).await?;
        forget(tx.connection(), position).await?;
        tx.commit().await
    }

    /// Like [`lock()`], as long as nobody else has claimed since. Gives the last position.
    pub(super) async fn lock(&self, tx: &mut Transaction) -> Result<i64, StoreError> {
        let (last, epoch) = lock(tx).await?;
        if epoch == self.epoch { Ok(last) } else { Err(StoreError::Overtaken) }
    }
}

/// Only one at a time numbers, parks or takes out of the parking. Gives the last position, and the epoch of the last claim.
/// The first one makes the row.
pub(super) async fn lock(tx: &mut Transaction) -> Result<(i64, i64), StoreError> {
    let last_and_epoch = sqlx::query_as(
        "INSERT INTO relay (only_row, identity, position) VALUES (1, $1, 0) \
         ON CONFLICT (only_row) DO UPDATE SET position = relay.position RETURNING position, epoch",
    )
    .bind(uuid::Uuid::new_v4().to_string())
    .fetch_one(tx.connection())
    .await?;
    Ok(last_and_epoch)
}

async fn forget(connection: &mut AnyConnection, published: i64) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM outbox WHERE change_id IN (SELECT id FROM outbox_change WHERE position <= $1)",
        "DELETE FROM outbox_change WHERE position <= $1",
        "UPDATE relay SET forgotten = $1 WHERE forgotten < $1",
    ] {
        sqlx::query(statement).bind(published).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Gives the next positions to the changes that have none and are not parked. Returns how many there were.
async fn number(connection: &mut AnyConnection, last: i64, limits: Limits) -> Result<i64, StoreError> {
    let done = sqlx::query(
        "UPDATE outbox_change SET position = numbered.position FROM ( \
            SELECT id, CAST($1 AS BIGINT) + ROW_NUMBER() OVER (ORDER BY id) AS position, \
            SUM(row_count) OVER (ORDER BY id) - row_count AS rows_before, \
            SUM(byte_count) OVER (ORDER BY id) - byte_count AS bytes_before \
            FROM (SELECT id, row_count, byte_count FROM outbox_change \
                WHERE position IS NULL AND id NOT IN (SELECT change_id FROM parked) \
                ORDER BY id LIMIT CAST($2 AS BIGINT)) AS candidates \
        ) AS numbered WHERE numbered.id = outbox_change.id \
        AND numbered.rows_before < CAST($2 AS BIGINT) AND numbered.bytes_before < CAST($3 AS BIGINT)",
    )
    .bind(last)
    .bind(i64::from(limits.rows))
    .bind(i64::from(limits.bytes))
    .execute(connection)
    .await?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}
