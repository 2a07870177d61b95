//! Opening a database on a PostgreSQL server.

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{Any, AnyConnection, AssertSqlSafe, ConnectOptions as _, Connection as _, Pool};

use super::location::{Location, options};
use super::{ConnectionLimits, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Connects to the server and migrates the database.
pub(super) async fn connect(url: &str, limits: &ConnectionLimits) -> Result<Pool<Any>, StoreError> {
    let options = options(url)?;
    let shown = Location::from(url).to_string();
    // On a connection of its own: a pool would try again for long, and a migration may take long.
    let mut first = first(&options, &shown, limits).await?;
    // Not `run`, whose future is not seen to be Send.
    MIGRATIONS
        .run_direct(None, &mut first, false)
        .await
        .map_err(|error| StoreError::migration(&shown, error))?;
    first.close().await.map_err(|error| StoreError::at(&shown, error))?;
    pool(options, limits).await.map_err(|error| StoreError::reaching(&shown, error))
}

async fn first(
    options: &AnyConnectOptions,
    shown: &str,
    limits: &ConnectionLimits,
) -> Result<AnyConnection, StoreError> {
    match tokio::time::timeout(limits.connect, options.connect()).await {
        Ok(connection) => connection.map_err(|error| StoreError::reaching(&shown, error)),
        Err(_) => Err(StoreError::NoAnswer { database: shown.to_owned(), limit: limits.connect }),
    }
}

async fn pool(options: AnyConnectOptions, limits: &ConnectionLimits) -> Result<Pool<Any>, sqlx::Error> {
    let settings = format!(
        "SET lock_timeout = {}; SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}",
        limits.lock.as_millis(),
        limits.statement.as_millis(),
        limits.idle.as_millis()
    );
    AnyPoolOptions::new()
        .max_connections(limits.connections)
        .acquire_timeout(limits.acquire)
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move {
                sqlx::raw_sql(AssertSqlSafe(settings)).execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
}
