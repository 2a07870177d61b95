//! The generated types of `consumer-kit`: what they read, refuse and write is what Rust's tolerant reader reads, refuses and
//! writes, record by record.
//!
//! The corpus is the same for every language: golden messages and examples, fixtures, records of a later version, records with
//! one thing wrong, every kind of wrong value in every place, and extremes of numbers, times and texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};
use tiltak_contracts::codegen::kotlin::{self, JsonLibrary};
use tiltak_contracts::codegen::schema::value_types;
use tiltak_contracts::tree::{embedded, schema_path};
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::{Topic, TopicVisitor};
use tiltak_schema::view::Read;
use tiltak_schema::{topics, with_topic};

use super::work::{Work, require};
use super::{EXAMPLES, prepare};

/// Records of each kind and topic that the kit makes.
const FIXTURES: &str = "500";

/// A record's value, and what Rust makes of it.
struct Case {
    topic: &'static str,
    /// Where it comes from.
    source: &'static str,
    text: String,
    /// What Rust writes again, or where it finds what it refuses.
    expected: Result<Value, DecodeError>,
    /// Whether it is one that a later version publishes, with an enum value or a variant that is not known.
    is_later: bool,
}

/// Reads a value as Rust's tolerant reader does, and writes it again.
struct Oracle<'a>(&'a str);

impl TopicVisitor for Oracle<'_> {
    type Output = Result<Value, DecodeError>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let value = decode::value::<T, Read>(self.0.as_bytes())?;
        Ok(serde_json::to_value(&value).unwrap())
    }
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut cases = Vec::new();
    for topic in topics().map(|topic| topic.name) {
        let mut add = |source: &'static str, text: String| {
            let expected = with_topic(topic, &mut Oracle(&text)).unwrap();
            let is_later = source == "later" && !text.contains("fraEnSenereVersjon");
            cases.push(Case { topic, source, text, expected, is_later });
        };
        let examples: Vec<&str> =
            EXAMPLES.iter().filter(|it| it.topic == topic).filter_map(|it| it.value.as_deref()).collect();
        for text in &examples {
            add("examples", (*text).to_owned());
        }
        for (source, options) in
            [("fixtures", &[][..]), ("later", &["--later"]), ("flawed", &["--flawed", "--explain"])]
        {
            for text in fixtures(topic, options).unwrap() {
                add(source, text);
            }
        }
        let valid =
            EXAMPLES.iter().filter(|it| it.topic == topic && it.valid).filter_map(|it| it.value.as_deref());
        for document in one_of_each_shape(valid) {
            for text in wrong_values(&document) {
                add("wrong values", text);
            }
            for text in extremes(&document) {
                add("extremes", text);
            }
        }
    }
    cases
});

/// Values of the records that `tiltak-kit fixtures` prints. Of flawed ones, each is read exactly when it says so.
fn fixtures(topic: &str, options: &[&str]) -> Result<Vec<String>> {
    let output = Command::new(env!("CARGO_BIN_EXE_kit"))
        .args(["fixtures", topic, "--count", FIXTURES])
        .args(options)
        .output()?;
    ensure!(output.status.success(), "tiltak-kit fixtures {topic} {options:?}");
    let explained = String::from_utf8(output.stderr)?;
    let mut texts = Vec::new();
    for (index, line) in String::from_utf8(output.stdout)?.lines().enumerate() {
        let record: Value = serde_json::from_str(line)?;
        let Some(text) = record["value"].as_str() else { continue };
        if options.contains(&"--explain") {
            let why: Value = serde_json::from_str(explained.lines().nth(index).context("no explanation")?)?;
            // What is wrong with a key is nothing to the type of a value.
            if why["flaw"].as_str().is_some_and(|flaw| flaw.starts_with("Key")) {
                continue;
            }
            let is_read = with_topic(topic, &mut Oracle(text)).context("no such topic")?.is_ok();
            ensure!(why["isRead"] == json!(is_read), "{topic}: {why} is wrong");
        }
        texts.push(text.to_owned());
    }
    Ok(texts)
}

