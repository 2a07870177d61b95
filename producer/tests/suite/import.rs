//! An import gives the same database as the one that its lines were written from, and takes nothing in that breaks a rule.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Kind, Version};
use tiltak_producer::import::{ImportOutcome, Importer, Line, Options, Refusal};
use tiltak_producer::kafka_outbox::OutboxRecord;
use tiltak_producer::{CommandService, GjennomforingAggregate, Selection, Store};

use super::{Setup, morning};
use crate::TestDatabase;

const PUBLISHED: Options = Options { update: false, publish: true, dry_run: false };

/// Everything of a database as lines, in the order in which they refer to each other.
async fn exported(setup: &Setup) -> Vec<Value> {
    let mut tx = setup.store.begin().await.unwrap();
    let tiltakstyper = tx.tiltakstyper().await.unwrap();
    let avtaler = tx.avtaler(None, u32::MAX).await.unwrap();
    let gjennomforinger = tx.gjennomforinger(Selection::All, None, u32::MAX).await.unwrap();
    let mut arrangorer = BTreeMap::new();
    let of_avtaler = avtaler.iter().filter_map(|avtale| avtale.arrangor.clone());
    let of_gjennomforinger = gjennomforinger.iter().map(|aggregate| aggregate.gjennomforing.arrangor.clone());
    for number in of_avtaler.chain(of_gjennomforinger) {
        arrangorer.insert(number.to_string(), tx.arrangor(&number).await.unwrap().unwrap());
    }
    let tiltakstyper = tiltakstyper.into_iter().map(|it| json!({ "tiltakstype": it }));
    let arrangorer = arrangorer.into_values().map(|it| json!({ "arrangor": it }));
    let avtaler = avtaler.into_iter().map(|it| json!({ "avtale": it }));
    let gjennomforinger = gjennomforinger.into_iter().map(|it| match it.kategorisering {
        None => json!({ "gjennomforing": it.gjennomforing }),
        Some(kategorisering) => {
            json!({ "gjennomforing": it.gjennomforing, "kategorisering": kategorisering })
        }
    });
    tiltakstyper.chain(arrangorer).chain(avtaler).chain(gjennomforinger).collect()
}

fn lines(documents: &[Value]) -> Vec<Line> {
    let numbered = documents.iter().zip(1..);
    numbered.map(|(document, number)| Line { number, text: Ok(document.to_string().into_bytes()) }).collect()
}

async fn import(store: &Store, documents: &[Value], options: Options) -> Vec<Result<ImportOutcome, Refusal>> {
    let mut importer = Importer::new(CommandService::new(store.clone()), options, morning());
    importer.import(&lines(documents)).await.unwrap()
}

/// What became of one line.
async fn import_one(store: &Store, document: &Value, options: Options) -> Result<ImportOutcome, Refusal> {
    import(store, std::slice::from_ref(document), options).await.remove(0)
}

async fn reason(store: &Store, document: &Value, options: Options) -> &'static str {
    import_one(store, document, options).await.unwrap_err().reason()
}

fn all_are(outcomes: &[Result<ImportOutcome, Refusal>], expected: ImportOutcome) {
    for outcome in outcomes {
        assert_eq!(outcome.as_ref().map_err(ToString::to_string), Ok(&expected));
    }
}

struct Empty {
    store: Store,
    _database: TestDatabase,
}

impl Empty {
    async fn new() -> Self {
        let database = TestDatabase::create().await;
        Self { store: Store::connect(&database.location()).await.unwrap(), _database: database }
    }

    async fn all(&self) -> Vec<GjennomforingAggregate> {
        let mut tx = self.store.begin().await.unwrap();
        tx.gjennomforinger(Selection::All, None, u32::MAX).await.unwrap()
    }

    async fn outbox(&self) -> Vec<OutboxRecord> {
        self.store.outbox().records(u32::MAX).await.unwrap()
    }
}

/// The first line of a gjennomføring that a test wants.
fn wanted(documents: &[Value], kind: Kind, status: GjennomforingStatus) -> Value {
    let found = documents.iter().find(|document| {
        document["gjennomforing"]["kind"] == json!(kind)
            && document["gjennomforing"]["status"] == json!(status)
    });
    found.unwrap().clone()
}

