use serde_json::{Value, json};
use tiltak_schema::view::WireEnum;

use super::*;
use crate::domain::kodeverk::{GjennomforingStatus, Oppstart};
use crate::domain::{Kategorisering, Kind};
use crate::sample::{aggregate, now, scalar};
use crate::seed;

const V2: &str = SisteTiltaksgjennomforingerV2::NAME;
const ARENA: &str = ArenaMigreringTiltaksgjennomforingerV1::NAME;
const DATAVAREHUS: &str = DatavarehusTiltakTopicV1::NAME;

/// The value that an entity gives on a topic.
fn value(aggregate: &GjennomforingAggregate, topic: &str) -> Option<Value> {
    value_with(&MigratedCodes::production(), aggregate, topic)
}

fn value_with(migrert: &MigratedCodes, aggregate: &GjennomforingAggregate, topic: &str) -> Option<Value> {
    let records = gjennomforing(aggregate, migrert).unwrap();
    let record = records.into_iter().find(|record| record.topic == topic)?;
    Some(serde_json::from_str(&record.value.unwrap()).unwrap())
}

fn error(aggregate: &GjennomforingAggregate) -> String {
    gjennomforing(aggregate, &MigratedCodes::production()).unwrap_err().to_string()
}

fn enkeltplass(kind: Kind) -> GjennomforingAggregate {
    let mut aggregate = aggregate(Tiltakskode::EnkeltplassArbeidsmarkedsopplaering);
    aggregate.gjennomforing.kind = kind;
    aggregate.gjennomforing.oppstart = Oppstart::Enkeltplass;
    aggregate.avtale = None;
    aggregate.gjennomforing.avtale = None;
    aggregate
}

#[test]
fn an_event_gives_the_same_key_on_every_topic_that_it_concerns() {
    let records = gjennomforing(&aggregate(Tiltakskode::Oppfolging), &MigratedCodes::production()).unwrap();
    let topics: Vec<_> = records.iter().map(|record| record.topic).collect();
    assert_eq!(topics, [V2, DATAVAREHUS, ARENA]);
    assert!(records.iter().all(|record| record.key == "00000000-0000-4000-8000-000000000001"));
}

#[test]
fn a_removal_is_a_tombstone_on_two_topics_and_nothing_for_arena() {
    let records = removal(scalar("00000000-0000-4000-8000-000000000001")).unwrap();
    let topics: Vec<_> = records.iter().map(|record| (record.topic, &record.value)).collect();
    assert_eq!(topics, [(V2, &None), (DATAVAREHUS, &None)]);
}

#[test]
fn eighteen_of_the_tiltakstyper_are_published() {
    let tiltakstyper = seed::real_tiltakstyper(now());
    let published = tiltakstyper.iter().filter(|it| tiltakstype(it).unwrap().is_some()).count();
    assert_eq!((tiltakstyper.len(), published), (29, 18));
}

#[test]
fn the_variant_on_v2_follows_from_kind_and_oppstart() {
    let variant = |kind, oppstart| {
        let mut aggregate = aggregate(Tiltakskode::Oppfolging);
        aggregate.gjennomforing.kind = kind;
        aggregate.gjennomforing.oppstart = oppstart;
        aggregate.gjennomforing.arena.enhet = Some(scalar("0111"));
        value(&aggregate, V2).unwrap()["type"].as_str().unwrap().to_owned()
    };
    for (kind, oppstart, expected) in [
        (Kind::Avtale, Oppstart::Lopende, "Gruppe"),
        (Kind::Avtale, Oppstart::Felles, "Gruppe"),
        (Kind::Enkeltplass, Oppstart::Enkeltplass, "Enkeltplass"),
        (Kind::Arena, Oppstart::Lopende, "Gruppe"),
        (Kind::Arena, Oppstart::Felles, "Gruppe"),
        (Kind::Arena, Oppstart::Enkeltplass, "Enkeltplass"),
    ] {
        assert_eq!(
            variant(kind, oppstart),
            format!("TiltaksgjennomforingV2.{expected}"),
            "{kind:?} {oppstart:?}"
        );
    }
}