/// The first document of each variant and each set of filled properties.
pub(super) fn one_of_each_shape<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let mut shapes = BTreeMap::new();
    for text in texts {
        let document: Value = serde_json::from_str(text).unwrap();
        let shape: Vec<String> = pointers(&document)
            .into_iter()
            .filter(|pointer| pointer.split('/').all(|token| token.parse::<u32>().unwrap_or(0) == 0))
            .map(|pointer| format!("{pointer}{}", document.pointer(&pointer).is_some_and(Value::is_null)))
            .collect();
        shapes.entry(shape).or_insert(document);
    }
    // Some hundred shapes are like each other; those with most in them have every place.
    let mut documents: Vec<Value> = shapes.into_values().collect();
    documents.sort_by_key(|document| std::cmp::Reverse(pointers(document).len()));
    documents.truncate(3);
    documents
}

/// The place of every value in a document, the whole too.
pub(super) fn pointers(document: &Value) -> Vec<String> {
    fn collect(value: &Value, pointer: &str, all: &mut Vec<String>) {
        all.push(pointer.to_owned());
        match value {
            Value::Object(properties) => {
                properties.iter().for_each(|(name, it)| collect(it, &format!("{pointer}/{name}"), all));
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, it)| collect(it, &format!("{pointer}/{index}"), all));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(document, "", &mut all);
    all
}

/// Stands for a value whose text is put in afterwards.
const HOLE: &str = "@hole@";

pub(super) fn with_hole(document: &Value, pointer: &str) -> String {
    let mut document = document.clone();
    *document.pointer_mut(pointer).unwrap() = json!(HOLE);
    document.to_string()
}

pub(super) fn put(text: &str, value: &str) -> String {
    text.replacen(&json!(HOLE).to_string(), value, 1)
}

/// The document with every kind of wrong value in every place, and with every property left out.
fn wrong_values(document: &Value) -> Vec<String> {
    const VALUES: [&str; 23] = [
        "null",
        "true",
        "0",
        "1",
        "-1",
        "12.5",
        "12.0",
        "1e2",
        "2.23E2",
        "2230e-1",
        "1e400",
        "2147483648",
        "9007199254740993",
        "9223372036854775808",
        "\"\"",
        "\"12\"",
        "\"true\"",
        "\"null\"",
        "\"x\"",
        "[]",
        "{}",
        "[null]",
        "{\"id\":1}",
    ];
    let mut texts = Vec::new();
    for pointer in pointers(document) {
        let hole = with_hole(document, &pointer);
        texts.extend(VALUES.map(|value| put(&hole, value)));
        if let Some((holder, name)) = pointer.rsplit_once('/') {
            let mut without = document.clone();
            if let Some(Value::Object(properties)) = without.pointer_mut(holder) {
                properties.shift_remove(name);
                texts.push(without.to_string());
            }
        }
    }
    texts
}

/// The document with extremes in the places that have numbers, times and texts.
fn extremes(document: &Value) -> Vec<String> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    };
    let mut texts = Vec::new();
    for pointer in pointers(document) {
        let hole = with_hole(document, &pointer);
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let mut add = |value: String| texts.push(put(&hole, &value));
        match document.pointer(&pointer) {
            Some(Value::Number(number)) if number.is_f64() => {
                for _ in 0..200 {
                    let double = f64::from_bits(random());
                    if double.is_finite() {
                        add(json!(double).to_string());
                    }
                }
                for double in [
                    "5e-324",
                    "-0.0",
                    "0.1",
                    "1.7976931348623157e308",
                    "1E7",
                    "9007199254740993",
                    "123456789012345678901",
                ] {
                    add(double.to_owned());
                }
            }
            Some(Value::Number(_)) if name == "konseptId" => {
                for _ in 0..200 {
                    add(random().cast_signed().to_string());
                }
                for number in [i64::MIN, i64::MAX, (1 << 53) + 1, -(1 << 53) - 1] {
                    add(number.to_string());
                }
            }
            Some(Value::Number(_)) => {
                for number in [i32::MIN, i32::MAX, 0] {
                    add(number.to_string());
                }
            }
            Some(Value::String(_)) if name.ends_with("Tidspunkt") => times().into_iter().for_each(add),
            Some(Value::String(_)) if name.ends_with("Dato") => {
                for day in [
                    "0000-01-01",
                    "9999-12-31",
                    "2024-02-29",
                    "2026-02-29",
                    "2026-1-1",
                    "+12026-01-01",
                    "2026-01-01 ",
                ] {
                    add(json!(day).to_string());
                }
            }
            Some(Value::String(_)) => {
                for text in [
                    "",
                    " ",
                    "\n",
                    "\u{1}\u{1f}\u{7f}\u{80}",
                    "\u{2028}\u{2029}\u{feff}",
                    "😀𝔘𠜎\u{10ffff}",
                    "æøå e\u{301}",
                    "\"\\/$\\u0041",
                    "123456789\n",
                    "2025/1\n",
                    "١٢٣٤٥٦٧٨٩",
                    "59a64a02-efdd-471d-9529-356ff5553a5d\n",
                    "59A64A02-EFDD-471D-9529-356FF5553A5D",
                    "1-1-1-1-1",
                    "2025#007",
                ] {
                    add(json!(text).to_string());
                }
                add("\"\\ud83d\\ude00\\u00e6\\/\"".to_owned());
            }
            _ => {}
        }
    }
    texts.extend(spelt_otherwise(document));
    texts
}

