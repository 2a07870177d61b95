//! The database: entities and outbox, on SQLite or PostgreSQL.
//!
//! The code uses sqlx's `Any` driver, with text columns and `$1` placeholders, so the same statements run on both.
//! `dialect` and `lock` have the differences; each database has its own migrations.

mod connection_limits;
mod dialect;
mod document;
mod error;
mod fanout;
mod job_run;
mod location;
mod lock;
mod migrations;
mod outbox;
mod postgres;
mod read;
mod retry;
mod selection;
mod sqlite;
mod transaction;

use std::path::Path;
use std::sync::Arc;

use kafka_outbox::Outbox;
use sqlx::{Any, Pool};

use crate::traceparent::TraceParent;

pub use connection_limits::ConnectionLimits;
use dialect::Dialect;
pub use error::StoreError;
pub use location::Location;
pub use outbox::{Parked, ParkedRecord};
pub use read::Reader;
pub use retry::{MayConflict, retrying};
pub use selection::Selection;
pub use transaction::Transaction;

/// The database. Clones are handles to the same database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool<Any>,
    /// Connections of readers that take no locks.
    readers: Pool<Any>,
    outbox: Outbox,
    dialect: Dialect,
    /// The trace of the request that this handle is for.
    traceparent: Option<Arc<str>>,
}

impl Store {
    /// Opens an embedded SQLite database and migrates it. Creates the file if it does not exist.
    ///
    /// # Errors
    /// A file that cannot be opened, is no database, or was made by another version of this program.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::connect(&Location::from(path)).await
    }

    /// Opens the database at a location, and migrates it. Needs a tokio runtime.
    ///
    /// # Errors
    /// Those of [`Store::open`]. A server that does not answer within 8 s, does not know the user or the password, or
    /// does not let the user create the tables; a URL that cannot be read.
    pub async fn connect(location: &Location) -> Result<Self, StoreError> {
        Self::connect_with(location, &ConnectionLimits::default()).await
    }

    /// Opens the database at a location with other limits than the defaults.
    ///
    /// # Errors
    /// Those of [`Store::connect`].
    pub async fn connect_with(location: &Location, limits: &ConnectionLimits) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        Ok(match &location.0 {
            location::Kind::File(path) => {
                let pool = sqlite::open(path).await?;
                Self::new(pool, read::sqlite_readers(path)?, Dialect::Sqlite)
            }
            location::Kind::Url(url) => {
                let pool = postgres::connect(url, limits).await?;
                Self::new(pool.clone(), pool, Dialect::Postgres)
            }
        })
    }

    fn new(pool: Pool<Any>, readers: Pool<Any>, dialect: Dialect) -> Self {
        Self { outbox: Outbox::new(pool.clone()), pool, readers, dialect, traceparent: None }
    }

    /// A handle whose changes carry the trace of a request, in the record header `traceparent`.
    #[must_use]
    pub fn traced(&self, traceparent: &TraceParent) -> Self {
        Self { traceparent: Some(traceparent.to_string().into()), ..self.clone() }
    }

    /// Starts a transaction that writes. It is rolled back when it is dropped without [`Transaction::commit`].
    ///
    /// # Errors
    /// A database that is locked by another program or cannot be read.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let inner = kafka_outbox::begin(&self.pool, self.dialect.begin()).await?;
        Ok(Transaction::new(inner, self.outbox.clone(), self.dialect, self.traceparent.clone()))
    }

    /// The outbox of this database.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Checks that a change could be saved now: the database can be reached and written.
    ///
    /// # Errors
    /// Why not.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        let mut tx = kafka_outbox::begin(&self.pool, self.dialect.begin()).await?;
        // Committed: a disk that is full refuses that, and not a statement that is undone.
        sqlx::query("INSERT INTO job_run (job, day) VALUES ('readiness', '') ON CONFLICT (job) DO UPDATE SET day = ''")
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Closes the database. Returns when everything is on disk.
    pub async fn close(&self) {
        self.readers.close().await;
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests;