#[test]
fn what_arena_does_not_know_is_not_published_of_a_gruppe_from_arena() {
    let mut aggregate = aggregate(Tiltakskode::Oppfolging);
    let fields = ["apentForPamelding", "oppmoteSted", "tilgjengeligForArrangorFraOgMedDato"];
    let published = |aggregate: &GjennomforingAggregate| {
        let value = value(aggregate, V2).unwrap();
        fields.map(|field| value[field].clone())
    };
    assert_eq!(published(&aggregate), [json!(true), json!("Storgata 1"), json!("2025-12-15")]);

    aggregate.gjennomforing.kind = Kind::Arena;
    aggregate.gjennomforing.arena.enhet = Some(scalar("0111"));

    assert_eq!(published(&aggregate), [json!(false), Value::Null, Value::Null]);
    assert_eq!(value(&aggregate, ARENA).unwrap()["apentForInnsok"], false);
}

#[test]
fn an_enkeltplass_without_a_number_has_no_lopenummer_on_the_wire() {
    let mut aggregate = enkeltplass(Kind::Enkeltplass);
    aggregate.gjennomforing.lopenummer = None;
    assert!(!value(&aggregate, V2).unwrap().as_object().unwrap().contains_key("lopenummer"));

    let mut gruppe = super::tests::aggregate(Tiltakskode::Oppfolging);
    gruppe.gjennomforing.lopenummer = None;
    assert_eq!(
        error(&gruppe),
        "gjennomføring 00000000-0000-4000-8000-000000000001: siste-tiltaksgjennomforinger-v2 needs lopenummer, \
         and it is not set"
    );
}

#[test]
fn the_same_instant_is_utc_on_v2_and_norwegian_time_on_the_other_two() {
    let aggregate = aggregate(Tiltakskode::Oppfolging);
    let v2 = value(&aggregate, V2).unwrap();
    let arena = value(&aggregate, ARENA).unwrap();
    let datavarehus = value(&aggregate, DATAVAREHUS).unwrap();

    // winter, then summer
    assert_eq!(v2["opprettetTidspunkt"], "2025-12-01T10:00:00Z");
    assert_eq!(arena["opprettetTidspunkt"], "2025-12-01T11:00");
    assert_eq!(datavarehus["gjennomforing"]["opprettetTidspunkt"], "2025-12-01T11:00");
    assert_eq!(v2["oppdatertTidspunkt"], "2026-07-01T10:00:00Z");
    assert_eq!(arena["endretTidspunkt"], "2026-07-01T12:00");
    assert_eq!(datavarehus["gjennomforing"]["oppdatertTidspunkt"], "2026-07-01T12:00");
}

#[test]
fn the_enhet_of_a_gjennomforing_with_an_avtale_is_that_of_arena_or_the_first_region() {
    let mut aggregate = aggregate(Tiltakskode::Oppfolging);
    aggregate.gjennomforing.arena.enhet = Some(scalar("0111"));
    let enhet = |aggregate: &GjennomforingAggregate| value(aggregate, ARENA).unwrap()["enhet"].clone();

    assert_eq!(enhet(&aggregate), "0111");
    aggregate.gjennomforing.arena.enhet = None;
    assert_eq!(enhet(&aggregate), "0300");
    aggregate.avtale.as_mut().unwrap().regioner.clear();
    assert_eq!(aggregate.gjennomforing.ansvarlig_enhet, Some(scalar("0219")), "it is that of an enkeltplass");
    assert!(error(&aggregate).ends_with("needs enhet, and it is not set"), "{}", error(&aggregate));
}

