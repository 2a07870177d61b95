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
    let all = entities.iter().cloned().chain([outbox]).collect();
    // Not `run`, whose future is not seen to be Send.
    let migrated = Migrator::with_migrations(all).run_direct(None, connection, false).await;
    migrated.map_err(|error| StoreError::migration(shown, error))
}
