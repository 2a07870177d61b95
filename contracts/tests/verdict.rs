//! A verdict is never wrong: no document contradicts a proof, and every witness is one.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tiltak_contracts::verdict::{Options, Verdict, compare};

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
            Verdict::Contained => prop_assert_eq!(counterexample, None),
            Verdict::NotContained(witness) => {
                prop_assert!(writer.is_valid(&witness.document));
                prop_assert!(!reader.is_valid(&witness.document));
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
