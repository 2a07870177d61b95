//! Projections: what they survive, and the declarations that are written from them.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tiltak_consumer_kit::projection::{OrUnknown, ProjectedTopic, Projection, ReaderDeclaration, Variants};
use tiltak_consumer_kit::{MemoryLog, Table};
use tiltak_contracts::reader::{BreakageKind, Cause, Declarations, ReaderBreakage};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::kodeverk::{GjennomforingStatus, Tiltakskode};
use tiltak_schema::scalar::{GjennomforingId, Instant, LocalDate, Organisasjonsnummer};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::topics;
use tiltak_schema::view::{Open, Read, Written};

const LIMIT: Duration = Duration::from_secs(10);
const GJENNOMFORINGER: &str =
    include_str!("../../contracts/topics/siste-tiltaksgjennomforinger-v2/2.0.1/value.schema.json");
const CONTRACTS: [(&str, &str); 4] = [
    (
        "siste-tiltakstyper-v3",
        include_str!("../../contracts/topics/siste-tiltakstyper-v3/3.0.1/value.schema.json"),
    ),
    ("siste-tiltaksgjennomforinger-v2", GJENNOMFORINGER),
    (
        "arena-migrering-tiltaksgjennomforinger-v1",
        include_str!(
            "../../contracts/topics/arena-migrering-tiltaksgjennomforinger-v1/1.0.0/value.schema.json"
        ),
    ),
    (
        "datavarehus-tiltak-v1",
        include_str!("../../contracts/topics/datavarehus-tiltak-v1/1.0.0/value.schema.json"),
    ),
];

#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Flat {
    id: GjennomforingId,
    tiltakskode: Open<Tiltakskode>,
    arrangor: Arrangor,
    slutt_dato: Option<LocalDate>,
    #[serde(default)]
    apent_for_pamelding: bool,
}

