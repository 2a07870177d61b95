//! Measures on a real broker, each time beside a baseline of the same run.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use tiltak_tests::bench::{Times, relay};

const EXAMPLES: &str = "\
Measure a release build, on a machine with nothing else to do. What is being done is told on standard error.

Examples:
  cargo run --release -p tiltak-tests --bin bench -- relay
  cargo run --release -p tiltak-tests --bin bench -- relay --database postgres --json
  cargo run --release -p tiltak-tests --bin bench -- relay --gjennomforinger 2000 --rounds 1 --edits 20

Exit status: 0 measured, 1 not (the reason is on standard error), 2 wrong arguments.";

/// Measures on a real broker, each time beside a baseline of the same run.
#[derive(Parser)]
#[command(name = "bench", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The relay beside a bare transactional producer that sends the same bytes in the same batches; how soon an edit is
    /// visible; a relast of everything
    Relay {
        /// The database
        #[arg(long, value_enum, default_value = "sqlite")]
        database: relay::Database,
        /// How many gjennomføringer it has
        #[arg(long, default_value_t = 100_000, value_name = "N")]
        gjennomforinger: usize,
        /// How often relay and bare producer each send everything
        #[arg(long, default_value_t = 5, value_name = "N")]
        rounds: usize,
        /// How many edits are timed
        #[arg(long, default_value_t = 200, value_name = "N")]
        edits: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().what).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(what: What) -> Result<()> {
    let What::Relay { database, gjennomforinger, rounds, edits, json } = what;
    let options = relay::Options { database, gjennomforinger, rounds, edits };
    let report = relay::run(options, |what| eprintln!("{what}")).await?;
    let text = if json { serde_json::to_string_pretty(&report)? } else { relay_table(&report) };
    Ok(writeln!(io::stdout(), "{text}")?)
}

fn relay_table(report: &relay::Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "round",
        "records",
        "MB",
        "batch",
        "relay/s",
        "bare/s",
        "ratio",
        "relay CPU s",
        "bare CPU s",
        "relay peak MB",
    ]);
    for (index, round) in report.rounds.iter().enumerate() {
        table.add_row([
            (index + 1).to_string(),
            round.records.to_string(),
            format!("{:.1}", round.mb),
            round.batch.to_string(),
            format!("{:.0}", round.relay_per_second),
            format!("{:.0}", round.bare_per_second),
            format!("{:.2}", round.ratio),
            format!("{:.1}", round.relay_usage.cpu_seconds),
            format!("{:.1}", round.bare_usage.cpu_seconds),
            format!("{:.0}", round.relay_usage.peak_mb),
        ]);
    }
    let times = |times: &Times| format!("{:.1} / {:.1} / {:.1} ms", times.median, times.p95, times.max);
    let relast = &report.relast;
    format!(
        "{table}\n\
         relay : bare producer, median of the rounds: {:.2}\n\
         an edit is visible after (median / 95 % / longest): {}\n\
         a bare transaction on four topics: {}\n\
         relast of {} gjennomføringer with the relay at work: {:.1} s, {:.0} MB at the peak, {:.1} CPU s\n\
         {} edits meanwhile, visible after: {}",
        report.ratio,
        times(&report.visible),
        times(&report.bare_visible),
        report.gjennomforinger,
        relast.seconds,
        relast.usage.peak_mb,
        relast.usage.cpu_seconds,
        relast.edits,
        times(&relast.visible),
    )
}
