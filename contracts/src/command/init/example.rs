//! The first examples of a new repository: the given ones, else the smallest records that the schemas allow and
//! refuse.

use json_schema_containment::{Json, Options, Verdict, compare_json};
use serde_json::Value;

use crate::contract::Contract;
use crate::line::Line;

/// Lines of records; empty where none was found.
pub(super) struct Examples {
    pub(super) valid: String,
    pub(super) invalid: String,
}

pub(super) fn of(contract: &Contract, key: &Value, value: &Value, given: &[Value]) -> Examples {
    let nothing = Value::Bool(false);
    let anything = Value::Bool(true);
    let Some(key) = between(key, &nothing).as_ref().map(as_key) else {
        return Examples { valid: String::new(), invalid: String::new() };
    };
    let line = |value: String| Line { key: key.clone(), value: Some(value) };
    let is_valid = |line: &Line| contract.check(&line.key, line.value.as_deref()).is_empty();

    let mut valid: Vec<Line> = given.iter().map(|value| line(value.to_string())).filter(is_valid).collect();
    if valid.is_empty() {
        valid.extend(between(value, &nothing).map(|value| line(value.to_string())).filter(is_valid));
    }
    let invalid = between(&anything, value).map(|value| line(value.to_string()));
    Examples { valid: text(&valid), invalid: text(invalid.filter(|line| !is_valid(line)).as_slice()) }
}

/// The smallest document that is valid under one schema and not under the other.
fn between(valid: &Value, invalid: &Value) -> Option<Json> {
    let options = Options { closed_writer: true, assert_format: true, ..Options::default() };
    let [valid, invalid] = [valid, invalid].map(|schema| Json::from_value(schema).ok());
    match compare_json(&valid?, &invalid?, &options) {
        Ok(Verdict::NotContained(witness)) => Some(witness.document),
        _ => None,
    }
}

/// A key as it stands in a record: text as it is, else JSON.
fn as_key(key: &Json) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

fn text(lines: &[Line]) -> String {
    let lines = lines.iter().filter_map(|line| serde_json::to_string(line).ok());
    lines.map(|line| line + "\n").collect()
}
