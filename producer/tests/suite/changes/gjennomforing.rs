use tiltak_producer::commands::{
    CancelAvtale, CreateGjennomforing, EditAvtale, EditGjennomforing, EditGjennomforingVeilederinfo,
    EndAvtale, RemoveKontaktperson, SetApentForPamelding, SetArenaData, SetPublisert, SetStengt,
    SetTilgjengeligForArrangor, SetVentetid,
};
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use tiltak_producer::domain::{ArenaData, GjennomforingVeilederinfo, Kind, StengtPeriode, Version};
use tiltak_producer::publish::MigratedCodes;
use tiltak_producer::{AvtaleDetails, CommandError, GjennomforingDetails};

use super::setup::{ALL_THREE, NOT_ARENA, Setup, day, details, morning, new_id, scalar, seconds_later};

#[tokio::test]
async fn a_new_gjennomforing_has_the_arrangor_of_its_avtale_and_the_next_number() {
    let setup = Setup::new().await;
    let avtale = setup.avtale(Tiltakskode::Oppfolging).await;
    let ids = [new_id(), new_id()];
    for id in ids {
        let version = setup
            .service
            .execute(CreateGjennomforing { id, avtale, details: details() }, morning())
            .await
            .unwrap();
        assert_eq!(version, Version::FIRST);
        setup.assert_published(ALL_THREE, id).await;
    }

    let [first, second] = [setup.get(ids[0]).await, setup.get(ids[1]).await];
    assert_eq!(Some(&first.arrangor), setup.get_avtale(avtale).await.arrangor.as_ref());
    assert_eq!((first.kind, first.status), (Kind::Avtale, GjennomforingStatus::Gjennomfores));
    let number =
        |it: &tiltak_producer::domain::Gjennomforing| it.lopenummer.as_ref().unwrap().parts().unwrap();
    assert_eq!(number(&second), (2026, number(&first).1 + 1));

    let again = setup
        .refused(
            setup.service.execute(CreateGjennomforing { id: ids[0], avtale, details: details() }, morning()),
        )
        .await;
    assert!(matches!(again, CommandError::Exists { entity: "gjennomføring", .. }), "{again}");
}

#[tokio::test]
async fn arena_is_told_of_what_is_migrert_and_of_nothing_else() {
    let setup = Setup::new().await;
    for (kode, topics) in
        [(Tiltakskode::Oppfolging, ALL_THREE), (Tiltakskode::TilrettelagtArbeidOrdinaer, NOT_ARENA)]
    {
        let avtale = setup.avtale(kode).await;
        let id = new_id();
        setup
            .service
            .execute(CreateGjennomforing { id, avtale, details: details() }, morning())
            .await
            .unwrap();
        setup.assert_published(topics, id).await;
    }
    // another configuration
    let avtale = setup.avtale(Tiltakskode::Oppfolging).await;
    let service = setup.service.clone().with_migrated([Tiltakskode::Avklaring].into_iter().collect());
    service
        .execute(CreateGjennomforing { id: new_id(), avtale, details: details() }, morning())
        .await
        .unwrap();
    let topics: Vec<_> = setup.take_outbox().await.into_iter().map(|row| row.topic).collect();
    assert_eq!(topics, NOT_ARENA);
}

#[tokio::test]
async fn what_is_migrert_and_has_no_arena_code_cannot_be_changed() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::TilrettelagtArbeidOrdinaer).await;
    let migrert = [Tiltakskode::TilrettelagtArbeidOrdinaer].into_iter().collect();
    let service = setup.service.clone().with_migrated(migrert);

    let error =
        setup.refused(service.execute(EditGjennomforing { id: it.id, details: details() }, morning())).await;

    assert!(matches!(error, CommandError::Publish(_)), "{error}");
}

#[tokio::test]
async fn a_gjennomforing_is_made_under_an_active_avtale() {
    let setup = Setup::new().await;
    let create = |avtale| {
        setup.service.execute(CreateGjennomforing { id: new_id(), avtale, details: details() }, morning())
    };

    let draft = setup.avtale(Tiltakskode::Oppfolging).await;
    let without = AvtaleDetails { arrangor: None, ..setup.avtale_details().await };
    setup.service.execute(EditAvtale { id: draft, details: without }, morning()).await.unwrap();
    setup.breaks("avtale-er-aktiv", create(draft)).await;

    let cut_off = setup.avtale(Tiltakskode::Oppfolging).await;
    setup.service.execute(CancelAvtale { id: cut_off }, morning()).await.unwrap();
    setup.breaks("avtale-er-aktiv", create(cut_off)).await;

    let ended = setup.avtale(Tiltakskode::Oppfolging).await;
    setup.service.execute(EndAvtale { id: ended, slutt_dato: day("2026-03-15") }, morning()).await.unwrap();
    setup.breaks("avtale-er-aktiv", create(ended)).await;

    let error = setup.refused(create(scalar("59a64a02-efdd-471d-9529-00000000000a"))).await;
    assert!(matches!(error, CommandError::NotFound { entity: "avtale", .. }), "{error}");
}

