//! Numbers that a JSON log holds as texts.

use serde_json::Value;

/// Paths and values of the texts that would be numbers without their quotes.
pub(crate) fn quoted_numbers(line: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(line, "", &mut found);
    found
}

fn collect(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, &format!("{path}/{name}"), found);
            }
        }
        // 32 hexadecimal digits, which may all be decimal.
        Value::String(_) if path.ends_with("/trace_id") => {}
        Value::String(text) if text.parse::<f64>().is_ok() => found.push(format!("{path}: {text:?}")),
        _ => {}
    }
}
