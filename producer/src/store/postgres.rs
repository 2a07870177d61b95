//! Opening a database on a PostgreSQL server.

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AssertSqlSafe, ConnectOptions as _, Connection as _, Pool};

use super::dialect::Dialect;
use super::location::{Location, options};
use super::{ConnectionLimits, StoreError, migrations};

/// Connects to the server and migrates the database.
pub(super) async fn connect(url: &str, limits: &ConnectionLimits) -> Result<Pool<Any>, StoreError> {
    let options = options(url)?;
    let shown = Location::from(url).to_string();
    let at = |error| StoreError::at(&shown, error);
    // On a connection of its own: a pool would try again for long, and a migration may take long.
    let mut first = first(&options, &shown, limits).await?;
    refuse_transaction_pooler(&mut first, &options, &shown).await?;
    // Somebody else may be migrating, and hang.
    let wait = format!("SET lock_timeout = {}", limits.lock.as_millis());
    sqlx::raw_sql(AssertSqlSafe(wait)).execute(&mut first).await.map_err(at)?;
    migrations::run(Dialect::Postgres, &mut first, &shown).await.map_err(|error| match error {
        StoreError::Locked => StoreError::MigrationLocked { database: shown.clone(), limit: limits.lock },
        other => other,
    })?;
    first.close().await.map_err(at)?;
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

/// A pooler that gives each transaction another connection of the server would mix up prepared statements and the settings
/// of connections. What one connection has set is seen by the next one then.
async fn refuse_transaction_pooler(
    first: &mut AnyConnection,
    options: &AnyConnectOptions,
    shown: &str,
) -> Result<(), StoreError> {
    let at = |error| StoreError::at(&shown, error);
    let mark = uuid::Uuid::new_v4().to_string();
    let set = format!("SET tiltak.connection = '{mark}'");
    sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *first).await.map_err(at)?;
    let mut second = options.connect().await.map_err(|error| StoreError::reaching(&shown, error))?;
    let seen = sqlx::raw_sql("SELECT COALESCE(current_setting('tiltak.connection', true), '')");
    let seen = seen.fetch_one(&mut second).await.and_then(|row| sqlx::Row::try_get::<String, _>(&row, 0));
    second.close().await.map_err(at)?;
    // Not left behind on what may be somebody else's connection next.
    sqlx::raw_sql("RESET tiltak.connection").execute(first).await.map_err(at)?;
    if seen.map_err(at)? == mark {
        return Err(StoreError::TransactionPooler { database: shown.to_owned() });
    }
    Ok(())
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
        // In place of sqlx's own question whether the connection is there.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(is_writable(connection)))
        .connect_with(options)
        .await
}

/// Whether a connection takes writes: after a failover one to the former primary may stay open and not do so any more.
async fn is_writable(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let read_only: String =
        sqlx::query_scalar("SELECT current_setting('transaction_read_only')").fetch_one(connection).await?;
    Ok(read_only == "off")
}
