use tiltak_producer::commands::{
    CancelAvtale, CreateAvtale, EditAvtale, EditAvtalePersonvern, EditAvtalePrismodell,
    EditAvtaleVeilederinfo, EndAvtale, UpsertArrangor,
};
use tiltak_producer::domain::kodeverk::Tiltakskode;
use tiltak_producer::domain::{AvtaleStatus, AvtaleVeilederinfo, Personvern, Prismodell, Version, rules};
use tiltak_producer::{AvtaleDetails, CommandError};
use tiltak_schema::scalar::{AvtaleId, Organisasjonsnummer};

use super::setup::{Setup, day, morning, scalar, seconds_later};

fn new_id() -> AvtaleId {
    scalar("59a64a02-efdd-471d-9529-00000000000a")
}

#[tokio::test]
async fn a_new_avtale_is_a_draft_until_it_has_an_arrangor() {
    let setup = Setup::new().await;
    let id = new_id();
    let tiltakstype = setup.tiltakstype(Tiltakskode::Oppfolging).await.id;
    let details = AvtaleDetails { arrangor: None, ..setup.avtale_details().await };

    let new = CreateAvtale { id, tiltakstype, details: details.clone() };
    assert_eq!(setup.service.execute(new.clone(), morning()).await.unwrap(), Version::FIRST);
    assert_eq!(setup.pending_fanouts().await, 1, "to make an avtale is to edit it");

    let status = |avtale| rules::avtale_status(&avtale, morning().today());
    assert_eq!(status(setup.get_avtale(id).await), AvtaleStatus::Utkast);
    let again = setup.refused(setup.service.execute(new, morning())).await;
    assert!(matches!(again, CommandError::Exists { entity: "avtale", .. }), "{again}");

    let details = AvtaleDetails { arrangor: Some(setup.arrangor().await), ..details };
    assert_eq!(setup.service.execute(EditAvtale { id, details }, morning()).await.unwrap(), Version::new(2));
    assert_eq!(status(setup.get_avtale(id).await), AvtaleStatus::Aktiv);
    setup.assert_nothing_published().await;
}

#[tokio::test]
async fn a_new_avtale_that_breaks_a_rule_or_refers_to_nothing_is_refused() {
    let setup = Setup::new().await;
    let oppfolging = setup.tiltakstype(Tiltakskode::Oppfolging).await.id;
    let details = setup.avtale_details().await;
    let create = |tiltakstype, details| {
        setup.service.execute(CreateAvtale { id: new_id(), tiltakstype, details }, morning())
    };

    let single = setup.tiltakstype(Tiltakskode::HoyereUtdanning).await.id;
    setup.breaks("tiltakstypen-stotter-avtaler", create(single, details.clone())).await;
    let dates = AvtaleDetails { slutt_dato: Some(day("2024-12-31")), ..details.clone() };
    setup.breaks("avtale-slutter-etter-start", create(oppfolging, dates)).await;

    let nobody = AvtaleDetails { arrangor: Some(scalar("999999999")), ..details.clone() };
    let error = setup.refused(create(oppfolging, nobody)).await;
    assert_eq!(error.to_string(), "there is no arrangør 999999999");
    let nothing = scalar("59a64a02-efdd-471d-9529-000000000001");
    let error = setup.refused(create(nothing, details)).await;
    assert_eq!(error.to_string(), "there is no tiltakstype 59a64a02-efdd-471d-9529-000000000001");
}

#[tokio::test]
async fn an_arrangor_that_is_saved_can_have_an_avtale_and_publishes_nothing() {
    let setup = Setup::new().await;
    let organisasjonsnummer: Organisasjonsnummer = scalar("999999999");
    let arrangor =
        UpsertArrangor { organisasjonsnummer: organisasjonsnummer.clone(), navn: "Nye AS".to_owned() };
    setup.service.execute(arrangor, morning()).await.unwrap();
    setup.assert_nothing_published().await;

    let tiltakstype = setup.tiltakstype(Tiltakskode::Oppfolging).await.id;
    let details = AvtaleDetails { arrangor: Some(organisasjonsnummer), ..setup.avtale_details().await };
    setup.service.execute(CreateAvtale { id: new_id(), tiltakstype, details }, morning()).await.unwrap();
}

#[tokio::test]
async fn each_kind_of_edit_is_saved_and_leaves_a_note_to_fan_out() {
    let setup = Setup::new().await;
    let id = setup.avtale(Tiltakskode::Oppfolging).await;
    let now = seconds_later(5);
    let details = AvtaleDetails { navn: "Ny".to_owned(), ..setup.avtale_details().await };
    let personvern = Personvern { bekreftet: true, personopplysninger: ["Navn".to_owned()].into() };
    let veilederinfo = AvtaleVeilederinfo { beskrivelse: Some("Tekst".to_owned()) };
    let prismodell = Prismodell { prisbetingelser: Some("Fast pris".to_owned()) };
    let service = &setup.service;

    for edit in 0..4 {
        let version = match edit {
            0 => service.execute(EditAvtale { id, details: details.clone() }, now).await,
            1 => service.execute(EditAvtalePersonvern { id, personvern: personvern.clone() }, now).await,
            2 => {
                service.execute(EditAvtaleVeilederinfo { id, veilederinfo: veilederinfo.clone() }, now).await
            }
            _ => service.execute(EditAvtalePrismodell { id, prismodell: prismodell.clone() }, now).await,
        };
        assert_eq!(version.unwrap(), Version::new(edit + 2));
        assert_eq!(setup.pending_fanouts().await, 1, "edit {edit}");
        setup.assert_nothing_published().await;
        setup.forget_fanouts().await;
    }

    let avtale = setup.get_avtale(id).await;
    assert_eq!(AvtaleDetails::of(&avtale), details);
    assert_eq!((avtale.personvern, avtale.veilederinfo), (personvern, veilederinfo));
    assert_eq!((avtale.prismodell, avtale.oppdatert), (prismodell, now.instant()));
}