#[test]
fn the_enhet_of_an_enkeltplass_is_its_responsible_unit_unless_it_came_from_arena() {
    let mut aggregate = enkeltplass(Kind::Enkeltplass);
    let migrert: MigratedCodes = [aggregate.tiltakstype.tiltakskode].into_iter().collect();
    assert_eq!(value_with(&migrert, &aggregate, ARENA).unwrap()["enhet"], "0219");

    aggregate.gjennomforing.kind = Kind::Arena;
    let error = gjennomforing(&aggregate, &migrert).unwrap_err().to_string();
    assert!(error.ends_with("needs enhet, and it is not set"), "{error}");
}

#[test]
fn arena_gets_its_own_code_and_only_what_is_migrert_and_has_a_start() {
    let mut aggregate = aggregate(Tiltakskode::GruppeFagOgYrkesopplaering);
    assert_eq!(value(&aggregate, ARENA).unwrap()["tiltakskode"], "GRUFAGYRKE");
    assert_eq!(value(&aggregate, V2).unwrap()["tiltakskode"], "GRUPPE_FAG_OG_YRKESOPPLAERING");

    aggregate.tiltakstype.arena_kode = None;
    assert_eq!(
        error(&aggregate),
        "tiltakskode GRUPPE_FAG_OG_YRKESOPPLAERING is marked migrert but has no Arena code"
    );
    assert_eq!(value_with(&[].into_iter().collect(), &aggregate, ARENA), None);

    let mut enkeltplass = enkeltplass(Kind::Enkeltplass);
    let migrert = [enkeltplass.tiltakstype.tiltakskode].into_iter().collect();
    assert!(value_with(&migrert, &enkeltplass, ARENA).is_some());
    enkeltplass.gjennomforing.start_dato = None;
    assert_eq!(value_with(&migrert, &enkeltplass, ARENA), None);
}

#[test]
fn what_is_migrert_in_production_is_what_the_list_of_tiltakstyper_says() {
    let list: Value = serde_json::from_str(include_str!("../seed/data/tiltakstyper.json")).unwrap();
    for tiltakstype in list.as_array().unwrap() {
        let tiltakskode = Tiltakskode::from_wire(tiltakstype["tiltakskode"].as_str().unwrap()).unwrap();
        let migrert = tiltakstype["migrert"].as_bool().unwrap();
        assert_eq!(MigratedCodes::production().contains(tiltakskode), migrert, "{tiltakskode}");
    }
}

#[test]
fn the_warehouse_is_not_told_the_details_of_an_enkeltplass() {
    let value = value(&enkeltplass(Kind::Arena), DATAVAREHUS).unwrap();
    let gjennomforing = value["gjennomforing"].as_object().unwrap();
    for field in ["navn", "startDato", "sluttDato", "status", "deltidsprosent"] {
        assert_eq!(gjennomforing.get(field), Some(&Value::Null), "{field} is there, and null");
    }
    assert_eq!(value["avtale"], Value::Null);
}

#[test]
fn every_tiltakskode_has_its_variant_on_the_topic_of_the_warehouse() {
    let class =
        |name: &str| format!("no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1{name}Dto");
    for tiltakskode in Tiltakskode::ALL {
        let aggregate = aggregate(*tiltakskode);
        let code = tiltakskode.as_str();
        let expected = if code.contains("FAG_OG_YRKESOPPLAERING") {
            "Yrkesfag"
        } else if code.contains("ARBEIDSMARKEDSOPPLAERING")
            || ["STUDIESPESIALISERING", "NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV"].contains(&code)
        {
            "Amo"
        } else {
            ""
        };
        assert_eq!(value(&aggregate, DATAVAREHUS).unwrap()["type"], class(expected), "{code}");
    }
}

#[test]
fn every_status_is_told_to_arena() {
    for status in GjennomforingStatus::ALL {
        let mut aggregate = aggregate(Tiltakskode::Oppfolging);
        aggregate.gjennomforing.status = *status;
        assert_eq!(value(&aggregate, ARENA).unwrap()["status"], status.as_str());
    }
}

