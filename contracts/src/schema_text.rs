//! Parsing a schema that a person has written.

use anyhow::{Context, anyhow, bail, ensure};
use json_schema_containment::{BadSchema, Json};
use serde_json::Value;
use tiltak_schema::pointer::Pointer;

use crate::contract::compile;
use crate::model::NormalizedSchema;

/// Parses a schema, and checks that it is valid.
///
/// # Errors
/// It is no JSON (with line and column), or no JSON Schema of a dialect that is known (with the pointer); it has a number that
/// neither a 64-bit integer nor a double holds, or references by which a short text stands for a huge one.
pub(crate) fn parse(text: &str) -> anyhow::Result<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json = Json::parse(text).context("no JSON")?;
    if let Some((place, number)) = inexact_number(&json, &Pointer::default()) {
        bail!(
            "{place} is {number}, which neither a double nor a 64-bit integer holds: readers would see another number. Write \
             one with fewer digits"
        );
    }
    let schema: Value = serde_json::from_str(text).context("no JSON")?;
    ensure!(schema.is_object() || schema.is_boolean(), "no JSON Schema: expected an object");
    ensure!(
        NormalizedSchema::is_within_bounds(&schema),
        "no JSON Schema that can be compared: with every $ref followed, the schema has more than {} parts, or is more than {} \
         levels deep. Let fewer definitions refer to others",
        NormalizedSchema::MAX_PARTS,
        NormalizedSchema::MAX_DEPTH
    );
    // Before the validator, which says less well what is wrong with references and keywords.
    let options = json_schema_containment::Options::default();
    json_schema_containment::compare(&schema, &Value::Bool(true), &options)
        .map_err(|BadSchema { pointer, reason, .. }| match pointer.as_str() {
            "" => anyhow!(reason),
            place => anyhow!("{place}: {reason}"),
        })
        .context("no JSON Schema that can be compared")?;
    compile(&schema).map_err(anyhow::Error::msg).context("no JSON Schema")?;
    Ok(schema)
}

/// The first number that a program which holds 64-bit integers and doubles would take for another one.
fn inexact_number<'j>(json: &'j Json, at: &Pointer) -> Option<(Pointer, &'j Json)> {
    match json {
        Json::Number(_) => (!json.to_value().1).then(|| (at.clone(), json)),
        Json::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| inexact_number(item, &at.name(&index.to_string())))
        }
        Json::Object(properties) => {
            properties.iter().find_map(|(name, value)| inexact_number(value, &at.name(name)))
        }
        Json::Null | Json::Bool(_) | Json::String(_) => None,
    }
}

/// Whether a schema is draft-07. Without `$schema` it is 2020-12.
pub(crate) fn is_draft_07(schema: &Value) -> bool {
    let dialect = schema.get("$schema").and_then(Value::as_str);
    dialect.is_some_and(|dialect| dialect.contains("//json-schema.org/draft-07/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_that_a_double_does_not_hold_is_named_with_its_place() {
        for (number, is_read) in [
            ("0.1", true),
            ("1.50", true),
            ("9223372036854775807", true),
            ("0.10000000000000000001", false),
            ("9007199254740993.5", false),
            ("99999999999999999999999", false),
            ("1e400", false),
        ] {
            let text = format!(r#"{{"properties": {{"a/b": {{"maximum": {number}}}}}}}"#);
            match parse(&text) {
                Ok(_) => assert!(is_read, "{number}"),
                Err(error) => {
                    assert!(!is_read, "{number}: {error:#}");
                    assert!(format!("{error:#}").starts_with("/properties/a~1b/maximum is "), "{error:#}");
                }
            }
        }
    }

    #[test]
    fn references_that_double_at_each_level_are_refused_in_time() {
        let level = |n: usize| {
            let next = json!({"$ref": format!("#/$defs/{}", n + 1)});
            (n.to_string(), json!({"type": "object", "properties": {"a": next, "b": next}}))
        };
        let mut definitions: serde_json::Map<_, _> = (0..40).map(level).collect();
        definitions.insert("40".to_owned(), json!({"type": "string"}));
        let schema = json!({"$ref": "#/$defs/0", "$defs": definitions});
        let error = parse(&schema.to_string()).unwrap_err().to_string();
        assert!(error.contains("more than 100000 parts"), "{error}");
    }

    #[test]
    fn definitions_that_lead_on_and_on_are_refused_and_end_no_thread() {
        let inner = |next: usize| {
            let reference = json!({"$ref": format!("#/$defs/{next}")});
            (0..50).fold(reference, |inner, _| json!({"properties": {"a": inner}}))
        };
        let mut definitions: serde_json::Map<_, _> =
            (0..1_500).map(|n| (n.to_string(), inner(n + 1))).collect();
        definitions.insert("1500".to_owned(), json!({"type": "string"}));
        let schema = json!({"$ref": "#/$defs/0", "$defs": definitions});
        let error = parse(&schema.to_string()).unwrap_err().to_string();
        assert!(error.contains("128 levels deep"), "{error}");
    }
}
