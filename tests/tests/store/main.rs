//! The store and the changes on PostgreSQL: the producer's own tests of them, and what is asked of PostgreSQL alone.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

#[path = "../../../producer/tests/suite/mod.rs"]
mod suite;

mod full_disk;
mod locks;
mod opening;
mod pooler;
mod read_only;
mod server;
mod tables;

use tiltak_producer::Location;
use tiltak_tests::postgres::{Database, shared};

/// An empty database of its own, on the server of this test binary.
pub(crate) struct TestDatabase(Database);

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        Self(shared().create_database().await.unwrap())
    }

    pub(crate) fn location(&self) -> Location {
        Location::from(&*self.url())
    }

    pub(crate) fn url(&self) -> String {
        sqlx::any::install_default_drivers();
        self.0.url()
    }
}
