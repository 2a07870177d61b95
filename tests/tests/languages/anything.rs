//! Bytes of any kind in place of a record, read on the JVM with `tiltak-kafka` and the generated types, as Jackson 2, Jackson 3 and
//! kotlinx.serialization read them: the files of [JSONTestSuite] as they are and in the places of a value, records with one
//! thing wrong, valid ones with bytes changed, JSON that is nested more deeply than any stack, and keys.
//!
//! What comes out is a value, or the module's own exception: what was expected and found there, with the JSON pointer; or
//! how far the parser came. Which of the two is what Rust's tolerant reader says too.
//!
//! [JSONTestSuite]: https://github.com/nst/JSONTestSuite

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::{Topic, TopicVisitor};
use tiltak_schema::view::Read;
use tiltak_schema::{topics, with_topic};

use super::EXAMPLES;
use super::types::{folder, jvm, one_of_each_shape, pointers, put, with_hole};

/// The longest file that is put in every place of a value.
const LONG: usize = 10_000;

/// A file is put in one of so many places of a value; the next one in those beside them.
const STEP: usize = 4;

/// So many levels are too many for a library.
const DEEP: usize = 200;

/// Valid records of each topic whose bytes are changed.
const CHANGED: usize = 3_000;

/// Whose exceptions say that a text is no JSON.
const PARSERS: [&str; 3] =
    ["com.fasterxml.jackson.", "tools.jackson.", "kotlinx.serialization.json.JsonDecodingException"];

struct Case {
    topic: &'static str,
    is_key: bool,
    name: String,
    bytes: Vec<u8>,
}

/// What Rust's tolerant reader says.
struct Oracle<'a>(&'a Case);

impl TopicVisitor for Oracle<'_> {
    type Output = Result<(), DecodeError>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let Case { is_key, bytes, .. } = self.0;
        if *is_key { decode::key::<T>(bytes).map(drop) } else { decode::value::<T, Read>(bytes).map(drop) }
    }
}

#[test]
fn whatever_the_bytes_are_a_reader_on_the_jvm_gets_a_value_or_an_exception_that_says_where() {
    check().unwrap_or_else(|error| panic!("{error:#}"));
}

fn check() -> Result<()> {
    let mut cases = Vec::new();
    for topic in topics().map(|topic| topic.name) {
        cases.extend(values(topic)?);
        cases.extend(keys(topic)?);
    }
    let work = jvm()?;
    let lines = cases.iter().fold(String::new(), |mut lines, Case { topic, is_key, bytes, .. }| {
        let _ = writeln!(lines, "{topic}\t{}\t{}", if *is_key { "key" } else { "value" }, to_hex(bytes));
        lines
    });
    fs::write(work.folder.join("anything"), lines)?;
    for (library, main) in [
        ("Jackson 2", "jackson:libs/*' MainjacksonKt jackson2"),
        ("Jackson 3", "jackson:libs/*' MainjacksonKt jackson3"),
        ("kotlinx", "kotlinx:libs/*' MainkotlinxKt"),
    ] {
        let told = work.run("sh", &["-c", &format!("java -cp '{main} anything < anything")])?;
        compare(library, &cases, &told)?;
    }
    Ok(())
}