/// A kategorisering with everything in it, of which the table chooses.
fn full(kurstype: Kurstype) -> Kategorisering {
    serde_json::from_value(json!({
        "kurstype": kurstype,
        "bransje": "HELSE_PLEIE_OG_OMSORG",
        "forerkort": ["B", "BE"],
        "innhold_elementer": ["PRAKSIS"],
        "norskprove": true,
        "sertifiseringer": [{"konseptId": i64::MAX, "label": "Truckfører"}],
        "utdanningslop": null,
    }))
    .unwrap()
}

/// The properties of `amoKategorisering`; `None` if it is null; the error if the pair is none.
fn amo(tiltakskode: Tiltakskode, kurstype: Option<Kurstype>) -> Result<Option<Vec<String>>, String> {
    let mut aggregate = aggregate(tiltakskode);
    aggregate.kategorisering = Some(Kategorisering { kurstype, ..full(Kurstype::Norskopplaering) });
    let records =
        gjennomforing(&aggregate, &MigratedCodes::production()).map_err(|error| error.to_string())?;
    let record = records.into_iter().find(|record| record.topic == DATAVAREHUS).unwrap();
    let value: Value = serde_json::from_str(&record.value.unwrap()).unwrap();
    let amo = &value["amoKategorisering"];
    Ok(amo.as_object().map(|properties| properties.keys().cloned().collect()))
}

#[test]
fn the_content_of_amo_kategorisering_follows_the_table_of_the_wire_contract() {
    use Kurstype as K;
    use Tiltakskode as T;

    const YRKESRETTET: &[&str] = &["bransje", "forerkort", "innholdElementer", "kurstype", "sertifiseringer"];
    const INNHOLD: &[&str] = &["innholdElementer", "kurstype"];
    const NORSK: &[&str] = &["innholdElementer", "kurstype", "norskprove"];
    const BARE: &[&str] = &["kurstype"];
    const ALT: &[&str] =
        &["bransje", "forerkort", "innholdElementer", "kurstype", "norskprove", "sertifiseringer"];
    let rows: [(T, [Option<&[&str]>; 5]); 4] = [
        // in the order of Kurstype::ALL
        (
            T::GruppeArbeidsmarkedsopplaering,
            [Some(NORSK), Some(INNHOLD), Some(INNHOLD), Some(YRKESRETTET), Some(BARE)],
        ),
        (T::Arbeidsmarkedsopplaering, [None, None, None, Some(YRKESRETTET), None]),
        (
            T::NorskopplaeringGrunnleggendeFerdigheterFov,
            [Some(NORSK), Some(INNHOLD), Some(INNHOLD), None, None],
        ),
        (T::Studiespesialisering, [Some(ALT); 5]),
    ];
    for (tiltakskode, row) in rows {
        for (kurstype, expected) in K::ALL.iter().zip(row) {
            let found = amo(tiltakskode, Some(*kurstype)).map(|properties| {
                let mut properties = properties.unwrap();
                properties.sort();
                properties
            });
            match expected {
                Some(expected) => assert_eq!(found.unwrap(), expected, "{tiltakskode} {kurstype}"),
                None => assert_eq!(
                    found.unwrap_err(),
                    format!("kurstype {kurstype} does not go with tiltakskode {tiltakskode}")
                ),
            }
        }
        assert_eq!(amo(tiltakskode, None), Ok(None), "{tiltakskode} without kurstype");
    }
    for kurstype in K::ALL {
        assert_eq!(amo(T::EnkeltplassArbeidsmarkedsopplaering, Some(*kurstype)), Ok(None));
    }
}

#[test]
fn a_number_that_json_cannot_write_is_refused() {
    let mut aggregate = aggregate(Tiltakskode::Oppfolging);
    aggregate.gjennomforing.deltidsprosent = Some(f64::NAN);
    // serde_json writes null for it, which the contract does not allow.
    assert!(gjennomforing(&aggregate, &MigratedCodes::production()).is_err());
}

