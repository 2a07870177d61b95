//! From schemas that a team has to a gate that refuses a break.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Outcome, other_team, run};

fn schema(dialect: &str) -> Value {
    json!({
        "$schema": dialect,
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": { "type": "string", "minLength": 1 },
            "status": { "enum": ["NEW", "DONE"] },
            "note": { "type": "string" }
        }
    })
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn fine(outcome: &Outcome) {
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
}

#[test]
fn a_new_user_comes_from_two_schemas_to_a_refused_break() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "orders.json", &schema("http://json-schema.org/draft-07/schema#").to_string());
    write(at, "shipments.json", &schema("https://json-schema.org/draft/2020-12/schema").to_string());
    let schemas = ["--schema", "orders-v2=orders.json", "--schema", "shipments=shipments.json"];
    let init = run(at, &[&["init", ".", "--owner", "team-shop"][..], &schemas[..]].concat(), "");
    fine(&init);
    assert!(
        init.out.ends_with("  contracts release orders-v2\n  contracts release shipments\n"),
        "{}",
        init.out
    );

    // Nothing but what init says comes next.
    for topic in ["orders-v2", "shipments"] {
        fine(&run(at, &["release", topic], ""));
    }
    fine(&run(at, &["check"], ""));
    let toml = fs::read_to_string(at.join("contracts/topics/orders-v2/topic.toml")).unwrap();
    assert!(toml.contains("version = \"2.0.0\"") && toml.contains("owner = \"team-shop\""), "{toml}");

    write(
        at,
        "contracts/readers/warehouse.toml",
        "app = \"warehouse\"\nteam = \"t\"\nsource = \"s\"\n[[topics]]\ntopic = \"orders-v2\"\nunknown-properties = \"ignore\"\n\
         unknown-enum-values = \"keep\"\ntombstones = \"delete\"\nfields = [{ pointer = \"/status\", type = \"string\" }]\n",
    );
    fine(&run(at, &["check"], ""));

    // Allowed: one more field that may be left out.
    let mut order = schema("http://json-schema.org/draft-07/schema#");
    order["properties"]["gift"] = json!({ "type": "boolean" });
    write(at, "contracts/topics/orders-v2/value.schema.json", &order.to_string());
    fine(&run(at, &["release", "orders-v2"], ""));
    assert!(at.join("contracts/topics/orders-v2/2.1.0/value.schema.json").exists());

    // A break: a field that a reader requires is gone.
    order["properties"].as_object_mut().unwrap().remove("status");
    order["required"] = json!(["id"]);
    write(at, "contracts/topics/orders-v2/value.schema.json", &order.to_string());
    let check = run(at, &["check"], "");
    assert_eq!(check.status, Some(1));
    assert!(check.out.contains("field-removed"), "{}", check.out);
    assert!(check.out.contains("this change stops warehouse: /status"), "{}", check.out);
    let release = run(at, &["release", "orders-v2"], "");
    assert_eq!(release.status, Some(1));
    assert!(release.out.contains("it needs a new topic, orders-v3"), "{}", release.out);
}

#[test]
fn the_asyncapi_document_of_a_repository_lays_out_the_same_topics() {
    let origin = other_team();
    let folder = tempfile::tempdir().unwrap();
    let document = run(origin.path(), &["asyncapi"], "").out;
    write(folder.path(), "asyncapi.json", &document);
    fine(&run(folder.path(), &["init", "shop", "--asyncapi", "asyncapi.json"], ""));
    for topic in ["orders-v1", "shipments"] {
        for part in ["key", "value"] {
            let path = format!("contracts/topics/{topic}/{part}.schema.json");
            let read = |folder: &Path| {
                serde_json::from_slice::<Value>(&fs::read(folder.join(&path)).unwrap()).unwrap()
            };
            let (was, is) = (read(origin.path()), read(&folder.path().join("shop")));
            assert_eq!(is, was, "{path}");
        }
    }
    let shop = folder.path().join("shop");
    fine(&run(&shop, &["release", "orders-v1"], ""));
    fine(&run(&shop, &["release", "shipments"], ""));
    fine(&run(&shop, &["check"], ""));
    let again = run(&shop, &["asyncapi"], "").out;
    let [was, is] = [document, again].map(|text| serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(is["info"], was["info"]);
    assert_eq!(is["channels"]["shipments"]["bindings"], was["channels"]["shipments"]["bindings"]);
}

#[test]
fn yaml_and_version_2_are_read_too_with_what_they_refer_to() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = r"
asyncapi: 2.6.0
info: { title: Shop, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { partitions: 4 } }
    subscribe:
      message: { $ref: '#/components/messages/Order' }
components:
  messages:
    Order:
      payload: { $ref: '#/components/schemas/Order' }
      examples: [{ payload: { status: NEW, parent: { status: DONE } } }]
  schemas:
    Order:
      type: object
      required: [status]
      properties:
        status: { $ref: '#/components/schemas/Status' }
        parent: { $ref: '#/components/schemas/Order' }
    Status: { enum: [NEW, DONE] }
";
    write(folder.path(), "asyncapi.yaml", yaml);
    fine(&run(folder.path(), &["init", ".", "--asyncapi", "asyncapi.yaml"], ""));
    let topic = folder.path().join("contracts/topics/orders");
    let schema: Value = serde_json::from_slice(&fs::read(topic.join("value.schema.json")).unwrap()).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(schema["properties"]["status"]["$ref"], "#/definitions/Status");
    assert_eq!(schema["definitions"]["Order"]["properties"]["parent"]["$ref"], "#/definitions/Order");
    assert!(fs::read_to_string(topic.join("topic.toml")).unwrap().contains("partitions = 4"));
    let example = fs::read_to_string(topic.join("examples/valid/first.ndjson")).unwrap();
    assert!(example.contains("parent"), "{example}");
}

