//! The text of a schema that a person wrote.

use anyhow::{Context, ensure};
use json_schema_containment::Json;
use serde_json::Value;

use crate::contract::compile;

/// Reads a schema, and sees that it is one.
///
/// # Errors
/// It is no JSON (with line and column), or no JSON Schema of a dialect that is known (with the pointer).
pub(crate) fn parse(text: &str) -> anyhow::Result<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Json::parse(text).context("no JSON")?;
    let schema: Value = serde_json::from_str(text).context("no JSON")?;
    ensure!(schema.is_object() || schema.is_boolean(), "no JSON Schema: expected an object");
    compile(&schema).map_err(anyhow::Error::msg).context("no JSON Schema")?;
    json_schema_containment::compare(
        &schema,
        &Value::Bool(true),
        &json_schema_containment::Options::default(),
    )
    .context("cannot be compared")?;
    Ok(schema)
}

/// Whether a schema says that it is of draft-07. Without `$schema` it is of 2020-12.
pub(crate) fn is_draft_07(schema: &Value) -> bool {
    let dialect = schema.get("$schema").and_then(Value::as_str);
    dialect.is_some_and(|dialect| dialect.contains("//json-schema.org/draft-07/"))
}
