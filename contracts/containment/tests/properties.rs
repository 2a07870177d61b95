//! A verdict is never wrong: no document contradicts a proof, and every witness is one.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use json_schema_containment::{Options, Verdict, compare};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn validator(schema: &Value) -> Validator {
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(schema).unwrap()
}

fn verdict(a: &Value, b: &Value) -> Verdict {
    compare(a, b, &Options::default()).unwrap()
}

/// Documents in which small schemas differ.
fn documents() -> Vec<Value> {
    let mut documents: Vec<Value> = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(6),
        json!(-1),
        json!(0.5),
        json!(1.5),
        json!(""),
        json!("a"),
        json!("b"),
        json!("ab"),
        json!("aa"),
        json!("bab"),
    ];
    let simple = documents.clone();
    let few: Vec<Value> = [0, 1, 4, 11, 12].map(|index| simple[index].clone()).to_vec();
    for value in &simple {
        documents.push(json!([value]));
        documents.push(json!({ "a": value }));
        documents.push(json!({ "b": value }));
        documents.push(json!({ "ab": value }));
    }
    for first in &few {
        for second in &few {
            documents.push(json!([first, second]));
            documents.push(json!([first, second, first]));
            documents.push(json!({ "a": first, "b": second }));
            documents.push(json!({ "a": first, "c": second }));
            documents.push(json!({ "ab": first, "b": second, "c": first }));
            documents.push(json!({ "a": [first, second] }));
            documents.push(json!([{ "a": first }, second]));
        }
    }
    documents.push(json!([]));
    documents.push(json!({}));
    documents
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "ab"]).prop_map(str::to_owned)
}

fn pattern() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["^a", "a$", "b", "^[ab]*$", "^a+$", "^.$", "^(ab|ba)", "^$"])
}

fn assertion() -> impl Strategy<Value = (String, Value)> {
    let keyword = |keyword: &'static str, value: BoxedStrategy<Value>| {
        value.prop_map(move |value| (keyword.to_owned(), value)).boxed()
    };
    let number = || prop::sample::select(vec![json!(-1), json!(0), json!(1), json!(2), json!(1.5)]).boxed();
    let count = || (0..4_u32).prop_map(Value::from).boxed();
    let constant = || {
        prop::sample::select(vec![
            json!(null),
            json!(true),
            json!(0),
            json!(1),
            json!("a"),
            json!("ab"),
            json!([]),
            json!([0]),
            json!({}),
            json!({"a": 0}),
        ])
    };
    let types = prop::sample::subsequence(
        vec!["null", "boolean", "integer", "number", "string", "array", "object"],
        1..=3,
    );
    prop_oneof![
        4 => keyword("type", types.prop_map(|types| json!(types)).boxed()),
        1 => keyword("const", constant().boxed()),
        1 => keyword("enum", prop::collection::vec(constant(), 1..4).prop_map(Value::from).boxed()),
        1 => keyword("minimum", number()),
        1 => keyword("maximum", number()),
        1 => keyword("exclusiveMinimum", number()),
        1 => keyword("exclusiveMaximum", number()),
        1 => keyword("multipleOf", prop::sample::select(vec![json!(1), json!(2), json!(3), json!(0.5)]).boxed()),
        1 => keyword("minLength", count()),
        1 => keyword("maxLength", count()),
        1 => keyword("pattern", pattern().prop_map(Value::from).boxed()),
        1 => keyword("minItems", count()),
        1 => keyword("maxItems", count()),
        1 => keyword("uniqueItems", any::<bool>().prop_map(Value::from).boxed()),
        1 => keyword("minProperties", count()),
        1 => keyword("maxProperties", count()),
        2 => keyword("required", prop::collection::btree_set(name(), 0..3).prop_map(|names| json!(names)).boxed()),
        1 => keyword("dependentRequired", (name(), name()).prop_map(|(a, b)| json!({ a: [b] })).boxed()),
        1 => keyword("format", Just(json!("date")).boxed()),
    ]
}