/// Of each instant and date that an entity has, with a value from the edge of what there is.
#[test]
fn an_instant_and_a_date_at_the_edge_are_published_as_they_are() {
    let (first, last) = ("0000-01-01T00:00:00Z", "9999-12-31T22:59:59.999999999Z");
    let (first_local, last_local) = ("0000-01-01T00:", "9999-12-31T23:59:59.999999999");
    for (instant, local, date) in [
        (first, first_local, "0000-01-01"),
        (last, last_local, "9999-12-31"),
        (last, last_local, "0000-02-29"),
    ] {
        let mut aggregate = aggregate(Tiltakskode::Oppfolging);
        let it = &mut aggregate.gjennomforing;
        (it.opprettet, it.oppdatert) = (scalar(instant), scalar(instant));
        (it.start_dato, it.slutt_dato) = (Some(scalar(date)), Some(scalar(date)));
        it.tilgjengelig_for_arrangor_dato = Some(scalar(date));
        let avtale = aggregate.avtale.as_mut().unwrap();
        (avtale.opprettet, avtale.oppdatert) = (scalar(instant), scalar(instant));
        (aggregate.tiltakstype.opprettet, aggregate.tiltakstype.oppdatert) =
            (scalar(instant), scalar(instant));

        let (v2, arena) = (value(&aggregate, V2).unwrap(), value(&aggregate, ARENA).unwrap());
        let warehouse = value(&aggregate, DATAVAREHUS).unwrap();
        let tiltakstype = tiltakstype(&aggregate.tiltakstype).unwrap().unwrap().value.unwrap();
        let tiltakstype: Value = serde_json::from_str(&tiltakstype).unwrap();

        for text in [&v2["opprettetTidspunkt"], &v2["oppdatertTidspunkt"]] {
            assert_eq!(text, instant);
        }
        for text in [
            &arena["opprettetTidspunkt"],
            &arena["endretTidspunkt"],
            &warehouse["avtale"]["opprettetTidspunkt"],
            &warehouse["avtale"]["oppdatertTidspunkt"],
            &warehouse["gjennomforing"]["opprettetTidspunkt"],
            &warehouse["gjennomforing"]["oppdatertTidspunkt"],
            &tiltakstype["opprettetTidspunkt"],
            &tiltakstype["oppdatertTidspunkt"],
        ] {
            assert!(text.as_str().unwrap().starts_with(local), "{text} {local}");
        }
        for text in [
            &v2["startDato"],
            &v2["sluttDato"],
            &v2["tilgjengeligForArrangorFraOgMedDato"],
            &arena["startDato"],
            &arena["sluttDato"],
            &warehouse["gjennomforing"]["startDato"],
            &warehouse["gjennomforing"]["sluttDato"],
        ] {
            assert_eq!(text, date);
        }
    }
}

#[test]
fn an_instant_that_is_after_the_year_9999_in_norway_is_refused_wherever_it_stands() {
    let after = || scalar("9999-12-31T23:00:00Z");
    let changes: [fn(&mut GjennomforingAggregate, Instant); 4] = [
        |it, instant| it.gjennomforing.opprettet = instant,
        |it, instant| it.gjennomforing.oppdatert = instant,
        |it, instant| it.avtale.as_mut().unwrap().opprettet = instant,
        |it, instant| it.avtale.as_mut().unwrap().oppdatert = instant,
    ];
    for change in changes {
        let mut aggregate = aggregate(Tiltakskode::Oppfolging);
        change(&mut aggregate, after());
        assert!(error(&aggregate).contains("after the year 9999 in Norway"), "{}", error(&aggregate));
    }
    let mut it = aggregate(Tiltakskode::Oppfolging).tiltakstype;
    it.opprettet = after();
    assert!(matches!(tiltakstype(&it), Err(PublishError::Time(_))));
}