#[tokio::test]
async fn details_that_are_the_same_are_no_change() {
    let setup = Setup::new().await;
    let id = setup.avtale(Tiltakskode::Oppfolging).await;
    let before = setup.contents().await;

    let details = setup.avtale_details().await;
    assert_eq!(
        setup.service.execute(EditAvtale { id, details }, seconds_later(5)).await.unwrap(),
        Version::FIRST
    );

    assert_eq!(setup.contents().await, before);
}

#[tokio::test]
async fn an_edit_that_breaks_a_rule_or_refers_to_nothing_is_refused() {
    let setup = Setup::new().await;
    let id = setup.avtale(Tiltakskode::Oppfolging).await;
    let details = setup.avtale_details().await;

    let dates = AvtaleDetails { start_dato: day("2028-01-01"), ..details.clone() };
    setup
        .breaks(
            "avtale-slutter-etter-start",
            setup.service.execute(EditAvtale { id, details: dates }, morning()),
        )
        .await;
    let nobody = AvtaleDetails { arrangor: Some(scalar("999999999")), ..details.clone() };
    let error = setup.refused(setup.service.execute(EditAvtale { id, details: nobody }, morning())).await;
    assert!(matches!(error, CommandError::NotFound { entity: "arrangør", .. }), "{error}");
    let error = setup.refused(setup.service.execute(EditAvtale { id: new_id(), details }, morning())).await;
    assert!(matches!(error, CommandError::NotFound { entity: "avtale", .. }), "{error}");
}

#[tokio::test]
async fn an_edit_that_would_make_a_gjennomforing_unpublishable_is_refused_at_once() {
    let setup = Setup::new().await;
    // Arena is told the first region.
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let nowhere = AvtaleDetails { regioner: Vec::new(), ..setup.avtale_details().await };
    let edit =
        setup.service.execute(EditAvtale { id: it.avtale.unwrap(), details: nowhere.clone() }, morning());
    let error = setup.refused(edit).await;
    assert!(error.to_string().ends_with("needs enhet, and it is not set"), "{error}");

    let untold = setup.gjennomforing(Tiltakskode::TilrettelagtArbeidOrdinaer).await;
    setup
        .service
        .execute(EditAvtale { id: untold.avtale.unwrap(), details: nowhere }, morning())
        .await
        .unwrap();
}

#[tokio::test]
async fn cutting_an_avtale_off_is_for_good_and_neither_publishes_nor_fans_out() {
    let setup = Setup::new().await;
    let gjennomforing = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let id = gjennomforing.avtale.unwrap();
    let before = setup.get_avtale(id).await;

    setup.service.execute(CancelAvtale { id }, seconds_later(5)).await.unwrap();

    let after = setup.get_avtale(id).await;
    assert_eq!(rules::avtale_status(&after, morning().today()), AvtaleStatus::Avbrutt);
    assert_eq!((after.version, after.oppdatert), (before.version.next(), before.oppdatert));
    assert_eq!(setup.pending_fanouts().await, 0);
    setup.assert_nothing_published().await;
    setup.breaks("bare-aktiv-avtale-avbrytes", setup.service.execute(CancelAvtale { id }, morning())).await;
    let end = setup.service.execute(EndAvtale { id, slutt_dato: day("2026-03-01") }, morning());
    setup.breaks("bare-aktiv-avtale-avsluttes", end).await;

    let details = AvtaleDetails { slutt_dato: None, ..setup.avtale_details().await };
    setup.service.execute(EditAvtale { id, details }, morning()).await.unwrap();
    let edited = setup.get_avtale(id).await;
    assert_eq!(rules::avtale_status(&edited, morning().today()), AvtaleStatus::Avbrutt, "it is sticky");
}

#[tokio::test]
async fn ending_an_avtale_neither_publishes_nor_fans_out() {
    let setup = Setup::new().await;
    let gjennomforing = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let id = gjennomforing.avtale.unwrap();
    let end = |date| setup.service.execute(EndAvtale { id, slutt_dato: day(date) }, morning());
    setup.breaks("avtale-avsluttes-for-i-dag", end("2026-03-16")).await;
    setup.breaks("avtale-slutter-etter-start", end("2024-12-31")).await;

    end("2026-03-15").await.unwrap();

    let avtale = setup.get_avtale(id).await;
    assert_eq!(rules::avtale_status(&avtale, morning().today()), AvtaleStatus::Avsluttet);
    assert_eq!(setup.pending_fanouts().await, 0);
    setup.assert_nothing_published().await;
    setup.breaks("bare-aktiv-avtale-avsluttes", end("2026-03-15")).await;
}
