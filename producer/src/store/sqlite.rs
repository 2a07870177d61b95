//! Opening an embedded SQLite database.

use std::path::Path;

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, Connection as _, Pool};

use super::dialect::Dialect;
use super::{StoreError, migrations};

/// 32 MB in place of 2: the pages of a batch of the relay are read, and soon written. The log beside the database is cut to
/// 16 MB when it has been taken over.
const SETTINGS: &str = "PRAGMA cache_size = -32000; PRAGMA journal_size_limit = 16777216";

/// Opens the file, which is created when it does not exist, and migrates it.
pub(super) async fn open(path: &Path) -> Result<Pool<Any>, StoreError> {
    let at = |error: sqlx::Error| StoreError::at(&path.display(), error);
    let url = url(path)?;
    // Kept in the file. On a connection of its own, since a pool would try again for long.
    let mut first = AnyConnection::connect(&url).await.map_err(at)?;
    sqlx::query("PRAGMA journal_mode = WAL").execute(&mut first).await.map_err(at)?;
    first.close().await.map_err(at)?;
    // One connection: SQLite has one writer, and waiting for it here is cheaper than SQLITE_BUSY.
    let pool = AnyPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(SETTINGS).execute(connection).await.map(drop) })
        })
        .connect(&url)
        .await
        .map_err(at)?;
    let mut connection = pool.acquire().await.map_err(at)?;
    migrations::run(Dialect::Sqlite, &mut connection, &path.display()).await?;
    drop(connection);
    Ok(pool)
}

pub(super) fn url(path: &Path) -> Result<String, StoreError> {
    let path = std::path::absolute(path).map_err(|error| StoreError::at(&path.display(), error.into()))?;
    let text = path.to_str().ok_or_else(|| StoreError::NotUnicode(path.clone()))?;
    let text = text.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite://{text}?mode=rwc"))
}