#[test]
fn nothing_is_written_over_and_nothing_is_left_behind() {
    let folder = other_team();
    let before = fs::read(folder.path().join("contracts/contracts.toml")).unwrap();
    write(folder.path(), "order.json", &schema("http://json-schema.org/draft-07/schema#").to_string());
    let again = run(folder.path(), &["init", ".", "--schema", "orders=order.json"], "");
    assert_eq!(again.status, Some(2));
    assert!(again.err.contains("is there already; init writes over nothing"), "{}", again.err);
    assert_eq!(fs::read(folder.path().join("contracts/contracts.toml")).unwrap(), before);

    let folder = tempfile::tempdir().unwrap();
    let two = json!({"asyncapi": "3.0.0", "channels": {"a": {"messages": {"x": {}, "y": {}}}}}).to_string();
    let files = [
        ("order.json", schema("http://json-schema.org/draft-07/schema#").to_string()),
        ("broken.json", "{\"type\": ".to_owned()),
        ("old.json", schema("http://json-schema.org/draft-04/schema#").to_string()),
        ("openapi.json", json!({"openapi": "3.1.0"}).to_string()),
        ("two.json", two),
        (
            "avro.json",
            json!({"asyncapi": "3.0.0", "channels": {"a": {"messages": {"x": {
            "payload": {"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": {}}}}}}})
            .to_string(),
        ),
        (
            "circle.json",
            json!({"asyncapi": "3.0.0", "channels": {"a": {"$ref": "#/channels/a"}}}).to_string(),
        ),
        ("broken.yaml", "asyncapi: [".to_owned()),
    ];
    for (file, text) in &files {
        write(folder.path(), file, text);
    }
    let cases: [(&[&str], &str); 13] = [
        (&[], "no topic: give --schema TOPIC=FILE or --asyncapi FILE"),
        (&["--schema", "orders"], "expected TOPIC=FILE"),
        (&["--schema", "orders=gone.json"], "cannot read gone.json"),
        (&["--schema", "orders=broken.json"], "broken.json: no JSON"),
        (&["--schema", "orders=old.json"], "old.json"),
        (&["--schema", "../orders=order.json"], "is no name of a topic"),
        (&["--schema", "a=order.json", "--schema", "a=order.json"], "is given twice"),
        (&["--asyncapi", "openapi.json"], "openapi.json: no AsyncAPI document"),
        (&["--asyncapi", "two.json"], "two.json: /channels/a: 2 messages"),
        (&["--asyncapi", "avro.json"], "expected JSON Schema draft-07 or 2020-12"),
        (&["--asyncapi", "circle.json"], "/channels/a: references that lead to no end"),
        (&["--asyncapi", "broken.yaml"], "broken.yaml: no YAML"),
        (&["--asyncapi", "broken.json"], "broken.json: no JSON"),
    ];
    for (arguments, expected) in cases {
        let outcome = run(folder.path(), &[&["init", "."], arguments].concat(), "");
        assert_eq!(outcome.status, Some(2), "{arguments:?}: {outcome:?}");
        assert!(outcome.err.contains(expected), "{arguments:?}: {}", outcome.err);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files.len(), "no file is left behind");
}