#[tokio::test]
async fn details_that_break_a_rule_are_refused_for_a_new_one_and_for_an_edit() {
    use Tiltakskode as T;
    let setup = Setup::new().await;
    let ok = details();
    let felles =
        |pamelding_type| GjennomforingDetails { oppstart: Oppstart::Felles, pamelding_type, ..details() };
    let needs = PameldingType::TrengerGodkjenning;
    let wrong = [
        (
            T::Oppfolging,
            "slutt-dato-ikke-passert",
            GjennomforingDetails { slutt_dato: Some(day("2026-03-15")), ..ok.clone() },
        ),
        (
            T::Oppfolging,
            "slutter-etter-start",
            GjennomforingDetails { start_dato: day("2026-07-01"), ..ok.clone() },
        ),
        (
            T::Oppfolging,
            "starter-etter-avtalen",
            GjennomforingDetails { start_dato: day("2024-12-31"), ..ok.clone() },
        ),
        (T::Oppfolging, "antall-plasser-over-null", GjennomforingDetails { antall_plasser: 0, ..ok.clone() }),
        (
            T::Oppfolging,
            "gruppe-er-ikke-enkeltplass",
            GjennomforingDetails { oppstart: Oppstart::Enkeltplass, ..ok.clone() },
        ),
        (T::Oppfolging, "krever-direkte-vedtak", felles(PameldingType::DirekteVedtak)),
        (
            T::Oppfolging,
            "krever-direkte-vedtak",
            GjennomforingDetails { pamelding_type: needs, ..ok.clone() },
        ),
        (
            T::GruppeArbeidsmarkedsopplaering,
            "felles-trenger-godkjenning",
            felles(PameldingType::DirekteVedtak),
        ),
        (T::GruppeFagOgYrkesopplaering, "felles-trenger-godkjenning", felles(PameldingType::DirekteVedtak)),
        (
            T::GruppeFagOgYrkesopplaering,
            "lopende-krever-direkte-vedtak",
            GjennomforingDetails { pamelding_type: needs, ..ok },
        ),
    ];
    for (kode, rule, details) in wrong {
        let it = setup.gjennomforing(kode).await;
        let (avtale, service) = (it.avtale.unwrap(), &setup.service);
        setup
            .breaks(
                rule,
                service.execute(
                    CreateGjennomforing { id: new_id(), avtale, details: details.clone() },
                    morning(),
                ),
            )
            .await;
        setup.breaks(rule, service.execute(EditGjennomforing { id: it.id, details }, morning())).await;
    }
}

#[tokio::test]
async fn a_refused_gjennomforing_uses_up_no_number() {
    let setup = Setup::new().await;
    let first = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let wrong = GjennomforingDetails { deltidsprosent: f64::NAN, ..details() };
    setup
        .refused(setup.service.execute(
            CreateGjennomforing { id: new_id(), avtale: first.avtale.unwrap(), details: wrong },
            morning(),
        ))
        .await;

    let second = setup.gjennomforing_under(first.avtale.unwrap(), details()).await;

    let number =
        |it: &tiltak_producer::domain::Gjennomforing| it.lopenummer.as_ref().unwrap().parts().unwrap().1;
    assert_eq!(number(&second), number(&first) + 1);
}

#[tokio::test]
async fn every_edit_publishes_the_new_state_once() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let (id, service) = (it.id, &setup.service);
    let info = GjennomforingVeilederinfo {
        beskrivelse: Some("Tekst".to_owned()),
        kontaktpersoner: ["Z999999".to_owned()].into(),
    };
    let stengt = vec![StengtPeriode {
        fra: day("2026-07-01"),
        til: day("2026-07-31"),
        beskrivelse: "Ferie".to_owned(),
    }];
    let edited = GjennomforingDetails { navn: "Nytt".to_owned(), slutt_dato: None, ..details() };
    for edit in 0..5 {
        let now = seconds_later(edit + 1);
        let version = match edit {
            0 => service.execute(EditGjennomforing { id, details: edited.clone() }, now).await,
            1 => service.execute(EditGjennomforingVeilederinfo { id, veilederinfo: info.clone() }, now).await,
            2 => service.execute(SetApentForPamelding { id, apent: false }, now).await,
            3 => service.execute(SetStengt { id, stengt: stengt.clone() }, now).await,
            _ => service.execute(SetTilgjengeligForArrangor { id, dato: Some(day("2026-03-20")) }, now).await,
        };
        assert_eq!(version.unwrap(), Version::new(edit + 2), "edit {edit}");
        assert_eq!(setup.get(id).await.oppdatert, now.instant());
        setup.assert_published(ALL_THREE, id).await;
    }
    let after = setup.get(id).await;
    assert_eq!(GjennomforingDetails::of(&after), Some(edited));
    assert_eq!((after.veilederinfo, after.stengt), (info, stengt));
    assert_eq!((after.apent_for_pamelding, after.opprettet), (false, morning().instant()));
    assert_eq!(after.tilgjengelig_for_arrangor_dato, Some(day("2026-03-20")));
    assert_eq!(after.arrangor, it.arrangor);
}