fn object_of(schema: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), schema), 1..3).prop_map(|all| Value::Object(Map::from_iter(all)))
}

/// A random schema, of every keyword that is decided.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Value::from),
        6 => prop::collection::vec(assertion(), 0..3).prop_map(|all| Value::Object(Map::from_iter(all))),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from).boxed();
        let one = || inner.clone().boxed();
        let by_pattern = prop::collection::vec((pattern(), inner.clone()), 1..3).prop_map(|all| {
            Value::Object(all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect())
        });
        let applicator = prop_oneof![
            Just("allOf").prop_map(str::to_owned).prop_flat_map({
                let list = list();
                move |keyword| list.clone().prop_map(move |it| (keyword.clone(), it))
            }),
            list().prop_map(|it| ("anyOf".to_owned(), it)),
            list().prop_map(|it| ("oneOf".to_owned(), it)),
            one().prop_map(|it| ("not".to_owned(), it)),
            one().prop_map(|it| ("if".to_owned(), it)),
            one().prop_map(|it| ("then".to_owned(), it)),
            one().prop_map(|it| ("else".to_owned(), it)),
            object_of(one()).prop_map(|it| ("properties".to_owned(), it)),
            by_pattern.prop_map(|it| ("patternProperties".to_owned(), it)),
            one().prop_map(|it| ("additionalProperties".to_owned(), it)),
            one().prop_map(|it| ("propertyNames".to_owned(), it)),
            object_of(one()).prop_map(|it| ("dependentSchemas".to_owned(), it)),
            list().prop_map(|it| ("prefixItems".to_owned(), it)),
            one().prop_map(|it| ("items".to_owned(), it)),
            one().prop_map(|it| ("contains".to_owned(), it)),
            (0..3_u32).prop_map(|it| ("minContains".to_owned(), Value::from(it))),
            (0..3_u32).prop_map(|it| ("maxContains".to_owned(), Value::from(it))),
        ];
        prop::collection::vec(prop_oneof![applicator, assertion()], 1..4)
            .prop_map(|all| Value::Object(Map::from_iter(all)))
    })
}

proptest! {
    #[test]
    fn no_document_contradicts_a_verdict(a in schema(), b in schema()) {
        let (writer, reader) = (validator(&a), validator(&b));
        let counterexample =
            documents().into_iter().find(|document| writer.is_valid(document) && !reader.is_valid(document));
        match verdict(&a, &b) {
            Verdict::Contained { .. } => prop_assert_eq!(counterexample, None),
            Verdict::NotContained(witness) => {
                let (document, _) = witness.document.to_value();
                prop_assert!(writer.is_valid(&document));
                prop_assert!(!reader.is_valid(&document));
            }
            Verdict::Unknown { .. } => {}
        }
    }

    #[test]
    fn a_schema_is_contained_in_itself_and_in_what_allows_more(a in schema(), b in schema()) {
        for wider in [json!({"anyOf": [a, b]}), json!({"allOf": [a]}), json!({"not": {"not": a}})] {
            let verdict = verdict(&a, &wider);
            prop_assert!(!matches!(verdict, Verdict::NotContained(_)), "{verdict:?}");
        }
        let narrower = json!({"allOf": [a, b]});
        let verdict = verdict(&narrower, &a);
        prop_assert!(!matches!(verdict, Verdict::NotContained(_)), "{verdict:?}");
    }
}

/// The verdict in a word, the writer being closed.
fn closed(a: &Value, b: &Value) -> &'static str {
    let options = Options { closed_writer: true, ..Options::default() };
    match compare(a, b, &options).unwrap() {
        Verdict::Contained { .. } => "contained",
        Verdict::NotContained(_) => "not contained",
        Verdict::Unknown { .. } => "unknown",
    }
}