#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
struct Arrangor {
    organisasjonsnummer: Organisasjonsnummer,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
struct Strict {
    status: GjennomforingStatus,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type")]
enum Tagged {
    #[serde(rename = "TiltaksgjennomforingV2.Gruppe")]
    Gruppe { navn: String, status: Open<GjennomforingStatus> },
    #[serde(rename = "TiltaksgjennomforingV2.Enkeltplass")]
    Enkeltplass { status: Open<GjennomforingStatus> },
}

impl Variants for Tagged {
    const VARIANTS: &'static [&'static str] =
        &["TiltaksgjennomforingV2.Gruppe", "TiltaksgjennomforingV2.Enkeltplass"];
}

type Topic2<P> = ProjectedTopic<SisteTiltaksgjennomforingerV2, P>;

fn contract() -> Value {
    serde_json::from_str(GJENNOMFORINGER).unwrap()
}

fn declared<T: Topic>() -> Declarations {
    let text = ReaderDeclaration::new("my-app", "my team").reads::<T>().unwrap().to_string();
    Declarations::parse([("my-app", text.as_str())], &topics().map(|topic| topic.name)).unwrap()
}

/// What a change of the contract does to a reader.
fn breakages<T: Topic>(change: impl FnOnce(&mut Value)) -> Vec<ReaderBreakage> {
    let (old, mut new) = (contract(), contract());
    change(&mut new);
    assert_ne!(old, new);
    declared::<T>().breakages(T::NAME, Some(&old), &new)
}

/// Removes a property from each variant.
fn remove(contract: &mut Value, name: &str) {
    for branch in contract["oneOf"].as_array_mut().unwrap() {
        branch["properties"].as_object_mut().unwrap().remove(name);
        branch["required"].as_array_mut().unwrap().retain(|it| it != name);
    }
}

#[test]
fn a_declaration_says_what_the_type_binds() {
    let declaration = ReaderDeclaration::new("my-app", "my team").source("navikt/my-app@0a1b2c3");
    insta::assert_snapshot!(
        declaration.reads::<Topic2<Flat>>().unwrap().reads::<Topic2<OrUnknown<Tagged>>>().unwrap()
    );
}

#[test]
fn a_declaration_of_each_whole_payload_is_read_and_the_contract_stops_no_such_reader() {
    let declaration = ReaderDeclaration::new("all", "team")
        .reads::<SisteTiltakstyperV3>()
        .and_then(ReaderDeclaration::reads::<SisteTiltaksgjennomforingerV2>)
        .and_then(ReaderDeclaration::reads::<ArenaMigreringTiltaksgjennomforingerV1>)
        .and_then(ReaderDeclaration::reads::<DatavarehusTiltakTopicV1>);
    let text = declaration.unwrap().to_string();
    let readers = Declarations::parse([("all", text.as_str())], &topics().map(|topic| topic.name)).unwrap();

    for (topic, contract) in CONTRACTS {
        let contract: Value = serde_json::from_str(contract).unwrap();
        assert_eq!(readers.breakages(topic, None, &contract), [], "{topic}");
        let (_, reading) = readers.of_topic(topic).next().unwrap();
        assert_eq!(reading.drift(&contract), [], "{topic}");
    }
}

#[test]
fn a_change_that_removes_a_bound_field_is_told_to_stop_the_reader_and_another_is_not() {
    let stops = breakages::<Topic2<Flat>>(|contract| remove(contract, "arrangor"));
    let new: Vec<_> = stops.iter().filter(|it| it.kind == BreakageKind::New).collect();
    assert!(new.iter().any(|it| it.pointer == "/arrangor" && it.cause == Cause::LeftOut), "{stops:?}");
    assert!(new[0].to_string().starts_with("this change stops my-app: /arrangor"), "{}", new[0]);

    assert_eq!(breakages::<Topic2<Flat>>(|contract| remove(contract, "oppstart")), []);
    assert_eq!(
        breakages::<Topic2<Flat>>(|contract| remove(contract, "apentForPamelding")),
        [],
        "it has a default"
    );
}

#[test]
fn a_new_enum_value_stops_a_reader_that_does_not_keep_it() {
    let add = |contract: &mut Value| {
        contract["$defs"]["GjennomforingStatus"]["enum"].as_array_mut().unwrap().push(json!("PAUSET"));
    };
    let stops = breakages::<Topic2<Strict>>(add);
    assert_eq!(stops.len(), 1);
    assert_eq!(
        (stops[0].cause, stops[0].value.as_ref().unwrap()),
        (Cause::UnknownEnumValue, &json!("PAUSET"))
    );
    assert_eq!(breakages::<Topic2<OrUnknown<Tagged>>>(add), []);
}

#[test]
fn a_new_variant_stops_a_reader_that_looks_at_the_type_and_does_not_keep_it() {
    let add = |contract: &mut Value| {
        let mut later = contract["oneOf"][1].clone();
        later["properties"]["type"]["const"] = json!("TiltaksgjennomforingV2.Digital");
        contract["oneOf"].as_array_mut().unwrap().push(later);
    };
    let stops = breakages::<Topic2<Tagged>>(add);
    assert!(stops.iter().any(|it| it.cause == Cause::UnknownVariant), "{stops:?}");
    assert_eq!(breakages::<Topic2<OrUnknown<Tagged>>>(add), []);
    assert_eq!(breakages::<Topic2<Flat>>(add), [], "it does not look at the type");
}

#[test]
fn what_a_declaration_has_no_name_for_is_refused_with_its_place() {
    #[derive(Clone, PartialEq, Deserialize, JsonSchema)]
    struct Anything {
        arrangor: Value,
    }
    let error = ReaderDeclaration::new("my-app", "my team").reads::<Topic2<Anything>>().unwrap_err();
    assert_eq!(error.pointer(), "/arrangor");
    assert!(error.to_string().starts_with("siste-tiltaksgjennomforinger-v2 at /arrangor: "), "{error}");
}

#[tokio::test]
async fn a_table_of_a_projection_reads_what_a_later_version_adds_and_says_where_a_field_is_wrong() {
    let log = MemoryLog::new("siste-tiltaksgjennomforinger-v2", 1);
    let key = |number: u8| format!("59a64a02-efdd-471d-9529-356ff55{number:05}");
    let put = |number: u8, organisasjonsnummer: &str| {
        let value = json!({
            "new": [], "type": "TiltaksgjennomforingV2.Digital", "id": key(number), "tiltakskode": "A_LATER_CODE",
            "arrangor": { "organisasjonsnummer": organisasjonsnummer, "new": 1 }, "sluttDato": null,
        });
        log.append(0, key(number).as_bytes(), Some(value.to_string().as_bytes())).unwrap();
    };
    put(1, "123456789");
    let table = Table::<Topic2<Flat>>::over(log.source()).start().await.unwrap();
    table.ready(LIMIT).await.unwrap();

    let row = table.get(&key(1).parse().unwrap()).unwrap();
    assert_eq!(row.tiltakskode.as_str(), "A_LATER_CODE");
    assert_eq!(row.arrangor.organisasjonsnummer.to_string(), "123456789");
    assert_eq!((row.slutt_dato, row.apent_for_pamelding), (None, false));

    put(2, "Kari Nordmann");
    let error = table.barrier(LIMIT).await.unwrap_err();
    assert_eq!(error.undecodable().unwrap().cause.pointer(), "/arrangor/organisasjonsnummer");
    assert!(!error.to_string().contains("Kari"), "{error}");
}

#[test]
fn an_unknown_variant_is_kept_by_its_name_wherever_the_discriminator_stands() {
    let key = b"59a64a02-efdd-471d-9529-356ff5553a5d";
    let read = |text: &str| {
        let record = Record::<Topic2<OrUnknown<Tagged>>, Read>::decode(key, Some(text.as_bytes()));
        record.map(|record| match record {
            Record::Upsert { value, .. } => value.fields().clone(),
            Record::Tombstone { .. } => unreachable!("it has a value"),
        })
    };
    let gruppe = Tagged::Gruppe { navn: "Jobbklubb".to_owned(), status: GjennomforingStatus::Avlyst.into() };
    for text in [
        r#"{"type": "TiltaksgjennomforingV2.Gruppe", "navn": "Jobbklubb", "status": "AVLYST", "id": {}}"#,
        r#"{"navn": "Jobbklubb", "id": {}, "type": "TiltaksgjennomforingV2.Gruppe", "status": "AVLYST"}"#,
    ] {
        assert_eq!(read(text).unwrap().known(), Some(&gruppe), "{text}");
    }
    for text in [r#"{"type": "Later", "navn": 1}"#, r#"{"navn": 1, "type": "Later"}"#] {
        assert_eq!(read(text).unwrap(), OrUnknown::Unknown("Later".to_owned()), "{text}");
    }
    for text in [
        r#"{"type": "TiltaksgjennomforingV2.Gruppe", "navn": ["Kari"], "status": "AVLYST"}"#,
        r#"{"navn": ["Kari"], "status": "AVLYST", "type": "TiltaksgjennomforingV2.Gruppe"}"#,
        r#"{"navn": "Kari"}"#,
        r#"{"type": ["Kari"]}"#,
    ] {
        let error = read(text).unwrap_err();
        assert!(!error.to_string().contains("Kari"), "{error}");
    }
}

/// The fields that a projection binds.
fn fields<P: Projection>(text: &str) -> Result<P, DecodeError> {
    let bound = decode::value::<Topic2<P>, Read>(text.as_bytes())?;
    Ok(bound.fields().clone())
}

#[test]
fn no_array_is_taken_for_an_object_of_a_projection() {
    let flat = |arrangor: &str| {
        let id = "59a64a02-efdd-471d-9529-356ff5553a5d";
        fields::<Flat>(&format!(r#"{{"id": "{id}", "tiltakskode": "", "arrangor": {arrangor}}}"#)).map(drop)
    };
    assert_eq!(flat(r#"{"organisasjonsnummer": "123456789"}"#), Ok(()));
    assert_eq!(flat(r#"["123456789"]"#).unwrap_err().pointer(), "/arrangor");

    let whole = r#"["TiltaksgjennomforingV2.Enkeltplass", "AVLYST"]"#;
    let found = |error: DecodeError| (error.expected().to_owned(), error.found().to_owned());
    let refused = ("an object".to_owned(), "an array".to_owned());
    assert_eq!(fields::<Tagged>(whole).map_err(found), Err(refused.clone()));
    assert_eq!(fields::<Strict>(r#"["AVLYST"]"#).map_err(found).map(drop), Err(refused));
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Times {
    #[serde(rename = "TiltaksgjennomforingV2.Gruppe")]
    Gruppe { antall_plasser: i32, deltidsprosent: f64, oppdatert_tidspunkt: Instant },
}

impl Variants for Times {
    const VARIANTS: &'static [&'static str] = &["TiltaksgjennomforingV2.Gruppe"];
}

#[test]
fn a_projection_reads_any_spelling_and_any_order_also_through_serdes_own_buffer() {
    let gruppe = r#""type": "TiltaksgjennomforingV2.Gruppe""#;
    let expected = fields::<Times>(&format!(
        r#"{{{gruppe}, "antallPlasser": 12, "deltidsprosent": 50.0, "oppdatertTidspunkt": "2026-01-31T09:00:07.014Z"}}"#
    ));
    assert!(expected.is_ok());
    let spelt = r#""antallPlasser": 12.0, "deltidsprosent": 5E1, "oppdatertTidspunkt": "2026-01-31T09:00:07.014000Z""#;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for odd in ["1", "1e400", r#""\ud800""#, r#"1, "ny": 2"#, &deep] {
        for text in [
            format!(r#"{{{gruppe}, {spelt}, "ny": {odd}}}"#),
            format!(r#"{{"ny": {odd}, {spelt}, {gruppe}}}"#),
            format!(r#"{{{spelt}, "antallPlasser": 12, {gruppe}, "ny": {odd}}}"#),
        ] {
            assert_eq!(fields::<Times>(&text), expected, "{text}");
            let known = fields::<OrUnknown<Times>>(&text).map(|it| it.known().cloned());
            assert_eq!(known, expected.clone().map(Some), "{text}");
        }
    }
    assert!(fields::<Times>(&format!("{{{gruppe}, {}}}", spelt.replace("12.0", "12.5"))).is_err());
}

#[test]
fn of_a_discriminator_that_stands_twice_a_projection_takes_the_last() {
    let enkeltplass = r#""type": "TiltaksgjennomforingV2.Enkeltplass", "status": "AVLYST""#;
    let known = Tagged::Enkeltplass { status: GjennomforingStatus::Avlyst.into() };
    let known = OrUnknown::Known(known);
    let later = OrUnknown::Unknown("Later".to_owned());
    assert_eq!(fields(&format!(r#"{{"type": "Later", {enkeltplass}}}"#)), Ok(known));
    assert_eq!(fields::<OrUnknown<Tagged>>(&format!(r#"{{{enkeltplass}, "type": "Later"}}"#)), Ok(later));
}

#[test]
fn nothing_is_written_with_a_projection() {
    let text = r#"{"status": "AVLYST"}"#;
    let key = b"59a64a02-efdd-471d-9529-356ff5553a5d";
    assert!(Record::<Topic2<Strict>, Written>::decode(key, Some(text.as_bytes())).is_err());
    let read = Record::<Topic2<Strict>, Read>::decode(key, Some(text.as_bytes())).unwrap();
    assert!(read.encode_value().is_err());
}
