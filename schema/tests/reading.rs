//! What a reader gets from what is on the wire, and what it is told when that is wrong.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::fmt::Write;

use insta::assert_snapshot;
use serde_json::{Value, json};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::{DatavarehusTiltakTopicV1, DatavarehusTiltakV1};
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::kodeverk::Tiltakskode;
use tiltak_schema::tiltaksgjennomforing_v2::{SisteTiltaksgjennomforingerV2, TiltaksgjennomforingV2};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::view::{Read, View, WireEnum, Written};

const ID: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";

fn tiltakstype() -> Value {
    json!({
        "id": ID,
        "navn": "Jobbklubb",
        "tiltakskode": "JOBBKLUBB",
        "innsatsgrupper": ["GODE_MULIGHETER"],
        "arenaKode": null,
        "deltakerRegistreringInnhold": null,
        "opprettetTidspunkt": "2022-01-11T00:00",
        "oppdatertTidspunkt": "2022-01-11T00:00",
    })
}

fn enkeltplass() -> Value {
    json!({
        "type": "TiltaksgjennomforingV2.Enkeltplass",
        "id": ID,
        "opprettetTidspunkt": "2022-01-11T00:00:00Z",
        "oppdatertTidspunkt": "2022-01-11T00:00:00Z",
        "tiltakskode": "HOYERE_UTDANNING",
        "arrangor": {"organisasjonsnummer": "123456785"},
        "status": "GJENNOMFORES",
        "oppstart": "ENKELTPLASS",
        "pameldingType": "TRENGER_GODKJENNING",
    })
}

fn read<T: Topic, V: View>(value: &Value) -> Result<T::Value<V>, DecodeError> {
    decode::value::<T, V>(value.to_string().as_bytes())
}

/// The value with another one at a JSON pointer, or without it.
fn with(mut value: Value, pointer: &str, put: Option<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    match (parent, put) {
        (Value::Object(properties), Some(put)) => drop(properties.insert(name.to_owned(), put)),
        (Value::Object(properties), None) => drop(properties.remove(name)),
        (Value::Array(items), Some(put)) => items[name.parse::<usize>().unwrap()] = put,
        _ => unreachable!("{pointer}"),
    }
    value
}

#[test]
fn an_enum_value_that_came_later_is_kept_when_read_and_cannot_be_written() {
    let value = with(tiltakstype(), "/tiltakskode", Some(json!("ET_NYTT_TILTAK")));
    let value = with(value, "/innsatsgrupper/0", Some(json!("EN_NY_GRUPPE")));

    let read_value = read::<SisteTiltakstyperV3, Read>(&value).unwrap();
    assert_eq!(read_value.tiltakskode.known(), None);
    assert_eq!(serde_json::to_value(&read_value).unwrap(), value);

    let error = read::<SisteTiltakstyperV3, Written>(&value).unwrap_err();
    assert_eq!(error.pointer(), "/tiltakskode");
}

#[test]
fn a_variant_that_came_later_is_kept_when_read_and_cannot_be_written() {
    let value = with(enkeltplass(), "/type", Some(json!("TiltaksgjennomforingV2.Kurs")));

    let TiltaksgjennomforingV2::Unknown(unknown) =
        read::<SisteTiltaksgjennomforingerV2, Read>(&value).unwrap()
    else {
        unreachable!("the variant is not known")
    };
    assert_eq!(unknown.discriminator(), "TiltaksgjennomforingV2.Kurs");
    assert_eq!(unknown.properties()["id"], ID);
    assert_eq!(serde_json::to_value(&unknown).unwrap(), value);

    assert_eq!(read::<SisteTiltaksgjennomforingerV2, Written>(&value).unwrap_err().pointer(), "/type");
}

#[test]
fn properties_that_came_later_are_ignored_at_every_level() {
    let value = with(enkeltplass(), "/nytt", Some(json!([1, {"a": null}])));
    let value = with(value, "/arrangor/nytt", Some(json!("x")));
    let read_value = read::<SisteTiltaksgjennomforingerV2, Read>(&value).unwrap();
    assert_eq!(serde_json::to_value(&read_value).unwrap(), enkeltplass());
}

#[test]
fn a_property_that_is_left_out_when_unknown_is_not_written_as_null() {
    let value = read::<SisteTiltaksgjennomforingerV2, Read>(&enkeltplass()).unwrap();
    assert!(!serde_json::to_string(&value).unwrap().contains("lopenummer"));
    let TiltaksgjennomforingV2::Enkeltplass(enkeltplass) = value else { unreachable!("it is one") };
    assert_eq!(enkeltplass.lopenummer, None);
}

