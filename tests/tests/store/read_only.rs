//! A server that takes no writes for a while, and one that others hold.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::{ConnectionLimits, Location, Store, StoreError};
use tiltak_tests::postgres::Server;

use crate::TestDatabase;

async fn write(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.enqueue([OutgoingRecord { topic: "siste-tiltakstyper-v3", key: "a".to_owned(), value: None }]);
    tx.commit().await
}

#[tokio::test]
async fn a_server_that_was_read_only_takes_writes_again_within_seconds() {
    // Not the shared one: all of its databases become read-only, as after a failover.
    let server = Server::find().unwrap();
    let database = server.create_database().await.unwrap();
    sqlx::any::install_default_drivers();
    let store = Store::connect(&Location::from(&*database.url())).await.unwrap();
    // Several connections, which were made while it took writes.
    let open = several(&store, 5).await;
    drop(open);
    write(&store).await.unwrap();
    store.check_writable().await.unwrap();

    // On a connection of its own, which stays writable by itself.
    let mut admin = AnyConnection::connect(&database.url()).await.unwrap();
    let set = async |admin: &mut AnyConnection, value: &str| {
        let set = format!(
            "SET default_transaction_read_only = off; ALTER SYSTEM SET default_transaction_read_only = {value}"
        );
        for statement in set.split("; ").chain(["SELECT pg_reload_conf()"]) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut *admin).await.unwrap();
        }
    };
    set(&mut admin, "on").await;
    let start = Instant::now();
    let error = loop {
        match write(&store).await {
            Ok(()) => assert!(start.elapsed() < Duration::from_secs(10), "the setting has no effect"),
            Err(error) => break error,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(matches!(error, StoreError::ReadOnly), "{error}");
    assert!(error.is_passing());
    assert!(matches!(store.check_writable().await, Err(StoreError::ReadOnly)));

    set(&mut admin, "off").await;
    let start = Instant::now();
    while write(&store).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(5), "it takes writes again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.check_writable().await.unwrap();
    store.close().await;
}

/// Transactions that are open at once, each on a connection of its own.
async fn several(store: &Store, count: usize) -> Vec<tiltak_producer::Transaction> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(store.begin().await.unwrap());
    }
    open
}

#[tokio::test]
async fn a_lock_on_the_migrations_that_somebody_holds_is_named_in_time() {
    let database = TestDatabase::create().await;
    Store::connect(&database.location()).await.unwrap().close().await;
    let mut hangs = AnyConnection::connect(&database.url()).await.unwrap();
    let mut hangs = hangs.begin().await.unwrap();
    sqlx::query("LOCK TABLE _sqlx_migrations").execute(&mut *hangs).await.unwrap();

    let limits = ConnectionLimits { lock: Duration::from_millis(300), ..ConnectionLimits::default() };
    let error = Store::connect_with(&database.location(), &limits).await.unwrap_err();

    assert!(matches!(error, StoreError::MigrationLocked { .. }), "{error}");
    assert!(error.to_string().contains("lock for migrations"), "{error}");
    assert!(error.is_passing(), "a service tries again");
    hangs.rollback().await.unwrap();
    Store::connect_with(&database.location(), &limits).await.unwrap().close().await;
}

/// sqlx issue 4393: a BEGIN that nobody waits for any more leaves its connection in a transaction, which the next one gets.
#[tokio::test]
async fn a_begin_that_is_cancelled_leaves_no_connection_in_a_transaction() {
    let database = TestDatabase::create().await;
    let store = Store::connect(&database.location()).await.unwrap();
    let mut admin = AnyConnection::connect(&database.url()).await.unwrap();
    let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND state LIKE 'idle in transaction%'";
    // Dropped after each number of steps.
    for steps in 1..20 {
        {
            let mut begin = pin!(store.begin());
            for _ in 0..steps {
                if poll_fn(|context| Poll::Ready(begin.as_mut().poll(context).is_ready())).await {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        let start = Instant::now();
        while sqlx::query_scalar::<_, i64>(open).fetch_one(&mut admin).await.unwrap() > 0 {
            assert!(start.elapsed() < Duration::from_secs(2), "dropped after {steps} steps");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    write(&store).await.unwrap();
    store.close().await;
}
