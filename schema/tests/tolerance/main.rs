//! What a reader takes that the producer would write otherwise, and what nobody takes.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod cases;
mod laws;
mod rules;
mod spelling;

use serde_json::Value;
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::Topic;
use tiltak_schema::view::{Read, View, Written};

/// A record's value in a line of `{"key", "value"}`, of which the value is a string.
fn value_of(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    line["value"].as_str().unwrap().to_owned()
}

/// The golden messages of a topic as lines: what the real producer wrote.
fn golden_lines<T: Topic>() -> std::str::Lines<'static> {
    let lines = match T::NAME {
        "siste-tiltakstyper-v3" => {
            include_str!("../../../contracts/topics/siste-tiltakstyper-v3/examples/valid/golden.ndjson")
        }
        "siste-tiltaksgjennomforinger-v2" => {
            include_str!(
                "../../../contracts/topics/siste-tiltaksgjennomforinger-v2/examples/valid/golden.ndjson"
            )
        }
        "arena-migrering-tiltaksgjennomforinger-v1" => include_str!(
            "../../../contracts/topics/arena-migrering-tiltaksgjennomforinger-v1/examples/valid/golden.ndjson"
        ),
        _ => include_str!("../../../contracts/topics/datavarehus-tiltak-v1/examples/valid/golden.ndjson"),
    };
    lines.lines()
}

/// The values of the golden messages of a topic.
fn golden<T: Topic>() -> Vec<String> {
    golden_lines::<T>().map(value_of).collect()
}

fn decode<T: Topic, V: View>(text: &str) -> Result<T::Value<V>, DecodeError> {
    decode::value::<T, V>(text.as_bytes())
}

fn read<T: Topic>(text: &str) -> Result<T::Value<Read>, DecodeError> {
    decode::<T, Read>(text)
}

fn written<T: Topic>(text: &str) -> Result<T::Value<Written>, DecodeError> {
    decode::<T, Written>(text)
}