/// Times with every kind of zone, fraction and day.
fn times() -> Vec<String> {
    let mut texts = Vec::new();
    let mut add = |text| texts.push(text);
    for zone in ["", "Z", "z", "+01:00", "-0530", "+18", "+18:01", "+01:00:30", "+010030"] {
        for seconds in [":00", ":59", ":60", ""] {
            add(format!("\"2026-01-31T09:00{seconds}{zone}\""));
        }
        for digits in 1..=11 {
            let fraction = &"98765432109"[..digits];
            add(format!("\"1969-12-31T23:59:59.{fraction}{zone}\""));
            add(format!("\"2026-01-31t09:00:00,{fraction}0{zone}\""));
            add(format!("\"2026-01-31T09:00:00.{:0>digits$}{zone}\"", 0));
        }
        for day in ["0000-01-01", "9999-12-31", "2024-02-29", "2026-02-29", "2026-13-01", "+12026-01-01"] {
            add(format!("\"{day}T23:59:59.999999999{zone}\""));
            add(format!("\"{day}T00:00:00{zone}\""));
            add(format!("\"{day}T24:00{zone}\""));
            add(format!("\"{day}T24:00:01{zone}\""));
        }
    }
    texts
}

/// The document with the discriminator last, a property twice, white space, and something behind it.
fn spelt_otherwise(document: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    if let Value::Object(properties) = document {
        let turned: Vec<String> =
            properties.iter().rev().map(|(name, it)| format!(" {} : {it}\t", json!(name))).collect();
        texts.push(format!("\r\n{{{}}}\n", turned.join(",")));
        for (name, it) in properties {
            let whole = document.to_string();
            texts.push(format!("{{{}:null,{}", json!(name), &whole[1..]));
            texts.push(format!("{},{}:{it}}}", &whole[..whole.len() - 1], json!(name)));
        }
        texts.push(format!("{document}x"));
        texts.push(format!("{document}{document}"));
        texts.push(format!("[{document}]"));
    }
    texts
}

/// The corpus as the programs read it: a line has the topic and the value in hexadecimal digits.
fn corpus() -> String {
    CASES.iter().fold(String::new(), |mut lines, case| {
        let _ = write!(lines, "{}\t", case.topic);
        case.text.bytes().for_each(|byte| {
            let _ = write!(lines, "{byte:02x}");
        });
        lines + "\n"
    })
}

/// Compares what a program says with what Rust's reader makes of the same records.
fn compare(language: &str, told: &str) {
    assert_eq!(told.lines().count(), CASES.len(), "{language}");
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for (case, line) in CASES.iter().zip(told.lines()) {
        let fields: Vec<&str> = line.split('\t').collect();
        *counts.entry((case.source, fields[0])).or_default() += 1;
        let difference = match (&case.expected, fields.as_slice()) {
            (Ok(expected), ["read", unknown, written]) => {
                let written: Value = serde_json::from_str(&from_hex(written)).unwrap();
                // 100 and 100.0 are the same number.
                let is_same = same(expected, &written);
                if case.is_later && *unknown != "1" {
                    Some(format!("{unknown} unknown values are seen, and there is 1"))
                } else if is_same {
                    None
                } else {
                    Some(format!("written: {written}\nbut Rust writes {expected}"))
                }
            }
            (Err(error), ["refused", pointer, message]) => {
                let is_syntax = error.expected() == "JSON" || error.pointer().is_empty();
                if !is_syntax && *pointer != error.pointer() {
                    Some(format!("refused at {pointer:?} ({message}), and Rust says {error}"))
                } else if !is_syntax && !message.contains(": expected ") {
                    Some(format!("the message is {message:?}"))
                } else {
                    None
                }
            }
            (Ok(_), _) => Some(format!("refused, and Rust reads it: {line}")),
            (Err(error), _) => Some(format!("read, and Rust says {error}")),
        };
        differences
            .extend(difference.map(|it| format!("{} ({}): {}\n{it}\n", case.topic, case.source, case.text)));
    }
    println!("{language}: {} records, {counts:?}", CASES.len());
    assert!(
        differences.is_empty(),
        "{language}: {} differences, such as\n{}",
        differences.len(),
        differences[..differences.len().min(8)].join("\n")
    );
}

