//! What the real readers bind, and what a change of a contract does to them.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tiltak_contracts::reader::{BadDeclaration, BreakageKind, Cause, Declarations, Matrix, ReaderBreakage};
use tiltak_contracts::source::Repository;
use tiltak_contracts::tree::embedded;

const TILTAKSTYPER: &str = "siste-tiltakstyper-v3";
const GJENNOMFORINGER: &str = "siste-tiltaksgjennomforinger-v2";
const TOPICS: [(&str, &str); 4] = [
    (TILTAKSTYPER, "3.0.1"),
    (GJENNOMFORINGER, "2.0.2"),
    ("arena-migrering-tiltaksgjennomforinger-v1", "1.0.2"),
    ("datavarehus-tiltak-v1", "1.0.2"),
];

fn load(folder: &Path) -> Declarations {
    let repository = Repository::find(folder).unwrap();
    Declarations::load(&repository, repository.topics()).unwrap()
}

fn parse<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> anyhow::Result<Declarations> {
    Declarations::parse(files, &TOPICS.map(|(topic, _)| topic))
}

fn declared() -> Declarations {
    load(Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn contract(topic: &str) -> Value {
    let (_, version) = TOPICS.iter().find(|(name, _)| *name == topic).unwrap();
    serde_json::from_str(embedded(&format!("{topic}/{version}/value.schema.json")).unwrap()).unwrap()
}

/// A folder with the committed contracts and one declaration, `r.toml`.
fn folder_with(declaration: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("topics");
    for (topic, version) in TOPICS {
        let to = folder.path().join("contracts/topics").join(topic);
        fs::create_dir_all(to.join(version)).unwrap();
        for file in ["topic.toml".to_owned(), format!("{version}/value.schema.json")] {
            fs::copy(from.join(topic).join(&file), to.join(&file)).unwrap();
        }
    }
    fs::create_dir_all(folder.path().join("contracts/readers")).unwrap();
    fs::write(folder.path().join("contracts/readers/r.toml"), declaration).unwrap();
    folder
}

/// The breakages of an edit of the committed contract.
fn effects_of(topic: &str, edit: impl FnOnce(&mut Value)) -> Vec<ReaderBreakage> {
    let old = contract(topic);
    let mut new = old.clone();
    edit(&mut new);
    assert_ne!(old, new);
    declared().breakages(topic, Some(&old), &new)
}

fn new_ones(breakages: &[ReaderBreakage]) -> Vec<&ReaderBreakage> {
    breakages.iter().filter(|breakage| breakage.kind == BreakageKind::New).collect()
}

fn lines(breakages: &[&ReaderBreakage]) -> String {
    breakages.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A reader of siste-tiltakstyper-v3 with these fields, and an enum E of A and B.
fn reader(fields: &str, policies: &str) -> Declarations {
    let text = format!(
        "app = \"reader\"\nteam = \"t\"\nsource = \"s\"\n[enums]\nE = [\"A\", \"B\"]\n[[topics]]\n\
         topic = \"{TILTAKSTYPER}\"\nunknown-enum-values = \"fail\"\ntombstones = \"delete\"\n\
         {policies}\nfields = [{fields}]\n"
    );
    parse([("reader", text.as_str())]).unwrap()
}

const IGNORES: &str = "unknown-properties = \"ignore\"";
const STRICT: &str = "unknown-properties = \"fail\"";

#[test]
fn every_declared_field_is_in_the_contract_or_may_be_missing() {
    let declared = declared();
    assert_eq!(declared.readers().len(), 9);
    for (topic, _) in TOPICS {
        let contract = contract(topic);
        for (reader, reading) in declared.of_topic(topic) {
            for drift in reading.drift(&contract) {
                assert!(!drift.is_finding(), "{} of {topic}: {drift}", reader.app);
            }
        }
    }
}

#[test]
fn the_current_contracts_stop_the_readers_that_do_not_know_every_tiltakskode() {
    let declared = declared();
    let breakages = TOPICS.map(|(topic, _)| {
        let contract = contract(topic);
        declared.breakages(topic, Some(&contract), &contract)
    });
    let lines: Vec<_> = breakages
        .iter()
        .flatten()
        .map(|breakage| {
            format!(
                "{}: {}, {} values\n  {breakage}",
                breakage.topic,
                breakage.pointer,
                breakage.values.len()
            )
        })
        .collect();
    assert_snapshot!(lines.join("\n"));
    for breakage in breakages.iter().flatten() {
        assert_eq!((breakage.kind, breakage.cause), (BreakageKind::Current, Cause::UnknownEnumValue));
        let witness = &breakage.witness.as_ref().unwrap().document;
        assert!(jsonschema::is_valid(&contract(&breakage.topic), witness), "{witness}");
        assert_eq!(witness.pointer(&breakage.pointer.to_string()), breakage.value.as_ref());
    }
}

#[test]
fn a_new_tiltakskode_stops_every_reader_that_fails_on_unknown_ones() {
    let breakages = effects_of(GJENNOMFORINGER, |schema| {
        schema["$defs"]["Tiltakskode"]["enum"].as_array_mut().unwrap().push(json!("X"));
    });
    assert_snapshot!(lines(&new_ones(&breakages)), @r#"
    this change stops amt-aktivitetskort-publisher: /tiltakskode = "X" is not among the 17 values it knows, and it fails on unknown ones
    this change stops amt-deltaker: /tiltakskode = "X" is not among the 18 values it knows, and it fails on unknown ones
    this change stops amt-deltaker-bff: /tiltakskode = "X" is not among the 18 values it knows, and it fails on unknown ones
    this change stops amt-tiltaksarrangor-bff: /tiltakskode = "X" is not among the 17 values it knows, and it fails on unknown ones
    this change stops mulighetsrommet-api: /tiltakskode = "X" is not among the 29 values it knows, and it fails on unknown ones
    this change stops tiltakshistorikk: /tiltakskode = "X" is not among the 29 values it knows, and it fails on unknown ones
    "#);
    for breakage in new_ones(&breakages) {
        assert_eq!(breakage.value, Some(json!("X")));
        assert_eq!(breakage.witness.as_ref().unwrap().document["tiltakskode"], "X");
    }
    // What was so before is said to be so.
    assert_eq!(breakages.iter().filter(|breakage| breakage.kind == BreakageKind::Current).count(), 4);
}

#[test]
fn a_new_required_field_stops_the_readers_that_fail_on_unknown_properties_and_no_others() {
    let breakages = effects_of(TILTAKSTYPER, |schema| {
        schema["properties"]["system"] =
            json!({ "enum": ["TILTAKSADMINISTRASJON", "ARENA", "TILTAK_ARBEIDSGIVER"] });
        schema["required"].as_array_mut().unwrap().push(json!("system"));
    });
    assert_snapshot!(lines(&new_ones(&breakages)), @"this change stops tiltakshistorikk: /system is an unknown property, and it fails on those");
}

#[test]
fn a_renamed_field_stops_those_that_require_it_and_those_that_do_not_know_the_new_name() {
    let breakages = effects_of(GJENNOMFORINGER, |schema| {
        let gruppe = &mut schema["oneOf"][0];
        let field = gruppe["properties"].as_object_mut().unwrap().remove("apentForPamelding").unwrap();
        gruppe["properties"]["apentForInnsok"] = field;
        for name in gruppe["required"].as_array_mut().unwrap() {
            if name == "apentForPamelding" {
                *name = json!("apentForInnsok");
            }
        }
    });
    assert_snapshot!(lines(&new_ones(&breakages)));
    assert!(new_ones(&breakages).iter().all(
        |breakage| breakage.witness.as_ref().unwrap().document["type"] == "TiltaksgjennomforingV2.Gruppe"
    ));
}

#[test]
fn a_new_variant_stops_the_readers_that_do_not_pass_it_over() {
    let breakages = effects_of(GJENNOMFORINGER, |schema| {
        let mut variant = schema["oneOf"][1].clone();
        variant["properties"]["type"]["const"] = json!("TiltaksgjennomforingV2.Avtale");
        schema["oneOf"].as_array_mut().unwrap().push(variant);
    });
    let breakages = new_ones(&breakages);
    let apps: Vec<_> = breakages.iter().map(|breakage| breakage.app.as_str()).collect();
    assert!(!apps.contains(&"amt-tiltaksarrangor-bff"));
    assert_eq!(apps.len(), 5);
    assert!(breakages.iter().all(|breakage| {
        breakage.message()
            == r#"/type = "TiltaksgjennomforingV2.Avtale" is a variant it does not know, and it fails on those"#
    }));
}

#[test]
fn a_change_that_every_reader_can_take_has_no_new_effect() {
    let breakages = effects_of(GJENNOMFORINGER, |schema| {
        schema["$defs"]["Organisasjonsnummer"]["pattern"] = json!("^[89][0-9]{8}$");
    });
    assert_eq!(new_ones(&breakages), Vec::<&ReaderBreakage>::new());
}

#[test]
fn what_a_change_mends_is_no_effect() {
    let breakages = effects_of(GJENNOMFORINGER, |schema| {
        schema["$defs"]["Tiltakskode"]["enum"] = json!(["AVKLARING", "JOBBKLUBB"]);
    });
    assert_eq!(breakages, []);
}

#[test]
fn one_stop_does_not_hide_another() {
    let readers = reader(
        r#"{ pointer = "/a", type = "E" }, { pointer = "/b", type = "int32" }, { pointer = "/c/*/d", type = "uuid" }"#,
        STRICT,
    );
    let schema = json!({
        "type": "object",
        "properties": {
            "a": { "enum": ["A", "C", null] },
            "b": { "type": "string" },
            "c": { "type": "array", "items": { "type": "object", "properties": { "d": { "type": "string" }, "e": true } } },
        }
    });
    let breakages = readers.breakages(TILTAKSTYPER, None, &schema);
    assert_snapshot!(lines(&breakages.iter().collect::<Vec<_>>()));
}

#[test]
fn a_property_that_neither_names_is_found_by_the_whole_declaration() {
    let readers = reader(r#"{ pointer = "/a", type = "E" }"#, STRICT);
    let schema = json!({
        "type": "object", "properties": { "a": { "const": "A" } }, "required": ["a"],
        "patternProperties": { "^x-": { "type": "string" } }
    });
    let breakages = readers.breakages(TILTAKSTYPER, None, &schema);
    assert_eq!(breakages.len(), 1, "{breakages:?}");
    assert_eq!((breakages[0].kind, breakages[0].cause), (BreakageKind::New, Cause::Whole));
    let breakages = readers.breakages(TILTAKSTYPER, Some(&schema), &schema);
    assert_eq!((breakages[0].kind, breakages[0].cause), (BreakageKind::Current, Cause::Whole));
}

#[test]
fn a_schema_that_cannot_be_compared_is_undecided_and_never_fine() {
    let readers = reader(r#"{ pointer = "/a", type = "E" }"#, IGNORES);
    let breakages = readers.breakages(TILTAKSTYPER, None, &json!({ "$ref": "#/$defs/gone" }));
    assert!(!breakages.is_empty());
    assert!(breakages.iter().all(|breakage| breakage.kind == BreakageKind::Undecided), "{breakages:?}");
    assert!(
        breakages[0].to_string().starts_with("whether reader can read siste-tiltakstyper-v3 is undecided: ")
    );
}

#[test]
fn unknown_values_do_not_stop_a_reader_that_keeps_or_skips_them() {
    for policy in ["keep", "skip"] {
        let readers = reader(&format!(r#"{{ pointer = "/a", type = "E", unknown = "{policy}" }}"#), IGNORES);
        let schema =
            json!({ "type": "object", "properties": { "a": { "enum": ["A", "Z"] } }, "required": ["a"] });
        assert_eq!(readers.breakages(TILTAKSTYPER, None, &schema), [], "{policy}");
    }
}

#[test]
fn tombstones_stop_a_reader_that_fails_on_them_where_they_are_sent() {
    let text = |topic| {
        format!(
            "app = \"r\"\nteam = \"t\"\nsource = \"s\"\n[[topics]]\ntopic = \"{topic}\"\nunknown-properties = \"ignore\"\n\
             unknown-enum-values = \"keep\"\ntombstones = \"fail\"\nfields = []\n"
        )
    };
    for (topic, stops) in [(TILTAKSTYPER, 0), (GJENNOMFORINGER, 1)] {
        let folder = folder_with(&text(topic));
        let readers = load(folder.path());
        let contract = contract(topic);
        let breakages = readers.breakages(topic, Some(&contract), &contract);
        assert_eq!(breakages.len(), stops, "{topic}");
        assert!(breakages.iter().all(|breakage| breakage.cause == Cause::Tombstone));
    }
}

#[test]
fn a_declaration_that_cannot_be_is_named_with_its_line() {
    let good =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("readers/tiltakshistorikk.toml"))
            .unwrap();
    let mut errors = Vec::new();
    for (from, to) in [
        (r#"topic = "siste-tiltakstyper-v3""#, r#"topic = "siste-tiltakstyper-v4""#),
        (r#"pointer = "/navn""#, r#"pointer = "navn""#),
        (r#"pointer = "/navn""#, r#"pointer = "/id""#),
        (r#"pointer = "/navn""#, r#"pointer = "/id/navn""#),
        (r#"type = "Innsatsgruppe""#, r#"type = "Innsatsgrupper""#),
        (r#"variants = ["Gruppe"]"#, r#"variants = ["Grupe"]"#),
        ("pattern = '^[0-9]{9}$'", "pattern = '^[0-9'"),
        (r#"app = "tiltakshistorikk""#, r#"app = "historikk""#),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let error = parse([("tiltakshistorikk", text.as_str())]).unwrap_err();
        assert!(error.is::<BadDeclaration>(), "{error}");
        errors.push(error.to_string());
    }
    assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_key_that_a_declaration_does_not_have_is_refused_with_the_ones_it_has() {
    let error = parse([("r", "app = \"r\"\nteam = \"t\"\nsource = \"s\"\ntopic = []\n")]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("contracts/readers/r.toml is malformed") && text.contains("line 4"), "{text}");
    assert!(text.contains("expected one of"), "{text}");
}

#[test]
fn the_matrix_says_what_no_reader_uses() {
    let matrix = Matrix::of(&declared(), TILTAKSTYPER, &contract(TILTAKSTYPER));
    let unused: Vec<_> = matrix.unused.iter().map(ToString::to_string).collect();
    assert_eq!(unused, ["/arenaKode", "/opprettetTidspunkt", "/oppdatertTidspunkt"]);
    assert!(matrix.unbound.is_empty(), "{:?}", matrix.unbound);
}

#[test]
fn a_field_that_a_reader_requires_and_the_contract_does_not_have_is_a_finding() {
    let declaration = |fields: &str| {
        format!(
            "app = \"r\"\nteam = \"t\"\nsource = \"s\"\n[[topics]]\ntopic = \"{TILTAKSTYPER}\"\n\
             unknown-properties = \"ignore\"\nunknown-enum-values = \"keep\"\ntombstones = \"ignore\"\nfields = [{fields}]\n"
        )
    };
    for (fields, status, said) in [
        (
            r#"{ pointer = "/name", type = "string" }"#,
            1,
            "✗ declares a field that the contract does not have, and requires it: /name",
        ),
        (
            r#"{ pointer = "/name", type = "string", required = false }"#,
            0,
            "· declares a field that the contract does not have: /name",
        ),
        (r#"{ pointer = "name", type = "string" }"#, 2, ""),
    ] {
        let folder = folder_with(&declaration(fields));
        let (code, text) = run(&["--root", folder.path().to_str().unwrap()]);
        assert_eq!(code, Some(status), "{text}");
        assert!(text.contains(said), "{text}");
    }
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_contracts"))
        .arg("readers")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_command_shows_each_reader_and_who_reads_what() {
    let (status, text) = run(&["--topic", TILTAKSTYPER]);
    assert_eq!(status, Some(0));
    assert_snapshot!(text);
    let (status, text) = run(&["--matrix", "--topic", TILTAKSTYPER]);
    assert_eq!(status, Some(0));
    assert_snapshot!(text);
}

#[test]
fn the_command_prints_json_a_line_each() {
    let (_, text) = run(&["--format", "json"]);
    let reports: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reports.len(), 11);
    assert!(
        reports
            .iter()
            .all(|report| report["breakages"].is_array() && report["unknownProperties"].is_string())
    );
    let (_, text) = run(&["--matrix", "--format", "json"]);
    let reports: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        reports.iter().map(|report| report["topic"].as_str().unwrap()).collect::<Vec<_>>(),
        TOPICS.map(|(name, _)| name)
    );
    assert_eq!(run(&["--topic", "x"]).0, Some(2));
}

fn property() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({ "type": "string" })),
        Just(json!({ "type": ["string", "null"] })),
        Just(json!({ "type": "integer", "minimum": 0, "maximum": 9 })),
        Just(json!({ "type": "number" })),
        Just(json!({ "type": "null" })),
        prop::sample::subsequence(vec!["A", "B", "C", "D"], 1..4)
            .prop_map(|values| json!({ "enum": values })),
    ]
}

fn small_contract() -> impl Strategy<Value = Value> {
    let fields = prop::collection::btree_map(
        prop::sample::select(vec!["a", "b", "c"]),
        (property(), any::<bool>()),
        0..4,
    );
    fields.prop_map(|fields| {
        let required: Vec<_> =
            fields.iter().filter(|(_, (_, required))| *required).map(|(name, _)| name).collect();
        let properties: serde_json::Map<_, _> =
            fields.iter().map(|(name, (schema, _))| ((*name).to_owned(), schema.clone())).collect();
        json!({ "type": "object", "properties": properties, "required": required })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_reader_is_stopped_when_a_document_is_refused_and_only_then(
        old in small_contract(), new in small_contract(), strict in any::<bool>(),
        nullable in any::<bool>(), required in any::<bool>(),
    ) {
        let fields = format!(
            r#"{{ pointer = "/a", type = "E", nullable = {nullable}, required = {required} }}, {{ pointer = "/b", type = "int32", required = false }}"#
        );
        let readers = reader(&fields, if strict { STRICT } else { IGNORES });
        let (_, reading) = readers.of_topic(TILTAKSTYPER).next().unwrap();
        let breakages = readers.breakages(TILTAKSTYPER, Some(&old), &new);
        for breakage in &breakages {
            prop_assert_ne!(breakage.kind, BreakageKind::Undecided);
            // Every property has a name, so a field says why.
            prop_assert_ne!(breakage.cause, Cause::Whole);
            let witness = &breakage.witness.as_ref().unwrap().document;
            prop_assert!(!jsonschema::is_valid(&reading.schema(), witness));
            let (allows, other) = if breakage.kind == BreakageKind::New { (&new, &old) } else { (&old, &new) };
            prop_assert!(jsonschema::is_valid(allows, witness));
            // A stop is new because the old contract did not have such a document.
            if breakage.kind == BreakageKind::New {
                prop_assert!(!jsonschema::is_valid(other, witness) || !names_all(other, witness));
            }
        }
        let verdict = json_schema_containment::compare(
            &new, &reading.schema(),
            &json_schema_containment::Options { closed_writer: true, ..Default::default() },
        ).unwrap();
        let can_read = verdict.is_contained();
        prop_assert_eq!(breakages.is_empty(), can_read);
    }
}

/// Whether a contract has every property of a document.
fn names_all(contract: &Value, document: &Value) -> bool {
    document.as_object().unwrap().keys().all(|name| contract["properties"].get(name).is_some())
}

#[test]
fn the_declaration_of_the_readme_is_one() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once("## A reader team's declaration").unwrap();
    let (_, after) = section.split_once("```toml\n").unwrap();
    let (declaration, _) = after.split_once("```").unwrap();
    let readers = parse([("amt-deltaker", declaration)]).unwrap();
    let contract = contract(GJENNOMFORINGER);
    assert_eq!(readers.breakages(GJENNOMFORINGER, Some(&contract), &contract), []);
}

#[test]
fn a_team_that_asks_for_its_own_reader_is_told_by_the_exit_code() {
    for (app, status) in [("amt-deltaker", 1), ("tiltakshistorikk", 0), ("nobody", 2)] {
        let output = Command::new(env!("CARGO_BIN_EXE_contracts"))
            .args(["readers", "--app", app])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(status), "{app}");
    }
}
