//! Random schemas and documents of both dialects, compared with what the `jsonschema` crate says of them.
//!
//! ```sh
//! cargo run --release -p json-schema-containment --example oracle -- --pairs 1000000 --seed 1
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]

#[path = "../tests/random/oracle.rs"]
mod oracle;
#[path = "../tests/random/schemas.rs"]
mod schemas;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use oracle::Tally;
use schemas::{Choices, Dialect, Seeded};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| {
        let place = arguments.iter().position(|argument| argument == name);
        place.map_or(Ok(default), |place| arguments.get(place + 1).map_or("", String::as_str).parse())
    };
    let (pairs, seed) = (number("--pairs", 10_000)?, number("--seed", 1)?);
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut shown = 0;
    for number in seed.wrapping_shl(32).. {
        if tally.pairs() >= pairs {
            break;
        }
        let mut choices = Seeded(number);
        let dialect = choices.choose(&Dialect::BOTH);
        oracle::ask(&mut choices, dialect, &mut tally);
        for wrong in tally.wrong.iter().skip(shown) {
            eprintln!("wrong: {wrong}");
        }
        shown = tally.wrong.len();
    }
    println!(
        "{} pairs in {:.1?}: {} contained, {} not contained, {} unknown ({:.2} %), {} wrong",
        tally.pairs(),
        start.elapsed(),
        tally.contained,
        tally.not_contained,
        tally.unknown,
        tally.unknown_percent(),
        tally.wrong.len()
    );
    Ok(if tally.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