/// Whether two documents are the same JSON, with each number as a double or an integer of 64 bits.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other
                || one
                    .as_f64()
                    .filter(|_| one.is_f64() || other.is_f64())
                    .is_some_and(|it| Some(it) == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, it)| other.get(name).is_some_and(|other| same(it, other)))
        }
        _ => one == other,
    }
}

fn from_hex(digits: &str) -> String {
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect()).unwrap()
}

/// A folder of this project.
pub(super) fn folder(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).to_str().unwrap().to_owned()
}

#[test]
fn the_kotlin_classes_read_what_rust_reads_on_all_three_libraries() {
    let ask = || -> Result<Vec<(&str, String)>> {
        let work = jvm()?;
        fs::write(work.folder.join("corpus"), corpus())?;
        let run = |library: &str, options: &str| {
            let script = format!("java -cp '{library}:libs/*' Main{library}Kt {options} < corpus");
            work.run("sh", &["-c", &script]).with_context(|| format!("{library} {options}"))
        };
        Ok(vec![
            ("Jackson 2", run("jackson", "jackson2")?),
            ("Jackson 2 with another team's settings", run("jackson", "jackson2-settings")?),
            ("Jackson 3", run("jackson", "jackson3")?),
            ("kotlinx.serialization", run("kotlinx", "")?),
        ])
    };
    for (language, told) in ask().unwrap_or_else(|error| panic!("{error:#}")) {
        compare(language, &told);
    }
}

