//! Opening a database on a PostgreSQL server.

use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AssertSqlSafe, ConnectOptions as _, Connection as _, Pool};

use super::dialect::Dialect;
use super::location::{Location, options};
use super::{ConnectionLimits, StoreError, migrations};

/// How long a server may take to answer a question that takes it no work, before its connection is given up.
const QUESTION: Duration = Duration::from_secs(2);

/// Connects to the server and migrates the database.
pub(super) async fn connect(url: &str, limits: &ConnectionLimits) -> Result<Pool<Any>, StoreError> {
    let options = options(url)?;
    let shown = Location::from(url).to_string();
    let at = |error| StoreError::at(&shown, error);
    // On a connection of its own: a pool would try again for long, and a migration may take long.
    let connecting = async { options.connect().await.map_err(|error| StoreError::reaching(&shown, error)) };
    let mut first = answered(&shown, limits.connect, connecting).await?;
    let asking = async {
        refuse_transaction_pooler(&mut first, &options, &shown).await?;
        // Somebody else may be migrating, and hang.
        let wait = format!("SET lock_timeout = {}", limits.lock.as_millis());
        sqlx::raw_sql(AssertSqlSafe(wait)).execute(&mut first).await.map_err(at)?;
        migrations::are_done(Dialect::Postgres, &mut first).await.map_err(at)
    };
    let done = answered(&shown, limits.connect, asking).await?;
    let migrating = migrations::run(Dialect::Postgres, &mut first, &shown);
    let migrated = if done {
        // It only looks, when it is its turn.
        answered(&shown, limits.lock + limits.connect, migrating).await
    } else {
        migrating.await
    };
    migrated.map_err(|error| match error {
        StoreError::Locked => StoreError::MigrationLocked { database: shown.clone(), limit: limits.lock },
        other => other,
    })?;
    answered(&shown, limits.connect, async { first.close().await.map_err(at) }).await?;
    pool(options, limits).await.map_err(|error| StoreError::reaching(&shown, error))
}

/// What a step gives that takes the server no work. A server that hangs, or a machine that is gone, leaves the connection
/// open and never answers.
async fn answered<T>(
    shown: &str,
    limit: Duration,
    step: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, step).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::NoAnswer { database: shown.to_owned(), limit }),
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
        // sqlx asks so itself, and waits for the answer for ever, with the connection's place in the pool (sqlx issue
        // 4349).
        .after_release(|connection, _| Box::pin(answers(connection)))
        .connect_with(options)
        .await
}

/// Whether a connection takes writes: after a failover one to the former primary may stay open and not do so any more, or
/// lead to nobody.
async fn is_writable(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let question =
        sqlx::query_scalar("SELECT current_setting('transaction_read_only')").fetch_one(connection);
    match tokio::time::timeout(QUESTION, question).await {
        Ok(read_only) => Ok(read_only.map(|read_only: String| read_only == "off")?),
        Err(_) => Ok(false),
    }
}

/// Whether anybody answers at a connection that was in use: a transaction that was given up for want of an answer is undone
/// here, or its connection closed.
async fn answers(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    match tokio::time::timeout(QUESTION, connection.ping()).await {
        Ok(answered) => answered.map(|()| true),
        // As an error, so that no leave is taken of nobody.
        Err(elapsed) => Err(sqlx::Error::Io(elapsed.into())),
    }
}