#[test]
fn a_closed_writer_emits_the_properties_that_its_schema_names_and_no_others() {
    let a = json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    let optional = json!({"properties": {"navn": {"type": "string"}}});
    assert!(matches!(verdict(&a, &optional), Verdict::NotContained(_)), "an open one might emit any navn");
    assert_eq!(closed(&a, &optional), "contained");
    assert_eq!(closed(&a, &json!({"properties": {"id": true}, "additionalProperties": false})), "contained");
    assert_eq!(closed(&a, &json!({"properties": {"id": {"maxLength": 3}}})), "not contained");
}

#[test]
fn a_closed_writer_of_variants_or_of_parts_emits_those_of_all_its_parts() {
    let variant = |name: &str| json!({"type": "object", "properties": {"type": {"const": name}, name: {"type": "string"}}, "required": ["type"]});
    let tagged = json!({"oneOf": [variant("a"), {"$ref": "#/$defs/b"}], "$defs": {"b": variant("b")}});
    assert_eq!(closed(&tagged, &json!({"properties": {"c": false}})), "contained");
    assert_eq!(closed(&tagged, &json!({"required": ["type"]})), "contained");
    assert_eq!(closed(&tagged, &json!({"properties": {"b": false}})), "not contained");
    // A property is allowed if any part of the same object names it: not by one part alone.
    let parts = json!({"properties": {"x": true}, "required": ["x", "y"], "allOf": [{"properties": {"y": {"type": "string"}}}]});
    assert_eq!(closed(&parts, &json!({"properties": {"y": {"type": "string"}, "z": false}})), "contained");
    assert_eq!(closed(&parts, &json!(false)), "not contained");
}

#[test]
fn what_is_no_schema_is_an_error_and_never_a_verdict() {
    for (schema, expected) in [
        (json!({"type": "strin"}), "strin"),
        (json!({"$ref": "#/$defs/missing"}), "missing"),
        (json!({"$ref": "https://example.com/other.json"}), "leads out of the file"),
        (json!({"properties": {"id": {"requried": ["a"]}}}), "at /properties/id: \"requried\""),
        (json!({"items": {"pattern": "("}}), "at /items/pattern"),
        (json!({"minLength": "x"}), "x"),
        (json!(7), "7"),
    ] {
        let error = compare(&json!({}), &schema, &Options::default()).unwrap_err().to_string();
        assert!(error.starts_with("schema b") && error.contains(expected), "{schema}: {error}");
        compare(&schema, &json!({}), &Options::default()).unwrap_err();
    }
}

#[test]
fn what_is_made_to_explode_ends_in_time() {
    let start = std::time::Instant::now();
    let level = |n: u32| {
        let below = json!({"$ref": format!("#/$defs/{}", n + 1)});
        (n.to_string(), json!({"anyOf": [{"properties": {"a": below}}, {"not": below}]}))
    };
    let mut levels: Map<String, Value> = (0..100).map(level).collect();
    levels.insert("100".to_owned(), json!({"type": "string"}));
    let deep = json!({"$ref": "#/$defs/0", "$defs": levels});
    let wide = json!({"allOf": (0..40).map(|n| json!({"anyOf": [{"required": [format!("a{n}")]}, {"required": [format!("b{n}")]}]})).collect::<Vec<_>>()});
    for (a, b) in [
        (
            json!({"pattern": "^(a|aa)+$"}),
            json!({"pattern": "^(a|b|ab)*(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)$"}),
        ),
        (json!({"pattern": "(.*a){12}"}), json!({"pattern": "(.*b){12}"})),
        (deep, json!({"type": "number"})),
        (wide, json!({"required": ["c"], "maxProperties": 30})),
        (json!({"minItems": 1_000_000, "uniqueItems": true}), json!({"contains": {"type": "string"}})),
        (json!({"minProperties": 1_000_000}), json!({"maxProperties": 1_000})),
    ] {
        let _ = compare(&a, &b, &Options::default());
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(30), "{:?}", start.elapsed());
}
