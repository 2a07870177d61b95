//! Random schemas and documents, made from choices: of a seed, or of the bytes that a fuzzer gives.

use serde_json::{Map, Value, json};

/// The dialects that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Draft07,
    Draft202012,
}

impl Dialect {
    pub(crate) const BOTH: [Self; 2] = [Self::Draft07, Self::Draft202012];

    pub(crate) fn uri(self) -> &'static str {
        match self {
            Self::Draft07 => "http://json-schema.org/draft-07/schema#",
            Self::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    fn definitions(self) -> &'static str {
        if self == Self::Draft07 { "definitions" } else { "$defs" }
    }
}

/// Where choices come from.
pub(crate) trait Choices {
    /// A number below a bound.
    fn below(&mut self, bound: usize) -> usize;

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn choose<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// Choices by SplitMix64: the same for the same seed, everywhere.
pub(crate) struct Seeded(pub(crate) u64);

impl Choices for Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap_or(0)
    }
}

const NAMES: [&str; 6] = ["a", "b", "ab", "id", "", "æ/~"];
const PATTERNS: [&str; 10] =
    ["^a", "a$", "b", "^[ab]*$", "^.$", "^(ab|ba)", "^$", "^\\d{2}-\\d$", "[^a]", "^\\u00e6?$"];
const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
/// Nesting of what is made.
const DEPTH: usize = 4;

const ASSERTIONS: [&str; 18] = [
    "type",
    "type",
    "const",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
];
const APPLICATORS: [&str; 14] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "$ref",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "items",
    "contains",
];
const OF_DRAFT_07: [&str; 3] = ["dependencies", "additionalItems", "tuple"];
const OF_DRAFT_2020_12: [&str; 9] = [
    "dependentSchemas",
    "dependentRequired",
    "prefixItems",
    "minContains",
    "maxContains",
    "unevaluatedProperties",
    "unevaluatedItems",
    "$dynamicRef",
    "properties",
];

/// A schema of the keywords of a dialect.
pub(crate) fn schema(choices: &mut impl Choices, dialect: Dialect) -> Value {
    let mut schema = sub_schema(choices, dialect, 0);
    if let Some(keywords) = schema.as_object_mut() {
        let mut definitions = Map::new();
        for name in ["a", "b"] {
            definitions.insert(name.to_owned(), sub_schema(choices, dialect, 1));
        }
        definitions.insert("named".to_owned(), named(choices, dialect));
        keywords.insert(dialect.definitions().to_owned(), Value::Object(definitions));
        keywords.insert("$schema".to_owned(), json!(dialect.uri()));
    }
    schema
}

/// A schema with a name, in a resource of its own, that has an inner definition.
fn named(choices: &mut impl Choices, dialect: Dialect) -> Value {
    let mut schema = sub_schema(choices, dialect, 2);
    if let Some(keywords) = schema.as_object_mut() {
        let mut inner = sub_schema(choices, dialect, 3);
        if let Some(inner) = inner.as_object_mut() {
            match dialect {
                Dialect::Draft07 => drop(inner.insert("$id".to_owned(), json!("#inner"))),
                Dialect::Draft202012 => drop(inner.insert("$dynamicAnchor".to_owned(), json!("inner"))),
            }
        }
        keywords.insert(dialect.definitions().to_owned(), json!({"a": inner}));
        keywords.insert("$id".to_owned(), json!("https://example.com/named"));
    }
    schema
}

fn sub_schema(choices: &mut impl Choices, dialect: Dialect, depth: usize) -> Value {
    if choices.one_in(10) {
        return Value::Bool(choices.one_in(2));
    }
    let mut schema = Map::new();
    for _ in 0..choices.below(4) {
        let (keyword, value) = if depth < DEPTH && choices.one_in(2) {
            applicator(choices, dialect, depth + 1)
        } else {
            assertion(choices)
        };
        schema.insert(keyword.to_owned(), value);
    }
    Value::Object(schema)
}

