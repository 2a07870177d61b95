//! The row of the table `outbox_relay`.

use sqlx::{Any, Transaction};

use crate::error::OutboxError;
use crate::ledger::{self, Ledger};

/// Locks the relay's row, which the first one makes. Gives the epoch of the last lease, and how far the relay is.
pub(crate) async fn lock(tx: &mut Transaction<'static, Any>) -> Result<(i64, Ledger), OutboxError> {
    let (epoch, sequence, changes, published): (i64, i64, String, i64) = sqlx::query_as(
        "INSERT INTO outbox_relay (only_row, identity) VALUES (1, $1) \
         ON CONFLICT (only_row) DO UPDATE SET only_row = 1 RETURNING epoch, sequence, changes, published",
    )
    .bind(uuid::Uuid::new_v4().to_string())
    .fetch_one(&mut **tx)
    .await?;
    let unreadable = || OutboxError::Damaged {
        table: "outbox_relay",
        what: "the column changes is no list of ids".to_owned(),
    };
    let changes = ledger::decode(&changes).ok_or_else(unreadable)?;
    Ok((epoch, Ledger { sequence, changes, published }))
}
