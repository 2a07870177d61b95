//! The migrations that create the tables of the entities and of the outbox.

use std::fmt::Display;

use sqlx::AnyConnection;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::StoreError;
use super::dialect::Dialect;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
/// The number of the migration that makes the outbox.
const OUTBOX: i64 = 2;

/// Brings the tables to where this version wants them. `shown` is what errors call the database.
pub(super) async fn run(
    dialect: Dialect,
    connection: &mut AnyConnection,
    shown: &(dyn Display + Sync),
) -> Result<(), StoreError> {
    // Not `run`, whose future is not seen to be Send.
    let migrated = Migrator::with_migrations(all(dialect)).run_direct(None, connection, false).await;
    migrated.map_err(|error| StoreError::migration(shown, error))
}

/// Whether there is nothing to be done, as far as numbers tell.
pub(super) async fn are_done(dialect: Dialect, connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM _sqlx_migrations");
    match count.fetch_one(connection).await {
        Ok(count) => Ok(usize::try_from(count).is_ok_and(|count| count >= all(dialect).len())),
        // There is no such table before the first one.
        Err(sqlx::Error::Database(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn all(dialect: Dialect) -> Vec<Migration> {
    let (entities, outbox) = match dialect {
        Dialect::Sqlite => (&SQLITE, kafka_outbox::SQLITE_TABLES),
        Dialect::Postgres => (&POSTGRES, kafka_outbox::POSTGRES_TABLES),
    };
    let outbox = Migration::new(
        OUTBOX,
        "outbox".into(),
        MigrationType::Simple,
        sqlx::SqlSafeStr::into_sql_str(outbox),
        false,
    );
    entities.iter().cloned().chain([outbox]).collect()
}
