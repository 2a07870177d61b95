//! The database: entities and outbox.
//!
//! Written against sqlx's `Any` driver, with text columns and `$1` placeholders: the same code is to run on
//! PostgreSQL.

mod error;
mod outbox;
mod transaction;

use std::path::Path;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::{Any, AnyConnection, Connection as _, Pool};

pub use error::StoreError;
pub use outbox::{Batch, Judge, Limits, OutboxRow, Parked, ParkedError, ParkedRecord};
pub use transaction::{Joined, Selection, Transaction};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// The database. A clone is a handle to the same one.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool<Any>,
}

impl Store {
    /// Opens an embedded SQLite database, which is created when the file does not exist, and migrates it.
    ///
    /// # Errors
    /// A file that cannot be opened, is no database, or was migrated by a newer version of this program.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let at = |error: sqlx::Error| StoreError::at(path, error);
        sqlx::any::install_default_drivers();
        let url = url(path)?;
        // Kept in the file. On a connection of its own, since a pool would try again for long.
        let mut first = AnyConnection::connect(&url).await.map_err(at)?;
        sqlx::query("PRAGMA journal_mode = WAL").execute(&mut first).await.map_err(at)?;
        first.close().await.map_err(at)?;
        // One connection: SQLite has one writer, and waiting for it here is cheaper than SQLITE_BUSY.
        let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.map_err(at)?;
        SQLITE.run(&pool).await.map_err(|error| StoreError::migration(path, error))?;
        Ok(Self { pool })
    }

    /// Starts a transaction that writes. It is undone when it is dropped without [`Transaction::commit`].
    ///
    /// # Errors
    /// A database that is locked by another program or cannot be read.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        // IMMEDIATE: a transaction that reads first and writes later could not wait for another writer.
        Ok(Transaction::new(self.pool.begin_with("BEGIN IMMEDIATE").await?))
    }

    /// Closes the database and waits until it is on the disk.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn url(path: &Path) -> Result<String, StoreError> {
    let path = std::path::absolute(path).map_err(|error| StoreError::at(path, error.into()))?;
    let text = path.to_str().ok_or_else(|| StoreError::NotUnicode(path.clone()))?;
    let text = text.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite://{text}?mode=rwc"))
}

#[cfg(test)]
mod tests;
