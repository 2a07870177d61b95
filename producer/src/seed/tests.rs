use super::*;
use crate::commands::{CommandService, Relast};

async fn seeded(options: Options) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
    let now = Moment::at("2026-03-16T08:00:00Z".parse().unwrap()).unwrap();
    load(&store, &options, now, |_| {}).await.unwrap();
    (folder, store)
}

async fn relast(store: &Store) -> Vec<kafka_outbox::OutboxRecord> {
    let service = CommandService::new(store.clone());
    service.relast_tiltakstyper().await.unwrap();
    service.relast_gjennomforinger(&Relast::All, |_| {}).await.unwrap();
    store.outbox().records(u32::MAX).await.unwrap()
}

#[tokio::test]
async fn everything_that_is_invented_can_be_published() {
    let (_folder, store) = seeded(Options { scale: 1_000, ..Options::default() }).await;
    let topics: std::collections::BTreeMap<String, usize> =
        relast(&store).await.into_iter().fold(std::collections::BTreeMap::new(), |mut topics, row| {
            *topics.entry(row.topic).or_default() += 1;
            topics
        });
    assert_eq!(topics["siste-tiltakstyper-v3"], 18);
    assert_eq!(topics["siste-tiltaksgjennomforinger-v2"], 1_000);
    assert_eq!(topics["datavarehus-tiltak-v1"], 1_000);
    assert!((300..800).contains(&topics["arena-migrering-tiltaksgjennomforinger-v1"]), "{topics:?}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_records_and_another_seed_gives_others() {
    let (_a, first) = seeded(Options { scale: 50, ..Options::default() }).await;
    let (_b, again) = seeded(Options { scale: 50, ..Options::default() }).await;
    let (_c, other) = seeded(Options { scale: 50, seed: 2, ..Options::default() }).await;
    let first = relast(&first).await;
    assert_eq!(first, relast(&again).await);
    assert_ne!(first, relast(&other).await);
}

#[tokio::test]
async fn a_database_that_holds_something_is_not_seeded_again() {
    let (_folder, store) = seeded(Options { scale: 1, ..Options::default() }).await;
    let now = Moment::at("2026-03-16T08:00:00Z".parse().unwrap()).unwrap();
    assert!(matches!(load(&store, &Options::default(), now, |_| {}).await, Err(SeedError::NotEmpty)));
}
