//! The overview of a topic for reader teams.

use std::fmt::Write as _;

use serde_json::Value;

use crate::field::{Field, fields};
use crate::topic_file::TopicFile;

pub(super) fn section(file: &TopicFile, schema: &Value) -> String {
    let TopicFile { topic, version, owner, readers, config, tombstone, sends_tombstones, .. } = file;
    let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let settings: Vec<_> = config.settings.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
    let tombstone = if *sends_tombstones { tombstone.as_str() } else { "None are sent." };
    let mut text = format!(
        "\n## {topic}\n\n{about}\n\n| | |\n|---|---|\n| Contract | {version} |\n| Owner | {owner} |\n| Readers | {} |\n| \
         Tombstone | {} |\n| Partitions | {} |\n| Settings | {} |\n\n| field | type | null or left out | content |\n|---|---|---|---|\n",
        readers.join(", "),
        cell(tombstone),
        config.partitions,
        settings.join(", "),
    );
    for field in fields(schema) {
        let about = field.description.as_deref().unwrap_or_default();
        let presence = match (field.required, field.nullable) {
            (true, false) => "no",
            (true, true) => "may be null",
            (false, false) => "may be left out",
            (false, true) => "may be null or left out",
        };
        let kind = type_name(&field);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{}` | {kind} | {presence} | {} |", field.path(), cell(about));
    }
    text
}

fn type_name(field: &Field) -> String {
    if let Some(name) = &field.referenced {
        return name.clone();
    }
    match field.schema.get("type") {
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.collect::<Vec<_>>().join(" or ")
        }
        Some(Value::String(kind)) => kind.clone(),
        _ => String::new(),
    }
}

/// Text in one cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}
