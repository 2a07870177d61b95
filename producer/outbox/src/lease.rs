//! The lease: which relay publishes, and the operations that only this relay may do.
//!
//! Everything here that a later holder must not see undone begins with the row of the table `outbox_relay`, which it
//! locks: one transaction sees what the one before it did, whatever the isolation of the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sqlx::{Any, Transaction};
use tokio::task::spawn_blocking;

use crate::batch::{Batch, BatchLimits, EncodedBatch, Pending, list};
use crate::error::OutboxError;
use crate::ledger::{self, Ledger, Reconciliation};
use crate::outbox::Outbox;
use crate::parked::blocked_keys;
use crate::record::OutboxRecord;
use crate::relay_row::lock;
use crate::validation::{BlockedKeys, Parking, RecordValidator, to_be_parked};

/// The state of the lease in the database: who holds it, and how often it was renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseStatus {
    /// The name of the relay that holds the lease; `None` if no relay does, or the last one has released it.
    pub holder: Option<String>,
    epoch: i64,
    renewals: i64,
}

/// The right to publish a database's changes. The relay that acquired the lease last has it; each acquisition raises
/// the epoch, and operations of an earlier epoch fail with [`OutboxError::Fenced`].
#[derive(Debug, Clone)]
pub struct Lease {
    outbox: Outbox,
    epoch: i64,
}

/// Watches another relay's lease. Durations are measured with the clock of the watching process.
#[derive(Debug)]
pub struct LeaseWatch {
    seen: Option<(i64, i64)>,
    since: Instant,
}

impl LeaseWatch {
    /// Starts to watch.
    pub fn new(now: Instant) -> Self {
        Self { seen: None, since: now }
    }

    /// How long the lease has not been renewed; `None` if no relay holds it.
    pub fn observe(&mut self, status: &LeaseStatus, now: Instant) -> Option<Duration> {
        status.holder.as_ref()?;
        let seen = Some((status.epoch, status.renewals));
        if self.seen != seen {
            (self.seen, self.since) = (seen, now);
        }
        Some(now.saturating_duration_since(self.since))
    }
}

impl Outbox {
    /// The identity of this database: a UUID that is created at the first call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn identity(&self) -> Result<String, OutboxError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        let identity = sqlx::query_scalar("SELECT identity FROM outbox_relay").fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(identity)
    }

    /// Gives this database a new identity, so that every relay that starts afterwards finds nothing published by it.
    /// Call it only while no relay runs. Sequence numbers go on as they were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn reset_checkpoint(&self) -> Result<(), OutboxError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        sqlx::query("UPDATE outbox_relay SET identity = $1, published = 0, changes = '', epoch = epoch + 1")
            .bind(uuid::Uuid::new_v4().to_string())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Reads the state of the lease.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lease(&self) -> Result<LeaseStatus, OutboxError> {
        let row: Option<(i64, Option<String>, i64)> =
            sqlx::query_as("SELECT epoch, holder, renewals FROM outbox_relay")
                .fetch_optional(&self.pool)
                .await?;
        let (epoch, holder, renewals) = row.unwrap_or_default();
        Ok(LeaseStatus { holder, epoch, renewals })
    }

    /// Acquires the lease, from any relay that has it. `holder` is the name that other processes see.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn acquire(&self, holder: &str) -> Result<Lease, OutboxError> {
        let mut tx = self.begin().await?;
        lock(&mut tx).await?;
        let epoch = sqlx::query_scalar(
            "UPDATE outbox_relay SET epoch = epoch + 1, holder = $1, renewals = 0 RETURNING epoch",
        )
        .bind(holder)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Lease { outbox: self.clone(), epoch })
    }
}

impl Lease {
    /// Renews the lease.
    ///
    /// # Errors
    /// [`OutboxError::Fenced`]; those of the database.
    pub async fn renew(&self) -> Result<(), OutboxError> {
        let renewed = sqlx::query("UPDATE outbox_relay SET renewals = renewals + 1 WHERE epoch = $1")
            .bind(self.epoch)
            .execute(&self.outbox.pool)
            .await?;
        if renewed.rows_affected() == 1 { Ok(()) } else { Err(OutboxError::Fenced) }
    }

