//! The AsyncAPI document says what the contracts say.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tiltak_contracts::command::asyncapi;
use tiltak_contracts::line::Line;
use tiltak_contracts::source::Repository;
use tiltak_contracts::tree::{Files, schema_path};
use tiltak_schema::topics;

fn tree() -> Repository {
    Repository::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn document() -> Value {
    asyncapi::document(&tree()).unwrap()
}

/// The only message of a topic's channel.
fn message<'a>(document: &'a Value, topic: &str) -> (&'a String, &'a Value) {
    let messages = document["channels"][topic]["messages"].as_object().unwrap();
    assert_eq!(messages.len(), 1, "{topic}");
    messages.iter().next().unwrap()
}

#[test]
fn every_topic_key_and_setting_of_the_topic_files_is_in_the_document() {
    let document = document();
    assert_eq!(document["channels"].as_object().unwrap().len(), topics().len());
    assert_eq!(document["operations"].as_object().unwrap().len(), topics().len());
    for topic in topics() {
        let file = tree().topic_file(topic.name).unwrap();
        let channel = &document["channels"][topic.name];
        assert_eq!(channel["address"], topic.name);
        let kafka = &channel["bindings"]["kafka"];
        assert_eq!(kafka["topic"], topic.name);
        assert_eq!(kafka["partitions"], file.config.partitions);
        assert_eq!(kafka["replicas"], file.config.replication_factor);

        let settings = kafka["topicConfiguration"].as_object().unwrap();
        assert_eq!(settings.len(), file.config.settings.len(), "{}", topic.name);
        for (name, value) in &file.config.settings {
            let said = match &settings[name] {
                Value::Array(policies) if name == "cleanup.policy" => {
                    policies[0].as_str().unwrap().to_owned()
                }
                number => number.as_i64().unwrap().to_string(),
            };
            assert_eq!(&said, value, "{name} of {}", topic.name);
        }

        let (name, message) = message(&document, topic.name);
        let path = format!("topics/{}", schema_path(topic.name, &file.version, "key"));
        let key: Value = serde_json::from_str(&tree().read(&path).unwrap().unwrap()).unwrap();
        assert_eq!(message["bindings"]["kafka"]["key"], key);
        let operation = &document["operations"][format!("send-{}", topic.name)];
        assert_eq!(operation["action"], "send");
        assert_eq!(operation["messages"][0]["$ref"], format!("#/channels/{}/messages/{name}", topic.name));
    }
}

#[test]
fn a_payload_schema_means_the_same_within_the_document_as_alone() {
    for topic in topics() {
        let mut document = document();
        let (name, message) = message(&document, topic.name);
        let example = message["examples"][0]["payload"].clone();
        document["$ref"] = json!(format!("#/channels/{}/messages/{name}/payload/schema", topic.name));
        let schema = jsonschema::options().should_validate_formats(true).build(&document).unwrap();
        assert!(schema.is_valid(&example), "{}", topic.name);

        for (kind, valid) in [("valid", true), ("invalid", false)] {
            for path in tree().list(&format!("topics/{}/examples/{kind}", topic.name)).unwrap() {
                for line in tree().read(&path).unwrap().unwrap().lines() {
                    // An invalid tombstone is one with a bad key.
                    if let Some(value) = serde_json::from_str::<Line>(line).unwrap().value {
                        let value = serde_json::from_str(&value).unwrap();
                        assert_eq!(schema.is_valid(&value), valid, "{path}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_command_prints_the_document() {
    let output = Command::new(env!("CARGO_BIN_EXE_contracts"))
        .args(["asyncapi", "--root", env!("CARGO_MANIFEST_DIR")])
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), document());
}