fn compare(library: &str, cases: &[Case], told: &str) -> Result<()> {
    let told: Vec<&str> = told.lines().collect();
    ensure!(told.len() == cases.len(), "{library}: {} of {} cases", told.len(), cases.len());
    let mut wrong = Vec::new();
    let mut counts = BTreeMap::new();
    for (case, line) in cases.iter().zip(told) {
        let expected = with_topic(case.topic, &mut Oracle(case)).context("no such topic")?;
        let fields: Vec<&str> = line.split('\t').collect();
        *counts
            .entry(if fields[0] == "read" { "read" } else { fields[2].split(' ').next().unwrap_or_default() })
            .or_insert(0) += 1;
        let problem = match (expected, fields.as_slice()) {
            (Ok(()), ["read"]) => None,
            // What is no JSON, a library may take for it: UTF-16, characters that there are not, a word without quotes.
            (Err(error), ["read"]) => (!is_about_json(&error)).then(|| format!("Rust says {error}")),
            (expected, ["refused", pointer, problem]) => {
                in_what_it_falls_short(case, expected.err(), pointer, problem)
            }
            _ => Some("this is no outcome".to_owned()),
        };
        wrong.extend(problem.map(|it| format!("{} {}: {line}\n  {it}", case.topic, case.name)));
    }
    println!("{library}: {} cases, {counts:?}", cases.len());
    ensure!(
        wrong.is_empty(),
        "{library}: {} are wrong, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
    Ok(())
}

fn is_about_json(error: &DecodeError) -> bool {
    error.expected() == "JSON"
}

/// What a refusal lacks, with what Rust says of the same bytes, if it refuses them too.
fn in_what_it_falls_short(
    case: &Case,
    error: Option<DecodeError>,
    pointer: &str,
    problem: &str,
) -> Option<String> {
    if let Some(rest) = problem.strip_prefix("expected ") {
        let Some(error) = error else { return Some("Rust reads it".to_owned()) };
        // Of two things that are wrong each reader names the one that it comes to first.
        let is_same = is_about_json(&error)
            || case.name.starts_with("changed")
            || pointer == "-"
            || from_hex(pointer) == error.pointer().as_bytes();
        return (!is_same || !rest.contains(", found ")).then(|| format!("Rust says {error}"));
    }
    if problem == "the reading function gives null" {
        return None;
    }
    // A parser's exception, with how far it came; or what a library says of the whole, as that there is nothing.
    let (class, place) = problem.split_once(' ').unwrap_or((problem, ""));
    let is_meant = PARSERS.iter().any(|package| class.starts_with(package));
    // What is nested too deeply for it has no place in a library's exception.
    let is_deep = case.bytes.iter().filter(|byte| b"[{".contains(byte)).count() >= DEEP;
    let has_place = pointer != "-" || place.starts_with("at ") || is_deep;
    (!is_meant || !has_place).then(|| "this is no exception that a library means, with its place".to_owned())
}

fn values(topic: &'static str) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| cases.push(Case { topic, is_key: false, name, bytes });
    let valid: Vec<&str> = EXAMPLES
        .iter()
        .filter(|it| it.topic == topic && it.valid)
        .filter_map(|it| it.value.as_deref())
        .collect();
    let documents = one_of_each_shape(valid.iter().copied());
    for (index, (name, bytes)) in texts()?.into_iter().enumerate() {
        add(name.clone(), bytes.clone());
        for document in &documents[..1] {
            for pointer in
                pointers(document).into_iter().filter(|_| bytes.len() < LONG).skip(index % STEP).step_by(STEP)
            {
                add(format!("{name} at {pointer}"), put_bytes(&with_hole(document, &pointer), &bytes));
            }
            let with_unknown = put(
                &with_hole(document, ""),
                &format!("{{\"unknown\":\"@hole@\",{}", &document.to_string()[1..]),
            );
            add(format!("{name} as an unknown property"), put_bytes(&with_unknown, &bytes));
        }
        for document in &documents {
            for tag in pointers(document).into_iter().filter(|it| it.ends_with("/type")) {
                let mut other = document.clone();
                let place = other.pointer_mut(&tag[..tag.len() - "/type".len()]).context("no holder")?;
                *place = json!({ "type": "Other", "content": "@hole@" });
                add(format!("{name} in an unknown variant at {tag}"), put_bytes(&other.to_string(), &bytes));
            }
        }
    }
    for (index, text) in valid.iter().cycle().take(CHANGED).enumerate() {
        add(format!("changed {index}"), changed(text.as_bytes(), index as u64));
    }
    for record in flawed(topic)? {
        add("flawed".to_owned(), record["value"].as_str().unwrap_or_default().as_bytes().to_vec());
    }
    Ok(cases)
}

fn keys(topic: &'static str) -> Result<Vec<Case>> {
    const KEY: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";
    let mut keys: Vec<Vec<u8>> = texts()?.into_iter().map(|(_, bytes)| bytes).collect();
    keys.extend(flawed(topic)?.iter().map(|it| it["key"].as_str().unwrap_or_default().as_bytes().to_vec()));
    keys.extend((0..1_000).map(|index| changed(KEY.as_bytes(), index)));
    for key in [
        KEY,
        "59A64A02-efdd-471d-9529-356ff5553a5d",
        "{59a64a02-efdd-471d-9529-356ff5553a5d}",
        "urn:uuid:59a64a02-efdd-471d-9529-356ff5553a5d",
        "59a64a02efdd471d9529356ff5553a5d",
        "59a64a02-efdd-471d-9529-356ff5553a5d\n",
        " 59a64a02-efdd-471d-9529-356ff5553a5d",
        "59a64a02-efdd-471d-9529-356ff5553a5",
        "59a64a0-2efdd-471d-9529-356ff5553a5d",
        "59a64a02-efdd-471d-9529-356ff5553a5g",
        "1-1-1-1-1",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "٥9a64a02-efdd-471d-9529-356ff5553a5",
    ] {
        keys.push(key.as_bytes().to_vec());
    }
    Ok(keys
        .into_iter()
        .map(|bytes| Case {
            topic,
            is_key: true,
            name: format!("key {}", String::from_utf8_lossy(&bytes[..bytes.len().min(50)])),
            bytes,
        })
        .collect())
}

/// The files of JSONTestSuite, and JSON that is nested ever more deeply.
fn texts() -> Result<Vec<(String, Vec<u8>)>> {
    let mut texts = Vec::new();
    for line in fs::read_to_string(folder("tests/json-test-suite/parsing.ndjson"))?.lines() {
        let file: Value = serde_json::from_str(line)?;
        let field = |name: &str| from_hex(file[name].as_str().unwrap_or_default());
        let times = file["times"].as_u64().unwrap_or(1);
        let bytes = [field("bytes").repeat(usize::try_from(times)?), field("rest")].concat();
        texts.push((file["name"].as_str().context("a file without a name")?.to_owned(), bytes));
    }
    for levels in [100, 1_000, 10_000, 100_000] {
        texts.push((
            format!("{levels} arrays"),
            ["[".repeat(levels), "]".repeat(levels)].concat().into_bytes(),
        ));
        let objects = ["{\"a\":".repeat(levels), "0".to_owned(), "}".repeat(levels)].concat();
        texts.push((format!("{levels} objects"), objects.into_bytes()));
    }
    Ok(texts)
}

/// The text with bytes changed, put in, taken out, or cut.
fn changed(text: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = |below: usize| {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        usize::try_from(state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % below.max(1)
    };
    let mut bytes = text.to_vec();
    for _ in 0..=random(3) {
        let at = random(bytes.len());
        match random(6) {
            0 => bytes[at] = u8::try_from(random(256)).unwrap(),
            1 => bytes[at] = b"{}[]\",:0-e.\\tnu \n"[random(17)],
            2 => bytes.insert(at, b"{}[]\",:0-e.\\tnu \n"[random(17)]),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at.max(1)),
            _ => {
                let end = at + random(bytes.len() - at);
                let part = bytes[at..end].to_vec();
                let to = random(bytes.len());
                drop(bytes.splice(to..to, part));
            }
        }
    }
    bytes
}

/// Records with one thing wrong that `tiltak-kit fixtures` prints.
fn flawed(topic: &str) -> Result<Vec<Value>> {
    let output = Command::new(env!("CARGO_BIN_EXE_kit"))
        .args(["fixtures", topic, "--flawed", "--count", "500", "--seed", "3"])
        .output()?;
    ensure!(output.status.success(), "tiltak-kit fixtures {topic} --flawed");
    String::from_utf8(output.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn put_bytes(text: &str, bytes: &[u8]) -> Vec<u8> {
    let (before, after) = text.split_once("\"@hole@\"").unwrap();
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn from_hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