#[test]
fn a_tombstone_is_told_from_an_empty_value_and_from_null() {
    let decode = |value: Option<&[u8]>| Record::<SisteTiltakstyperV3, Read>::decode(ID.as_bytes(), value);
    assert_eq!(decode(None).unwrap(), Record::Tombstone { key: ID.parse().unwrap() });
    assert!(decode(Some(b"")).is_err());
    assert!(decode(Some(b"null")).is_err());
}

#[test]
fn the_largest_and_smallest_integers_and_doubles_survive() {
    let mut value = json!({
        "type": "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto",
        "tiltakskode": "STUDIESPESIALISERING",
        "avtale": null,
        "gjennomforing": {
            "id": ID,
            "opprettetTidspunkt": "2022-01-11T00:00",
            "oppdatertTidspunkt": "2022-01-11T00:00",
            "arrangor": {"organisasjonsnummer": "123456785"},
            "navn": null,
            "oppstartstype": "FELLES",
            "pameldingstype": "TRENGER_GODKJENNING",
            "startDato": null,
            "sluttDato": null,
            "status": null,
            "arena": {"aar": i32::MIN, "lopenummer": i32::MAX},
            "deltidsprosent": 4.9e-324,
        },
        "amoKategorisering": {"sertifiseringer": [
            {"konseptId": i64::MIN, "label": ""}, {"konseptId": 9_007_199_254_740_993_i64, "label": "\u{0}"},
        ]},
    });
    for double in [4.9e-324, f64::MAX, 1e-4, 33.3, -0.0] {
        value["gjennomforing"]["deltidsprosent"] = json!(double);
        let read_value: DatavarehusTiltakV1<Read> = read::<DatavarehusTiltakTopicV1, Read>(&value).unwrap();
        assert_eq!(serde_json::to_value(&read_value).unwrap(), value);
    }
}

#[test]
fn every_enum_value_has_one_spelling_and_no_other_is_read_as_it() {
    for code in Tiltakskode::ALL {
        assert_eq!(Tiltakskode::from_wire(code.as_str()), Some(*code));
        assert_eq!(Tiltakskode::from_wire(&code.as_str().to_lowercase()), None);
    }
    assert_eq!(Tiltakskode::ALL.len(), 29);
    // spelt so on the wire
    assert_eq!(
        Tiltakskode::from_wire("MIDLERTIDIG_LONNSTLSKUDD").map(Tiltakskode::as_str),
        Some("MIDLERTIDIG_LONNSTLSKUDD")
    );
}

#[test]
fn an_error_says_where_what_was_expected_and_what_was_found_and_quotes_nothing() {
    let mut said = String::new();
    let mut say = |error: DecodeError| writeln!(said, "{error}").unwrap();
    for (pointer, put) in [
        ("/id", Some(json!("Kari Nordmann"))),
        ("/navn", None),
        ("/navn", Some(Value::Null)),
        ("/innsatsgrupper", Some(json!("GODE_MULIGHETER"))),
        ("/innsatsgrupper/0", Some(json!(1))),
        ("/arenaKode", Some(json!(["JOBBK"]))),
        (
            "/deltakerRegistreringInnhold",
            Some(json!({"ledetekst": "x", "innholdselementer": [{"tekst": true}]})),
        ),
        ("/opprettetTidspunkt", Some(json!("2022-01-11T00:00:00Z"))),
    ] {
        say(read::<SisteTiltakstyperV3, Read>(&with(tiltakstype(), pointer, put)).unwrap_err());
    }
    for (pointer, put) in [
        ("/type", None),
        ("/type", Some(json!(7))),
        ("/arrangor", Some(json!("123456785"))),
        ("/arrangor/organisasjonsnummer", Some(json!("12345678"))),
        ("/lopenummer", Some(json!("2026-1"))),
        ("/oppdatertTidspunkt", Some(json!("2022-01-11T00:00"))),
    ] {
        say(read::<SisteTiltaksgjennomforingerV2, Read>(&with(enkeltplass(), pointer, put)).unwrap_err());
    }
    let arena = json!({"id": ID, "arenaId": 2_147_483_648_u32});
    say(read::<ArenaMigreringTiltaksgjennomforingerV1, Read>(&arena).unwrap_err());
    for text in ["", "nei", "[", "{\"id\":\"", "\"Kari\""] {
        say(decode::value::<SisteTiltakstyperV3, Read>(text.as_bytes()).unwrap_err());
    }
    say(decode::value::<SisteTiltakstyperV3, Read>(b"\xff").unwrap_err());
    for key in [&b"Kari"[..], b"", b"\xff\xfe", b"59A64A02-EFDD-471D-9529-356FF5553A5D"] {
        say(decode::key::<SisteTiltakstyperV3>(key).unwrap_err());
    }

    assert!(!said.contains("Kari"), "{said}");
    assert_snapshot!(said);
}
