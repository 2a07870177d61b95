//! The committed contracts in the languages of their readers, with the tools that those readers use.
//!
//! | column | what reads the examples |
//! |---|---|
//! | networknt | json-schema-validator on the JVM, with the key and value schemas |
//! | ajv | ajv in JavaScript, with the same |
//! | AsyncAPI | ajv, with the schemas in the AsyncAPI document as the official parser gives them |
//! | TypeScript | `tsc --strict`, with types made by json-schema-to-typescript: a value is a literal of its type |
//! | Python | pydantic in strict mode, with models made by datamodel-code-generator |
//! | Java | Jackson, with classes made by quicktype. It makes one class of the variants of a union, with the properties of all of them, and a property that is missing is null. jsonschema2pojo makes `Object` of each union and of each object that can be null |
//!
//! Types say less than schemas do. Which invalid examples they let through is a fact that readers should know: the
//! snapshot holds it, and shows when it changes.
//!
//! The packages come from the registries once, and stay below `target/tmp/languages` with everything else that is made.
//! `types` is about the generated types of `consumer-kit`, `anything` about bytes of any kind in place of a record, `compacted_table` about the table on the JVM, `kotlin` about the Kotlin
//! that reader teams are shown, `spring` about what they are shown of Spring for Apache Kafka, `mutants` about what their tests find, `history`
//! about what a public checker says of a run with faults.
#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod anything;
mod compacted_table;
mod history;
mod kotlin;
mod mutants;
mod readme;
mod spring;
mod types;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tiltak_contracts::command::asyncapi;
use tiltak_contracts::line::Line;
use tiltak_contracts::source::Repository;
use tiltak_contracts::tree::{Files, schema_path};
use tiltak_schema::topics;

use self::work::{Work, require};

#[test]
fn every_valid_example_is_accepted_in_every_language() {
    for (language, refused) in refused() {
        let wrong: Vec<_> =
            EXAMPLES.iter().filter(|it| it.valid && refused.contains(&it.name)).map(|it| &it.name).collect();
        assert!(wrong.is_empty(), "{language} refuses {wrong:?}");
    }
}

#[test]
fn a_validator_on_the_jvm_refuses_every_invalid_example() {
    let refused = &refused()["networknt"];
    let wrong: Vec<_> =
        EXAMPLES.iter().filter(|it| !it.valid && !refused.contains(&it.name)).map(|it| &it.name).collect();
    assert!(wrong.is_empty(), "networknt accepts {wrong:?}");
}

#[test]
fn which_invalid_examples_each_language_refuses() {
    let mut table = row("", LANGUAGES.map(str::to_owned));
    let mut totals = LANGUAGES.map(|_| 0);
    for example in EXAMPLES.iter().filter(|it| !it.valid) {
        let verdicts = LANGUAGES.map(|language| match refused()[language].contains(&example.name) {
            true => "refused",
            false if TYPES.contains(&language) && example.value.is_none() => "",
            false => "accepted",
        });
        for (total, _) in totals.iter_mut().zip(verdicts).filter(|(_, verdict)| *verdict == "refused") {
            *total += 1;
        }
        table += &row(&example.name, verdicts.map(str::to_owned));
    }
    table += &row("refused", totals.map(|total: u32| total.to_string()));
    insta::assert_snapshot!(table);
}

fn row(name: &str, cells: [String; LANGUAGES.len()]) -> String {
    let cells = cells.map(|cell| format!("{cell:<10}")).join(" ");
    format!("{name:<80} {cells}").trim_end().to_owned() + "\n"
}

const LANGUAGES: [&str; 6] = ["networknt", "ajv", "AsyncAPI", "TypeScript", "Python", "Java"];

/// The languages whose types are of the value alone: a bad key is nothing to them.
const TYPES: [&str; 3] = ["TypeScript", "Python", "Java"];

/// The names of the examples that each language refuses.
type Refused = BTreeMap<&'static str, BTreeSet<String>>;

fn refused() -> &'static Refused {
    static REFUSED: LazyLock<Result<Refused>> = LazyLock::new(ask);
    REFUSED.as_ref().unwrap_or_else(|error| panic!("{error:#}"))
}

