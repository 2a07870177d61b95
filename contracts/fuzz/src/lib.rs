//! What the fuzz targets share: schemas and documents out of bytes.

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::{Map, Value, json};

/// Names of properties and of definitions.
const NAMES: [&str; 6] = ["a", "b", "ab", "id", "", "æ/~"];
const PATTERNS: [&str; 10] =
    ["^a", "a$", "b", "^[ab]*$", "^.$", "^(ab|ba)", "^$", "^\\d{2}-\\d$", "[^a]", "^\\u00e6?$"];
const FORMATS: [&str; 4] = ["date", "uuid", "date-time", "no-format"];
const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

/// Nesting of what is made.
const DEPTH: usize = 4;

/// A schema, of the keywords that are decided and a few that are not.
///
/// # Errors
/// The bytes are used up.
pub fn schema(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut schema = sub_schema(bytes, 0)?;
    if let Some(schema) = schema.as_object_mut() {
        let definitions = NAMES[..2].iter().map(|name| Ok(((*name).to_owned(), sub_schema(bytes, 1)?)));
        schema.insert("$defs".to_owned(), Value::Object(definitions.collect::<Result<Map<_, _>>>()?));
    }
    Ok(schema)
}

fn sub_schema(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    if bytes.ratio(1, 8)? {
        return bool::arbitrary(bytes).map(Value::from);
    }
    let mut schema = Map::new();
    for _ in 0..bytes.int_in_range(0..=3)? {
        let applies = depth < DEPTH && bool::arbitrary(bytes)?;
        let (keyword, value) = if applies { applicator(bytes, depth + 1)? } else { assertion(bytes)? };
        schema.insert(keyword.to_owned(), value);
    }
    Ok(Value::Object(schema))
}

fn assertion(bytes: &mut Unstructured<'_>) -> Result<(&'static str, Value)> {
    let keyword = bytes.choose(&[
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
        "format",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "required",
        "dependentRequired",
        "minContains",
        "maxContains",
    ])?;
    let value = match *keyword {
        "type" => json!(some(bytes, |bytes| bytes.choose(&TYPES).copied())?),
        "const" => document(bytes, 2)?,
        "enum" => Value::Array(list(bytes, |bytes| document(bytes, 2))?),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => number(bytes)?,
        "multipleOf" => bytes.choose(&[json!(1), json!(2), json!(0.5), json!(0.01), json!(1e10)])?.clone(),
        "pattern" => json!(bytes.choose(&PATTERNS)?),
        "format" => json!(bytes.choose(&FORMATS)?),
        "uniqueItems" => json!(bool::arbitrary(bytes)?),
        "required" => json!(some(bytes, name)?),
        "dependentRequired" => json!({ name(bytes)?: some(bytes, name)? }),
        _ => bytes.choose(&[json!(0), json!(1), json!(2), json!(3), json!(1.0), json!(100_000)])?.clone(),
    };
    Ok((keyword, value))
}

fn applicator(bytes: &mut Unstructured<'_>, depth: usize) -> Result<(&'static str, Value)> {
    let keyword = bytes.choose(&[
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
        "dependentSchemas",
        "prefixItems",
        "items",
        "contains",
        "unevaluatedProperties",
        "unevaluatedItems",
    ])?;
    let value = match *keyword {
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
            Value::Array(list(bytes, |bytes| sub_schema(bytes, depth))?)
        }
        "$ref" => json!(bytes.choose(&["#", "#/$defs/a", "#/$defs/b"])?),
        "properties" | "dependentSchemas" => {
            let named = list(bytes, |bytes| Ok((name(bytes)?.to_owned(), sub_schema(bytes, depth)?)))?;
            Value::Object(named.into_iter().collect())
        }
        "patternProperties" => json!({ (*bytes.choose(&PATTERNS)?): sub_schema(bytes, depth)? }),
        _ => sub_schema(bytes, depth)?,
    };
    Ok((keyword, value))
}

/// A document.
///
/// # Errors
/// The bytes are used up.
pub fn document(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=if depth < DEPTH { 6 } else { 4 })? {
        0 => Value::Null,
        1 => json!(bool::arbitrary(bytes)?),
        2 => number(bytes)?,
        3 => json!(bytes.choose(&["", "a", "b", "ab", "ba", "aab", "12-3", "æ", "😀", "2024-02-30"])?),
        4 => json!(name(bytes)?),
        5 => Value::Array(list(bytes, |bytes| document(bytes, depth + 1))?),
        _ => {
            let named = list(bytes, |bytes| Ok((name(bytes)?.to_owned(), document(bytes, depth + 1)?)))?;
            Value::Object(named.into_iter().collect())
        }
    })
}

fn number(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let few = [json!(0), json!(1), json!(-1), json!(2), json!(0.5), json!(1.0), json!(-0.0), json!(6)];
    let extreme = [
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(1e-300),
        json!(0.1),
        json!(9_007_199_254_740_993_u64),
    ];
    Ok(if bytes.ratio(3, 4)? { bytes.choose(&few)?.clone() } else { bytes.choose(&extreme)?.clone() })
}

fn name(bytes: &mut Unstructured<'_>) -> Result<&'static str> {
    bytes.choose(&NAMES).copied()
}

/// One to three.
fn list<T>(
    bytes: &mut Unstructured<'_>,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..bytes.int_in_range(1..=3)?).map(|_| one(bytes)).collect()
}

/// One to three that are different.
fn some<'b, T: Ord>(
    bytes: &mut Unstructured<'b>,
    one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<std::collections::BTreeSet<T>> {
    Ok(list(bytes, one)?.into_iter().collect())
}

/// Every value that stands in a schema, and those values as an item and as a property: documents that two schemas may
/// tell apart.
pub fn documents_in(schema: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    collect(schema, &mut found);
    found.truncate(200);
    let below: Vec<Value> = found
        .iter()
        .take(40)
        .flat_map(|value| {
            let named = NAMES[..3].iter().map(move |name| json!({ (*name): value }));
            named.chain([json!([value]), json!([value, value])])
        })
        .collect();
    found.extend(below);
    found
}

fn collect(value: &Value, found: &mut Vec<Value>) {
    found.push(value.clone());
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(properties) => properties.values().for_each(|value| collect(value, found)),
        Value::Number(number) => {
            // On both sides of a bound, and of a count.
            if let Some(number) = number.as_f64() {
                found.extend([json!(number - 1.0), json!(number + 1.0), json!(number / 2.0)]);
                let length = if (0.0..5.0).contains(&number) { number as usize + 1 } else { 0 };
                found.extend([json!("a".repeat(length)), json!((0..length).collect::<Vec<_>>())]);
            }
        }
        _ => {}
    }
}
