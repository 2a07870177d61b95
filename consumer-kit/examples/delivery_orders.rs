//! Every order in which a table may meet the records of a key, tried one by one.
//!
//! ```sh
//! cargo run --release -p tiltak-consumer-kit --features fixtures --example delivery_orders -- --records 5
//! ```
//!
//! Prints how many logs, orders and restarts there are, and how many show something else than the logs say. Exits with 1
//! if there is one.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tiltak_consumer_kit::fixtures::{self, delivery_orders};

/// Tries every order of delivery, restart and compaction on the core of a table.
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  delivery_orders --records 5\n  delivery_orders --records 3 --mutant timestamp-decides"
)]
struct Arguments {
    /// The most records that a log has: 4 take seconds, 5 take minutes.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=6))]
    records: u32,
    /// A core with a seeded bug, to see that it is caught.
    #[arg(long)]
    mutant: Option<Mutant>,
    /// Print the figures as one line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mutant {
    /// Tombstones are forgotten across partitions.
    ForgottenTombstone,
    /// Within a partition the timestamp decides.
    TimestampDecides,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mutant = arguments.mutant.map(|mutant| match mutant {
        Mutant::ForgottenTombstone => fixtures::Mutant::ForgottenTombstone,
        Mutant::TimestampDecides => fixtures::Mutant::TimestampDecides,
    });
    let is_terminal = std::io::stderr().is_terminal();
    let found = delivery_orders(arguments.records, mutant, &|done, total| {
        if is_terminal && (done % 64 == 0 || done == total) {
            eprint!("\r{done} of {total} logs");
        }
    });
    if is_terminal {
        eprintln!();
    }
    if arguments.json {
        let figures = serde_json::json!({
            "records": arguments.records, "logs": found.logs, "orders": found.orders,
            "restarts": found.restarts, "differences": found.differences, "examples": found.examples,
        });
        println!("{figures}");
    } else {
        println!(
            "{:>12} logs of at most {} records of a key over two partitions",
            found.logs, arguments.records
        );
        println!("{:>12} orders of delivery, with and without a compaction on the way", found.orders);
        println!("{:>12} restarts", found.restarts);
        println!("{:>12} differences", found.differences);
        for example in &found.examples {
            println!("  {example}");
        }
    }
    if found.differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
