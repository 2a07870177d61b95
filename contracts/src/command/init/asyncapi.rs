//! Reading the topics of an AsyncAPI document, version 2 or 3.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use json_schema_containment::Json;
use serde_json::{Map, Value, json};

use super::{NewTopic, default_config, default_key};
use crate::release::pretty;
use crate::topic_file::KafkaConfig;

const DRAFT_07: &str = "http://json-schema.org/draft-07/schema#";
const DRAFT_2020_12: &str = "https://json-schema.org/draft/2020-12/schema";
/// References from one to the next that are followed.
const DEPTH: usize = 64;

/// Reads a document: YAML if its name says so, else JSON.
pub(super) fn parse(path: &Path, text: &str) -> anyhow::Result<Value> {
    let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    if is_yaml {
        return serde_saphyr::from_str(text).context("no YAML");
    }
    Json::parse(text).context("no JSON")?;
    serde_json::from_str(text).context("no JSON")
}

/// A topic for each channel.
pub(super) fn topics(document: &Value) -> anyhow::Result<Vec<NewTopic>> {
    let version =
        document.get("asyncapi").and_then(Value::as_str).context("no AsyncAPI document: no `asyncapi`")?;
    let is_3 = version.starts_with("3.");
    ensure!(is_3 || version.starts_with("2."), "AsyncAPI {version}: expected version 2 or 3");
    let channels =
        document.get("channels").and_then(Value::as_object).context("/channels: expected an object")?;
    let topic = |(id, channel): (&String, &Value)| {
        let at = || format!("/channels/{}", id.replace('~', "~0").replace('/', "~1"));
        let channel = resolve(document, channel).with_context(at)?;
        topic(document, id, channel, is_3).with_context(at)
    };
    channels.iter().map(topic).collect()
}

fn topic(document: &Value, id: &str, channel: &Value, is_3: bool) -> anyhow::Result<NewTopic> {
    let kafka = channel.pointer("/bindings/kafka").map(|kafka| resolve(document, kafka)).transpose()?;
    let of_kafka = |key: &str| kafka.and_then(|kafka| kafka.get(key));
    let address = channel.get("address").and_then(Value::as_str);
    let name = of_kafka("topic").and_then(Value::as_str).or(address).unwrap_or(id).to_owned();
    let message = if is_3 { message(document, channel)? } else { message_of_version_2(document, channel)? };

    let payload = message.get("payload").context("the message has no payload")?;
    let payload = resolve(document, payload)?;
    // Version 3 may wrap a schema with its format.
    let (format, payload) = match payload.get("schemaFormat") {
        Some(format) if is_3 => (Some(format), payload.get("schema").context("the payload has no schema")?),
        _ => (message.get("schemaFormat"), payload),
    };
    let dialect = dialect(format.and_then(Value::as_str))?;
    let value = standalone(document, payload, dialect)?;
    let key = match message.pointer("/bindings/kafka/key") {
        Some(key) => standalone(document, resolve(document, key)?, dialect)?,
        None => default_key(&value),
    };
    let payload = |example: &Value| example.get("payload").cloned();
    let examples = message.get("examples").and_then(Value::as_array).into_iter().flatten();
    Ok(NewTopic {
        name,
        key: pretty(&key)?,
        value: pretty(&value)?,
        config: config(kafka)?,
        examples: examples.filter_map(payload).collect(),
    })
}

fn message<'d>(document: &'d Value, channel: &'d Value) -> anyhow::Result<&'d Value> {
    let messages = channel.get("messages").and_then(Value::as_object);
    let messages: Vec<&Value> = messages.into_iter().flat_map(Map::values).collect();
    one(document, &messages)
}

fn message_of_version_2<'d>(document: &'d Value, channel: &'d Value) -> anyhow::Result<&'d Value> {
    let operation = channel.get("subscribe").or_else(|| channel.get("publish"));
    let message = operation.and_then(|operation| operation.get("message"));
    let messages: Vec<&Value> = match message.and_then(|message| message.get("oneOf")?.as_array()) {
        Some(messages) => messages.iter().collect(),
        None => message.into_iter().collect(),
    };
    one(document, &messages)
}

fn one<'d>(document: &'d Value, messages: &[&'d Value]) -> anyhow::Result<&'d Value> {
    match messages {
        [message] => resolve(document, message),
        _ => bail!("{} messages: a topic's contract is one schema; expected one message", messages.len()),
    }
}

/// The dialect of a payload; without a format it is AsyncAPI's own, which extends draft-07.
fn dialect(format: Option<&str>) -> anyhow::Result<&'static str> {
    match format {
        None => Ok(DRAFT_07),
        Some(format) if format.contains("aai.asyncapi") || format.contains("draft-07") => Ok(DRAFT_07),
        Some(format) if format.contains("2020-12") => Ok(DRAFT_2020_12),
        Some(format) => bail!("a payload of the format {format:?}: expected JSON Schema draft-07 or 2020-12"),
    }
}

