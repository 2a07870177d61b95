//! The order of publication.
//!
//! An id says when a row was written, not when it was committed: on a database with several writers a lower id may
//! appear after a higher one was read. So the relay numbers the changes itself, when it sees them committed. A number,
//! once given, is never taken back after a record was sent, and the highest one that was sent is the relay's position.
//!
//! Everything here that gives numbers, parks or takes out of the parking locks the row of the table `relay` first, so
//! that each sees what the one before it did, whatever the isolation of the database.

use std::collections::HashMap;

use sqlx::AnyConnection;

use super::OutboxRow;
use super::records::{self, Change, Text};
use crate::store::{Store, StoreError, Transaction};

/// Says why a record must not be sent, without quoting its value.
pub type Judge = fn(&OutboxRow) -> Result<(), String>;

/// Where a batch ends: with the change that reaches one of these. A larger change is a batch of its own.
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

/// What becomes of a change.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It breaks its contract.
    Broken(String),
    /// It has a key of a parked change.
    Behind(i64),
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

    /// The changes after a position, which are given one when they have none yet. Each record is judged before its
    /// change is numbered: a change with a record that may not be sent is parked, and so are the later ones with a key
    /// of it. Forgets the changes up to and with `published`. None when nothing waits.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next_batch(
        &self,
        after: i64,
        published: i64,
        limits: Limits,
        judge: Judge,
    ) -> Result<Option<Batch>, StoreError> {
        if !self.something_waits(after).await? {
            return Ok(None);
        }
        let mut tx = self.begin().await?;
        let mut last = lock(&mut tx).await?;
        forget(tx.connection(), published).await?;
        let mut batch = numbered(&mut tx, after).await?;
        while batch.is_none() {
            let count = number(tx.connection(), last, limits).await?;
            if count == 0 {
                break;
            }
            let dialect = tx.dialect();
            let text = Text::after(tx.connection(), dialect, last).await?;
            batch = park(&mut tx, text, judge).await?;
            last += count;
            sqlx::query("UPDATE relay SET position = $1").bind(last).execute(tx.connection()).await?;
        }
        tx.commit().await?;
        Ok(batch)
    }

    /// Forgets the changes up to and with `position`, which are published.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_published(&self, position: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        forget(tx.connection(), position).await?;
        tx.commit().await
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

/// Only one at a time numbers, parks or takes out of the parking. Gives the last position. The first one makes the row.
pub(super) async fn lock(tx: &mut Transaction) -> Result<i64, StoreError> {
    let last = sqlx::query_scalar(
        "INSERT INTO relay (only_row, identity, position) VALUES (1, $1, 0) \
         ON CONFLICT (only_row) DO UPDATE SET position = relay.position RETURNING position",
    )
    .bind(uuid::Uuid::new_v4().to_string())
    .fetch_one(tx.connection())
    .await?;
    Ok(last)
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

/// What has a position already: it was judged when it was given one.
async fn numbered(tx: &mut Transaction, after: i64) -> Result<Option<Batch>, StoreError> {
    let dialect = tx.dialect();
    let changes = Text::after(tx.connection(), dialect, after).await?.parse()?;
    let Some(position) = changes.last().map(|change| change.position) else { return Ok(None) };
    let rows = changes.into_iter().map(|change| change.rows).collect::<Result<Vec<_>, _>>();
    let rows = rows.map_err(|why| sqlx::Error::Decode(why.into()))?.concat();
    Ok(Some(Batch { rows, position }))
}

/// Parks the changes that may not be sent, and gives the others.
async fn park(tx: &mut Transaction, text: Text, judge: Judge) -> Result<Option<Batch>, StoreError> {
    let mut blocked = blocked_keys(tx.connection()).await?;
    let judged = tokio::task::spawn_blocking(move || -> Result<_, StoreError> {
        let changes = text.parse()?;
        let verdicts = verdicts(&changes, &mut blocked, judge);
        let mut batch = Batch { rows: Vec::new(), position: 0 };
        for change in changes {
            if let Ok(rows) = change.rows
                && !verdicts.contains_key(&change.id)
            {
                batch.rows.extend(rows);
                batch.position = change.position;
            }
        }
        Ok((batch, verdicts))
    });
    let (batch, verdicts) = judged.await.map_err(|error| sqlx::Error::Io(error.into()))??;
    let now = jiff::Timestamp::now().to_string();
    for (change, verdict) in &verdicts {
        let (reason, waits_for) = match verdict {
            Verdict::Broken(reason) => (reason.clone(), None),
            Verdict::Behind(first) => (format!("has a key of change {first}, which is parked"), Some(*first)),
        };
        tracing::warn!(change, reason, "parked: not published until it is retried or discarded");
        sqlx::query("UPDATE outbox_change SET position = NULL WHERE id = $1")
            .bind(*change)
            .execute(tx.connection())
            .await?;
        sqlx::query("INSERT INTO parked (change_id, parked_at, reason, waits_for) VALUES ($1, $2, $3, $4)")
            .bind(*change)
            .bind(now.as_str())
            .bind(reason)
            .bind(waits_for)
            .execute(tx.connection())
            .await?;
    }
    Ok((!batch.rows.is_empty()).then_some(batch))
}

/// The keys of parked changes, each with the first change that has it.
async fn blocked_keys(connection: &mut AnyConnection) -> Result<HashMap<String, i64>, StoreError> {
    let parked: Vec<(i64, String)> = sqlx::query_as(
        "SELECT COALESCE(p.waits_for, p.change_id), o.records FROM parked p \
         JOIN outbox o ON o.change_id = p.change_id ORDER BY 1",
    )
    .fetch_all(connection)
    .await?;
    let mut blocked = HashMap::new();
    for (first, records) in parked {
        for row in records::read(&records, first, None).unwrap_or_default() {
            blocked.entry(row.key).or_insert(first);
        }
    }
    Ok(blocked)
}

/// What is to be parked of these changes. A change that is parked blocks all of its keys for those after it.
fn verdicts(changes: &[Change], blocked: &mut HashMap<String, i64>, judge: Judge) -> HashMap<i64, Verdict> {
    let mut verdicts = HashMap::new();
    for change in changes {
        let rows = change.rows.as_deref().unwrap_or_default();
        let broken =
            change.rows.as_ref().err().cloned().or_else(|| rows.iter().find_map(|row| judge(row).err()));
        let verdict = match broken {
            Some(reason) => Verdict::Broken(reason),
            None => match rows.iter().find_map(|row| blocked.get(&row.key)) {
                Some(first) => Verdict::Behind(*first),
                None => continue,
            },
        };
        let first = match verdict {
            Verdict::Broken(_) => change.id,
            Verdict::Behind(first) => first,
        };
        for row in rows {
            blocked.entry(row.key.clone()).or_insert(first);
        }
        verdicts.insert(change.id, verdict);
    }
    verdicts
}
