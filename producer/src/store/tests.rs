use tiltak_schema::kodeverk::Tiltakskode;

use super::*;
use crate::publish::{self, OutgoingRecord};
use crate::sample::{joined, scalar};

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
    (folder, store)
}

async fn save(store: &Store, joined: &Joined) {
    let mut tx = store.begin().await.unwrap();
    tx.save_tiltakstype(&joined.tiltakstype).await.unwrap();
    let navn = "Arrangør AS".to_owned();
    let organisasjonsnummer = joined.gjennomforing.arrangor.clone();
    tx.save_arrangor(&crate::domain::Arrangor { organisasjonsnummer, navn }).await.unwrap();
    if let Some(avtale) = &joined.avtale {
        tx.save_avtale(avtale).await.unwrap();
    }
    tx.save_gjennomforing(&joined.gjennomforing).await.unwrap();
    tx.commit().await.unwrap();
}

fn record(key: &str) -> OutgoingRecord {
    OutgoingRecord { topic: "siste-tiltakstyper-v3", key: key.to_owned(), value: None }
}

#[tokio::test]
async fn what_is_saved_is_read_back_the_same_also_by_another_process() {
    let (folder, store) = store().await;
    let saved = joined(Tiltakskode::Oppfolging);
    save(&store, &saved).await;
    store.close().await;

    let again = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
    let read = again.begin().await.unwrap().gjennomforing(saved.gjennomforing.id).await.unwrap().unwrap();

    assert_eq!(read.gjennomforing, saved.gjennomforing);
    assert_eq!(read.tiltakstype, saved.tiltakstype);
    assert_eq!(read.avtale, saved.avtale);
}

#[tokio::test]
async fn an_entity_and_its_records_are_written_together_or_not_at_all() {
    let (_folder, store) = store().await;
    let saved = joined(Tiltakskode::Oppfolging);
    save(&store, &saved).await;

    let mut tx = store.begin().await.unwrap();
    let mut changed = saved.gjennomforing.clone();
    changed.navn = Some("Endret".to_owned());
    tx.save_gjennomforing(&changed).await.unwrap();
    tx.enqueue(&publish::gjennomforing(saved.context()).unwrap()).await.unwrap();
    drop(tx); // as when the process ends here

    let mut tx = store.begin().await.unwrap();
    let read = tx.gjennomforing(saved.gjennomforing.id).await.unwrap().unwrap();
    assert_eq!(read.gjennomforing, saved.gjennomforing);
    drop(tx);
    assert_eq!(store.outbox_len().await.unwrap(), 0);
}

#[tokio::test]
async fn running_numbers_go_up_within_a_year_and_begin_anew_with_the_next() {
    let (_folder, store) = store().await;
    let mut tx = store.begin().await.unwrap();
    let mut numbers = Vec::new();
    for day in ["2026-01-15", "2026-12-31", "2027-01-01"] {
        numbers.push(tx.next_lopenummer(scalar(day)).await.unwrap().parts().unwrap());
    }
    assert_eq!(numbers[1], (2026, numbers[0].1 + 1));
    assert_eq!(numbers[2], (2027, numbers[0].1));
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let (folder, store) = store().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations SELECT 99990101000000, 'later', installed_on, TRUE, checksum, 1 \
         FROM _sqlx_migrations LIMIT 1",
    )
    .execute(&store.pool)
    .await
    .unwrap();
    store.close().await;

    let error = Store::open(&folder.path().join("tiltak.db")).await.unwrap_err();

    assert!(matches!(error, StoreError::Newer { migration: 99_990_101_000_000, .. }), "{error}");
    assert!(error.to_string().contains("use that version, or another database"), "{error}");
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
    let error = tx.enqueue(&[record]).await.unwrap_err();
    drop(tx);

    assert!(matches!(error, StoreError::DiskFull), "{error}");
    assert_eq!(store.outbox_len().await.unwrap(), 0);
}