    /// Releases the lease, so that a standby need not wait until it expires.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn release(&self) -> Result<(), OutboxError> {
        sqlx::query("UPDATE outbox_relay SET holder = NULL WHERE epoch = $1")
            .bind(self.epoch)
            .execute(&self.outbox.pool)
            .await?;
        Ok(())
    }

    /// Compares the checkpoint on Kafka with the database, and prunes published changes. Call it with the checkpoint
    /// that was read when no earlier relay could commit any more.
    ///
    /// # Errors
    /// [`OutboxError::Fenced`]; those of the database.
    pub async fn reconcile(&self, checkpoint: i64) -> Result<Reconciliation, OutboxError> {
        let mut tx = self.outbox.begin().await?;
        let ledger = self.lock(&mut tx).await?;
        let reconciliation = ledger.compare(checkpoint);
        if let Reconciliation::Published(changes) = &reconciliation {
            self.prune_in(&mut tx, changes).await?;
            sqlx::query("UPDATE outbox_relay SET published = $1").bind(checkpoint).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(reconciliation)
    }

    /// The next changes that may be sent, without those that are under way. Invalid changes are parked, and so are
    /// later changes that share a key with one. `None` if nothing waits. `above`: an id up to which no change waits,
    /// nor ever will.
    ///
    /// # Errors
    /// [`OutboxError::Fenced`]; those of the database.
    pub async fn next_batch(
        &self,
        under_way: &BTreeSet<i64>,
        above: i64,
        limits: BatchLimits,
        validator: &Arc<dyn RecordValidator>,
    ) -> Result<Option<Batch>, OutboxError> {
        let outbox = &self.outbox;
        let most = limits.records.saturating_add(u32::try_from(under_way.len()).unwrap_or(u32::MAX));
        let mut connection = outbox.pool.acquire().await?;
        let pending = Pending::read(&mut connection, outbox.dialect, above, most).await?;
        let chosen = pending.choose(under_way, limits);
        if chosen.is_empty() {
            return Ok(None);
        }
        let encoded = if pending.something_is_parked {
            None
        } else {
            Some(EncodedBatch::read(&mut connection, outbox.dialect, chosen).await?)
        };
        // There may be no other one.
        drop(connection);
        if let Some(encoded) = encoded
            && let Validated::Batch(batch) = validate(encoded, BlockedKeys::default(), validator).await?
        {
            return Ok(Some(batch));
        }
        self.next_batch_locked(under_way, above, limits, validator).await
    }

    /// The same with the row locked, so that nothing is parked or released meanwhile.
    async fn next_batch_locked(
        &self,
        under_way: &BTreeSet<i64>,
        above: i64,
        limits: BatchLimits,
        validator: &Arc<dyn RecordValidator>,
    ) -> Result<Option<Batch>, OutboxError> {
        let dialect = self.outbox.dialect;
        let most = limits.records.saturating_add(u32::try_from(under_way.len()).unwrap_or(u32::MAX));
        let mut tx = self.outbox.begin().await?;
        self.lock(&mut tx).await?;
        let batch = loop {
            let pending = Pending::read(&mut tx, dialect, above, most).await?;
            let chosen = pending.choose(under_way, limits);
            if chosen.is_empty() {
                break None;
            }
            let encoded = EncodedBatch::read(&mut tx, dialect, chosen).await?;
            let blocked = blocked_keys(&mut tx).await?;
            match validate(encoded, blocked, validator).await? {
                Validated::Batch(batch) => break Some(batch),
                Validated::Parked(parked) => write_parked(&mut tx, &parked).await?,
            }
        };
        tx.commit().await?;
        Ok(batch)
    }

    /// Gives a batch the next sequence number, and prunes the batch before it, which is published. Returns the
    /// number. Now the batch may be committed, with this number in the checkpoint and with no other.
    ///
    /// # Errors
    /// [`OutboxError::Fenced`]; those of the database.
    pub async fn sequence(&self, batch: &Batch, published: Option<&Published>) -> Result<i64, OutboxError> {
        let mut tx = self.outbox.begin().await?;
        let row: Option<(i64,)> = sqlx::query_as(
            "UPDATE outbox_relay SET sequence = sequence + 1, changes = $2, renewals = renewals + 1, \
             published = CASE WHEN published < $3 THEN $3 ELSE published END \
             WHERE epoch = $1 RETURNING sequence",
        )
        .bind(self.epoch)
        .bind(ledger::encode(&batch.changes))
        .bind(published.map_or(0, |published| published.sequence))
        .fetch_optional(&mut *tx)
        .await?;
        let Some((sequence,)) = row else { return Err(OutboxError::Fenced) };
        if let Some(published) = published {
            self.prune_in(&mut tx, &published.changes).await?;
        }
        tx.commit().await?;
        Ok(sequence)
    }

    /// Deletes published changes from the outbox.
    ///
    /// # Errors
    /// [`OutboxError::Fenced`]; those of the database.
    pub async fn prune(&self, published: &Published) -> Result<(), OutboxError> {
        let mut tx = self.outbox.begin().await?;
        let pruned = sqlx::query(
            "UPDATE outbox_relay SET renewals = renewals + 1, \
             published = CASE WHEN published < $2 THEN $2 ELSE published END WHERE epoch = $1",
        )
        .bind(self.epoch)
        .bind(published.sequence)
        .execute(&mut *tx)
        .await?;
        if pruned.rows_affected() == 0 {
            return Err(OutboxError::Fenced);
        }
        self.prune_in(&mut tx, &published.changes).await?;
        Ok(tx.commit().await?)
    }

    async fn prune_in(&self, tx: &mut Transaction<'static, Any>, changes: &[i64]) -> Result<(), OutboxError> {
        let ids = list(changes.iter().copied());
        sqlx::query(self.outbox.dialect.prune()).bind(ids).execute(&mut **tx).await?;
        Ok(())
    }

    /// Parks a change that is not under way, for a reason other than validation.
    ///
    /// # Errors
    /// [`OutboxError::Fenced`]; those of the database.
    pub(crate) async fn park(&self, change: i64, reason: String) -> Result<(), OutboxError> {
        let mut tx = self.outbox.begin().await?;
        self.lock(&mut tx).await?;
        write_parked(&mut tx, &BTreeMap::from([(change, Parking::Invalid(reason))])).await?;
        Ok(tx.commit().await?)
    }

    /// Locks the relay's row, as long as nobody else has acquired the lease since.
    async fn lock(&self, tx: &mut Transaction<'static, Any>) -> Result<Ledger, OutboxError> {
        let (epoch, ledger) = lock(tx).await?;
        if epoch == self.epoch { Ok(ledger) } else { Err(OutboxError::Fenced) }
    }
}

