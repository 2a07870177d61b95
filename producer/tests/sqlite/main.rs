//! The store and the changes on SQLite. `tests/tests/store` in the workspace runs the same tests on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

#[path = "../suite/mod.rs"]
mod suite;

mod laws;

use std::path::PathBuf;

use tempfile::TempDir;
use tiltak_producer::Location;

/// An empty database of its own, in a temporary folder.
pub(crate) struct TestDatabase {
    folder: TempDir,
}

impl TestDatabase {
    #[expect(clippy::unused_async, reason = "on a server it takes a connection")]
    pub(crate) async fn create() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn location(&self) -> Location {
        Location::from(&*self.file())
    }

    pub(crate) fn url(&self) -> String {
        sqlx::any::install_default_drivers();
        format!("sqlite://{}?mode=rwc", self.file().display())
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("tiltak.db")
    }
}
