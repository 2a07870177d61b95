use serde_json::{Value, json};
use tiltak_producer::commands::SetKategorisering;
use tiltak_producer::domain::Kategorisering;
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Kurstype, Tiltakskode};
use tiltak_schema::scalar::GjennomforingId;

use super::setup::{ALL_THREE, DATAVAREHUS, NOT_ARENA, Setup, morning, seconds_later};

fn kurs(kurstype: Kurstype) -> Kategorisering {
    Kategorisering { kurstype: Some(kurstype), norskprove: Some(true), ..Kategorisering::default() }
}

fn yrkesfag() -> Kategorisering {
    let utdanningslop = json!({
        "utdanningsprogram": "59a64a02-efdd-471d-9529-000000000001",
        "utdanninger": ["59a64a02-efdd-471d-9529-000000000002"],
    });
    Kategorisering {
        utdanningslop: Some(serde_json::from_value(utdanningslop).unwrap()),
        ..Kategorisering::default()
    }
}

/// What the warehouse is told now.
async fn to_warehouse(setup: &Setup, id: GjennomforingId, topics: &[&str], field: &str) -> Value {
    let rows = setup.store.outbox().records(u32::MAX).await.unwrap();
    let row = rows.iter().find(|row| row.topic == DATAVAREHUS).unwrap();
    let value: Value = serde_json::from_str(row.value.as_ref().unwrap()).unwrap();
    setup.assert_published(topics, id).await;
    value[field].clone()
}

#[tokio::test]
async fn a_kategorisering_is_set_and_taken_away_and_published_each_time() {
    let setup = Setup::new().await;
    let kode = Tiltakskode::NorskopplaeringGrunnleggendeFerdigheterFov;
    let id = setup.gjennomforing(kode).await.id;
    let set = |kategorisering, second| {
        setup.service.execute(SetKategorisering { id, kategorisering }, seconds_later(second))
    };

    set(Some(kurs(Kurstype::Norskopplaering)), 1).await.unwrap();
    let expected = json!({"kurstype": "NORSKOPPLAERING", "innholdElementer": [], "norskprove": true});
    assert_eq!(to_warehouse(&setup, id, ALL_THREE, "amoKategorisering").await, expected);
    assert_eq!(setup.aggregate(id).await.kategorisering, Some(kurs(Kurstype::Norskopplaering)));
    assert_eq!(setup.get(id).await.oppdatert, seconds_later(1).instant());

    set(None, 2).await.unwrap();
    assert_eq!(to_warehouse(&setup, id, ALL_THREE, "amoKategorisering").await, Value::Null);
    assert_eq!(setup.aggregate(id).await.kategorisering, None);
}

#[tokio::test]
async fn yrkesfag_has_an_utdanningslop_also_on_an_enkeltplass() {
    let setup = Setup::new().await;
    let id = setup.enkeltplass(Tiltakskode::EnkeltplassFagOgYrkesopplaering).await.id;
    setup
        .service
        .execute(SetKategorisering { id, kategorisering: Some(yrkesfag()) }, morning())
        .await
        .unwrap();
    let published = to_warehouse(&setup, id, NOT_ARENA, "utdanningslop").await;
    assert_eq!(published["utdanningsprogram"], "59a64a02-efdd-471d-9529-000000000001");
}

#[tokio::test]
async fn every_kurstype_that_does_not_go_with_the_tiltakskode_is_refused() {
    use Kurstype as K;
    use Tiltakskode as T;
    let setup = Setup::new().await;
    // in the order of the table in schema/WIRE.md, section 3.5
    let rows: [(T, &[K]); 4] = [
        (
            T::GruppeArbeidsmarkedsopplaering,
            &[
                K::BransjeOgYrkesrettet,
                K::ForberedendeOpplaeringForVoksne,
                K::GrunnleggendeFerdigheter,
                K::Norskopplaering,
                K::Studiespesialisering,
            ],
        ),
        (T::Arbeidsmarkedsopplaering, &[K::BransjeOgYrkesrettet]),
        (
            T::NorskopplaeringGrunnleggendeFerdigheterFov,
            &[K::ForberedendeOpplaeringForVoksne, K::GrunnleggendeFerdigheter, K::Norskopplaering],
        ),
        (
            T::Studiespesialisering,
            &[
                K::BransjeOgYrkesrettet,
                K::ForberedendeOpplaeringForVoksne,
                K::GrunnleggendeFerdigheter,
                K::Norskopplaering,
                K::Studiespesialisering,
            ],
        ),
    ];
    for (kode, allowed) in rows {
        let id = setup.gjennomforing(kode).await.id;
        for kurstype in <K as tiltak_schema::view::WireEnum>::ALL {
            let set = setup
                .service
                .execute(SetKategorisering { id, kategorisering: Some(kurs(*kurstype)) }, morning());
            if allowed.contains(kurstype) {
                set.await.unwrap();
                setup.assert_published(ALL_THREE, id).await;
            } else {
                setup.breaks("kurstype-passer-tiltakskoden", set).await;
            }
        }
    }
}

#[tokio::test]
async fn a_kategorisering_that_breaks_a_rule_is_refused() {
    let setup = Setup::new().await;
    let oppfolging = setup.gjennomforing(Tiltakskode::Oppfolging).await.id;
    let amo = setup.gjennomforing(Tiltakskode::Studiespesialisering).await.id;
    let fag = setup.gjennomforing(Tiltakskode::GruppeFagOgYrkesopplaering).await.id;
    let norsk = kurs(Kurstype::Norskopplaering);
    let ended = setup.with_status(GjennomforingStatus::Avsluttet).await.id;
    let arena = setup.arena_gruppe().await.id;
    for (rule, id, kategorisering) in [
        ("kategorisering-av-opplaering", oppfolging, norsk.clone()),
        ("utdanningslop-til-yrkesfag", amo, yrkesfag()),
        ("kurstype-til-amo", fag, norsk.clone()),
        ("bare-gjennomfores-redigeres", ended, norsk.clone()),
        ("bare-avtale-redigeres", arena, norsk),
    ] {
        setup
            .breaks(
                rule,
                setup
                    .service
                    .execute(SetKategorisering { id, kategorisering: Some(kategorisering) }, morning()),
            )
            .await;
    }
}
