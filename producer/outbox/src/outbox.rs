//! The outbox of a database: creating its tables, appending records, waking the relay.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::{Any, AnyConnection, Pool, Transaction};
use tokio::sync::Notify;

use crate::dialect::Dialect;
use crate::error::OutboxError;
use crate::record::{self, Headers, OutboxRecord, RecordRef};

/// The channel on which PostgreSQL tells relays of other processes that a change was committed.
pub(crate) const CHANNEL: &str = "kafka_outbox";
/// How often, and after what pauses, an idle connection is looked for to tell them.
const NOTIFY_ATTEMPTS: u32 = 200;
const NOTIFY_AGAIN: Duration = Duration::from_millis(5);

/// The outbox of a database. Clones are handles to the same outbox.
#[derive(Debug, Clone)]
pub struct Outbox {
    pub(crate) pool: Pool<Any>,
    pub(crate) dialect: Dialect,
    pub(crate) wake_up: Arc<WakeUp>,
}

/// How a commit wakes a relay.
#[derive(Debug, Default)]
pub(crate) struct WakeUp {
    pub(crate) committed: Notify,
    /// Number of relays in this process.
    pub(crate) relays: AtomicUsize,
    /// Whether a notification to other processes is under way.
    notifying: AtomicBool,
}

/// A connection in whose transaction records can be appended: sqlx's for SQLite, for PostgreSQL, or for `Any`.
pub trait AppendConnection: private::Sealed {
    /// Writes a change. Called by [`append`].
    #[doc(hidden)]
    fn insert(&mut self, row: NewRow) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// A change as it is written.
#[doc(hidden)]
#[derive(Debug)]
pub struct NewRow {
    record_count: i64,
    byte_count: i64,
    created_at: i64,
    headers: Option<String>,
    records: String,
}

mod private {
    pub trait Sealed {}
}

macro_rules! append_to {
    ($($connection:ty),*) => {$(
        impl private::Sealed for $connection {}

        impl AppendConnection for $connection {
            async fn insert(&mut self, row: NewRow) -> Result<(), sqlx::Error> {
                sqlx::query(
                    "INSERT INTO outbox (record_count, byte_count, created_at, headers, records) \
                     VALUES ($1, $2, $3, $4, $5)",
                )
                .bind(row.record_count)
                .bind(row.byte_count)
                .bind(row.created_at)
                .bind(row.headers)
                .bind(row.records)
                .execute(self)
                .await
                .map(drop)
            }
        }
    )*};
}

append_to!(sqlx::SqliteConnection, sqlx::PgConnection, AnyConnection);

/// Appends a change: records that are published together or not at all, in this order. The change is part of the
/// caller's transaction: it is committed or rolled back with it. Appends nothing if there are no records.
///
/// # Order
/// For one key, changes are published in the order of their ids. So hold a lock on whatever the records of a key are made
/// from (`SELECT … FOR UPDATE`; SQLite has one writer) from before it is read until the commit, and append last.
///
/// # Errors
/// Those of the database; see [`Condition`](crate::Condition).
pub async fn append<C: AppendConnection>(
    connection: &mut C,
    records: &[RecordRef<'_>],
    headers: &[(&str, &str)],
) -> Result<(), OutboxError> {
    if records.is_empty() {
        return Ok(());
    }
    let row = NewRow {
        record_count: number(records.len()),
        byte_count: number(record::size(records)),
        created_at: Timestamp::now().as_microsecond(),
        headers: Headers::encode(headers),
        records: record::encode(records)?,
    };
    Ok(connection.insert(row).await?)
}

impl Outbox {
    /// The outbox in the database of a pool. Its tables have to exist: see [`Outbox::create_tables`].
    pub fn new(pool: Pool<Any>) -> Self {
        let is_sqlite = pool.connect_options().database_url.scheme() == "sqlite";
        let dialect = if is_sqlite { Dialect::Sqlite } else { Dialect::Postgres };
        Self { pool, dialect, wake_up: Arc::default() }
    }

    /// The statements that create the tables, for the application's own migrations.
    pub fn tables(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => crate::SQLITE_TABLES,
            Dialect::Postgres => crate::POSTGRES_TABLES,
        }
    }

    /// Creates the tables.
    ///
    /// # Errors
    /// Those of the database; tables with these names that are there already.
    pub async fn create_tables(&self) -> Result<(), OutboxError> {
        let mut tx = self.begin().await?;
        sqlx::raw_sql(self.tables()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Wakes the relay after a commit. A relay of this process publishes the change at once. A relay of another
    /// process is notified (PostgreSQL), or sees the change within 250 ms (SQLite). A relay that misses the
    /// notification polls after 3 s.
    pub fn wake(&self) {
        self.wake_up.committed.notify_one();
        let elsewhere = self.wake_up.relays.load(Ordering::Relaxed) == 0;
        if self.dialect == Dialect::Sqlite
            || !elsewhere
            || self.wake_up.notifying.swap(true, Ordering::AcqRel)
        {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let outbox = self.clone();
        // Not in the transaction of the change: PostgreSQL commits transactions that notify one after the other.
        runtime.spawn(async move {
            outbox.wake_up.notifying.store(false, Ordering::Release);
            for _ in 0..NOTIFY_ATTEMPTS {
                // One that is idle, as that of the change soon is: no other is opened for this.
                if let Some(mut connection) = outbox.pool.try_acquire() {
                    let notify = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL);
                    if let Err(error) = notify.execute(&mut *connection).await {
                        tracing::debug!(%error, "relays of other processes were not told; they look by themselves");
                    }
                    return;
                }
                tokio::time::sleep(NOTIFY_AGAIN).await;
            }
        });
    }

    /// The records of the first `changes` changes in the outbox, in the order in which they were appended. Parked
    /// changes are among them.
    ///
    /// # Errors
    /// Those of the database; a change whose records cannot be read.
    pub async fn records(&self, changes: u32) -> Result<Vec<OutboxRecord>, OutboxError> {
        let rows: Vec<(i64, Option<String>, String)> =
            sqlx::query_as("SELECT id, headers, records FROM outbox ORDER BY id LIMIT $1")
                .bind(i64::from(changes))
                .fetch_all(&self.pool)
                .await?;
        let mut records = Vec::new();
        for (id, headers, text) in rows {
            let headers = Headers::decode(headers.as_deref().unwrap_or_default());
            records.extend(record::decode(&text, id, &headers).map_err(|why| damaged(id, &why))?);
        }
        Ok(records)
    }

    /// Number of records in the outbox, parked ones among them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record_count(&self) -> Result<usize, OutboxError> {
        let records: i64 =
            sqlx::query_scalar("SELECT CAST(COALESCE(SUM(record_count), 0) AS BIGINT) FROM outbox")
                .fetch_one(&self.pool)
                .await?;
        Ok(usize::try_from(records).unwrap_or(0))
    }

    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        begin(&self.pool, self.dialect.begin()).await
    }
}

/// Starts a transaction on a connection that works. After a full disk or a disk error SQLite has rolled back by
/// itself, and each later BEGIN of that connection fails; such a connection is closed, and another one used.
///
/// # Errors
/// Those of the database.
pub async fn begin(
    pool: &Pool<Any>,
    statement: &'static str,
) -> Result<Transaction<'static, Any>, sqlx::Error> {
    let mut closed = 0;
    loop {
        match pool.begin_with(statement).await {
            Err(sqlx::Error::InvalidSavePointStatement) if closed < pool.size() => {
                // It is the one that was given back last, or another one like it.
                let _ = pool.acquire().await?.close().await;
                closed += 1;
            }
            other => return other,
        }
    }
}

pub(crate) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(crate) fn damaged(change: i64, why: &str) -> OutboxError {
    OutboxError::Damaged { table: "outbox", what: format!("change {change}: {why}") }
}
