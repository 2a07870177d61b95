//! What the database keeps, and what it refuses.

use std::time::Duration;

use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::commands::CreateGjennomforing;
use tiltak_producer::domain::{Gjennomforing, Version};
use tiltak_producer::kafka_outbox::OutboxRecord;
use tiltak_producer::publish::MigratedCodes;
use tiltak_producer::{
    CommandError, GjennomforingAggregate, GjennomforingDetails, Selection, Store, StoreError, publish,
};
use tiltak_schema::scalar::{GjennomforingId, LocalDate};

use super::{Setup, morning};
use crate::TestDatabase;

#[tokio::test]
async fn what_is_saved_is_read_back_the_same_also_by_another_process() {
    let setup = Setup::new().await;
    let mut saved = setup.all(Selection::All).await;
    let mut tx = setup.store.begin().await.unwrap();
    for aggregate in &mut saved {
        aggregate.gjennomforing.navn = Some("Æøå 𝕏 \u{0} 'quoted' \"twice\" \\ $1 ?".to_owned());
        aggregate.gjennomforing.version = aggregate.gjennomforing.version.next();
        tx.save_gjennomforing(&aggregate.gjennomforing).await.unwrap();
    }
    tx.commit().await.unwrap();
    setup.store.close().await;

    let again = Store::connect(&setup.database.location()).await.unwrap();
    let read = again.begin().await.unwrap().gjennomforinger(Selection::All, None, u32::MAX).await.unwrap();

    assert_eq!(read, saved);
}

#[tokio::test]
async fn a_read_answers_what_is_committed_while_a_change_holds_the_entity() {
    let setup = Setup::new().await;
    let id = setup.editable().await.id;
    let mut change = setup.store.begin().await.unwrap();
    let before = change.gjennomforing(id).await.unwrap().unwrap();
    let (tiltakstype, avtale) = (before.tiltakstype.id, before.gjennomforing.avtale.unwrap());
    let (tiltakstype, avtale) =
        (change.tiltakstype(tiltakstype).await.unwrap(), change.avtale(avtale).await.unwrap());
    let arrangor = change.arrangor(&before.gjennomforing.arrangor).await.unwrap();
    let mut changed = before.gjennomforing.clone();
    changed.navn = Some("Endret".to_owned());
    changed.version = changed.version.next();
    change.save_gjennomforing(&changed).await.unwrap();

    let reader = setup.store.reader();
    let reads = async {
        assert_eq!(reader.tiltakstype(before.tiltakstype.id).await.unwrap(), tiltakstype);
        assert_eq!(reader.avtale(avtale.as_ref().unwrap().id).await.unwrap(), avtale);
        assert_eq!(reader.arrangor(&before.gjennomforing.arrangor).await.unwrap(), arrangor);
        assert_eq!(reader.gjennomforing(id).await.unwrap().as_ref(), Some(&before));
    };
    tokio::time::timeout(Duration::from_secs(5), reads).await.unwrap();

    change.commit().await.unwrap();
    assert_eq!(reader.gjennomforing(id).await.unwrap().unwrap().gjennomforing, changed);
}

