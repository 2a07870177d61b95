//! Fuzz targets, on the stable toolchain. As tests they run for a second each; `BOLERO_RANDOM_TEST_TIME_MS` says how
//! long, and a failure prints the `BOLERO_RANDOM_SEED` that repeats it.

use std::time::{Duration, Instant};

use crate::oracle;
use crate::schemas::{self, Choices, Dialect};
use bolero::check;
use json_schema_containment::{Decimal, Json, Options, Verdict, compare, compare_json};
use serde_json::{Value, json};

/// The search has 100 ms; compiling the schemas, and describing a witness, have the rest.
const IN_TIME: Duration = Duration::from_secs(10);

/// Choices of bytes; when they are used up, always the first.
struct Bytes<'b>(&'b [u8]);

impl Choices for Bytes<'_> {
    fn below(&mut self, bound: usize) -> usize {
        match self.0.split_first() {
            Some((byte, rest)) => {
                self.0 = rest;
                usize::from(*byte) % bound
            }
            None => 0,
        }
    }
}

fn options(choice: u8) -> Options {
    Options {
        closed_writer: choice & 1 != 0,
        assert_format: choice & 2 != 0,
        limit: Duration::from_millis(100),
    }
}

/// The text of a schema with some characters left out, put in or exchanged.
fn misspelt(choices: &mut impl Choices, schema: &Value) -> String {
    let mut text: Vec<char> = schema.to_string().chars().collect();
    let other: Vec<char> = "{}[]\",:#/$-.0e9 \\\u{feff}æ".chars().collect();
    for _ in 0..choices.below(4) {
        let at = (choices.below(256) * 256 + choices.below(256)) % text.len();
        let end = (at + choices.below(4)).min(text.len());
        let put_in = (0..choices.below(3)).map(|_| choices.choose(&other)).collect::<Vec<_>>();
        text.splice(at..end, put_in);
        if text.is_empty() {
            break;
        }
    }
    text.into_iter().collect()
}

#[test]
fn misspelt_schemas_are_compared_in_time_or_refused_in_words() {
    check!().for_each(|input: &[u8]| {
        let mut choices = Bytes(input);
        let options = options(u8::try_from(choices.below(4)).unwrap_or(0));
        let texts = [(); 2].map(|()| {
            let dialect = choices.choose(&Dialect::BOTH);
            let schema = schemas::schema(&mut choices, dialect);
            misspelt(&mut choices, &schema)
        });
        let [Ok(a), Ok(b)] = texts.map(|text| Json::parse(&text)) else { return };
        let start = Instant::now();
        match compare_json(&a, &b, &options) {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(Verdict::Unknown { reason }) => assert!(!reason.is_empty()),
            Ok(Verdict::NotContained(witness)) => {
                assert_eq!(Json::parse(&witness.document.to_string()), Ok(witness.document));
            }
            Ok(Verdict::Contained { .. }) => {}
        }
        assert!(start.elapsed() < IN_TIME, "{:?} for\n{a}\n{b}", start.elapsed());
    });
}

#[test]
fn no_document_contradicts_the_verdict_on_two_schemas() {
    check!().for_each(|input: &[u8]| {
        let mut choices = Bytes(input);
        let options = options(u8::try_from(choices.below(4)).unwrap_or(0));
        let [of_a, of_b] = [(); 2].map(|()| choices.choose(&Dialect::BOTH));
        let (a, b) = (schemas::schema(&mut choices, of_a), schemas::schema(&mut choices, of_b));
        let start = Instant::now();
        let verdict = compare(&a, &b, &options);
        assert!(start.elapsed() < IN_TIME, "{:?} for\n{a}\n{b}", start.elapsed());
        let Ok(verdict) = verdict else { return };
        let validators = oracle::validator(&a, of_a).zip(oracle::validator(&b, of_b));
        let Some((writer, reader)) = validators else { return };
        match verdict {
            Verdict::NotContained(witness) => {
                // The validators hold doubles: a witness with more digits than those is another document to them.
                let (document, is_exact) = witness.document.to_value();
                let agree = writer.is_valid(&document) && !reader.is_valid(&document);
                assert!(agree || !is_exact, "no witness: {}\n{a}\n{b}", witness.document);
            }
            // What a closed writer emits is less than what its schema accepts.
            Verdict::Contained { .. } if !options.closed_writer => {
                let made = (0..20).map(|_| schemas::document(&mut choices, 0));
                for document in made.chain(values_in(&a)).chain(values_in(&b)) {
                    let contradicts = writer.is_valid(&document) && !reader.is_valid(&document);
                    assert!(!contradicts, "not contained: {document}\n{a}\n{b}");
                }
            }
            Verdict::Contained { .. } | Verdict::Unknown { .. } => {}
        }
    });
}

/// Every value that stands in a schema, and it as an item and as a property.
fn values_in(schema: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut within = vec![schema];
    while let Some(value) = within.pop() {
        found.extend([value.clone(), json!([value]), json!([value, value]), json!({"a": value})]);
        match value {
            Value::Array(items) => within.extend(items),
            Value::Object(object) => within.extend(object.values()),
            _ => {}
        }
    }
    found.truncate(200);
    found
}

#[test]
fn json_is_read_as_serde_json_reads_it_and_printed_so_that_it_reads_back() {
    check!().for_each(|input: &[u8]| {
        // Bytes that JSON is made of come often.
        let of = b"[]{},:\"\\u0eE+-.1290 truefalsn\n";
        let text: String = match input.split_first() {
            Some((first, rest)) if first % 2 == 0 => {
                rest.iter().map(|byte| char::from(of[usize::from(*byte) % of.len()])).collect()
            }
            Some((_, rest)) => String::from_utf8_lossy(rest).into_owned(),
            None => return,
        };
        let read = Json::parse(&text);
        if let Ok(json) = &read {
            assert_eq!(Json::parse(&json.to_string()).as_ref(), Ok(json), "{text}");
        }
        if serde_json::from_str::<Value>(&text).is_ok() {
            let is_meant =
                |reason: &str| ["twice", "longer than", "levels deep"].iter().any(|it| reason.contains(it));
            assert!(
                read.as_ref().is_err_and(|error| is_meant(&error.reason)) || read.is_ok(),
                "{text}: {read:?}"
            );
        } else if read.is_ok() {
            // What serde_json refuses of JSON: numbers beyond a double, and a byte-order mark.
            assert!(text.contains(['e', 'E', '\u{feff}']) || text.len() > 300, "{text}");
        }
    });
}

#[test]
fn a_number_is_printed_so_that_it_reads_back_and_is_compared_like_a_double() {
    check!().with_type::<(i64, i16, i64, i16)>().for_each(|(a, p, b, q)| {
        let [a, b] = [(a, p), (b, q)].map(|(digits, power)| Decimal::parse(&format!("{digits}e{power}")));
        let (Ok(a), Ok(b)) = (a, b) else { panic!("short numbers are read") };
        assert_eq!(Decimal::parse(&a.to_string()), Ok(a.clone()));
        let doubles = [&a, &b].map(|number| number.to_string().parse::<f64>().unwrap_or(f64::NAN));
        if doubles[0] < doubles[1] {
            assert!(a < b, "{a} {b}");
        }
        assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    });
}
