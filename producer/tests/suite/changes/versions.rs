//! Optimistic locking: who saw an older version is refused.

use tiltak_producer::domain::{
    ArenaData, AvtaleVeilederinfo, GjennomforingVeilederinfo, Kind, Personvern, Prismodell, Version,
};
use tiltak_producer::{AvtaleDetails, Basis, CommandError, TiltakstypeDetails};
use tiltak_schema::kodeverk::{Oppstart, Tiltakskode};

use super::setup::{Setup, day, details, enkeltplass_details, morning};

/// What nobody has seen.
const NEVER: i64 = 7;

fn assert_stale(error: &CommandError, version: Version) {
    assert!(
        matches!(error, CommandError::Stale { expected, found, .. }
            if (expected, *found) == (&Version::new(NEVER).into(), Some(version))),
        "{error}"
    );
}

#[tokio::test]
async fn a_change_of_what_was_seen_is_made_and_a_change_of_an_older_version_is_refused() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let basis = Basis::at(morning()).expecting(it.version);

    let second = setup.producer.edit_gjennomforing(it.id, details(), &basis).await.unwrap();
    let error = setup.refused(setup.producer.edit_gjennomforing(it.id, details(), &basis)).await;

    assert_eq!(
        error.to_string(),
        format!("the gjennomføring {} has version 2, expected version 1; read it again", it.id)
    );
    let seen = Basis::at(morning()).expecting(second);
    setup.producer.set_apent_for_pamelding(it.id, false, seen).await.unwrap();
}

#[tokio::test]
async fn every_command_of_a_gjennomforing_refuses_a_stale_version() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let (id, producer) = (it.id, &setup.producer);
    let basis = Basis::at(morning()).expecting(Version::new(NEVER));
    let info = GjennomforingVeilederinfo::default();
    let date = day("2026-12-31");
    let arena = ArenaData { id: Some(1), ..ArenaData::default() };
    for error in [
        setup.refused(producer.edit_gjennomforing(id, details(), &basis)).await,
        setup.refused(producer.edit_gjennomforing_veilederinfo(id, info, &basis)).await,
        setup.refused(producer.set_apent_for_pamelding(id, true, &basis)).await,
        setup.refused(producer.set_stengt(id, Vec::new(), &basis)).await,
        setup.refused(producer.set_tilgjengelig_for_arrangor(id, None, &basis)).await,
        setup.refused(producer.set_arena_data(id, arena, &basis)).await,
        setup.refused(producer.avslutt_gjennomforing(id, &basis)).await,
        setup.refused(producer.avbryt_gjennomforing(id, date, &basis)).await,
        setup.refused(producer.gjenapne_gjennomforing(id, date, &basis)).await,
        setup.refused(producer.set_publisert(id, true, &basis)).await,
        setup.refused(producer.set_ventetid(id, None, &basis)).await,
        setup.refused(producer.remove_kontaktperson(id, "Z999999", &basis)).await,
        setup.refused(producer.set_kategorisering(id, None, &basis)).await,
    ] {
        assert_stale(&error, it.version);
    }
}

#[tokio::test]
async fn every_command_of_the_other_entities_refuses_a_stale_version() {
    let setup = Setup::new().await;
    let avtale = setup.avtale(Tiltakskode::Oppfolging).await;
    let enkeltplass = setup.enkeltplass(Tiltakskode::HoyereUtdanning).await.id;
    let from_arena = setup.find(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Enkeltplass).await.id;
    let tiltakstype = setup.tiltakstype(Tiltakskode::Oppfolging).await;
    let producer = &setup.producer;
    let basis = Basis::at(morning()).expecting(Version::new(NEVER));
    let changed = AvtaleDetails { navn: "Ny".to_owned(), ..setup.avtale_details().await };
    let (personvern, info) = (Personvern::default(), AvtaleVeilederinfo::default());
    let type_details = TiltakstypeDetails::of(&tiltakstype);
    for error in [
        setup.refused(producer.edit_avtale(avtale, changed, &basis)).await,
        setup.refused(producer.edit_avtale_personvern(avtale, personvern, &basis)).await,
        setup.refused(producer.edit_avtale_veilederinfo(avtale, info, &basis)).await,
        setup.refused(producer.edit_avtale_prismodell(avtale, Prismodell::default(), &basis)).await,
        setup.refused(producer.avbryt_avtale(avtale, &basis)).await,
        setup.refused(producer.avslutt_avtale(avtale, day("2026-03-01"), &basis)).await,
        setup.refused(producer.edit_enkeltplass(enkeltplass, enkeltplass_details(), &basis)).await,
        setup.refused(producer.remove_gjennomforing(from_arena, &Version::new(NEVER).into())).await,
        setup.refused(producer.upsert_tiltakstype(tiltakstype.id, type_details, &basis)).await,
    ] {
        assert_stale(&error, Version::FIRST);
    }
}