#[tokio::test]
async fn only_a_running_gjennomforing_of_kind_avtale_is_edited() {
    let setup = Setup::new().await;
    let service = &setup.service;
    let mut refused = vec![("bare-avtale-redigeres", setup.arena_gruppe().await.id)];
    refused.push(("bare-avtale-redigeres", setup.find(|it| it.kind == Kind::Enkeltplass).await.id));
    for status in [GjennomforingStatus::Avsluttet, GjennomforingStatus::Avbrutt, GjennomforingStatus::Avlyst]
    {
        refused.push(("bare-gjennomfores-redigeres", setup.with_status(status).await.id));
    }
    for (rule, id) in refused {
        let info = GjennomforingVeilederinfo::default();
        setup.breaks(rule, service.execute(EditGjennomforing { id, details: details() }, morning())).await;
        setup
            .breaks(
                rule,
                service.execute(EditGjennomforingVeilederinfo { id, veilederinfo: info }, morning()),
            )
            .await;
        setup.breaks(rule, service.execute(SetApentForPamelding { id, apent: true }, morning())).await;
        setup.breaks(rule, service.execute(SetStengt { id, stengt: Vec::new() }, morning())).await;
        setup.breaks(rule, service.execute(SetTilgjengeligForArrangor { id, dato: None }, morning())).await;
        setup.breaks(rule, service.execute(SetPublisert { id, publisert: true }, morning())).await;
        setup.breaks(rule, service.execute(SetVentetid { id, ventetid: None }, morning())).await;
        setup
            .breaks(
                rule,
                service.execute(RemoveKontaktperson { id, kontaktperson: "Z999999".to_owned() }, morning()),
            )
            .await;
    }
}

#[tokio::test]
async fn a_closed_period_that_ends_before_it_begins_is_refused() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let (fra, til) = (day("2026-07-31"), day("2026-07-01"));
    let periods = vec![StengtPeriode { fra, til, beskrivelse: String::new() }];
    let set = setup.service.execute(SetStengt { id: it.id, stengt: periods }, morning());
    setup.breaks("stengt-periode-slutter-etter-start", set).await;
}

#[tokio::test]
async fn arena_data_are_published_for_every_kind_and_only_when_they_change() {
    let setup = Setup::new().await;
    let ours = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let single = setup.enkeltplass(Tiltakskode::EnkeltplassFagOgYrkesopplaering).await;
    let ended = setup.with_status(GjennomforingStatus::Avsluttet).await;
    let arena = ArenaData { id: Some(37), nummer: None, enhet: Some(scalar("0111")) };
    for (it, topics) in [(ours, ALL_THREE), (single, NOT_ARENA), (ended, ALL_THREE)] {
        let now = seconds_later(1);
        let version =
            setup.service.execute(SetArenaData { id: it.id, arena: arena.clone() }, now).await.unwrap();
        assert_eq!(version, it.version.next());
        setup.assert_published(topics, it.id).await;

        let before = setup.contents().await;
        let same = setup
            .service
            .execute(SetArenaData { id: it.id, arena: arena.clone() }, seconds_later(2))
            .await
            .unwrap();
        assert_eq!(
            (same, setup.contents().await == before),
            (version, true),
            "what is the same is no change"
        );
    }
    let from_arena = setup.arena_gruppe().await;
    setup.service.execute(SetArenaData { id: from_arena.id, arena }, morning()).await.unwrap();
    let kode = setup.aggregate(from_arena.id).await.tiltakstype.tiltakskode;
    let topics = if MigratedCodes::production().contains(kode) { ALL_THREE } else { NOT_ARENA };
    setup.assert_published(topics, from_arena.id).await;
}

#[tokio::test]
async fn a_state_that_cannot_be_published_is_not_saved_either() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let infinite = GjennomforingDetails { deltidsprosent: f64::INFINITY, ..details() };
    let error = setup
        .refused(setup.service.execute(EditGjennomforing { id: it.id, details: infinite }, morning()))
        .await;
    assert!(error.rule().is_none(), "{error}");
}

#[tokio::test]
async fn an_id_that_is_not_there_is_named() {
    let setup = Setup::new().await;
    let id = scalar("59a64a02-efdd-471d-9529-356ff5553a5d");
    let error =
        setup.refused(setup.service.execute(EditGjennomforing { id, details: details() }, morning())).await;
    assert_eq!(error.to_string(), "there is no gjennomføring 59a64a02-efdd-471d-9529-356ff5553a5d");
}
