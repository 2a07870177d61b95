//! `cargo contracts` as its users meet it: what it prints, writes and ends with.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;
use support::{copy, run, spoil};

const KEY: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";

#[test]
fn the_committed_contracts_agree_with_the_types() {
    let outcome = run(Path::new(env!("CARGO_MANIFEST_DIR")), &["check"], "");
    assert_eq!(outcome.status, Some(0), "{}", outcome.out);
}

#[test]
fn a_schema_that_differs_from_the_types_is_a_finding_with_a_diff_and_generate_mends_it() {
    let folder = copy();
    let schema = "topics/siste-tiltakstyper-v3/3.0.1/value.schema.json";
    let path = folder.path().join("contracts").join(schema);
    let committed = fs::read_to_string(&path).unwrap();
    spoil(&folder, schema, r#""JOBBKLUBB""#, r#""JOBB_KLUBB""#);

    let check = run(folder.path(), &["check"], "");
    assert_eq!(check.status, Some(1));
    assert_snapshot!(check.out, @r#"
    ✗ contracts/topics/siste-tiltakstyper-v3/3.0.1/value.schema.json: is not what the types say, and not what was released; run `cargo contracts generate`
        --- committed
        +++ from the types
        @@ -76,7 +76,7 @@
                 "ARBEIDSRETTET_REHABILITERING",
                 "AVKLARING",
                 "DIGITALT_OPPFOLGINGSTILTAK",
        -        "JOBB_KLUBB",
        +        "JOBBKLUBB",
                 "OPPFOLGING",
                 "ARBEIDSFORBEREDENDE_TRENING",
                 "VARIG_TILRETTELAGT_ARBEID_SKJERMET",
    siste-tiltakstyper-v3: 3.0.0 → 3.0.1
      · patch    documentation-changed  the value: is described in other words
      · patch    documentation-changed  /navn: is described in other words
      → may go out, as version 3.0.1 at least
    siste-tiltaksgjennomforinger-v2: 2.0.1 → 2.0.2
      · patch    integer-width-stated  /antallPlasser (Gruppe): the format int32 is now stated, as its limits have it
      → may go out, as version 2.0.2 at least
    arena-migrering-tiltaksgjennomforinger-v1: 1.0.1 → 1.0.2
      · patch    integer-width-stated  /antallPlasser: the format int32 is now stated, as its limits have it
      · patch    integer-width-stated  /arenaId: the format int32 is now stated, as its limits have it
      → may go out, as version 1.0.2 at least
    datavarehus-tiltak-v1: 1.0.1 → 1.0.2
      · patch    integer-width-stated  /amoKategorisering/sertifiseringer/*/konseptId (DatavarehusTiltakV1AmoDto): the format int64 is now stated, as its limits have it
      · patch    integer-width-stated  /gjennomforing/arena/aar: the format int32 is now stated, as its limits have it
      · patch    integer-width-stated  /gjennomforing/arena/lopenummer: the format int32 is now stated, as its limits have it
      → may go out, as version 1.0.2 at least
    1 finding
    "#);

    let generate = run(folder.path(), &["generate"], "");
    assert_eq!((generate.status, generate.out), (Some(0), format!("wrote contracts/{schema}\n")));
    assert_eq!(fs::read_to_string(&path).unwrap(), committed);
    assert_eq!(run(folder.path(), &["check"], "").status, Some(0));
}

#[test]
fn a_missing_schema_a_changed_setting_and_a_wrong_example_are_findings_with_their_place() {
    let folder = copy();
    fs::remove_file(folder.path().join("contracts/topics/datavarehus-tiltak-v1/1.0.2/key.schema.json"))
        .unwrap();
    spoil(&folder, "topics/siste-tiltaksgjennomforinger-v2/topic.toml", "partitions = 2", "partitions = 3");
    let examples = folder.path().join("contracts/topics/siste-tiltakstyper-v3/examples");
    fs::copy(examples.join("valid/tombstone.ndjson"), examples.join("invalid/tombstone.ndjson")).unwrap();

    let check = run(folder.path(), &["check"], "");

    assert_eq!(check.status, Some(1));
    assert_snapshot!(check.out.lines().filter(|line| line.starts_with('✗')).collect::<Vec<_>>().join("\n"));
}

#[test]
fn validate_names_each_finding_with_line_pointer_expected_and_found_and_ends_with_totals() {
    let lines = [
        format!(r#"{{"key":"{KEY}","value":null}}"#),
        format!(r#"{{"key":"{KEY}","value":"{{\"id\": 1}}"}}"#),
        String::new(),
        format!(r#"{{"key":"{KEY}"}}"#),
        r#"{"key":"x","value":null}"#.to_owned(),
        "no JSON".to_owned(),
        format!(r#"{{"key":"{KEY}","value":"no JSON: Kari"}}"#),
    ];
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), &["validate", "siste-tiltakstyper-v3"], &lines.join("\n"));

    assert_eq!((outcome.status, outcome.err.as_str()), (Some(1), ""));
    assert_snapshot!(outcome.out);
    assert!(!outcome.out.contains("Kari"), "a payload's content is not printed");

    let json = run(
        folder.path(),
        &["validate", "siste-tiltakstyper-v3", "-", "--format", "json"],
        &lines.join("\n"),
    );
    assert_eq!(json.status, Some(1));
    assert_snapshot!(json.out);
}

#[test]
fn validate_reads_a_file_and_ends_with_0_when_every_record_is_valid() {
    let folder = copy();
    let file = "contracts/topics/datavarehus-tiltak-v1/examples/valid/golden.ndjson";
    let outcome = run(folder.path(), &["validate", "datavarehus-tiltak-v1", file], "");
    assert_eq!(outcome.status, Some(0));
    assert_eq!(
        outcome.out,
        "datavarehus-tiltak-v1 1.0.2: 60 records, 60 upserts, 0 tombstones: 60 valid, 0 invalid\n"
    );
}

/// The keys of JSON that are not camelCase, without what stands in a payload.
fn odd_keys(value: &Value, odd: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| odd_keys(item, odd)),
        Value::Object(members) => {
            for (name, value) in members {
                let is_camel_case = name.starts_with(|it: char| it.is_ascii_lowercase())
                    && name.chars().all(|it| it.is_ascii_alphanumeric());
                odd.extend((!is_camel_case).then(|| name.clone()));
                if !["document", "minimal", "value"].contains(&name.as_str()) {
                    odd_keys(value, odd);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_for_programs_is_json_with_keys_in_camel_case() {
    let folder = copy();
    spoil(&folder, "topics/siste-tiltakstyper-v3/topic.toml", "partitions = 2", "partitions = 3");
    let schema = "contracts/topics/siste-tiltakstyper-v3/3.0.0/value.schema.json";
    let nothing = "nothing.schema.json";
    fs::write(folder.path().join(nothing), r#"{"type": "string", "minLength": 2, "maxLength": 1}"#).unwrap();
    for arguments in [
        &["check"][..],
        &["compare", nothing, schema],
        &["diff"],
        &["release", "siste-tiltakstyper-v3", "--dry-run"],
        &["explain"],
        &["explain", "retained-log"],
        &["generate"],
        &["readers"],
        &["readers", "--matrix"],
        &["compare", schema, schema],
        &["validate", "siste-tiltakstyper-v3"],
    ] {
        let said = run(folder.path(), &[arguments, &["--format", "json"]].concat(), "no JSON\n");
        assert!(said.err.is_empty(), "{arguments:?}: {}", said.err);
        for line in said.out.lines() {
            let mut odd = Vec::new();
            odd_keys(&serde_json::from_str(line).unwrap(), &mut odd);
            assert!(odd.is_empty(), "{arguments:?}: {odd:?}");
        }
    }
}

#[test]
fn a_schema_that_accepts_nothing_is_said_to_people_too() {
    let folder = copy();
    for (name, text) in
        [("a.json", r#"{"type": "string", "minLength": 2, "maxLength": 1}"#), ("b.json", "{}")]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let said = run(folder.path(), &["compare", "a.json", "b.json"], "");
    assert!(said.out.contains("A accepts nothing at all"), "{}", said.out);
    let said = run(folder.path(), &["compare", "b.json", "a.json"], "");
    assert!(said.out.contains("B accepts nothing at all"), "{}", said.out);
}

#[test]
fn a_problem_is_data_with_its_kind_path_line_and_fix() {
    let folder = copy();
    let examples = folder.path().join("contracts/topics/siste-tiltakstyper-v3/examples");
    fs::copy(examples.join("valid/tombstone.ndjson"), examples.join("invalid/tombstone.ndjson")).unwrap();
    spoil(&folder, "topics/siste-tiltakstyper-v3/topic.toml", "owner = ", "# owner\nowner = ");
    fs::remove_file(folder.path().join("contracts/topics/datavarehus-tiltak-v1/1.0.2/key.schema.json"))
        .unwrap();
    let said = run(folder.path(), &["check", "--format", "json"], "");
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let problem = |kind: &str| {
        report["problems"].as_array().unwrap().iter().find(|it| it["kind"] == kind).cloned().unwrap()
    };
    let example = problem("bad-example");
    assert_eq!((&example["line"], &example["valid"]), (&Value::from(1), &Value::from(false)));
    assert_eq!(example["path"], "topics/siste-tiltakstyper-v3/examples/invalid/tombstone.ndjson");
    assert_eq!(problem("not-generated")["fix"]["run"], "cargo contracts generate");
    let github = run(folder.path(), &["check", "--format", "github"], "");
    assert!(github.out.contains("invalid/tombstone.ndjson,line=1,title=contracts::"), "{}", github.out);
}

#[test]
fn the_program_goes_by_the_name_it_was_called_by() {
    let said = |arguments: &[&str], by_cargo: bool| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_contracts"));
        program.args(arguments).env_remove("CARGO_MANIFEST_DIR");
        if by_cargo {
            program.env("CARGO_MANIFEST_DIR", ".");
        }
        let output = program.output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let version = format!("contracts {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(said(&["--version"], false), version);
    assert_eq!(said(&["--version"], true), format!("cargo {version}"));
    for arguments in [&["--help"][..], &["check", "--help"], &["check", "--wrong"]] {
        assert!(!said(arguments, false).contains("cargo contracts"), "{arguments:?}");
        assert!(said(arguments, true).contains("cargo contracts"), "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_run_ends_with_2_and_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["check"][..], "error: no folder contracts/topics in "),
        (
            &["validate", "siste-tiltakstyper-v4"],
            "error: there is no topic \"siste-tiltakstyper-v4\"; the topics are ",
        ),
        (&["validate", "siste-tiltakstyper-v3", "nothing.ndjson"], "error: cannot open nothing.ndjson: "),
        (&["validate"], "error: the following required arguments were not provided"),
        (&["chekc"], "error: unrecognized subcommand 'chekc'"),
    ] {
        let outcome = run(folder.path(), arguments, "");
        assert_eq!(outcome.status, Some(2), "{arguments:?}");
        assert!(outcome.err.starts_with(expected), "{arguments:?}: {}", outcome.err);
    }
}

#[test]
fn a_malformed_topic_file_is_named_with_its_line() {
    let folder = copy();
    spoil(&folder, "topics/siste-tiltakstyper-v3/topic.toml", "partitions = 2", "partitions = \"two\"");
    let outcome = run(folder.path(), &["check"], "");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.err.contains("siste-tiltakstyper-v3/topic.toml: malformed"), "{}", outcome.err);
    assert!(outcome.err.contains("line 17"), "{}", outcome.err);
}
