//! What is stored, as it is stored.
//!
//! The files beside this test are documents that a database holds. They change only with what is stored, and what is stored
//! by an earlier version must go on being read: a contract's change never changes them.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::domain::kodeverk::{
    Bransje, ForerkortKlasse, GjennomforingStatus, InnholdElement, Innsatsgruppe, Kurstype, Oppstart,
    PameldingType, Tiltakskode,
};
use tiltak_producer::domain::{
    Arrangor, Avtale, Gjennomforing, Kategorisering, Kind, System, Tiltakstype, VentetidEnhet,
};
use tiltak_producer::{GjennomforingAggregate, Store};
use tiltak_schema::view::WireEnum as _;

use crate::TestDatabase;

const FULL: &str = include_str!("documents/full.json");
const SMALLEST: &str = include_str!("documents/smallest.json");
/// Every value of the closed lists.
const CODES: &str = include_str!("documents/codes.json");
/// The smallest, without what was added later.
const EARLIER: &str = include_str!("documents/earlier.json");

fn read<T: DeserializeOwned>(documents: &Value, name: &str) -> T {
    serde_json::from_value(documents[name].clone()).unwrap()
}

/// Reads the documents, saves what they are, and gives back what the database then holds of each.
async fn stored(documents: &str) -> Value {
    let documents: Value = serde_json::from_str(documents).unwrap();
    let tiltakstype: Tiltakstype = read(&documents, "tiltakstype");
    let arrangor: Arrangor = read(&documents, "arrangor");
    let avtale: Avtale = read(&documents, "avtale");
    let gjennomforing: Gjennomforing = read(&documents, "gjennomforing");
    let kategorisering: Kategorisering = read(&documents, "kategorisering");

    let database = TestDatabase::create().await;
    let store = Store::connect(&database.location()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.save_tiltakstype(&tiltakstype).await.unwrap();
    tx.save_arrangor(&arrangor).await.unwrap();
    tx.save_avtale(&avtale).await.unwrap();
    tx.save_gjennomforing(&gjennomforing).await.unwrap();
    tx.save_kategorisering(gjennomforing.id, &kategorisering).await.unwrap();
    tx.commit().await.unwrap();

    let read_back = store.reader().gjennomforing(gjennomforing.id).await.unwrap();
    let avtale = gjennomforing.avtale.map(|_| avtale);
    let kategorisering = Some(kategorisering);
    assert_eq!(
        read_back,
        Some(GjennomforingAggregate { gjennomforing, tiltakstype, avtale, kategorisering })
    );
    store.close().await;

    let mut connection = AnyConnection::connect(&database.url()).await.unwrap();
    let mut stored = Value::Null;
    for (name, query) in [
        ("tiltakstype", "SELECT document FROM tiltakstype"),
        ("arrangor", "SELECT document FROM arrangor"),
        ("avtale", "SELECT document FROM avtale"),
        ("gjennomforing", "SELECT document FROM gjennomforing"),
        ("kategorisering", "SELECT document FROM opplaring_kategorisering"),
    ] {
        let document: String = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        stored[name] = serde_json::from_str(&document).unwrap();
    }
    connection.close().await.unwrap();
    stored
}

/// Whether something is left out somewhere.
fn has_gap(document: &Value) -> bool {
    match document {
        Value::Null => true,
        Value::Array(items) => items.is_empty() || items.iter().any(has_gap),
        Value::Object(properties) => properties.values().any(has_gap),
        _ => false,
    }
}

#[tokio::test]
async fn a_document_is_stored_as_it_was_before() {
    let full: Value = serde_json::from_str(FULL).unwrap();
    assert!(!has_gap(&full));
    assert_eq!(stored(FULL).await, full);
    let smallest: Value = serde_json::from_str(SMALLEST).unwrap();
    assert_eq!(stored(SMALLEST).await, smallest);
}

#[tokio::test]
async fn a_document_that_an_earlier_version_stored_is_read() {
    assert_eq!(stored(EARLIER).await, serde_json::from_str::<Value>(SMALLEST).unwrap());
}

#[test]
fn a_value_of_a_closed_list_is_stored_as_it_was_before() {
    let codes = json!({
        "Bransje": Bransje::ALL,
        "ForerkortKlasse": ForerkortKlasse::ALL,
        "GjennomforingStatus": GjennomforingStatus::ALL,
        "InnholdElement": InnholdElement::ALL,
        "Innsatsgruppe": Innsatsgruppe::ALL,
        "Kind": [Kind::Avtale, Kind::Enkeltplass, Kind::Arena],
        "Kurstype": Kurstype::ALL,
        "Oppstart": Oppstart::ALL,
        "PameldingType": PameldingType::ALL,
        "System": [System::Tiltaksadministrasjon, System::Arena, System::TiltakArbeidsgiver],
        "Tiltakskode": Tiltakskode::ALL,
        "VentetidEnhet": [VentetidEnhet::Uke, VentetidEnhet::Maned],
    });
    assert_eq!(codes, serde_json::from_str::<Value>(CODES).unwrap());
}
