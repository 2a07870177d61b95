//! A team's own reader, tried with every log that compaction may leave: one that is right, and one that forgets tombstones.
//! Needs no broker.
//!
//! `cargo run -p tiltak-consumer-kit --features fixtures --example check_projection`

use std::collections::HashMap;

use tiltak_consumer_kit::fixtures::{Check, LogRecord};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;

/// The last value of each key.
fn latest(records: &[LogRecord]) -> HashMap<&str, &str> {
    let mut state = HashMap::new();
    for record in records {
        match &record.value {
            Some(value) => state.insert(&*record.key, &**value),
            None => state.remove(&*record.key),
        };
    }
    state
}

/// The same, but for tombstones.
fn without_tombstones(records: &[LogRecord]) -> HashMap<&str, &str> {
    records.iter().filter_map(|record| Some((&*record.key, &**record.value.as_ref()?))).collect()
}

fn main() {
    let check = Check::of::<SisteTiltaksgjennomforingerV2>();
    match check.run(|records| format!("{:?}", std::collections::BTreeMap::from_iter(latest(records)))) {
        Ok(report) => println!("{report}"),
        Err(failure) => println!("{failure}"),
    }
    match check
        .run(|records| format!("{:?}", std::collections::BTreeMap::from_iter(without_tombstones(records))))
    {
        Ok(report) => println!("{report}"),
        Err(_) => println!("a reader that forgets tombstones is caught"),
    }
}
