//! Every rule on every fixture: `rules/<rule>.fires.json` and `rules/<rule>.quiet.json`.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tiltak_contracts::assessment::{Assessment, assess};
use tiltak_contracts::contract_version::ContractVersion;
use tiltak_contracts::reader::Declarations;
use tiltak_contracts::{KafkaConfig, rule};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Fixture {
    old: Side,
    new: Side,
    /// Declarations of readers, by application.
    #[serde(default)]
    readers: BTreeMap<String, String>,
    /// Otherwise fields without a description get one, so that a fixture shows one thing.
    #[serde(default)]
    as_written: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    value: Value,
    key: Option<Value>,
    config: Option<KafkaConfig>,
    examples: Option<Vec<Value>>,
}

impl Side {
    fn version(self, version: &str, as_written: bool) -> ContractVersion {
        let mut value = self.value;
        if !as_written {
            describe(&mut value);
        }
        // One example of each variant, or any.
        let variants = value["oneOf"].as_array().cloned().unwrap_or_else(|| vec![json!({})]);
        let examples = variants
            .iter()
            .map(|variant| json!({"type": variant.pointer("/properties/type/const")}))
            .collect();
        ContractVersion {
            topic: "siste-tiltakstyper-v3".to_owned(),
            version: version.parse().unwrap(),
            key: self.key.unwrap_or_else(|| json!({"type": "string"})),
            value,
            config: self.config.unwrap_or_default(),
            examples: self.examples.unwrap_or(examples),
        }
    }
}

fn describe(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            for property in
                keywords.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
            {
                property.1.as_object_mut().unwrap().entry("description").or_insert("A field.".into());
            }
            keywords.values_mut().for_each(describe);
        }
        Value::Array(items) => items.iter_mut().for_each(describe),
        _ => {}
    }
}

fn assessed(fixture: Fixture) -> Assessment {
    let old = fixture.old.version("3.0.0", fixture.as_written);
    let new = fixture.new.version("3.1.0", fixture.as_written);
    let readers = fixture.readers.iter().map(|(app, text)| (app.as_str(), text.as_str()));
    let only = std::slice::from_ref(&old);
    assess(&new, &old, only, only, &Declarations::parse(readers).unwrap(), &[])
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
fn every_rule_has_a_file_and_two_fixtures_and_every_fixture_a_rule() {
    let rules: BTreeSet<String> = rule::all().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(rules.len(), rule::all().count(), "an id is there twice");
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rule")).unwrap();
    let files: BTreeSet<String> = files
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .filter(|name| name != "mod")
        .collect();
    assert_eq!(files, rules);
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

#[test]
fn what_people_read_of_every_rule_on_every_fixture() {
    let mut text = String::new();
    for (name, fixture) in fixtures() {
        let mut output = Vec::new();
        tiltak_contracts::report::assessment(&mut output, &assessed(fixture)).unwrap();
        let output = anstream::adapter::strip_bytes(&output).into_vec();
        writeln!(text, "{name}\n{}", String::from_utf8(output).unwrap()).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_rule_says_why_and_where_that_stands() {
    for rule in rule::all() {
        assert!(!rule.summary.ends_with('.'), "{}", rule.id);
        assert!(rule.why.len() > 40 && rule.why.ends_with('.'), "{}", rule.id);
        assert!(!rule.reference.is_empty(), "{}", rule.id);
    }
}
