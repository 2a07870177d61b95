//! Types in other languages, made of schemas: what is refused, where they go, and that `check` compares them.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::path::Path;

use semver::Version;
use serde_json::{Value, json};
use support::{copy, other_team, run};
use tiltak_contracts::codegen::schema::value_types;

/// A schema of one property that stands under `x`.
fn with(schema: &Value) -> Value {
    json!({ "title": "Order", "type": "object", "properties": { "x": schema } })
}

#[test]
fn what_no_type_says_is_refused_with_its_place() {
    let object = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let cases = [
        (json!({ "type": ["string", "integer"] }), "/properties/x/type", "several types"),
        (json!({ "type": "null" }), "/properties/x/type", "always null"),
        (json!(false), "/properties/x", "nothing may stand here"),
        (json!({ "oneOf": [object, object] }), "/properties/x/oneOf", "not told apart"),
        (
            json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] }),
            "/properties/x/anyOf",
            "not told apart",
        ),
        (json!({ "allOf": [object, object] }), "/properties/x/allOf", "together"),
        (json!({ "type": "array", "items": [{}, {}] }), "/properties/x/items", "by their place"),
        (json!({ "type": "array", "prefixItems": [{}] }), "/properties/x/prefixItems", "by their place"),
        (
            json!({ "type": "object", "patternProperties": { "^a": {} } }),
            "/properties/x/patternProperties",
            "patterns",
        ),
        (json!({ "enum": ["A", 1] }), "/properties/x/enum", "not all strings"),
        (json!({ "enum": ["A-B", "A_B"] }), "/properties/x/enum", "both called A_B"),
        (json!({ "$ref": "other.json" }), "/properties/x/$ref", "outside"),
        (json!({ "$ref": "#/$defs/none" }), "/properties/x/$ref", "outside"),
        (json!({ "type": "string", "pattern": "^\\p{L}+$" }), "/properties/x/pattern", "every language"),
        (json!({ "title": "OrderV1", "enum": ["A"] }), "/properties/x", "two types are called OrderV1"),
        (json!({ "title": "String", "enum": ["A"] }), "/properties/x", "of its own"),
        (
            json!({ "type": "object", "properties": { "a": {} }, "additionalProperties": { "type": "string" } }),
            "/properties/x/additionalProperties",
            "under any name",
        ),
    ];
    for (schema, pointer, reason) in cases {
        let refusal = value_types("orders-v1", &Version::new(1, 0, 0), &with(&schema)).unwrap_err();
        assert_eq!(refusal.pointer, pointer, "{schema}");
        assert!(refusal.reason.contains(reason), "{schema}: {refusal}");
    }
    for whole in [json!({ "title": "Order", "type": "array" }), json!(true), json!({ "type": "object" })] {
        assert_eq!(value_types("orders-v1", &Version::new(1, 0, 0), &whole).unwrap_err().pointer, "");
    }
}

#[test]
fn a_schema_that_refers_to_itself_has_types() {
    let tree = json!({
        "title": "Tree",
        "type": "object",
        "properties": {
            "root": { "$ref": "#" },
            "nodes": { "type": "array", "items": { "$ref": "#/$defs/node" } },
        },
        "$defs": { "node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/node" } } } },
    });
    let types = value_types("trees", &Version::new(2, 1, 0), &tree).unwrap();
    let names: Vec<&str> = types.all().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["TreeV2", "Node"]);
}

#[test]
fn a_team_gets_classes_of_its_own_schemas_in_every_language() {
    let folder = other_team();
    let generate = |arguments: &[&str]| run(folder.path(), &[&["generate"], arguments].concat(), "");
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();

    let kotlin = generate(&["--lang", "kotlin", "--package", "no.shop", "--out", "kotlin"]);
    assert_eq!(kotlin.status, Some(0), "{}", kotlin.err);
    let written = ["Json", "OrderV1", "ShipmentV1"].map(|it| format!("wrote kotlin/no/shop/{it}.kt\n"));
    assert_eq!(kotlin.out, written.concat());
    let order = read("kotlin/no/shop/OrderV1.kt");
    assert!(order.contains("public data class OrderV1(\n"), "{order}");
    assert!(order.contains("    public val status: Status,\n"), "{order}");
    assert!(order.contains("    public val note: String? = null,\n"), "{order}");
    assert!(read("kotlin/no/shop/ShipmentV1.kt").contains("    public val weight: Double? = null,\n"));

    for (language, file) in [("typescript", "OrderV1.ts"), ("python", "order_v1.py")] {
        let outcome = generate(&["--lang", language, "--out", language]);
        assert_eq!(outcome.status, Some(0), "{}", outcome.err);
        assert!(read(&format!("{language}/{file}")).contains("orders-v1"), "{language}");
    }
    let again = generate(&["--lang", "python", "--out", "python"]);
    assert!(again.out.starts_with("nothing to write"), "{}", again.out);
    let wrong = generate(&["--lang", "python", "--package", "no.shop", "--out", "python"]);
    assert_eq!((wrong.status, wrong.err.contains("only Kotlin")), (Some(2), true), "{}", wrong.err);
}