#[tokio::test]
async fn an_import_of_everything_gives_the_same_database_and_is_published() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let documents = exported(&setup).await;
    all_are(&import(&empty.store, &documents, PUBLISHED).await, ImportOutcome::Imported);
    assert_eq!(empty.all().await, setup.all(Selection::All).await);
    setup.service.relast_everything(|_| {}).await.unwrap();
    let contents = |rows: Vec<OutboxRecord>| {
        let mut rows: Vec<_> = rows.into_iter().map(|row| (row.topic, row.key, row.value)).collect();
        rows.sort();
        rows
    };
    let expected = setup.store.outbox().records(u32::MAX).await.unwrap();
    assert!(!expected.is_empty());
    assert_eq!(contents(empty.outbox().await), contents(expected));
}

#[tokio::test]
async fn an_import_that_is_done_again_skips_what_is_there_and_publishes_nothing() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let documents = exported(&setup).await;
    import(&empty.store, &documents[..documents.len() / 2], PUBLISHED).await;
    let outcomes = import(&empty.store, &documents, PUBLISHED).await;
    all_are(&outcomes[..documents.len() / 2], ImportOutcome::Skipped);
    all_are(&outcomes[documents.len() / 2..], ImportOutcome::Imported);
    let published = empty.outbox().await.len();
    all_are(&import(&empty.store, &documents, PUBLISHED).await, ImportOutcome::Skipped);
    assert_eq!(empty.outbox().await.len(), published);
}

#[tokio::test]
async fn a_time_that_is_after_the_year_9999_in_norway_is_refused_and_the_last_one_before_is_not() {
    let setup = Setup::new().await;
    let documents = exported(&setup).await;
    for name in ["tiltakstype", "avtale", "gjennomforing"] {
        let of_system =
            |it: &&Value| it[name]["system"].as_str().is_none_or(|it| it == "TILTAKSADMINISTRASJON");
        let mut document =
            documents.iter().filter(|it| it.get(name).is_some()).find(of_system).unwrap().clone();
        for field in ["opprettet", "oppdatert"] {
            let updating = Options { update: true, ..PUBLISHED };
            document[name][field] = json!("9999-12-31T23:00:00Z");
            assert_eq!(reason(&setup.store, &document, updating).await, "publish", "{name} {field}");
            document[name][field] = json!("9999-12-31T22:59:59Z");
            let taken = import_one(&setup.store, &document, updating).await;
            assert_eq!(
                taken.map_err(|refusal| refusal.to_string()),
                Ok(ImportOutcome::Updated),
                "{name} {field}"
            );
        }
    }
}

#[tokio::test]
async fn another_state_is_refused_unless_it_is_to_take_the_place_of_the_stored_one() {
    let setup = Setup::new().await;
    let documents = exported(&setup).await;
    let updating = Options { update: true, ..PUBLISHED };
    for (name, pointer, value) in [
        ("tiltakstype", "/tiltakstype/navn", json!("Et annet navn")),
        ("arrangor", "/arrangor/navn", json!("Et annet navn")),
        ("avtale", "/avtale/navn", json!("Et annet navn")),
        ("gjennomforing", "/gjennomforing/oppmote_sted", json!("Et annet sted")),
    ] {
        let mut document = documents.iter().find(|document| document.get(name).is_some()).unwrap().clone();
        *document.pointer_mut(pointer).unwrap() = value;
        assert_eq!(reason(&setup.store, &document, PUBLISHED).await, "exists", "{name}");
        let taken = import_one(&setup.store, &document, updating).await;
        assert_eq!(taken.map_err(|refusal| refusal.to_string()), Ok(ImportOutcome::Updated), "{name}");
        all_are(&import(&setup.store, &[document], PUBLISHED).await, ImportOutcome::Skipped);
    }
    let versions = setup.all(Selection::All).await;
    assert_eq!(versions.iter().filter(|it| it.gjennomforing.version == Version::new(2)).count(), 1);
    // What stands under the avtale is published by its fan-out.
    let later = super::at("2026-03-16T08:01:00Z");
    let fanouts = tiltak_producer::jobs::run_due_fanouts(&setup.service, later).await.unwrap();
    assert_eq!(fanouts.avtaler, 1);
}

#[tokio::test]
async fn what_a_line_refers_to_has_to_be_there_and_may_stand_before_it() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let mut documents = exported(&setup).await;
    documents.reverse();
    let outcomes = import(&empty.store, &documents, PUBLISHED).await;
    let missing = outcomes
        .iter()
        .filter(|outcome| outcome.as_ref().is_err_and(|refusal| refusal.reason() == "reference"));
    let referring = documents.iter().filter(|it| it.get("gjennomforing").or(it.get("avtale")).is_some());
    assert_eq!(missing.count(), referring.count());
    let gjennomforing = outcomes[0].as_ref().unwrap_err().to_string();
    assert!(gjennomforing.contains("it has to stand before this line or in the database"), "{gjennomforing}");
    assert!(empty.all().await.is_empty());
}

