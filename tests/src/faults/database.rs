//! The database of a run, on servers of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::{Location, Store};

use super::cluster::Aim;
use super::servers::Servers;
use super::setting::StoreKind;
use crate::postgres::{Database as PostgresDatabase, shared};
use crate::watchdog::Watchdog;

/// Shell code that removes a folder. It tries several times, because a process may still write there for a moment.
const CLEANUP: &str = r#"for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.2; done"#;

/// A temporary folder. It is removed when this value is dropped, or when this process is gone.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _watchdog: Watchdog,
}

impl Folder {
    pub(super) fn create() -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("tiltak-faults-").tempdir()?;
        let watchdog = Watchdog::start(CLEANUP, OsStr::new(temporary.path()))?;
        Ok(Self { path: temporary.keep(), _watchdog: watchdog })
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// An empty database. Dropping it stops the servers that were started for it.
#[derive(Debug)]
pub(super) enum Database {
    Sqlite(PathBuf),
    // In the order in which they are dropped. Without servers if others use it too.
    Postgres(Box<PostgresDatabase>, Option<Box<Servers>>),
}

impl Database {
    /// Makes the database, if asked on servers of its own that may be killed.
    pub(super) async fn create(kind: StoreKind, own: bool, folder: &Folder) -> Result<Self> {
        Ok(match kind {
            StoreKind::Sqlite => Self::Sqlite(folder.file("tiltak.db")),
            StoreKind::Postgres if !own => Self::Postgres(Box::new(shared().create_database().await?), None),
            StoreKind::Postgres => {
                let servers = Servers::start(folder.file("server"))?;
                Self::Postgres(Box::new(servers.create_database().await?), Some(Box::new(servers)))
            }
        })
    }

    /// The database in the form of the producer's argument `--database`.
    pub(super) fn location(&self) -> String {
        match self {
            Self::Sqlite(file) => file.display().to_string(),
            Self::Postgres(database, _) => database.url(),
        }
    }

    /// The database as a URL for sqlx.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(database, _) => database.url(),
        }
    }

    pub(super) async fn open(&self) -> Result<Store> {
        Ok(Store::connect(&Location::from(&*self.location())).await?)
    }

    /// The sequence number of the last batch that the relay knows to be published.
    pub(super) async fn published(&self) -> Result<i64> {
        self.number("SELECT published FROM outbox_relay").await
    }

    /// How many changes wait in the outbox.
    pub(super) async fn waiting(&self) -> Result<usize> {
        Ok(usize::try_from(self.number("SELECT COUNT(*) FROM outbox").await?)?)
    }

    async fn number(&self, query: &'static str) -> Result<i64> {
        let mut connection = AnyConnection::connect(&self.url()).await?;
        let number = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(number)
    }

    /// Kills the server and starts it again.
    pub(super) fn crash(&mut self) -> Result<()> {
        self.servers()?.crash()
    }

    /// Kills the server or lets it hang, and promotes its standby.
    pub(super) fn fail_over(&mut self, hangs: bool, aim: &mut Aim<'_>) -> Result<()> {
        self.servers()?.fail_over(hangs, aim)
    }

    fn servers(&mut self) -> Result<&mut Servers> {
        match self {
            Self::Postgres(_, Some(servers)) => Ok(servers),
            _ => bail!("there is no server that may be killed"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is in the way is left to the watchdog.
        let _ = fs::remove_dir_all(&self.path);
    }
}
