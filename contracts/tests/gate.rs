//! Versions and their releases, as the command makes and refuses them.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};
use support::{copy, run, spoil};
use tempfile::TempDir;

const TOPIC: &str = "siste-tiltakstyper-v3";

/// A copy of the contracts in which another schema was released as 3.0.1: what the types are is new to it.
fn released(edit: impl Fn(&mut Value)) -> TempDir {
    let folder = copy();
    let topic = folder.path().join("contracts/topics").join(TOPIC);
    let path = topic.join("3.0.1/value.schema.json");
    let old = fs::read_to_string(&path).unwrap();
    let mut schema: Value = serde_json::from_str(&old).unwrap();
    edit(&mut schema);
    let new = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    fs::write(path, &new).unwrap();
    let list = fs::read_to_string(topic.join("released.toml")).unwrap();
    assert!(list.contains(&hash(&old)));
    fs::write(topic.join("released.toml"), list.replace(&hash(&old), &hash(&new))).unwrap();
    folder
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
}

fn remove(schema: &mut Value, field: &str) {
    schema["properties"].as_object_mut().unwrap().shift_remove(field);
    schema["required"].as_array_mut().unwrap().retain(|name| name != field);
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn a_nullable_field_is_a_minor_version_with_its_files_its_changelog_and_its_number_everywhere() {
    let folder = released(|schema| remove(schema, "arenaKode"));
    let check = run(folder.path(), &["check"], "");
    assert_eq!(check.status, Some(1));
    assert!(check.out.contains("run `cargo contracts release siste-tiltakstyper-v3`"), "{}", check.out);
    assert!(check.out.contains("+ minor    field-added-optional  /arenaKode"), "{}", check.out);

    let dry = run(folder.path(), &["release", TOPIC, "--dry-run"], "");
    assert!(dry.out.contains("siste-tiltakstyper-v3 3.1.0 would be released"), "{}", dry.out);
    assert!(!folder.path().join("contracts/topics").join(TOPIC).join("3.1.0").exists());

    let release = run(folder.path(), &["release", TOPIC], "");
    assert_eq!(release.status, Some(0), "{release:?}");
    assert!(release.out.contains("siste-tiltakstyper-v3 3.1.0 is released"), "{}", release.out);
    let schema = read(&folder, "contracts/topics/siste-tiltakstyper-v3/3.1.0/value.schema.json");
    assert!(schema.contains(r#""$id": "urn:nav:siste-tiltakstyper-v3:3.1.0:value""#));
    let list = read(&folder, "contracts/topics/siste-tiltakstyper-v3/released.toml");
    assert!(list.contains("version = \"3.1.0\"") && list.contains(&hash(&schema)), "{list}");
    assert!(
        read(&folder, "contracts/topics/siste-tiltakstyper-v3/topic.toml").contains("\nversion = \"3.1.0\"")
    );
    assert!(
        read(&folder, "contracts/TOPICS.md").contains("topics/siste-tiltakstyper-v3/3.1.0/value.schema.json")
    );
    assert!(
        read(&folder, "schema/src/tiltakstype_v3.rs").contains("CONTRACT_VERSION: &'static str = \"3.1.0\"")
    );
    let changelog = read(&folder, "contracts/topics/siste-tiltakstyper-v3/CHANGELOG.md");
    assert!(changelog.starts_with("# siste-tiltakstyper-v3\n\n## 3.1.0 ("), "{changelog}");
    assert!(
        changelog.contains("- /arenaKode: is new (string or null). (field-added-optional)"),
        "{changelog}"
    );
    assert!(changelog.contains("\n\n## 3.0.1 ("), "{changelog}");
}

#[test]
fn other_words_are_a_patch_version() {
    let folder = released(|schema| schema["properties"]["navn"]["description"] = "The name.".into());
    let release = run(folder.path(), &["release", TOPIC, "--dry-run"], "");
    assert!(release.out.contains("3.0.2 would be released"), "{}", release.out);
}

#[test]
fn a_breaking_change_is_refused_with_the_name_of_the_next_topic_and_writes_nothing() {
    let folder = released(|schema| {
        let properties = schema["properties"].as_object_mut().unwrap();
        let kode = properties.shift_remove("tiltakskode").unwrap();
        properties.insert("kode".to_owned(), kode);
        let required = schema["required"].as_array_mut().unwrap();
        required.iter_mut().filter(|name| *name == "tiltakskode").for_each(|name| *name = "kode".into());
    });
    let release = run(folder.path(), &["release", TOPIC], "");
    assert_eq!(release.status, Some(1));
    assert!(release.out.contains("field-renamed"), "{}", release.out);
    assert!(release.out.contains("it needs a new topic, siste-tiltakstyper-v4"), "{}", release.out);
    assert!(!folder.path().join("contracts/topics").join(TOPIC).join("3.1.0").exists());
    assert!(read(&folder, "schema/src/tiltakstype_v3.rs").contains("\"3.0.1\""));
}

#[test]
fn a_break_that_is_intended_goes_out_and_is_shown_everywhere() {
    let folder = released(|schema| remove(schema, "navn"));
    let refused = run(folder.path(), &["release", TOPIC], "");
    assert_eq!(refused.status, Some(1));
    assert!(refused.out.contains("retained-log") && refused.out.contains("/navn"), "{}", refused.out);

    let topic = "topics/siste-tiltakstyper-v3/topic.toml";
    spoil(
        &folder,
        topic,
        "[dokumentasjon]",
        "[[intended-break]]\nversion = \"3.1.0\"\nrule = \"retained-log\"\npointer = \"/navn\"\n\
         reason = \"no reader is left\"\ndate = \"2026-11-24\"\nreaders-told = [\"amt-deltaker\"]\n\n[dokumentasjon]",
    );
    let release = run(folder.path(), &["release", TOPIC], "");
    assert_eq!(release.status, Some(0), "{}", release.out);
    assert!(release.out.contains("! intended retained-log"), "{}", release.out);
    assert!(release.out.contains("no reader is left (2026-11-24); told: amt-deltaker"), "{}", release.out);
    let changelog = read(&folder, "contracts/topics/siste-tiltakstyper-v3/CHANGELOG.md");
    assert!(changelog.contains("Intended: no reader is left"), "{changelog}");
}

#[test]
fn what_compaction_may_have_kept_is_read_until_everything_is_relast() {
    let folder = released(|schema| remove(schema, "navn"));
    spoil(
        &folder,
        "topics/siste-tiltakstyper-v3/topic.toml",
        "retained-since = \"3.0.0\"",
        "retained-since = \"3.1.0\"",
    );
    let release = run(folder.path(), &["release", TOPIC], "");
    assert_eq!(release.status, Some(0), "{}", release.out);
}

/// What a command says of the topic, as data.
fn assessment(folder: &TempDir, command: &[&str]) -> Value {
    let said = run(folder.path(), &[command, &["--format", "json"]].concat(), "");
    let mut said: Value = serde_json::from_str(&said.out).unwrap();
    if let Some(of_topic) = said.pointer_mut("/topics/0") {
        said = of_topic.take();
    } else if said.is_array() {
        said = said[0].take();
    }
    said.as_object_mut()
        .unwrap()
        .retain(|name, _| !["diffs", "version", "dryRun", "written"].contains(&name.as_str()));
    said
}

#[test]
fn check_diff_and_release_judge_a_change_alike() {
    type Edit = fn(&mut Value);
    let edits: [Edit; 4] = [
        |schema| remove(schema, "navn"),
        |schema| remove(schema, "arenaKode"),
        // Old readers are still there when old records are gone.
        |schema| schema["properties"]["navn"]["maxLength"] = 10.into(),
        |schema| schema["properties"]["navn"]["description"] = "The name.".into(),
    ];
    for since in ["3.0.0", "3.1.0"] {
        for (edit, expected) in edits.iter().zip(["release", "release", "new-topic", "release"]) {
            let folder = released(edit);
            let topic = "topics/siste-tiltakstyper-v3/topic.toml";
            spoil(&folder, topic, "retained-since = \"3.0.0\"", &format!("retained-since = \"{since}\""));
            let check = assessment(&folder, &["check"]);
            assert_eq!(check, assessment(&folder, &["diff", TOPIC]));
            assert_eq!(check, assessment(&folder, &["release", TOPIC, "--dry-run"]));
            let is_removed = since == "3.0.0" && check["findings"][0]["rule"] == "retained-log";
            assert_eq!(check["outcome"], if is_removed { "blocked" } else { expected }, "{check:#}");
        }
    }
}

#[test]
fn a_released_version_is_judged_by_those_before_it() {
    let folder = released(|schema| remove(schema, "navn"));
    let topic = "topics/siste-tiltakstyper-v3/topic.toml";
    spoil(&folder, topic, "retained-since = \"3.0.0\"", "retained-since = \"3.1.0\"");
    let before = assessment(&folder, &["diff", TOPIC]);
    assert_eq!(run(folder.path(), &["release", TOPIC], "").status, Some(0));
    let mut after = assessment(&folder, &["diff", TOPIC, "--to", "3.1.0"]);
    assert_eq!((&after["from"], &after["to"]), (&Value::from("3.0.1"), &Value::from("3.1.0")));
    after["to"] = before["to"].clone();
    assert_eq!(before, after);
}

#[test]
fn readers_that_are_no_longer_supported_are_not_asked() {
    let folder = released(|schema| schema["properties"]["navn"]["maxLength"] = 10.into());
    let stopped = |folder: &TempDir| {
        let check = assessment(folder, &["check"]);
        check["findings"].as_array().unwrap().iter().any(|it| it["rule"] == "old-readers-stopped")
    };
    assert!(stopped(&folder));
    let topic = "topics/siste-tiltakstyper-v3/topic.toml";
    let since = "retained-since = \"3.0.0\"";
    spoil(&folder, topic, since, &format!("{since}\nsupported-since = \"3.1.0\""));
    assert!(!stopped(&folder));
    spoil(&folder, topic, "supported-since = \"3.1.0\"", "supported-since = \"2.7.0\"");
    let check = run(folder.path(), &["check"], "");
    assert!(
        check.out.contains("compatibility.supported-since is 2.7.0: no released version"),
        "{}",
        check.out
    );
}

#[test]
fn beginning_to_send_tombstones_is_a_change_that_each_reader_is_asked_about() {
    let folder = released(|_| {});
    spoil(
        &folder,
        "topics/siste-tiltakstyper-v3/topic.toml",
        "sends-tombstones = false",
        "sends-tombstones = true",
    );
    let check = assessment(&folder, &["check"]);
    assert_eq!(check["outcome"], "blocked");
    let rules: Vec<_> = check["findings"].as_array().unwrap().iter().map(|it| &it["rule"]).collect();
    assert!(rules.iter().any(|rule| *rule == "tombstones-begun"), "{check:#}");
    // The copy has no declarations: what its readers do is not known.
    let readers = rules.iter().filter(|rule| **rule == "reader-stopped").count();
    let named = read(&folder, "contracts/topics/siste-tiltakstyper-v3/topic.toml");
    let named =
        named.split_once("readers = [").unwrap().1.split_once(']').unwrap().0.matches('"').count() / 2;
    assert_eq!(readers, named, "{check:#}");
}

#[test]
fn a_release_that_does_not_say_whether_tombstones_were_sent_differs_in_nothing() {
    let folder = released(|_| {});
    spoil(&folder, "topics/siste-tiltakstyper-v3/released.toml", "sends-tombstones = false\n", "");
    let diff = assessment(&folder, &["diff", TOPIC, "--from", "3.0.0"]);
    assert!(!diff.to_string().contains("tombstones-"), "{diff:#}");
}

#[test]
fn a_witness_is_an_example_of_the_contract_or_the_smallest_document_when_asked_for() {
    let folder = released(|schema| remove(schema, "navn"));
    let diff = run(folder.path(), &["diff", TOPIC], "");
    let expected = "shown by the example contracts/topics/siste-tiltakstyper-v3/examples/valid/golden.ndjson:1, with /navn left out";
    assert!(diff.out.contains(expected), "{}", diff.out);
    let minimal = run(folder.path(), &["diff", TOPIC, "--minimal-witness"], "");
    assert!(minimal.out.contains("shown by {"), "{}", minimal.out);
}

#[test]
fn only_what_the_mode_asks_for_is_asked() {
    for (mode, wants) in [("full", "blocked"), ("backward", "blocked"), ("forward", "minor")] {
        let folder = released(|schema| remove(schema, "navn"));
        let topic = "topics/siste-tiltakstyper-v3/topic.toml";
        spoil(&folder, topic, "mode = \"full-transitive\"", &format!("mode = \"{mode}-transitive\""));
        let diff = run(folder.path(), &["diff", TOPIC], "");
        let is_blocked = diff.out.contains("retained-log");
        assert_eq!(if is_blocked { "blocked" } else { "minor" }, wants, "{mode}: {}", diff.out);
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    let output = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn against_another_revision_a_released_version_that_is_gone_or_changed_is_a_finding() {
    let folder = copy();
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "released"]);
    assert_eq!(run(folder.path(), &["check", "--against", "HEAD"], "").status, Some(0));

    // The list and the file are changed together, so that only history knows.
    let schema = "topics/datavarehus-tiltak-v1/1.0.0/key.schema.json";
    let path = folder.path().join("contracts").join(schema);
    let old = fs::read_to_string(&path).unwrap();
    spoil(&folder, schema, "lower case", "small letters");
    let new = fs::read_to_string(&path).unwrap();
    spoil(&folder, "topics/datavarehus-tiltak-v1/released.toml", &hash(&old), &hash(&new));
    fs::remove_file(folder.path().join("contracts/topics/siste-tiltakstyper-v3/released.toml")).unwrap();

    let check = run(folder.path(), &["check", "--against", "HEAD", "--format", "github"], "");
    assert_eq!(check.status, Some(1));
    for expected in [
        format!("::error file=contracts/{schema},line=1,title=contracts::was released, and is not as it was"),
        "::error file=contracts/topics/siste-tiltakstyper-v3/released.toml,line=1,title=contracts::3.0.0 was \
         released and is gone from here"
            .to_owned(),
    ] {
        assert!(check.out.contains(&expected), "{expected}\n{}", check.out);
    }
    let unknown = run(folder.path(), &["check", "--against", "no-such-branch"], "");
    assert_eq!(unknown.status, Some(2));
    assert!(unknown.err.contains("the revision \"no-such-branch\" cannot be read"), "{}", unknown.err);
}

#[test]
fn the_report_for_programs_names_rule_place_and_witness() {
    let folder = released(|schema| remove(schema, "navn"));
    let check = run(folder.path(), &["check", "--format", "json"], "");
    let report: Value = serde_json::from_str(&check.out).unwrap();
    let topic = &report["topics"][0];
    assert_eq!((topic["topic"].as_str(), topic["outcome"].as_str()), (Some(TOPIC), Some("blocked")));
    let finding = &topic["findings"][0];
    assert_eq!(finding["rule"], "retained-log");
    assert_eq!(finding["pointer"], "/navn");
    assert!(finding["witness"].is_object(), "{finding}");
}

#[test]
fn diff_shows_what_is_new_and_explain_says_why_it_matters() {
    let folder = released(|schema| remove(schema, "arenaKode"));
    let diff = run(folder.path(), &["diff", TOPIC], "");
    assert_eq!(diff.status, Some(0));
    assert!(diff.out.contains("+    \"arenaKode\": {"), "{}", diff.out);
    assert!(diff.out.contains("may go out, as version 3.1.0 at least"), "{}", diff.out);
    let unknown = run(folder.path(), &["diff", TOPIC, "--from", "2.9.0"], "");
    assert_eq!(unknown.status, Some(2));
    assert!(unknown.err.contains("the versions are 3.0.0"), "{}", unknown.err);

    let explain = run(folder.path(), &["explain", "retained-log"], "");
    assert!(explain.out.starts_with("retained-log: records of a retained version"), "{}", explain.out);
    assert_eq!(
        run(folder.path(), &["explain"], "").out.lines().count(),
        tiltak_contracts::rule::all().count()
    );
    let near = run(folder.path(), &["explain", "field-rename"], "");
    assert_eq!(near.status, Some(2));
    assert!(near.err.contains("did you mean \"field-renamed\"?"), "{}", near.err);
}