fn assertion(choices: &mut impl Choices) -> (&'static str, Value) {
    let keyword = choices.choose(&ASSERTIONS);
    let value = match keyword {
        "type" => json!(some(choices, &TYPES)),
        "const" => document(choices, 2),
        "enum" => {
            let mut values: Vec<Value> = Vec::new();
            for _ in 0..=choices.below(3) {
                let value = document(choices, 2);
                // As values, which `enum` may not have twice.
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            Value::Array(values)
        }
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => number(choices),
        "multipleOf" => choices.choose(&[json!(1), json!(2), json!(3), json!(0.5), json!(0.25)]),
        "pattern" => json!(choices.choose(&PATTERNS)),
        "uniqueItems" => json!(choices.one_in(2)),
        "required" => json!(some(choices, &NAMES)),
        _ => choices.choose(&[json!(0), json!(1), json!(2), json!(3), json!(1.0)]),
    };
    (keyword, value)
}

fn applicator(choices: &mut impl Choices, dialect: Dialect, depth: usize) -> (&'static str, Value) {
    let own: &[&str] = if dialect == Dialect::Draft07 { &OF_DRAFT_07 } else { &OF_DRAFT_2020_12 };
    let keyword = if choices.one_in(3) { choices.choose(own) } else { choices.choose(&APPLICATORS) };
    let one = |choices: &mut _| sub_schema(choices, dialect, depth);
    match keyword {
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => (keyword, list(choices, one)),
        "tuple" => ("items", list(choices, one)),
        "$ref" => {
            let inner = format!("https://example.com/named#/{}/a", dialect.definitions());
            let inside = ["a", "b"].map(|name| format!("#/{}/{name}", dialect.definitions()));
            let named =
                ["#", "https://example.com/named", "https://example.com/named#inner"].map(str::to_owned);
            (keyword, json!(choices.choose(&[&inside[..], &inside[..], &named[..], &[inner]].concat())))
        }
        "$dynamicRef" => (keyword, json!("https://example.com/named#inner")),
        "properties" | "dependentSchemas" => {
            let named: Map<String, Value> =
                (0..=choices.below(3)).map(|_| (choices.choose(&NAMES).to_owned(), one(choices))).collect();
            (keyword, Value::Object(named))
        }
        "dependencies" => {
            let value = if choices.one_in(2) { json!(some(choices, &NAMES)) } else { one(choices) };
            (keyword, json!({ choices.choose(&NAMES): value }))
        }
        "dependentRequired" => (keyword, json!({ choices.choose(&NAMES): some(choices, &NAMES) })),
        "minContains" | "maxContains" => (keyword, json!(choices.below(3))),
        "patternProperties" => (keyword, json!({ choices.choose(&PATTERNS): one(choices) })),
        _ => (keyword, one(choices)),
    }
}

/// A document.
pub(crate) fn document(choices: &mut impl Choices, depth: usize) -> Value {
    match choices.below(if depth < DEPTH { 7 } else { 5 }) {
        0 => Value::Null,
        1 => json!(choices.one_in(2)),
        2 => number(choices),
        3 => json!(choices.choose(&["", "a", "b", "ab", "ba", "aab", "12-3", "æ", "😀"])),
        4 => json!(choices.choose(&NAMES)),
        5 => Value::Array((0..choices.below(4)).map(|_| document(choices, depth + 1)).collect()),
        _ => {
            let properties: Map<String, Value> = (0..choices.below(4))
                .map(|_| (choices.choose(&NAMES).to_owned(), document(choices, depth + 1)))
                .collect();
            Value::Object(properties)
        }
    }
}

fn number(choices: &mut impl Choices) -> Value {
    let few = [json!(0), json!(1), json!(-1), json!(2), json!(0.5), json!(1.0), json!(-0.0), json!(6)];
    let far = [json!(i64::MAX), json!(u64::MAX), json!(1e-300), json!(0.1), json!(9_007_199_254_740_993_u64)];
    if choices.one_in(6) { choices.choose(&far) } else { choices.choose(&few) }
}

fn list<C: Choices>(choices: &mut C, mut one: impl FnMut(&mut C) -> Value) -> Value {
    Value::Array((0..=choices.below(3)).map(|_| one(choices)).collect())
}

/// One to three, each once.
fn some(choices: &mut impl Choices, from: &[&'static str]) -> std::collections::BTreeSet<&'static str> {
    (0..=choices.below(3)).map(|_| choices.choose(from)).collect()
}