#[test]
fn the_typescript_reads_what_rust_reads() {
    let ask = || -> Result<String> {
        let work = prepare()?;
        fs::write(work.folder.join("corpus"), corpus())?;
        let _ = fs::remove_dir_all(work.folder.join("types"));
        let tsconfig = folder("consumer-kit/typescript/tsconfig.json");
        work.run("node_modules/.bin/tsc", &["--project", &tsconfig, "--outDir", "types"])?;
        fs::write(work.folder.join("types/package.json"), r#"{"type":"module"}"#)?;
        work.run("sh", &["-c", "node read_types.mjs < corpus"])
    };
    compare("TypeScript", &ask().unwrap_or_else(|error| panic!("{error:#}")));
}

#[test]
fn the_python_reads_what_rust_reads() {
    let ask = || -> Result<String> {
        let minor = "-cimport sys; print(sys.version_info.minor)";
        require("python3", minor, 10, "Python 3.10 or newer (Debian: python3)")?;
        let work = Work::open("languages")?;
        fs::write(work.folder.join("corpus"), corpus())?;
        let script = format!("python3 -B read_types.py '{}' < corpus", folder("consumer-kit/python/src"));
        work.run("sh", &["-c", &script])
    };
    compare("Python", &ask().unwrap_or_else(|error| panic!("{error:#}")));
}

/// A program that is compiled against the classes of one version runs with those of the next, and compiles with them.
#[test]
fn a_new_enum_value_is_binary_and_source_compatible_and_one_that_is_gone_is_not() {
    let ask = || -> Result<[bool; 2]> {
        let work = jvm()?;
        let topic = "siste-tiltaksgjennomforinger-v2";
        let info = topics().into_iter().find(|it| it.name == topic).context("no such topic")?;
        let path = schema_path(topic, info.contract_version, "value");
        let schema: Value = serde_json::from_str(embedded(&path).context("no schema")?)?;
        let with = |change: fn(&mut Vec<Value>)| {
            let mut schema = schema.clone();
            if let Some(Value::Array(values)) = schema.pointer_mut("/$defs/Tiltakskode/enum") {
                change(values);
            }
            schema
        };
        let versions = [
            ("now", schema.clone()),
            ("added", with(|values| values.insert(3, json!("FRA_EN_SENERE_VERSJON")))),
            ("gone", with(|values| drop(values.remove(3)))),
        ];
        for (name, schema) in &versions {
            let types = value_types(topic, &info.contract_version.parse()?, schema)?;
            let sources = work.folder.join(format!("{name}-src"));
            let _ = fs::remove_dir_all(&sources);
            fs::create_dir_all(&sources)?;
            for file in kotlin::files(&[types], JsonLibrary::Jackson, "no.nav.tiltak.types") {
                fs::write(sources.join(file.path.rsplit('/').next().unwrap_or_default()), file.text)?;
            }
            kotlinc(work, name, &[&format!("{name}-src")])?;
            work.run("jar", &["--create", "--file", &format!("{name}.jar"), "-C", name, "."])?;
        }
        Ok(["added", "gone"].map(|to| {
            let main =
                ["-cp", "libs/*", "japicmp.JApiCmp", "--ignore-missing-classes", "--only-incompatible"];
            let errors = ["--error-on-binary-incompatibility", "--error-on-source-incompatibility"];
            let jars = ["-o", "now.jar", "-n", &format!("{to}.jar")];
            match work.run("java", &[&main[..], &errors, &jars].concat()) {
                Ok(_) => true,
                Err(error) => {
                    let text = error.to_string();
                    // It must have compared, and not failed to.
                    assert!(
                        text.contains("FIRE") || text.contains("AVKLARING") || text.contains("JOBBKLUBB"),
                        "{text}"
                    );
                    false
                }
            }
        }))
    };
    assert_eq!(ask().unwrap_or_else(|error| panic!("{error:#}")), [true, false]);
}

/// The folder with the programs of `tests/jvm-types`, compiled with the classes for Jackson and with those for kotlinx.
pub(super) fn jvm() -> Result<&'static Work> {
    static WORK: LazyLock<Result<Work>> = LazyLock::new(|| {
        require("javac", "--version", 17, "a JDK, 17 or newer (Debian: default-jdk-headless)")?;
        require("mvn", "--version", 1, "Maven (Debian: maven)")?;
        let work = Work::open("jvm-types")?;
        work.jars()?;
        let kafka = folder("consumer-kit/jvm/kafka/src/main/kotlin");
        for library in ["jackson", "kotlinx"] {
            let types = folder(&format!("consumer-kit/jvm/types-{library}/src/main/kotlin"));
            let main = format!("Main{library}.kt");
            kotlinc(&work, library, &[&types, &kafka, "Truth.kt", "Anything.kt", &main])?;
        }
        Ok(work)
    });
    WORK.as_ref().map_err(|error| anyhow!("{error:#}"))
}

/// Compiles Kotlin, with warnings as errors, into a folder that is made anew.
fn kotlinc(work: &Work, to: &str, sources: &[&str]) -> Result<()> {
    let _ = fs::remove_dir_all(work.folder.join(to));
    let plugin = fs::read_dir(work.folder.join("libs"))?
        .filter_map(|it| it.ok()?.file_name().into_string().ok())
        .find(|it| it.starts_with("kotlin-serialization-compiler-plugin"))
        .context("the plugin of kotlinx.serialization is not among the jars")?;
    let jars =
        fs::read_dir(work.folder.join("libs"))?.map(|jar| Ok(Path::new("libs").join(jar?.file_name())));
    let jars = std::env::join_paths(jars.collect::<Result<Vec<_>>>()?)?;
    let jars = jars.to_str().context("a jar has a name that is not UTF-8")?;
    let options =
        format!("-Werror -no-stdlib -no-reflect -jvm-target 17 -d {to} -cp {jars} -Xplugin=libs/{plugin}");
    let file = format!("@{to}.options");
    fs::write(work.folder.join(&file[1..]), options)?;
    let compiler =
        ["-XX:TieredStopAtLevel=1", "-cp", "libs/*", "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", &file];
    work.run("java", &[&compiler[..], sources].concat()).map(|_| ())
}
