//! Every rule on every fixture: `rules/<rule>.fires.json` and `rules/<rule>.quiet.json`.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use tiltak_contracts::assessment::Assessment;
use tiltak_contracts::rule::{self, Finding, Fixture};

fn assessed(fixture: Fixture) -> Assessment {
    fixture.assess().unwrap()
}

/// Fixtures by name: `<rule>.fires` and `<rule>.quiet`.
fn fixtures() -> BTreeMap<String, Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let read = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect()
}

#[test]
fn every_rule_has_two_fixtures_and_every_fixture_a_rule() {
    let rules: BTreeSet<String> = rule::all().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(rules.len(), rule::all().count(), "an id is there twice");
    let expected: BTreeSet<String> =
        rules.iter().flat_map(|id| [format!("{id}.fires"), format!("{id}.quiet")]).collect();
    assert_eq!(fixtures().into_keys().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn every_rule_fires_on_its_fixture_and_is_quiet_on_the_other() {
    for (name, fixture) in fixtures() {
        let (rule, expected) = name.split_once('.').unwrap();
        let assessment = assessed(fixture);
        let fired = assessment.findings.iter().any(|finding| finding.rule == rule);
        assert_eq!(fired, expected == "fires", "{name}: {:#?}", assessment.findings);
    }
}

/// The rules about one value whose schema is another one, by `old` and `new`.
fn rules_of_value(old: &Value, new: &Value) -> Vec<&'static str> {
    let side = |schema: &Value| {
        json!({"value": {
            "type": "object", "properties": {"sats": schema}, "required": ["sats"]
        }})
    };
    let fixture = json!({"old": side(old), "new": side(new)});
    let findings = assessed(serde_json::from_value(fixture).unwrap()).findings;
    let of_change = |finding: &&Finding| !["retained-log", "old-readers-stopped"].contains(&finding.rule);
    findings.iter().filter(of_change).map(|finding| finding.rule).collect()
}

#[test]
fn wider_and_narrower_are_decided_with_all_that_is_said_of_the_value() {
    for (old, new, expected) in [
        (
            json!({"type": "number", "multipleOf": 0.1}),
            json!({"type": "number", "multipleOf": 0.3}),
            "range-narrowed",
        ),
        (
            json!({"type": "number", "multipleOf": 0.3}),
            json!({"type": "number", "multipleOf": 0.1}),
            "range-widened",
        ),
        (
            json!({"type": "integer", "minimum": 1}),
            json!({"type": "integer", "exclusiveMinimum": 0}),
            "documentation-changed",
        ),
        (
            json!({"type": "string", "pattern": "^a{2,3}$"}),
            json!({"type": "string", "pattern": "^aaa?$"}),
            "documentation-changed",
        ),
        (
            json!({"type": "string", "pattern": "^a{3}$"}),
            json!({"type": "string", "maxLength": 3}),
            "range-widened",
        ),
        (json!({"type": "number"}), json!({"type": "integer"}), "range-narrowed"),
        (json!({"type": "integer"}), json!({"type": "number"}), "type-changed"),
        (json!({"type": "string"}), json!({"type": "string", "enum": ["A"]}), "range-narrowed"),
        (json!({"type": "string", "enum": ["A"]}), json!({"type": "string"}), "type-changed"),
        (json!({"type": "string"}), json!({"type": "integer"}), "type-changed"),
        (json!({}), json!({"type": ["string", "null"]}), "range-narrowed"),
        (json!({"type": "null"}), json!({"type": ["string", "null"]}), "type-changed"),
    ] {
        assert_eq!(rules_of_value(&old, &new), [expected], "{old} → {new}");
    }
    let both =
        rules_of_value(&json!({"type": "integer", "maximum": 5}), &json!({"type": "integer", "minimum": 2}));
    assert_eq!(both, ["range-widened", "range-narrowed"]);
}

#[test]
fn what_people_read_of_every_rule() {
    let fixtures = fixtures();
    for rule in rule::all() {
        let mut text = Vec::new();
        tiltak_contracts::report::rule(&mut text, rule).unwrap();
        for (name, fixture) in fixtures.iter().filter(|(name, _)| name.split_once('.').unwrap().0 == rule.id)
        {
            writeln!(text, "\n--- {name}").unwrap();
            tiltak_contracts::report::assessment(&mut text, &assessed(fixture.clone()), false).unwrap();
        }
        let text = anstream::adapter::strip_bytes(&text).into_vec();
        insta::assert_snapshot!(rule.id, String::from_utf8(text).unwrap());
    }
}

#[test]
fn every_rule_says_why_and_where_that_stands() {
    for rule in rule::all() {
        assert!(!rule.summary.ends_with('.'), "{}", rule.id);
        assert!(rule.why.len() > 30 && rule.why.ends_with('.'), "{}", rule.id);
        assert!(!rule.reference.is_empty(), "{}", rule.id);
    }
}