/// What an object stands for, if it is a reference.
fn resolve<'d>(document: &'d Value, mut value: &'d Value) -> anyhow::Result<&'d Value> {
    for _ in 0..DEPTH {
        match value.get("$ref").and_then(Value::as_str) {
            None => return Ok(value),
            Some(reference) => value = target(document, reference)?,
        }
    }
    bail!("references that lead to no end")
}

fn target<'d>(document: &'d Value, reference: &str) -> anyhow::Result<&'d Value> {
    let pointer =
        reference.strip_prefix('#').with_context(|| format!("{reference:?} leads out of the document"))?;
    document.pointer(pointer).with_context(|| format!("{reference:?} leads to nowhere"))
}

/// A schema of the document with all that it refers to, which stands by itself.
fn standalone(document: &Value, schema: &Value, dialect: &str) -> anyhow::Result<Value> {
    let place = if dialect == DRAFT_07 { "definitions" } else { "$defs" };
    let mut names = BTreeMap::new();
    let mut pending = Vec::new();
    let mut schema = schema.clone();
    rename(&mut schema, place, &mut names, &mut pending, 0)?;
    let mut definitions = Map::new();
    while let Some((name, reference)) = pending.pop() {
        let mut definition = target(document, &reference)?.clone();
        rename(&mut definition, place, &mut names, &mut pending, 0)?;
        definitions.insert(name, definition);
    }
    let Some(keywords) = schema.as_object_mut() else { return Ok(schema) };
    keywords.shift_remove(place);
    keywords.shift_insert(0, "$schema".to_owned(), json!(dialect));
    if !definitions.is_empty() {
        definitions.sort_keys();
        keywords.insert(place.to_owned(), Value::Object(definitions));
    }
    Ok(schema)
}

/// Makes references into the document references into the definitions, and notes which are needed.
fn rename(
    schema: &mut Value,
    place: &str,
    names: &mut BTreeMap<String, String>,
    pending: &mut Vec<(String, String)>,
    depth: usize,
) -> anyhow::Result<()> {
    ensure!(depth <= 512, "nested more than 512 levels deep");
    match schema {
        Value::Array(items) => {
            items.iter_mut().try_for_each(|item| rename(item, place, names, pending, depth + 1))
        }
        Value::Object(keywords) => {
            for (keyword, value) in keywords.iter_mut() {
                // What was a definition in the document is taken by its reference.
                if keyword != place || depth > 0 {
                    rename(value, place, names, pending, depth + 1)?;
                }
            }
            let Some(Value::String(reference)) = keywords.get_mut("$ref") else { return Ok(()) };
            let name = names.get(reference.as_str()).cloned().unwrap_or_else(|| {
                let name = free_name(reference, names);
                names.insert(reference.clone(), name.clone());
                pending.push((name.clone(), reference.clone()));
                name
            });
            *reference = format!("#/{place}/{name}");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The last part of a reference, with a number where two end alike.
fn free_name(reference: &str, names: &BTreeMap<String, String>) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let last = reference.rsplit('/').next().unwrap_or_default();
    let last: String = last.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    let is_free = |name: &String| !names.values().any(|taken| taken == name);
    let numbered = (2..=names.len() + 2).map(|number| format!("{last}{number}"));
    std::iter::once(last.clone()).chain(numbered).find(is_free).unwrap_or(last)
}

/// What the channel's binding says of the topic.
fn config(kafka: Option<&Value>) -> anyhow::Result<KafkaConfig> {
    let mut config = default_config();
    let Some(kafka) = kafka else { return Ok(config) };
    for (key, number) in
        [("partitions", &mut config.partitions), ("replicas", &mut config.replication_factor)]
    {
        if let Some(value) = kafka.get(key) {
            let value = value.as_i64().and_then(|value| i32::try_from(value).ok()).filter(|value| *value > 0);
            *number =
                value.with_context(|| format!("/bindings/kafka/{key}: expected a number of at least 1"))?;
        }
    }
    for (name, value) in kafka.get("topicConfiguration").and_then(Value::as_object).into_iter().flatten() {
        let text = match value {
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        config.settings.insert(name.clone(), text);
    }
    Ok(config)
}
