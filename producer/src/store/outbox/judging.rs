//! What is numbered is judged before it is sent: what breaks its contract is parked.
//!
//! Judging takes longer than numbering, so it is done when the transaction that has numbered is over. What is parked is then
//! judged once more, with the numbering locked: meanwhile something may have been taken out of the parking.

use std::collections::HashMap;

use sqlx::AnyConnection;

use super::OutboxRow;
use super::numbering::{Batch, Claim};
use super::records::{self, Change, Text};
use crate::store::StoreError;

/// Says why a record must not be sent, without quoting its value.
pub type Judge = fn(&OutboxRow) -> Result<(), String>;

/// Changes that have a position, as they were read.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(super) text: Text,
    /// Of the changes that were parked when these were taken.
    pub(super) blocked: BlockedKeys,
    /// The last position that was given: none of these has a higher one, and none that comes later a lower one.
    pub(crate) last: i64,
}

/// The keys of parked changes, each with the first change that has it.
pub(super) type BlockedKeys = HashMap<String, i64>;

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
        let (batch, verdicts) = self.judged(judge).await?;
        Ok(batch.filter(|_| verdicts.is_empty()))
    }

    /// What may be sent, if anything, and what is to be parked.
    async fn judged(self, judge: Judge) -> Result<(Option<Batch>, HashMap<i64, Verdict>), StoreError> {
        let Self { text, mut blocked, .. } = self;
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
            Ok(((!batch.rows.is_empty()).then_some(batch), verdicts))
        });
        judged.await.map_err(|error| sqlx::Error::Io(error.into()))?
    }
}

impl Claim {
    /// Judges all that has a position after this one, parks what may not be sent, and gives the others. They must not have
    /// been sent.
    ///
    /// # Errors
    /// A later claim; what the database says.
    pub(crate) async fn park(&self, after: i64, judge: Judge) -> Result<Option<Batch>, StoreError> {
        let mut tx = self.store.begin().await?;
        let last = self.lock(&mut tx).await?;
        let dialect = tx.dialect();
        let text = Text::after(tx.connection(), dialect, after).await?;
        let blocked = blocked_keys(tx.connection()).await?;
        let (batch, verdicts) = Taken { text, blocked, last }.judged(judge).await?;
        let now = jiff::Timestamp::now().to_string();
        for (change, verdict) in &verdicts {
            let (reason, waits_for) = match verdict {
                Verdict::Broken(reason) => (reason.clone(), None),
                Verdict::Behind(first) => {
                    (format!("has a key of change {first}, which is parked"), Some(*first))
                }
            };
            tracing::warn!(change, reason, "parked: not published until it is retried or discarded");
            sqlx::query("UPDATE outbox_change SET position = NULL WHERE id = $1")
                .bind(*change)
                .execute(tx.connection())
                .await?;
            sqlx::query(
                "INSERT INTO parked (change_id, parked_at, reason, waits_for) VALUES ($1, $2, $3, $4)",
            )
            .bind(*change)
            .bind(now.as_str())
            .bind(reason)
            .bind(waits_for)
            .execute(tx.connection())
            .await?;
        }
        tx.commit().await?;
        Ok(batch)
    }
}

pub(super) async fn blocked_keys(connection: &mut AnyConnection) -> Result<BlockedKeys, StoreError> {
    let parked: Vec<(i64, String)> = sqlx::query_as(
        "SELECT COALESCE(p.waits_for, p.change_id), o.records FROM parked p \
         JOIN outbox o ON o.change_id = p.change_id ORDER BY 1",
    )
    .fetch_all(connection)
    .await?;
    let mut blocked = BlockedKeys::new();
    for (first, records) in parked {
        for row in records::read(&records, first, None).unwrap_or_default() {
            blocked.entry(row.key).or_insert(first);
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
