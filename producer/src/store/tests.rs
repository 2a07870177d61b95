//! What is asked of SQLite alone, or of what is not public. `tests/suite` has the rest.

use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, Connection as _};
use tiltak_schema::kodeverk::Tiltakskode;

use super::sqlite::{MIGRATIONS, url};
use super::*;
use crate::publish::OutgoingRecord;
use crate::sample::joined;

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
    assert_eq!(store.outbox_len().await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_stored_before_there_were_versions_is_at_the_first_one_and_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiltak.db");
    let saved = joined(Tiltakskode::Oppfolging);
    let mut document = serde_json::to_value(&saved.gjennomforing).unwrap();
    document.as_object_mut().unwrap().retain(|field, _| {
        !["version", "veilederinfo", "stengt", "publisert", "ventetid"].contains(&field.as_str())
    });
    {
        sqlx::any::install_default_drivers();
        let mut old = AnyConnection::connect(&url(&path).unwrap()).await.unwrap();
        let first =
            MIGRATIONS.migrations.iter().filter(|migration| migration.version == 1).cloned().collect();
        Migrator { migrations: first, ..Migrator::DEFAULT }.run(&mut old).await.unwrap();
        sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut old).await.unwrap();
        sqlx::query("INSERT INTO tiltakstype VALUES ($1, $2, $3)")
            .bind(saved.tiltakstype.id.to_string())
            .bind("OPPFOLGING")
            .bind(serde_json::to_string(&saved.tiltakstype).unwrap())
            .execute(&mut old)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO gjennomforing VALUES ($1, $2, $3, NULL, 'AVTALE', 'GJENNOMFORES', NULL, $4)",
        )
        .bind(saved.gjennomforing.id.to_string())
        .bind(saved.tiltakstype.id.to_string())
        .bind(saved.gjennomforing.arrangor.to_string())
        .bind(document.to_string())
        .execute(&mut old)
        .await
        .unwrap();
        old.close().await.unwrap();
    }

    let store = Store::open(&path).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let start = Selection::StartsOn(saved.gjennomforing.start_dato.unwrap());
    let read = tx.gjennomforinger(start, None, 10).await.unwrap().remove(0).gjennomforing;

    assert_eq!(read, saved.gjennomforing);
    let organisasjonsnummer = read.arrangor.clone();
    let arrangor = crate::domain::Arrangor { organisasjonsnummer, navn: "Arrangør AS".to_owned() };
    tx.save_arrangor(&arrangor).await.unwrap();
    let change = crate::domain::Gjennomforing { version: read.version.next(), avtale: None, ..read };
    tx.save_gjennomforing(&change).await.unwrap();
}