#[test]
fn a_schema_without_types_leaves_nothing_half_written() {
    let folder = other_team();
    let schema = folder.path().join("contracts/topics/shipments/1.0.0/value.schema.json");
    let text = fs::read_to_string(&schema).unwrap();
    fs::write(&schema, text.replace(r#""type": "number""#, r#""type": ["number", "string"]"#)).unwrap();
    let outcome = run(folder.path(), &["generate", "--lang", "kotlin", "--out", "kotlin"], "");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.err.contains("shipments/1.0.0/value.schema.json"), "{}", outcome.err);
    assert!(outcome.err.contains("/properties/weight/type: a value of several types"), "{}", outcome.err);
    assert!(!folder.path().join("kotlin").exists());
}

#[test]
fn committed_types_that_are_not_as_their_schema_says_are_a_finding_and_generate_mends_it() {
    for folder in [copy(), other_team()] {
        let check = || run(folder.path(), &["check"], "");
        let settings = "[[types]]\nlanguage = \"kotlin\"\nlibrary = \"kotlinx\"\nfolder = \"../kotlin\"\n";
        fs::write(folder.path().join("contracts/types.toml"), settings).unwrap();
        assert!(check().out.contains("kotlin/contracts/Json.kt"), "{}", check().out);
        assert_eq!(run(folder.path(), &["generate"], "").status, Some(0));
        assert_eq!(check().status, Some(0), "{}", check().out);

        let file = folder.path().join("kotlin/contracts/Json.kt");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("LONGEST_OFFSET = 18", "LONGEST_OFFSET = 17")).unwrap();
        assert_eq!(check().status, Some(1));
        assert!(check().out.contains("LONGEST_OFFSET = 17"), "{}", check().out);
        assert_eq!(run(folder.path(), &["generate"], "").status, Some(0));
        assert_eq!(check().status, Some(0), "{}", check().out);

        fs::write(folder.path().join("contracts/types.toml"), settings.replace("kotlin\"", "cobol\""))
            .unwrap();
        assert_eq!(check().status, Some(2));
        assert!(check().err.contains("contracts/types.toml"), "{}", check().err);
    }
}

#[test]
fn what_was_generated_of_a_contract_that_is_gone_is_a_finding_and_generate_removes_it() {
    for folder in [copy(), other_team()] {
        let languages = [("kotlin", "kotlin/contracts/OrderV9.kt"), ("python", "python/order_v9.py")];
        let settings =
            languages.map(|(it, _)| format!("[[types]]\nlanguage = \"{it}\"\nfolder = \"../{it}\"\n"));
        fs::write(folder.path().join("contracts/types.toml"), settings.concat()).unwrap();
        assert_eq!(run(folder.path(), &["generate"], "").status, Some(0));
        let own = folder.path().join("kotlin/contracts/Own.kt");
        fs::write(&own, "// Made by hand.\npackage contracts\n").unwrap();
        for (of, path) in
            ["kotlin/contracts/Json.kt", "python/_json.py"].into_iter().zip(languages.map(|it| it.1))
        {
            fs::copy(folder.path().join(of), folder.path().join(path)).unwrap();
        }

        let check = run(folder.path(), &["check"], "");
        assert_eq!(check.status, Some(1));
        for (_, path) in languages {
            assert!(check.out.contains(path), "{}", check.out);
            assert!(
                check.out.contains("was generated, and no contract has it any more; run `"),
                "{}",
                check.out
            );
        }
        assert!(!check.out.contains("Own.kt"), "{}", check.out);
        let generated = run(folder.path(), &["generate"], "");
        assert_eq!(generated.out, "removed kotlin/contracts/OrderV9.kt\nremoved python/order_v9.py\n");
        assert!(own.exists());
        assert_eq!(run(folder.path(), &["check"], "").status, Some(0));
    }
}

#[test]
fn the_committed_types_are_those_of_the_released_contracts() {
    let outcome = run(Path::new(env!("CARGO_MANIFEST_DIR")), &["check"], "");
    assert_eq!(outcome.status, Some(0), "{}", outcome.out);
}
