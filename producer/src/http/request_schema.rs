//! The rules for the bodies of requests that types do not express, [`crate::strict_json`] and [`crate::text`], as
//! JSON Schema.

use serde_json::{Value, json};

use crate::text::{NAME, NAME_PATTERN, TEXT_PATTERN};

/// Adds these rules to every schema that a body is made of.
pub(super) fn tighten(document: &mut Value) {
    let mut names = Vec::new();
    for operation in document["paths"].as_object_mut().into_iter().flat_map(|paths| {
        paths.values_mut().filter_map(Value::as_object_mut).flat_map(serde_json::Map::values_mut)
    }) {
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            bound(&mut parameter["schema"]);
        }
        if let Some(body) = operation.pointer_mut("/requestBody/content/application~1json/schema") {
            tighten_schema(body, None, &mut names);
        }
    }
    let mut done = Vec::new();
    while let Some(name) = names.pop() {
        if !done.contains(&name) {
            tighten_schema(&mut document["components"]["schemas"][&*name], None, &mut names);
            done.push(name);
        }
    }
}

/// Tightens a schema, which may be that of a property. The names of those that it refers to are added.
fn tighten_schema(schema: &mut Value, property: Option<&str>, names: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|pointer| pointer.rsplit('/').next()) {
        names.push(name.to_owned());
    }
    bound(schema);
    let Some(members) = schema.as_object_mut() else { return };
    if members.contains_key("properties") {
        members.entry("additionalProperties").or_insert(json!(false));
    }
    // A set is read from a list in which an item stands twice.
    members.remove("uniqueItems");
    let is_text = members.get("type").is_some_and(|kind| allows(kind, "string"));
    if is_text && !["pattern", "enum", "const", "format"].iter().any(|keyword| members.contains_key(*keyword))
    {
        let pattern = if property == Some(NAME) { NAME_PATTERN } else { TEXT_PATTERN };
        members.insert("pattern".to_owned(), pattern.into());
    }
    for (name, property) in members.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        tighten_schema(property, Some(name), names);
    }
    if let Some(items) = members.get_mut("items") {
        tighten_schema(items, None, names);
    }
    for keyword in ["anyOf", "oneOf"] {
        for branch in members.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten() {
            tighten_schema(branch, property, names);
        }
    }
}

/// Says what an integer of some bits is bound by: a format is an annotation alone.
fn bound(schema: &mut Value) {
    let (least, most) = match schema["format"].as_str() {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("int64") => (i64::MIN, i64::MAX),
        _ => return,
    };
    schema["minimum"] = least.into();
    schema["maximum"] = most.into();
}

fn allows(kind: &Value, name: &str) -> bool {
    kind == name || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == name))
}
