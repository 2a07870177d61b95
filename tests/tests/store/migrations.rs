//! What waits in a database of an older version is published by this one, in the same order.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::{Limits, Location, Store};

use crate::TestDatabase;

/// Changes whose rows were written in turn, a parked change, and one that waits behind it.
const WAITING: &str = "\
    INSERT INTO outbox_change (id, last_row, row_count, byte_count, created_at, traceparent) VALUES \
        (1, 4, 2, 4, 17, 'trace'), (2, 3, 2, 4, NULL, NULL), (3, 5, 1, 2, NULL, NULL), (4, 6, 1, 2, NULL, NULL); \
    INSERT INTO outbox (topic, record_key, record_value, change_id) VALUES \
        ('t', 'a', '\"å\"', 1), ('t', 'b', NULL, 2), ('u', 'b', '2', 2), ('u', 'a', '3', 1), ('t', 'c', '4', 3), \
        ('t', 'c', '5', 4); \
    INSERT INTO parked VALUES (3, 'now', 'broken', NULL), (4, 'now', 'behind', 3)";

/// A database as the version before records of a change were one row left it.
async fn older(url: &str, migrations: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../producer/migrations").join(migrations);
    let all = Migrator::new(folder).await.unwrap();
    let older = all.migrations.iter().filter(|migration| migration.version <= 4).cloned().collect();
    let mut database = AnyConnection::connect(url).await.unwrap();
    Migrator { migrations: older, ..Migrator::DEFAULT }.run(&mut database).await.unwrap();
    sqlx::raw_sql(WAITING).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

async fn check(location: &Location) {
    let store = Store::connect(location).await.unwrap();
    let limits = Limits { rows: u32::MAX, bytes: u32::MAX };
    let claim = store.claim().await.unwrap();
    let batch = claim.next_batch(0, 0, limits, |_| Ok(())).await.unwrap().unwrap();

    let rows: Vec<_> =
        batch.rows.iter().map(|row| (row.topic.as_str(), row.key.as_str(), row.value.as_deref())).collect();
    assert_eq!(
        rows,
        [("t", "b", None), ("u", "b", Some("2")), ("t", "a", Some(r#""å""#)), ("u", "a", Some("3"))]
    );
    assert_eq!(batch.rows[2].traceparent.as_deref(), Some("trace"));
    let parked = store.parked().await.unwrap();
    assert_eq!(parked.len(), 2);
    assert_eq!((parked[1].waits_for, parked[1].records[0].key.as_str()), (Some(parked[0].change), "c"));

    store.retry_parked(parked[0].change).await.unwrap();
    let batch = claim.next_batch(batch.position, batch.position, limits, |_| Ok(())).await.unwrap().unwrap();
    let values: Vec<_> = batch.rows.iter().map(|row| row.value.as_deref()).collect();
    assert_eq!(values, [Some("4"), Some("5")]);
    store.close().await;
}

#[tokio::test]
async fn what_waits_in_an_older_database_on_postgresql_is_published_in_its_order() {
    let database = TestDatabase::create().await;
    older(&database.url(), "postgres").await;
    check(&database.location()).await;
}

#[tokio::test]
async fn what_waits_in_an_older_database_on_sqlite_is_published_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tiltak.db");
    sqlx::any::install_default_drivers();
    older(&format!("sqlite://{}?mode=rwc", file.display()), "sqlite").await;
    check(&Location::from(&*file)).await;
}
