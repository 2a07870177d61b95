//! Two schemas: the verdict comes in time, no document contradicts "contained", and every witness is one.
//!
//! The first byte chooses the options, and whether the rest is the text of two schemas or what they are made from.

#![no_main]

use std::time::{Duration, Instant};

use jsonschema::{Draft, Validator};
use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use json_schema_containment::{Options, Verdict, compare};
use tiltak_contracts_fuzz::{document, documents_in, schema};

/// The search has 100 ms; compiling the schemas, and describing a witness, have the rest.
const IN_TIME: Duration = Duration::from_secs(5);

fuzz_target!(|input: &[u8]| {
    let Some((options, input)) = input.split_first() else { return };
    let mut bytes = Unstructured::new(input);
    let schemas = if options & 1 == 0 {
        let mut texts = serde_json::Deserializer::from_slice(input).into_iter::<Value>();
        texts.next().and_then(Result::ok).zip(texts.next().and_then(Result::ok))
    } else {
        schema(&mut bytes).ok().zip(schema(&mut bytes).ok())
    };
    let Some((a, b)) = schemas else { return };
    let options = Options {
        closed_writer: options & 2 != 0,
        assert_format: options & 4 != 0,
        limit: Duration::from_millis(100),
    };

    let start = Instant::now();
    let verdict = compare(&a, &b, &options);
    let took = start.elapsed();
    assert!(took < IN_TIME, "{took:?} for\n{a}\n{b}");
    let Ok(verdict) = verdict else { return };
    let (writer, reader) = (validator(&a, options), validator(&b, options));
    match verdict {
        Verdict::NotContained(witness) => {
            let document = &witness.document;
            assert!(writer.is_valid(document), "A refuses the witness {document}\n{a}\n{b}");
            assert!(!reader.is_valid(document), "B accepts the witness {document}\n{a}\n{b}");
        }
        // What a closed writer emits is less than what its schema accepts.
        Verdict::Contained if !options.closed_writer => {
            let made =
                std::iter::from_fn(|| (!bytes.is_empty()).then(|| document(&mut bytes, 0).ok()).flatten());
            let documents = documents_in(&a).into_iter().chain(documents_in(&b)).chain(made.take(50));
            for document in documents {
                let contradicts = writer.is_valid(&document) && !reader.is_valid(&document);
                assert!(!contradicts, "not contained: {document}\n{a}\n{b}");
            }
        }
        Verdict::Contained | Verdict::Unknown { .. } => {}
    }
});

fn validator(schema: &Value, options: Options) -> Validator {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(options.assert_format)
        .build(schema)
        .unwrap_or_else(|error| panic!("a verdict on what is no schema: {error}\n{schema}"))
}
