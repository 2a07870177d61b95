//! A database for one test.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use uuid::Uuid;

use super::Server;
use crate::runtime::on_a_thread;

/// Followed by the time in seconds since 1970, and something that no other database has.
const PREFIX: &str = "tiltak_test_";
/// A test that is not done by then was killed.
const FORGOTTEN: Duration = Duration::from_hours(1);

/// An empty database that nobody else uses. Dropping it removes it, with everybody who is connected.
#[derive(Debug)]
pub struct Database {
    server: PgConnectOptions,
    name: String,
}

impl Server {
    /// Creates an empty database.
    ///
    /// # Errors
    ///
    /// If the user of `TEST_DATABASE_URL` may not.
    pub async fn create_database(&self) -> Result<Database> {
        let name = format!("{PREFIX}{}_{}", now().as_secs(), Uuid::new_v4().simple());
        // template0: nobody is connected to it, who would be in the way.
        let statement = format!("CREATE DATABASE {name} TEMPLATE template0");
        execute(&self.options, statement).await.context("cannot create a database for a test")?;
        Ok(Database { server: self.options.clone(), name })
    }

    /// Removes the databases of tests that were killed. A server that was started here takes its own with it.
    pub(super) fn remove_forgotten_databases(&self) -> Result<()> {
        let options = self.options.clone();
        on_a_thread(async move || {
            let mut connection = options.connect().await?;
            let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
                .fetch_all(&mut connection)
                .await?;
            connection.close().await?;
            let oldest = now().saturating_sub(FORGOTTEN).as_secs();
            for name in names.iter().filter(|name| created(name).is_some_and(|time| time < oldest)) {
                execute(&options, removal(name)).await?;
            }
            Ok(())
        })
    }
}

impl Database {
    /// The same by way of a folder with a Unix socket, or with a link to one.
    #[must_use]
    pub fn through(mut self, folder: &Path) -> Self {
        self.server = self.server.clone().socket(folder);
        self
    }

    /// Its URL, with the password.
    pub fn url(&self) -> String {
        self.server.clone().database(&self.name).to_url_lossy().into()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (options, statement) = (self.server.clone(), removal(&self.name));
        if let Err(error) = on_a_thread(async move || execute(&options, statement).await) {
            eprintln!("the database {} could not be removed: {error:#}", self.name);
        }
    }
}

fn removal(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

async fn execute(options: &PgConnectOptions, statement: String) -> Result<()> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// When a database of a test was created, by its name.
fn created(name: &str) -> Option<u64> {
    let (time, id) = name.strip_prefix(PREFIX)?.split_once('_')?;
    Uuid::try_parse(id).ok()?;
    time.parse().ok()
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
