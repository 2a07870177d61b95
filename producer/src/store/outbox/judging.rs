//! What is numbered is judged before it is sent: what breaks its contract is parked.
//!
//! Judging takes longer than numbering, so it is done when the transaction that has numbered is over. What is found then is
//! parked with the numbering locked, and all that is behind it loses its number. What has to wait behind a change that is
//! parked already is parked in the transaction that numbers: once it had a number, the other one could be taken out of the
//! parking, and would come after it.

use std::collections::HashMap;

use sqlx::AnyConnection;
use tokio::task::spawn_blocking;

use super::OutboxRow;
use super::numbering::{Batch, Claim};
use super::records::{self, Change, Text};
use crate::store::{StoreError, Transaction};

/// Says why a record must not be sent, without quoting its value.
pub type Judge = fn(&OutboxRow) -> Result<(), String>;

/// Changes that have a position, as they were read.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(super) text: Text,
    /// The last position that was given: none of these has a higher one, and none that comes later a lower one.
    pub(crate) last: i64,
}

/// The keys of parked changes, each with the first parked change that has it, and the one that this waits for or is. Changes
/// before that one are free to go.
type BlockedKeys = HashMap<String, (i64, i64)>;

/// What becomes of a change.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It breaks its contract.
    Broken(String),
    /// It has a key of a parked change.
    Behind(i64),
}

impl Taken {
    /// The changes, if all may be sent; else see [`Claim::park`].
    pub(crate) async fn judge(self, judge: Judge) -> Result<Option<Batch>, StoreError> {
        let judged = spawn_blocking(move || -> Result<_, StoreError> {
            let changes = self.text.parse()?;
            if !verdicts(&changes, &mut BlockedKeys::new(), judge).is_empty() {
                return Ok(None);
            }
            let position = changes.last().map_or(0, |change| change.position);
            let rows = changes.into_iter().flat_map(|change| change.rows.unwrap_or_default()).collect();
            Ok(Some(Batch { rows, position }))
        });
        judged.await.map_err(|error| sqlx::Error::Io(error.into()))?
    }
}

impl Claim {
    /// Takes the position away from everything after this one, which must not have been sent, and parks what may not be.
    /// The others are numbered anew, in the order of their ids.
    ///
    /// # Errors
    /// A later claim; what the database says.
    pub(crate) async fn park(&self, after: i64, judge: Judge) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        self.lock(&mut tx).await?;
        park(&mut tx, after, judge).await?;
        tx.commit().await
    }
}

/// Whether a change is parked, which others may have to wait behind.
pub(super) async fn something_is_parked(tx: &mut Transaction) -> Result<bool, StoreError> {
    let parked = sqlx::query("SELECT 1 FROM parked LIMIT 1").fetch_optional(tx.connection()).await?;
    Ok(parked.is_some())
}

/// Parks what has a position after this one and may not be sent; then what is behind it loses its position. Says whether
/// there was any.
pub(super) async fn park(tx: &mut Transaction, after: i64, judge: Judge) -> Result<bool, StoreError> {
    let dialect = tx.dialect();
    let text = Text::after(tx.connection(), dialect, after).await?;
    let mut blocked = blocked_keys(tx.connection()).await?;
    let judged = spawn_blocking(move || -> Result<_, StoreError> {
        Ok(verdicts(&text.parse()?, &mut blocked, judge))
    });
    let verdicts = judged.await.map_err(|error| sqlx::Error::Io(error.into()))??;
    if verdicts.is_empty() {
        return Ok(false);
    }
    sqlx::query("UPDATE outbox_change SET position = NULL WHERE position > $1")
        .bind(after)
        .execute(tx.connection())
        .await?;
    let now = jiff::Timestamp::now().to_string();
    for (change, verdict) in &verdicts {
        let (reason, waits_for) = match verdict {
            Verdict::Broken(reason) => (reason.clone(), None),
            Verdict::Behind(first) => (format!("has a key of change {first}, which is parked"), Some(*first)),
        };
        tracing::warn!(change, reason, "parked: not published until it is retried or discarded");
        sqlx::query("INSERT INTO parked (change_id, parked_at, reason, waits_for) VALUES ($1, $2, $3, $4)")
            .bind(*change)
            .bind(now.as_str())
            .bind(reason)
            .bind(waits_for)
            .execute(tx.connection())
            .await?;
    }
    Ok(true)
}

async fn blocked_keys(connection: &mut AnyConnection) -> Result<BlockedKeys, StoreError> {
    let parked: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT p.change_id, COALESCE(p.waits_for, p.change_id), o.records FROM parked p \
         JOIN outbox o ON o.change_id = p.change_id ORDER BY p.change_id",
    )
    .fetch_all(connection)
    .await?;
    let mut blocked = BlockedKeys::new();
    for (change, first, records) in parked {
        for row in records::read(&records, change, None).unwrap_or_default() {
            blocked.entry(row.key).or_insert((change, first));
        }
    }
    Ok(blocked)
}

/// What is to be parked of these changes. A change that is parked blocks all of its keys for those after it.
fn verdicts(changes: &[Change], blocked: &mut BlockedKeys, judge: Judge) -> HashMap<i64, Verdict> {
    let mut verdicts = HashMap::new();
    for change in changes {
        let rows = change.rows.as_deref().unwrap_or_default();
        let broken =
            change.rows.as_ref().err().cloned().or_else(|| rows.iter().find_map(|row| judge(row).err()));
        let behind = || {
            let mut parked = rows.iter().filter_map(|row| blocked.get(&row.key));
            parked.find(|(parked, _)| *parked < change.id).map(|(_, first)| Verdict::Behind(*first))
        };
        let Some(verdict) = broken.map(Verdict::Broken).or_else(behind) else { continue };
        let first = match verdict {
            Verdict::Broken(_) => change.id,
            Verdict::Behind(first) => first,
        };
        for row in rows {
            blocked.entry(row.key.clone()).or_insert((change.id, first));
        }
        verdicts.insert(change.id, verdict);
    }
    verdicts
}
