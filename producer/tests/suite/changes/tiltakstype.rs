use tiltak_producer::commands::UpsertTiltakstype;
use tiltak_producer::domain::Version;
use tiltak_producer::domain::kodeverk::Tiltakskode;
use tiltak_producer::{CommandError, TiltakstypeDetails};
use tiltak_schema::scalar::TiltakstypeId;

use super::setup::{Setup, morning, scalar, seconds_later};

fn another_id() -> TiltakstypeId {
    scalar("59a64a02-efdd-471d-9529-000000000001")
}

#[tokio::test]
async fn a_tiltakstype_is_made_and_changed_and_published_by_a_relast_alone() {
    let model = Setup::new().await.tiltakstype(Tiltakskode::Oppfolging).await;
    let setup = Setup::empty().await;
    let mut details = TiltakstypeDetails::of(&model);

    let first = setup
        .service
        .execute(UpsertTiltakstype { id: model.id, details: details.clone() }, morning())
        .await
        .unwrap();
    details.navn = "Et nytt navn".to_owned();
    let second =
        setup.service.execute(UpsertTiltakstype { id: model.id, details }, seconds_later(1)).await.unwrap();

    assert_eq!((first, second), (Version::FIRST, Version::new(2)));
    let stored = setup.tiltakstype(Tiltakskode::Oppfolging).await;
    assert_eq!((stored.navn.as_str(), stored.version), ("Et nytt navn", second));
    assert_eq!((stored.opprettet, stored.oppdatert), (morning().instant(), seconds_later(1).instant()));
    setup.assert_nothing_published().await;
    assert_eq!(setup.service.relast_tiltakstyper().await.unwrap(), 1);
    assert!(setup.take_outbox().await[0].value.as_ref().unwrap().contains("Et nytt navn"));
}

#[tokio::test]
async fn a_tiltakskode_belongs_to_one_tiltakstype_for_good() {
    let setup = Setup::new().await;
    let oppfolging = setup.tiltakstype(Tiltakskode::Oppfolging).await;
    let avklaring = setup.tiltakstype(Tiltakskode::Avklaring).await;
    let details = TiltakstypeDetails::of(&oppfolging);
    let upsert = |id| setup.service.execute(UpsertTiltakstype { id, details: details.clone() }, morning());

    setup.breaks("tiltakskode-er-fast", upsert(avklaring.id)).await;
    setup.breaks("tiltakskode-er-unik", upsert(another_id())).await;
}

#[tokio::test]
async fn what_is_migrert_keeps_its_arena_code() {
    let setup = Setup::new().await;
    let oppfolging = setup.tiltakstype(Tiltakskode::Oppfolging).await;
    let details = TiltakstypeDetails { arena_kode: None, ..TiltakstypeDetails::of(&oppfolging) };

    let error = setup
        .refused(
            setup
                .service
                .execute(UpsertTiltakstype { id: oppfolging.id, details: details.clone() }, morning()),
        )
        .await;

    assert!(matches!(&error, CommandError::Publish(_)), "{error}");
    assert_eq!(error.to_string(), "tiltakskode OPPFOLGING is marked migrert but has no Arena code");
    let other = setup.service.clone().with_migrated([].into_iter().collect());
    other.execute(UpsertTiltakstype { id: oppfolging.id, details }, morning()).await.unwrap();
}
