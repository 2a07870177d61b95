//! `asyncapi`: the topics as one AsyncAPI document, for portals and generators that read such documents.

use anyhow::Context;
use serde_json::{Map, Value, json};

use crate::line::Line;
use crate::source::Repository;
use crate::topic_file::{Dokumentasjon, KafkaConfig, TopicFile};
use crate::tree::Files;

/// The version of AsyncAPI's Kafka bindings that the document uses.
const BINDING: &str = "0.5.0";

/// The AsyncAPI 3.0.0 document, from the committed schemas, the `topic.toml` files and the examples.
///
/// The application that it describes is the producer: it sends to each topic.
///
/// # Errors
/// A committed file is missing or malformed.
pub fn document(tree: &Repository) -> anyhow::Result<Value> {
    let mut channels = Map::new();
    let mut operations = Map::new();
    for topic in tree.topics() {
        let file = tree.topic_file(topic)?;
        let (name, channel) = channel(tree, &file)?;
        let at = format!("#/channels/{}", file.topic);
        let operation = json!({
            "action": "send",
            "channel": { "$ref": at },
            "summary": format!("Publishes {name} and tombstones."),
            "messages": [{ "$ref": format!("{at}/messages/{name}") }],
        });
        operations.insert(format!("send-{}", file.topic), operation);
        channels.insert(file.topic, channel);
    }
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": tree.source().info(),
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
    }))
}

/// A topic's channel, and the name of its message.
fn channel(tree: &Repository, file: &TopicFile) -> anyhow::Result<(String, Value)> {
    let TopicFile { topic, version, config, dokumentasjon, tombstone, .. } = file;
    let key = tree.schema(file, "key")?;
    let value = tree.schema(file, "value")?;
    let text = |keyword: &str| value.get(keyword).and_then(Value::as_str);
    // A message's name stands in a reference.
    let is_name =
        |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let name = text("title").filter(is_name).unwrap_or(topic).to_owned();
    let about = text("description").unwrap_or_default().to_owned();
    let dialect = if crate::schema_text::is_draft_07(&value) { "draft-07" } else { "draft-2020-12" };
    let place = format!("#/channels/{topic}/messages/{name}/payload/schema");
    let mut message = json!({
        "name": name,
        "title": format!("{name} {version}"),
        "description": format!("{about}\n\nA record without a value is a tombstone. {tombstone}").trim_start(),
        "contentType": "application/json",
        "payload": {
            "schemaFormat": format!("application/schema+json;version={dialect}"),
            "schema": embedded(value, &place),
        },
        "bindings": { "kafka": { "key": key, "bindingVersion": BINDING } },
    });
    if let Some(example) = first_example(tree, topic)? {
        message["examples"] = json!([{ "name": "golden", "payload": example }]);
    }
    let channel = json!({
        "address": topic,
        "title": format!("{topic} {version}"),
        "description": dokumentasjon.as_ref().map_or(about, description),
        "messages": { name.as_str(): message },
        "bindings": { "kafka": {
            "topic": topic,
            "partitions": config.partitions,
            "replicas": config.replication_factor,
            "topicConfiguration": topic_configuration(config),
            "bindingVersion": BINDING,
        } },
    });
    Ok((name, channel))
}

/// A schema as a part of the document, at `place`, with the same meaning for every tool that reads it.
///
/// Most tools resolve a reference from the root of the document, so it has to start there; a `$id` would make it start
/// at the schema instead, and `$schema` may not stand without one. Many put what is referred to in place of the whole
/// object that refers to it, so a reference stands alone, in an `allOf` beside the other keywords.
fn embedded(mut schema: Value, place: &str) -> Value {
    if let Some(root) = schema.as_object_mut() {
        root.retain(|keyword, _| keyword != "$id" && keyword != "$schema");
    }
    start_at_root(&mut schema, place);
    schema
}

fn start_at_root(schema: &mut Value, place: &str) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| start_at_root(item, place)),
        Value::Object(keywords) => {
            keywords.values_mut().for_each(|keyword| start_at_root(keyword, place));
            let Some(Value::String(reference)) = keywords.get_mut("$ref") else {
                return;
            };
            if let Some(pointer) = reference.strip_prefix('#') {
                *reference = format!("{place}{pointer}");
            }
            if keywords.len() > 1 {
                let reference = keywords.shift_remove("$ref");
                keywords.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
            }
        }
        _ => {}
    }
}

/// The settings, in the JSON types that the binding gives them: a list of policies, and numbers.
fn topic_configuration(config: &KafkaConfig) -> Map<String, Value> {
    let value = |name: &str, value: &str| match value.parse::<i64>() {
        Ok(number) => json!(number),
        Err(_) if name == "cleanup.policy" => value.split(',').collect(),
        Err(_) => json!(value),
    };
    config.settings.iter().map(|(name, setting)| (name.clone(), value(name, setting))).collect()
}

/// The documentation for reader teams, as Markdown.
fn description(about: &Dokumentasjon) -> String {
    format!(
        "{}\n\nOppdateres ved:\n\n- {}\n\nNøkkel: {}\n\nTombstone: {}\n\nKomprimering: {}",
        about.innhold,
        about.oppdateres_ved.join("\n- "),
        about.nokkel,
        about.tombstone,
        about.kompaktering
    )
}

/// The value of a topic's first valid example.
fn first_example(tree: &Repository, topic: &str) -> anyhow::Result<Option<Value>> {
    let folder = format!("topics/{topic}/examples/valid");
    for path in tree.list(&folder)? {
        for line in tree.read(&path)?.unwrap_or_default().lines() {
            let line: Line = serde_json::from_str(line).with_context(|| format!("{path} has a bad line"))?;
            if let Some(value) = line.value {
                return serde_json::from_str(&value)
                    .map(Some)
                    .with_context(|| format!("{path} has a value that is no JSON"));
            }
        }
    }
    Ok(None)
}
