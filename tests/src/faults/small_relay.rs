//! A small relay for tests of the checker: correct, or with one sown bug. With a bug, it shows that the checker finds the bug. Without
//! one, it shows that the checker finds nothing else.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::kafka_outbox::{
    Batch, BatchLimits, Failpoint, Lease, OutboxRecord, Published, Reconciliation, RecordValidator,
};
use tokio::sync::mpsc::error::TryRecvError;

use super::arguments::SmallRelayArguments;
use super::bug::Bug;
use super::protocol::{READY, commands, open};
use super::small_producer::{SmallRelay, early_checkpoint};

const IDLE: Duration = Duration::from_millis(5);
const BATCH: BatchLimits = BatchLimits { records: 40, bytes: 1 << 20 };
/// The name under which the small relay holds the lease.
const HOLDER: &str = "small relay";

/// Publishes until standard input ends or the first failure. After a failure the run starts it again.
pub(super) async fn work(arguments: SmallRelayArguments) -> Result<ExitCode> {
    let mut commands = commands();
    let database = arguments.relay.database.clone();
    let store = open(database.clone()).await;
    let bug = arguments.bug;
    let cursor = match bug {
        Some(Bug::NaiveCursor) => {
            let url = database.into_string().ok().context("a URL")?;
            let url = if url.contains("://") { url } else { format!("sqlite://{url}") };
            Some(AnyConnection::connect(&url).await?)
        }
        _ => None,
    };
    let cluster = arguments.relay.cluster();
    let identity = store.outbox().identity().await?;
    let early = match bug {
        Some(Bug::EarlyCheckpoint) => {
            let (cluster, identity) = (cluster.clone(), identity.clone());
            Some(tokio::task::spawn_blocking(move || early_checkpoint(&cluster, &identity)).await??)
        }
        _ => None,
    };
    // As the real one: the relay before this one is stopped in the database first.
    let lease = store.outbox().acquire(HOLDER).await?;
    let (producer, checkpoint) = tokio::task::spawn_blocking(move || {
        SmallRelay::begin(cluster, identity, arguments.relay.transaction_ms, bug, early)
    })
    .await??;
    let cursor = cursor.map(|connection| (connection, checkpoint));
    if cursor.is_none() {
        // A bug may have led to a checkpoint that does not fit; it is looked at by the checker.
        let _: Reconciliation = lease.reconcile(checkpoint).await?;
    }
    let mut relay = Publishing { lease, cursor, producer: Arc::new(producer), published: None };
    let mut point = None;
    let mut ready = false;
    loop {
        match commands.try_recv() {
            Ok(command) => point = Some(command),
            Err(TryRecvError::Disconnected) => return Ok(ExitCode::SUCCESS),
            Err(TryRecvError::Empty) => {}
        }
        let published = relay.publish(point.as_deref()).await?;
        // Not before what its position leads to is to be seen.
        if !ready {
            println!("{READY}");
            ready = true;
        }
        if !published {
            if arguments.relay.drain {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::time::sleep(IDLE).await;
        }
    }
}

struct Publishing {
    lease: Lease,
    /// The connection of the naive cursor, and the last id that it has seen.
    cursor: Option<(AnyConnection, i64)>,
    producer: Arc<SmallRelay>,
    /// The changes that are pruned with the next batch.
    published: Option<Published>,
}

impl Publishing {
    /// Publishes a batch. Returns false if nothing waits.
    async fn publish(&mut self, point: Option<&str>) -> Result<bool> {
        let batch =
            if let Some((connection, seen)) = &mut self.cursor {
                after(connection, *seen).await?
            } else {
                let under_way = self.published.iter().flat_map(|it| it.changes.iter().copied()).collect();
                let strict = self.producer.bug == Some(Bug::StrictValidator);
                let validator: Arc<dyn RecordValidator> = Arc::new(move |record: &OutboxRecord| {
                    if strict && record.key.ends_with('f') { Err("strict".to_owned()) } else { Ok(()) }
                });
                self.lease.next_batch(&under_way, 0, BATCH, &validator).await?
            };
        let Some(batch) = batch else { return Ok(false) };
        let checkpoint = if let Some((_, seen)) = &mut self.cursor {
            *seen = batch.changes.last().copied().unwrap_or(*seen);
            *seen
        } else {
            self.lease.sequence(&batch, self.published.as_ref()).await?
        };
        if point == Some(Failpoint::Sequenced.name()) {
            std::process::abort();
        }
        let published = Published { sequence: checkpoint, changes: batch.changes.clone() };
        let (producer, point) = (self.producer.clone(), point.map(str::to_owned));
        tokio::task::spawn_blocking(move || producer.send(&batch, checkpoint, point.as_deref())).await??;
        self.published = Some(published);
        Ok(true)
    }
}

/// The changes that are there now, after the last one that was seen.
async fn after(connection: &mut AnyConnection, seen: i64) -> Result<Option<Batch>> {
    let changes: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, records FROM outbox WHERE id > $1 ORDER BY id")
            .bind(seen)
            .fetch_all(connection)
            .await?;
    let mut batch = Batch::default();
    for (change, records) in changes {
        batch.records.extend(OutboxRecord::decode_all(&records, change).map_err(anyhow::Error::msg)?);
        batch.changes.push(change);
    }
    Ok((!batch.changes.is_empty()).then_some(batch))
}
