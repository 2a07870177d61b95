//! The gate in a repository of plain JSON Schemas, that of a team without Rust.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Outcome, other_team, run, spoil};
use tempfile::TempDir;

const ORDERS: &str = "topics/orders-v1/value.schema.json";
const SHIPMENTS: &str = "topics/shipments/value.schema.json";

fn contracts(folder: &TempDir, arguments: &[&str]) -> Outcome {
    run(folder.path(), arguments, "")
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.out).unwrap()
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    let status = Command::new("git").arg("-C").arg(folder).args(identity).args(arguments).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

#[test]
fn the_repository_passes_also_from_elsewhere() {
    let folder = other_team();
    let check = contracts(&folder, &["check"]);
    assert_eq!(check.status, Some(0), "{check:?}");
    let root = folder.path().to_str().unwrap().to_owned();
    let check = run(Path::new("/"), &["check", "--root", &root, "--format", "json"], "");
    assert_eq!(json(&check)["topics"].as_array().unwrap().len(), 2, "{check:?}");
    assert_eq!(
        contracts(&folder, &["generate"]).out,
        "nothing to write: every generated file is as its source says\n"
    );
}

#[test]
fn a_value_that_a_reader_fails_on_is_refused_by_check_diff_and_release_in_draft_07() {
    let folder = other_team();
    spoil(&folder, ORDERS, r#""PAID", "#, r#""PAID", "LOST", "#);
    for command in [&["check"][..], &["diff"], &["diff", "orders-v1"], &["release", "orders-v1"]] {
        let outcome = contracts(&folder, command);
        assert_eq!(outcome.status, Some(1), "{command:?}: {outcome:?}");
        let said = r#"this change stops warehouse: /status = "LOST" is not among the 3 values it knows"#;
        assert!(outcome.out.contains(said), "{command:?}: {}", outcome.out);
    }
    let diff = contracts(&folder, &["diff", "orders-v1", "--format", "json"]);
    assert_eq!(json(&diff)[0]["outcome"], "blocked");
    assert!(!folder.path().join("contracts/topics/orders-v1/1.1.0").exists());
}

#[test]
fn a_required_field_that_older_records_do_not_have_is_refused_with_one_of_them() {
    let folder = other_team();
    spoil(&folder, SHIPMENTS, r#""sentAt"]"#, r#""sentAt", "weight"]"#);
    let diff = contracts(&folder, &["diff", "shipments"]);
    assert_eq!(diff.status, Some(1));
    assert!(diff.out.contains("retained-log"), "{}", diff.out);
    assert!(diff.out.contains("examples/valid/shipments.ndjson"), "{}", diff.out);
}

#[test]
fn an_allowed_change_is_released_with_the_text_as_it_was_written() {
    let folder = other_team();
    let new = r#""PAID", "CANCELLED"] },
    "Gift": { "type": "boolean" },"#;
    spoil(&folder, ORDERS, r#""PAID", "CANCELLED"] },"#, new);
    let note = r#""note": {"#;
    let gift = r##""gift": { "description": "Whether it is one.", "$ref": "#/definitions/Gift" },
    "note": {"##;
    let path = spoil(&folder, ORDERS, note, gift);
    let check = contracts(&folder, &["check"]);
    assert_eq!(check.status, Some(1), "a change that is not released is a finding");
    assert!(check.out.contains("run `contracts release orders-v1`"), "{}", check.out);

    let dry = contracts(&folder, &["release", "orders-v1", "--dry-run"]);
    assert!(
        dry.out.contains("would write contracts/topics/orders-v1/1.1.0/value.schema.json"),
        "{}",
        dry.out
    );
    assert!(!folder.path().join("contracts/topics/orders-v1/1.1.0").exists());
    let release = contracts(&folder, &["release", "orders-v1", "--format", "json"]);
    assert_eq!((release.status, &json(&release)["version"]), (Some(0), &"1.1.0".into()));
    let released = fs::read_to_string(path.with_file_name("1.1.0").join("value.schema.json")).unwrap();
    assert_eq!(released, fs::read_to_string(&path).unwrap());
    let changelog = fs::read_to_string(path.with_file_name("CHANGELOG.md")).unwrap();
    assert!(changelog.contains("/gift"), "{changelog}");
    let check = contracts(&folder, &["check"]);
    assert_eq!(check.status, Some(0), "{check:?}");
    assert_eq!(
        contracts(&folder, &["diff", "orders-v1", "--from", "1.0.0", "--to", "1.1.0"]).status,
        Some(0)
    );
    let again = contracts(&folder, &["release", "orders-v1"]);
    assert_eq!((again.status, again.out.contains("nothing to release")), (Some(0), true));
}

#[test]
fn what_was_released_on_another_branch_stays() {
    let folder = other_team();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "as it was"]);
    assert_eq!(contracts(&folder, &["check", "--against", "HEAD"]).status, Some(0));
    spoil(&folder, "topics/orders-v1/1.0.0/value.schema.json", "CANCELLED", "CANCELED");
    let check = contracts(&folder, &["check", "--against", "HEAD"]);
    assert!(check.out.contains("was released, and is not as it was"), "{}", check.out);
    fs::remove_dir_all(folder.path().join("contracts/topics/orders-v1")).unwrap();
    fs::remove_file(folder.path().join("contracts/readers/warehouse.toml")).unwrap();
    let check = contracts(&folder, &["check", "--against", "HEAD"]);
    assert!(check.out.contains("1.0.0 was released and is gone from here"), "{}", check.out);
}

#[test]
fn readers_asyncapi_and_docs_speak_of_both_topics() {
    let folder = other_team();
    let readers = contracts(&folder, &["readers"]);
    assert_eq!(readers.status, Some(0), "{readers:?}");
    assert!(readers.out.contains("warehouse (team-logistics) reads orders-v1"), "{}", readers.out);
    let matrix = contracts(&folder, &["readers", "--matrix", "--topic", "orders-v1", "--format", "json"]);
    assert_eq!(json(&matrix)["knownByName"][0], "newsletter");
    assert_eq!(contracts(&folder, &["readers", "--topic", "returns"]).status, Some(2));

    let document = json(&contracts(&folder, &["asyncapi"]));
    assert_eq!(document["info"]["title"], "The shop's topics");
    let message = &document["channels"]["orders-v1"]["messages"]["Order"];
    assert_eq!(message["payload"]["schemaFormat"], "application/schema+json;version=draft-07");
    assert!(document["channels"]["shipments"]["messages"]["Shipment"].is_object());

    let docs = contracts(&folder, &["docs"]).out;
    assert!(docs.starts_with("# The shop's topics\n"), "{docs}");
    assert!(docs.contains("| `status` | Status | no | How far the order is. |"), "{docs}");
    assert!(docs.contains("| `weight` | number | may be left out |"), "{docs}");
}

#[test]
fn records_are_checked_against_the_schemas_alone_and_keys_are_json_where_they_are_no_text() {
    let folder = other_team();
    let lines = r#"{"key": "17", "value": "{\"id\": 17, \"carrier\": \"POST\", \"sentAt\": \"2026-03-01T10:00:00Z\"}"}
{"key": "17", "value": "{\"id\": 17, \"carrier\": \"TRAM\", \"sentAt\": \"2026-03-01T10:00:00Z\"}"}
{"key": "seventeen", "value": null}
{"key": "17", "value": "{"}
"#;
    let validate = run(folder.path(), &["validate", "shipments", "-", "--jobs", "1"], lines);
    assert_eq!(validate.status, Some(1));
    let expected = r#"line 2: shipments, key "17": value at /carrier: expected one of ["POST","BICYCLE"], found "TRAM" "#;
    assert!(validate.out.starts_with(expected), "{}", validate.out);
    for masked in ["Kari Nordmann", "01017012345"] {
        let validate = run(folder.path(), &["validate", "shipments"], &lines.replace("TRAM", masked));
        assert_eq!((validate.status, validate.out.contains(masked)), (Some(1), false), "{}", validate.out);
    }
    assert!(
        validate
            .out
            .contains(r#"line 3: shipments, key "seventeen": key: expected type integer, found a string"#)
    );
    assert!(
        validate.out.contains("4 records, 3 upserts, 1 tombstones: 1 valid, 3 invalid"),
        "{}",
        validate.out
    );
    let unknown = run(folder.path(), &["validate", "returns"], "");
    assert_eq!(unknown.err, "error: there is no topic \"returns\"; the topics are orders-v1, shipments\n");
}

#[test]
fn a_prefix_stands_before_the_topics_name_on_a_cluster() {
    let folder = other_team();
    let line = r#"{"topic": "dev-shipments", "partition": 0, "offset": 1, "key": "17", "payload": null}"#;
    let plain = run(folder.path(), &["validate", "shipments"], line);
    assert!(
        plain.out.contains("expected a record of this topic, found one of dev-shipments"),
        "{}",
        plain.out
    );
    let prefixed = run(folder.path(), &["validate", "shipments", "--topic-prefix", "dev-"], line);
    assert_eq!(prefixed.status, Some(0), "{prefixed:?}");
    let other = line.replace("dev-shipments", "shipments");
    assert_eq!(
        run(folder.path(), &["validate", "shipments", "--topic-prefix", "dev-"], &other).status,
        Some(1)
    );
}

#[test]
fn what_is_malformed_is_named_with_its_file_and_place() {
    const COMMANDS: [&[&str]; 5] =
        [&["check"], &["diff"], &["release", "orders-v1"], &["docs"], &["validate", "orders-v1"]];
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let cases = [
        (ORDERS, "{", "contracts/topics/orders-v1/value.schema.json: no JSON"),
        (ORDERS, deep.as_str(), "contracts/topics/orders-v1/value.schema.json: no JSON"),
        (ORDERS, "[]", "contracts/topics/orders-v1/value.schema.json: no JSON Schema"),
        (ORDERS, r#"{"type": "strong"}"#, "contracts/topics/orders-v1/value.schema.json: no JSON Schema"),
        (
            ORDERS,
            r##"{"$ref": "#/definitions/Gone"}"##,
            "contracts/topics/orders-v1/value.schema.json: no JSON Schema",
        ),
        (
            ORDERS,
            r#"{"$ref": "https://example.com/order"}"#,
            "contracts/topics/orders-v1/value.schema.json: no JSON Schema",
        ),
        (ORDERS, r#"{"$schema": "http://json-schema.org/draft-04/schema#"}"#, "draft-04"),
        ("topics/orders-v1/topic.toml", "topic = 1", "contracts/topics/orders-v1/topic.toml: malformed"),
        ("contracts.toml", "titel = 1", "contracts/contracts.toml: malformed"),
    ];
    for (file, text, expected) in cases {
        let folder = other_team();
        fs::write(folder.path().join("contracts").join(file), text).unwrap();
        for command in COMMANDS {
            let outcome = contracts(&folder, command);
            assert_eq!(outcome.status, Some(2), "{command:?} {file}: {outcome:?}");
            assert!(outcome.err.contains(expected), "{command:?} {file}: {}", outcome.err);
        }
    }
    let folder = other_team();
    fs::remove_file(folder.path().join("contracts/topics/orders-v1/key.schema.json")).unwrap();
    let missing = contracts(&folder, &["check"]);
    assert_eq!(missing.err, "error: contracts/topics/orders-v1/key.schema.json: missing\n");
    fs::remove_file(folder.path().join("contracts/contracts.toml")).unwrap();
    let no_source = contracts(&folder, &["check"]);
    assert!(no_source.err.contains("has no contracts.toml"), "{}", no_source.err);
}