/// A batch whose Kafka transaction is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The sequence number of the batch.
    pub sequence: i64,
    /// The ids of the batch's changes.
    pub changes: Vec<i64>,
}

/// What becomes of a batch that was read.
enum Validated {
    /// All of it may be sent.
    Batch(Batch),
    /// Some of it may not.
    Parked(BTreeMap<i64, Parking>),
}

async fn validate(
    encoded: EncodedBatch,
    blocked: BlockedKeys,
    validator: &Arc<dyn RecordValidator>,
) -> Result<Validated, OutboxError> {
    let validator = Arc::clone(validator);
    let validated = spawn_blocking(move || -> Result<_, OutboxError> {
        let changes = encoded.decode()?;
        let parked = to_be_parked(&changes, blocked, &*validator);
        if !parked.is_empty() {
            return Ok(Validated::Parked(parked));
        }
        let ids: Vec<_> = changes.iter().map(|change| change.id).collect();
        let appended_at = ids.iter().filter_map(|id| encoded.appended_at.get(id).copied()).collect();
        let records: Vec<OutboxRecord> =
            changes.into_iter().flat_map(|change| change.records.unwrap_or_default()).collect();
        Ok(Validated::Batch(Batch { changes: ids, records, appended_at }))
    });
    validated.await.map_err(|error| sqlx::Error::Io(error.into()))?
}

async fn write_parked(
    tx: &mut Transaction<'static, Any>,
    parked: &BTreeMap<i64, Parking>,
) -> Result<(), OutboxError> {
    let now = Timestamp::now().as_microsecond();
    for (change, parking) in parked {
        let reason = parking.reason();
        tracing::warn!(change, reason, "parked: not published until it is retried or discarded");
        sqlx::query(
            "UPDATE outbox SET parking = 'parked', parked_at = $2, reason = $3, waits_for = $4 WHERE id = $1",
        )
        .bind(*change)
        .bind(now)
        .bind(reason)
        .bind(parking.waits_for())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