#[tokio::test]
async fn a_state_that_breaks_a_rule_or_cannot_be_published_is_refused_alone() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let documents = exported(&setup).await;
    let is_gjennomforing = |it: &&Value| it.get("gjennomforing").is_some();
    let basis: Vec<Value> = documents.iter().filter(|it| !is_gjennomforing(it)).cloned().collect();
    all_are(&import(&empty.store, &basis, PUBLISHED).await, ImportOutcome::Imported);
    let running = wanted(&documents, Kind::Avtale, GjennomforingStatus::Gjennomfores);
    let with = |property: &str, value: Value| {
        let mut document = running.clone();
        document["gjennomforing"][property] = value;
        document
    };
    let bad = [
        (with("slutt_dato", json!("2026-03-15")), "slutt-dato-ikke-passert"),
        (with("status", json!("AVSLUTTET")), "bare-gjennomfores-er-apen"),
        (with("antall_plasser", json!(0)), "antall-plasser-over-null"),
        (with("start_dato", json!("1999-01-01")), "starter-etter-avtalen"),
        (with("avtale", Value::Null), "har-avtale"),
        (with("lopenummer", Value::Null), "publish"),
        (with("navn", Value::Null), "publish"),
        (with("arrangor", json!("999999999")), "reference"),
        (with("arrangor", json!("12345678")), "line"),
        (with("nytt_felt", json!("Kari")), "line"),
    ];
    let mut documents: Vec<Value> = bad.iter().map(|(document, _)| document.clone()).collect();
    let mut apen = running.clone();
    apen["gjennomforing"]["apent_for_pamelding"] = json!(true);
    documents[1]["gjennomforing"]["apent_for_pamelding"] = json!(true);
    documents.push(apen);
    let outcomes = import(&empty.store, &documents, PUBLISHED).await;
    for ((_, expected), outcome) in bad.iter().zip(&outcomes) {
        let refusal = outcome.as_ref().unwrap_err();
        assert_eq!(refusal.reason(), *expected, "{refusal}");
        assert!(!refusal.to_string().contains("Kari"), "{refusal}");
    }
    all_are(&outcomes[bad.len()..], ImportOutcome::Imported);
    assert_eq!(empty.all().await.len(), 1);
}

#[tokio::test]
async fn what_comes_from_arena_is_taken_in_as_arena_has_it() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let documents = exported(&setup).await;
    import(&empty.store, &documents, PUBLISHED).await;
    let found = documents.iter().find(|it| it["gjennomforing"]["kind"] == "ARENA");
    let mut arena = found.unwrap().clone();
    arena["gjennomforing"]["id"] = json!("00000000-0000-4000-8000-00000000abcd");
    arena["gjennomforing"]["antall_plasser"] = json!(0);
    arena["gjennomforing"]["lopenummer"] = json!("2019#77");
    all_are(&import(&empty.store, &[arena], PUBLISHED).await, ImportOutcome::Imported);
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let documents = exported(&setup).await;
    let dry = Options { dry_run: true, ..PUBLISHED };
    let mut importer = Importer::new(CommandService::new(empty.store.clone()), dry, morning());
    // What a batch refers to may stand in an earlier one.
    for batch in documents.chunks(40) {
        all_are(&importer.import(&lines(batch)).await.unwrap(), ImportOutcome::Imported);
    }
    drop(importer);
    assert!(empty.all().await.is_empty());
    assert!(empty.outbox().await.is_empty());
    all_are(&import(&empty.store, &documents, PUBLISHED).await, ImportOutcome::Imported);
}

#[tokio::test]
async fn without_publishing_the_outbox_stays_empty() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let documents = exported(&setup).await;
    let quiet = Options { publish: false, ..PUBLISHED };
    all_are(&import(&empty.store, &documents, quiet).await, ImportOutcome::Imported);
    assert!(empty.outbox().await.is_empty());
}

#[tokio::test]
async fn a_number_that_was_imported_is_not_given_to_a_new_gjennomforing() {
    let (setup, empty) = (Setup::new().await, Empty::new().await);
    let mut documents = exported(&setup).await;
    let position = documents.iter().position(|it| it["gjennomforing"]["kind"] == "AVTALE").unwrap();
    documents[position]["gjennomforing"]["lopenummer"] = json!("2026/45678");
    all_are(&import(&empty.store, &documents, PUBLISHED).await, ImportOutcome::Imported);
    let mut tx = empty.store.begin().await.unwrap();
    let next = tx.next_lopenummer(morning().today()).await.unwrap();
    assert_eq!(next.to_string(), "2026/45679");
}