#[tokio::test]
async fn an_entity_and_its_records_are_written_together_or_not_at_all() {
    let setup = Setup::new().await;
    let saved = setup.editable().await;

    let mut tx = setup.store.begin().await.unwrap();
    let mut aggregate = tx.gjennomforing(saved.id).await.unwrap().unwrap();
    aggregate.gjennomforing.navn = Some("Endret".to_owned());
    aggregate.gjennomforing.version = aggregate.gjennomforing.version.next();
    tx.save_gjennomforing(&aggregate.gjennomforing).await.unwrap();
    tx.enqueue(publish::gjennomforing(&aggregate, &MigratedCodes::production()).unwrap());
    drop(tx); // as when the process ends here

    assert_eq!(setup.get(saved.id).await, Some(saved));
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_page_is_in_the_order_of_the_ids_and_the_next_goes_on_after_it() {
    let setup = Setup::new().await;
    let avtale = setup.editable().await.avtale.unwrap();
    let kode = setup.all(Selection::Avtale(avtale)).await[0].tiltakstype.tiltakskode;
    for selection in [Selection::All, Selection::Tiltakskode(kode), Selection::Avtale(avtale)] {
        let all = setup.all(selection).await;
        assert!(all.is_sorted_by_key(|aggregate| aggregate.gjennomforing.id.to_string()));
        let mut tx = setup.store.begin().await.unwrap();
        let mut pages = Vec::new();
        let mut after = None;
        loop {
            let page = tx.gjennomforinger(selection, after, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.gjennomforing.id);
            pages.extend(page);
        }
        assert_eq!(pages, all, "{selection:?}");
    }
}

#[tokio::test]
async fn running_numbers_go_up_within_a_year_and_begin_anew_with_the_next() {
    let database = TestDatabase::create().await;
    let store = Store::connect(&database.location()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let mut numbers = Vec::new();
    for day in ["2026-01-15", "2026-12-31", "2027-01-01"] {
        let day: LocalDate = day.parse().unwrap();
        numbers.push(tx.next_lopenummer(day).await.unwrap().parts().unwrap());
    }
    assert_eq!(numbers[1], (2026, numbers[0].1 + 1));
    assert_eq!(numbers[2], (2027, numbers[0].1));
}

#[tokio::test]
async fn of_two_that_make_the_same_gjennomforing_at_once_one_is_told_that_it_is_there() {
    let setup = Setup::new().await;
    let model = setup.editable().await;
    let details = GjennomforingDetails::of(&model).unwrap();
    let id: GjennomforingId = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    let mut first = setup.store.begin().await.unwrap();
    assert!(first.gjennomforing(id).await.unwrap().is_none());
    let (service, avtale) = (setup.service.clone(), model.avtale.unwrap());
    let second =
        tokio::spawn(
            async move { service.execute(CreateGjennomforing { id, avtale, details }, morning()).await },
        );

    assert_waits(&second).await;
    first.save_gjennomforing(&Gjennomforing { id, version: Version::FIRST, ..model }).await.unwrap();
    first.commit().await.unwrap();

    let second = second.await.unwrap();
    assert!(matches!(second, Err(CommandError::Exists { .. })), "{second:?}");
}

#[tokio::test]
async fn a_change_waits_for_one_that_has_the_same_gjennomforing_and_then_sees_all_of_it() {
    let setup = Setup::new().await;
    let id = setup.editable().await.id;
    let mut first = setup.store.begin().await.unwrap();
    let GjennomforingAggregate { mut gjennomforing, avtale, .. } =
        first.gjennomforing(id).await.unwrap().unwrap();
    let mut avtale = avtale.unwrap();
    let (one, page) = (setup.store.clone(), setup.store.clone());
    let one =
        tokio::spawn(async move { one.begin().await.unwrap().gjennomforing(id).await.unwrap().unwrap() });
    let selection = Selection::Avtale(avtale.id);
    let page = tokio::spawn(async move {
        page.begin().await.unwrap().gjennomforinger(selection, None, 1_000).await.unwrap()
    });

    assert_waits(&one).await;
    assert_waits(&page).await;
    gjennomforing.navn = Some("Endret".to_owned());
    gjennomforing.version = gjennomforing.version.next();
    first.save_gjennomforing(&gjennomforing).await.unwrap();
    avtale.navn = "Endret, den også".to_owned();
    avtale.version = avtale.version.next();
    first.save_avtale(&avtale).await.unwrap();
    first.commit().await.unwrap();

    let one = one.await.unwrap();
    assert_eq!((&one.gjennomforing, &one.avtale), (&gjennomforing, &Some(avtale.clone())));
    for aggregate in page.await.unwrap() {
        assert_eq!(aggregate.avtale.as_ref(), Some(&avtale), "also one that was not locked by the change");
    }
}

/// It does nothing for long enough to have done everything.
async fn assert_waits<T>(task: &tokio::task::JoinHandle<T>) {
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!task.is_finished(), "it does not wait");
}

#[tokio::test]
async fn a_database_of_another_version_is_refused_and_left_as_it_is() {
    let setup = Setup::new().await;
    let before: Vec<OutboxRecord> = setup.store.outbox().records(10).await.unwrap();
    let mut connection = AnyConnection::connect(&setup.database.url()).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations SELECT 99990101000000, 'later', installed_on, TRUE, checksum, 1 \
         FROM _sqlx_migrations LIMIT 1",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    let error = Store::connect(&setup.database.location()).await.unwrap_err();

    assert!(matches!(error, StoreError::OtherVersion { migration: 99_990_101_000_000, .. }), "{error}");
    assert!(error.to_string().contains("use that version, or another database"), "{error}");
    assert_eq!(setup.store.outbox().records(10).await.unwrap(), before);
}
