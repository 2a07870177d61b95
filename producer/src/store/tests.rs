//! What is asked of SQLite alone, or of what is not public. `tests/suite` has the rest.

use super::*;
use crate::publish::OutgoingRecord;

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
    (folder, store)
}

fn record(key: &str) -> OutgoingRecord {
    OutgoingRecord { topic: "siste-tiltakstyper-v3", key: key.to_owned(), value: None }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "these are notes").unwrap();

    let error = Store::open(&path).await.unwrap_err();

    assert!(error.to_string().contains("notes.txt: cannot be opened as a database"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "these are notes");
}

#[tokio::test]
async fn a_file_in_a_folder_that_is_not_there_is_named() {
    let error = Store::open(std::path::Path::new("no/such/folder/tiltak.db")).await.unwrap_err().to_string();
    assert!(error.starts_with("no/such/folder/tiltak.db: cannot be opened as a database"), "{error}");
}

#[tokio::test]
async fn a_disk_that_is_full_is_an_error_and_the_change_is_undone() {
    let (_folder, store) = store().await;
    // The database may not grow beyond what it has.
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&store.pool).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
        .execute(&store.pool)
        .await
        .unwrap();

    let mut tx = store.begin().await.unwrap();
    let record = OutgoingRecord { value: Some("x".repeat(100_000)), ..record("a") };
    tx.enqueue([record]);
    let error = tx.commit().await.unwrap_err();

    assert!(matches!(error, StoreError::DiskFull), "{error}");
    assert_eq!(store.outbox().record_count().await.unwrap(), 0);
}
