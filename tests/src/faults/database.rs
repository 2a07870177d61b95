//! The database of a run, on a server of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use tiltak_producer::{Location, Store};

use super::StoreKind;
use crate::postgres::{Database as PostgresDatabase, Server, shared};
use crate::watchdog::Watchdog;

/// Somebody may still write to it for a moment.
const CLEANUP: &str = r#"for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.2; done"#;

/// A folder that is removed when this is dropped or this process is gone.
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

/// An empty database. Dropping it stops what was started for it.
#[derive(Debug)]
pub(super) enum Database {
    Sqlite(PathBuf),
    // In the order in which they are dropped. Without a server if others use it too.
    Postgres(Box<PostgresDatabase>, Option<Box<Server>>),
}

impl Database {
    /// On a server that may be killed, if it is to be its own.
    pub(super) async fn create(kind: StoreKind, own: bool, folder: &Folder) -> Result<Self> {
        Ok(match kind {
            StoreKind::Sqlite => Self::Sqlite(folder.file("tiltak.db")),
            StoreKind::Postgres if !own => Self::Postgres(Box::new(shared().create_database().await?), None),
            StoreKind::Postgres => {
                let server = Server::start_killable()?;
                Self::Postgres(Box::new(server.create_database().await?), Some(Box::new(server)))
            }
        })
    }

    /// As the producer's commands take it.
    pub(super) fn location(&self) -> String {
        match self {
            Self::Sqlite(file) => file.display().to_string(),
            Self::Postgres(database, _) => database.url(),
        }
    }

    /// As sqlx takes it.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(database, _) => database.url(),
        }
    }

    pub(super) async fn open(&self) -> Result<Store> {
        Ok(Store::connect(&Location::from(&*self.location())).await?)
    }

    /// Kills the server and starts it again.
    pub(super) fn crash(&mut self) -> Result<()> {
        let Self::Postgres(_, Some(server)) = self else { bail!("there is no server that may be killed") };
        server.kill()?;
        server.start_again()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is in the way is left to the watchdog.
        let _ = fs::remove_dir_all(&self.path);
    }
}
