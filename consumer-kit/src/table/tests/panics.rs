//! Code of the application panics.

use super::*;
use crate::error::Error;
use crate::store::{Commit, Saved, Store, StoredRows};

async fn failed(table: &Tiltakstyper) -> Error {
    tokio::time::timeout(LIMIT, table.failed()).await.unwrap()
}

#[tokio::test]
async fn an_index_function_that_panics_stops_the_table_and_whoever_waits_is_told_at_once() {
    let log = log(1);
    let table = ready(&log).await;
    let index = table.index(|tiltakstype| {
        assert_ne!(tiltakstype.navn, "tung", "too heavy");
        [tiltakstype.navn.clone()]
    });
    put(&log, 0, 1, "lett");
    table.barrier(LIMIT).await.unwrap();
    put(&log, 0, 2, "tung");

    let error = table.barrier(LIMIT).await.unwrap_err();
    assert!(error.is_panicked(), "{error}");
    assert!(failed(&table).await.is_panicked());
    assert!(table.health().is_failed() && !table.is_live(LIMIT));
    assert_eq!(index.get("lett").len(), 1, "what was read stands");
}

#[tokio::test]
async fn a_progress_callback_that_panics_stops_the_table() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let panics = |_| panic!("no terminal");
    let table: Tiltakstyper = Table::over(log.source()).on_progress(panics).start().await.unwrap();
    assert!(table.ready(LIMIT).await.unwrap_err().is_panicked());
}

/// Panics after so many polls.
struct Panics(crate::source::memory_log::MemorySource, u32);

impl Source for Panics {
    fn topic(&self) -> &str {
        self.0.topic()
    }

    fn describe(&mut self) -> Result<TopicDescription, Error> {
        self.0.describe()
    }

    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
        self.0.assign(positions)
    }

    fn poll(&mut self, timeout: Duration, batch: &mut Batch) -> Result<(), Error> {
        self.1 = self.1.checked_sub(1).expect("polled too often");
        self.0.poll(timeout, batch)
    }

    fn settings(&mut self) -> Settings {
        self.0.settings()
    }
}

#[tokio::test]
async fn a_source_that_panics_stops_the_table() {
    let log = log(1);
    let table: Tiltakstyper = Table::over(Panics(log.source(), 3)).start().await.unwrap();
    assert!(failed(&table).await.is_panicked());
}

/// Panics when it is written to.
struct Fragile;

impl Store for Fragile {
    fn saved(&mut self) -> Result<Option<Saved>, Error> {
        Ok(None)
    }

    fn rows(&mut self, _: &(dyn Fn(StoredRows) + Sync)) -> Result<(), Error> {
        Ok(())
    }

    fn commit(&mut self, _: &Commit<'_>) -> Result<(), Error> {
        panic!("glass")
    }
}

#[tokio::test]
async fn a_store_that_panics_stops_the_table() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let started: Result<Tiltakstyper, Error> = Table::over(log.source()).store(Fragile).start().await;
    let error = match started {
        Ok(table) => failed(&table).await,
        Err(error) => error,
    };
    assert!(error.is_panicked(), "{error}");
}
