//! Schema and type say the same of the real producer's messages, and of what can go wrong with them.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tiltak_contracts::line::Line;
use tiltak_contracts::{Contract, RefusedBy, tree};
use tiltak_schema::for_each_topic;
use tiltak_schema::topic::{Record, Topic, TopicVisitor};
use tiltak_schema::view::{Read, View, Written};

/// The golden messages of a topic.
fn golden(topic: &str) -> Vec<Line> {
    let text = tree::embedded(&format!("{topic}/examples/valid/golden.ndjson")).unwrap();
    let lines: Vec<_> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 60, "{topic}");
    lines
}

#[test]
fn every_golden_message_is_the_same_json_value_after_decoding_and_encoding_in_both_views() {
    fn round_trip<T: Topic, V: View>(line: &Line) {
        let text = line.value.as_ref().unwrap();
        let record = Record::<T, V>::decode(line.key.as_bytes(), Some(text.as_bytes()))
            .unwrap_or_else(|error| panic!("{}: {error}", line.key));
        assert_eq!(record.encode_key(), line.key);
        let before: Value = serde_json::from_str(text).unwrap();
        let after: Value = serde_json::from_str(&record.encode_value().unwrap().unwrap()).unwrap();
        assert_eq!(after, before, "{} in {}", line.key, std::any::type_name::<V>());
    }

    struct RoundTrip;
    impl TopicVisitor for RoundTrip {
        type Output = ();
        fn visit<T: Topic>(&mut self) {
            for line in golden(T::NAME) {
                round_trip::<T, Written>(&line);
                round_trip::<T, Read>(&line);
            }
        }
    }
    for_each_topic(&mut RoundTrip);
}

#[test]
fn a_reader_does_not_rely_on_the_order_of_the_properties() {
    fn reversed(value: &Value) -> String {
        match value {
            Value::Object(properties) => {
                let properties: Vec<String> = properties
                    .iter()
                    .rev()
                    .map(|(name, value)| format!("{}:{}", json!(name), reversed(value)))
                    .collect();
                format!("{{{}}}", properties.join(","))
            }
            Value::Array(items) => format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(",")),
            other => other.to_string(),
        }
    }

    struct Reversed;
    impl TopicVisitor for Reversed {
        type Output = ();
        fn visit<T: Topic>(&mut self) {
            let contract = Contract::of::<T>().unwrap();
            for line in golden(T::NAME) {
                let value: Value = serde_json::from_str(line.value.as_ref().unwrap()).unwrap();
                assert_eq!(
                    contract.check(&line.key, Some(&reversed(&value))),
                    [],
                    "{} {}",
                    T::NAME,
                    line.key
                );
            }
        }
    }
    for_each_topic(&mut Reversed);
}

#[test]
fn every_golden_message_is_valid_against_the_committed_schema() {
    struct Valid;
    impl TopicVisitor for Valid {
        type Output = ();
        fn visit<T: Topic>(&mut self) {
            let contract = Contract::of::<T>().unwrap();
            for line in golden(T::NAME) {
                assert_eq!(contract.check(&line.key, line.value.as_deref()), [], "{} {}", T::NAME, line.key);
            }
        }
    }
    for_each_topic(&mut Valid);
}

/// Every place in a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(properties) => {
            properties.iter().for_each(|(name, value)| pointers(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// What is put in every place, one after the other.
fn wrong_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(2_147_483_648_i64),
        json!(9_223_372_036_854_775_808_u64),
        json!(1e300),
        json!(""),
        json!("x"),
        json!("2026-02-30"),
        json!("2026-02-28"),
        json!("2026-02-28T12:00:00"),
        json!("2026-02-28T12:00"),
        json!("2026-02-28T12:00:00Z"),
        json!("2026-02-28T12:00:00+01:00"),
        json!("2026-02-28T12:00:00.1Z"),
        json!("12345678"),
        json!("0123"),
        json!("2026/12"),
        json!("59A64A02-EFDD-471D-9529-356FF5553A5D"),
        json!("59a64a02-efdd-471d-9529-356ff5553a5d"),
        json!([]),
        json!([1]),
        json!([""]),
        json!({}),
    ]
}

#[test]
fn whatever_is_put_in_whatever_place_schema_and_type_agree() {
    struct Agree(BTreeMap<String, u32>);
    impl Agree {
        fn check(&mut self, contract: &Contract, line: &Line, value: &Value, what: &str) {
            let findings = contract.check(&line.key, Some(&value.to_string()));
            // The key is the value's own id: putting another id there is found by the type alone.
            for finding in findings.iter().filter(|finding| finding.part == "value") {
                if finding.refused_by != RefusedBy::SchemaAndType {
                    let place: String = finding
                        .pointer
                        .split('/')
                        .filter(|part| part.parse::<u32>().is_err())
                        .collect::<Vec<_>>()
                        .join("/");
                    *self.0.entry(format!("{} {place}: {what}: {finding}", contract.topic())).or_default() +=
                        1;
                }
            }
        }
    }
    impl TopicVisitor for Agree {
        type Output = ();
        fn visit<T: Topic>(&mut self) {
            let contract = Contract::of::<T>().unwrap();
            // Ten messages have every variant and property; sixty would take a minute.
            for line in golden(T::NAME).iter().step_by(6) {
                let value: Value = serde_json::from_str(line.value.as_ref().unwrap()).unwrap();
                let mut places = Vec::new();
                pointers(&value, "", &mut places);
                for place in places {
                    for wrong in wrong_values() {
                        let mut changed = value.clone();
                        *changed.pointer_mut(&place).unwrap() = wrong.clone();
                        self.check(&contract, line, &changed, &wrong.to_string());
                    }
                    if let Some((parent, name)) = place.rsplit_once('/') {
                        let mut changed = value.clone();
                        if let Some(properties) = changed.pointer_mut(parent).unwrap().as_object_mut() {
                            properties.remove(name);
                            self.check(&contract, line, &changed, "removed");
                        }
                    }
                }
            }
        }
    }
    let mut agree = Agree(BTreeMap::new());
    for_each_topic(&mut agree);
    assert!(agree.0.is_empty(), "{:#?}", agree.0);
}

#[test]
fn a_property_that_the_contract_does_not_have_passes_the_open_schema_and_not_the_producer() {
    struct Unknown;
    impl TopicVisitor for Unknown {
        type Output = ();
        fn visit<T: Topic>(&mut self) {
            let line = &golden(T::NAME)[0];
            let mut value: Value = serde_json::from_str(line.value.as_ref().unwrap()).unwrap();
            value["x"] = json!(1);
            let text = value.to_string();

            // A reader must survive what a later minor version adds.
            assert!(Record::<T, Read>::decode(line.key.as_bytes(), Some(text.as_bytes())).is_ok());
            // A record of this version does not have it.
            let findings = Contract::of::<T>().unwrap().check(&line.key, Some(&text));
            assert_eq!((findings.len(), findings[0].refused_by), (1, RefusedBy::Type), "{}", T::NAME);
            assert_eq!(findings[0].pointer, "/x");
        }
    }
    for_each_topic(&mut Unknown);
}