fn ask() -> Result<Refused> {
    let work = prepare()?;
    work.run("node", &["java.js"])?;
    let _ = fs::remove_dir_all(work.folder.join("classes"));
    work.run("sh", &["-c", "javac -encoding UTF-8 -d classes -cp 'libs/*' Jvm.java java/*/*.java"])?;
    let answers = [
        work.run("java", &["-cp", "classes:libs/*", "Jvm", "schemas"])?,
        work.run("node", &["ajv.js", "schemas"])?,
        work.run("node", &["ajv.js", "asyncapi"])?,
        work.run("node", &["typescript.js"])?,
        work.run("venv/bin/python", &["models.py"])?,
        work.run("java", &["-cp", "classes:libs/*", "Jvm", "classes"])?,
    ];
    let parsed = LANGUAGES.into_iter().zip(answers).map(|(language, answer)| {
        let names = serde_json::from_str(&answer).with_context(|| format!("{language} says {answer}"))?;
        Ok((language, names))
    });
    parsed.collect()
}

/// An example of a contract.
struct Example {
    /// Topic and file, and the line where the file has several.
    name: String,
    topic: &'static str,
    valid: bool,
    key: String,
    value: Option<String>,
}

static TREE: LazyLock<Repository> =
    LazyLock::new(|| Repository::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let mut examples = Vec::new();
    for topic in topics().map(|topic| topic.name) {
        for (kind, valid) in [("valid", true), ("invalid", false)] {
            for path in TREE.list(&format!("topics/{topic}/examples/{kind}")).unwrap() {
                let text = TREE.read(&path).unwrap().unwrap();
                let file = Path::new(&path).file_stem().unwrap().to_str().unwrap();
                for (index, line) in text.lines().enumerate() {
                    let Line { key, value } = serde_json::from_str(line).unwrap();
                    let name = match text.lines().count() {
                        1 => format!("{topic}/{file}"),
                        _ => format!("{topic}/{file}:{}", index + 1),
                    };
                    examples.push(Example { name, topic, valid, key, value });
                }
            }
        }
    }
    examples
});

/// The committed schemas and the examples, as the scripts read them.
fn schemas_and_cases() -> Value {
    let mut schemas = Vec::new();
    for topic in topics() {
        for part in ["key", "value"] {
            let path = format!("topics/{}", schema_path(topic.name, topic.contract_version, part));
            let schema: Value = serde_json::from_str(&TREE.read(&path).unwrap().unwrap()).unwrap();
            schemas.push(json!({
                "topic": topic.name, "part": part, "title": schema["title"], "schema": schema,
            }));
        }
    }
    let mut cases = Vec::new();
    for Example { name, topic, key, value, .. } in &*EXAMPLES {
        let key = json!(key).to_string();
        cases.push(json!({ "name": name, "topic": topic, "part": "key", "text": key }));
        if let Some(value) = value {
            cases.push(json!({ "name": name, "topic": topic, "part": "value", "text": value }));
        }
    }
    json!({ "schemas": schemas, "cases": cases })
}

/// The folder with the scripts, what they read, and the packages that they need.
fn prepare() -> Result<Work> {
    require("node", "--version", 20, "Node 20 or newer (Debian: nodejs)")?;
    require("npm", "--version", 1, "npm (Debian: npm)")?;
    let minor = "-cimport ensurepip, sys; print(sys.version_info.minor)";
    require("python3", minor, 10, "Python 3.10 or newer with venv (Debian: python3-venv)")?;
    require("javac", "--version", 17, "a JDK, 17 or newer (Debian: default-jdk-headless)")?;
    require("mvn", "--version", 1, "Maven (Debian: maven)")?;

    let work = Work::open("languages")?;
    fs::write(work.folder.join("work.json"), schemas_and_cases().to_string())?;
    fs::write(work.folder.join("asyncapi.json"), asyncapi::document(&TREE)?.to_string())?;

    work.packages("node_modules", "package-lock.json", &[("npm", &["ci", "--no-audit", "--no-fund"])])?;
    let pip = ["-m", "pip", "install", "-q", "-r", "requirements.txt"];
    work.packages(
        "venv",
        "requirements.txt",
        &[("python3", &["-m", "venv", "venv"]), ("venv/bin/python", &pip)],
    )?;
    work.jars()?;
    Ok(work)
}
