//! Measures on a real broker, each time beside a baseline of the same run.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use tiltak_tests::bench::bootstrap::Reading;
use tiltak_tests::bench::{Times, bootstrap, events, idle, relay};

const EXAMPLES: &str = "\
Measure a release build, on a machine with nothing else to do. What is being done is told on standard error.

Examples:
  cargo run --release -p tiltak-tests --bin bench -- relay
  cargo run --release -p tiltak-tests --bin bench -- relay --database postgres --json
  cargo run --release -p tiltak-tests --bin bench -- relay --gjennomforinger 2000 --rounds 1 --edits 20
  cargo run --release -p tiltak-tests --bin bench -- idle --database sqlite
  cargo run --release -p tiltak-tests --bin bench -- bootstrap
  cargo run --release -p tiltak-tests --bin bench -- bootstrap --records 100000 --keys 20000 --rounds 1 --json
  cargo run --release -p tiltak-tests --bin bench -- events --rounds 3

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
    /// A relay with nothing to publish: what it asks of the database, and how soon it notices a commit of another process
    Idle {
        /// The database
        #[arg(long, value_enum, default_value = "postgres")]
        database: relay::Database,
        /// How long it has nothing to do
        #[arg(long, default_value_t = 30, value_name = "N")]
        seconds: u64,
        /// How many commits another process makes after that
        #[arg(long, default_value_t = 50, value_name = "N")]
        commits: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// A table that reads a whole topic beside a loop that only polls: records per second, CPU, peak of memory;
    /// how long a look-up takes
    Bootstrap {
        /// How many records the topic has
        #[arg(long, default_value_t = 1_000_000, value_name = "N")]
        records: usize,
        /// Of how many keys they are
        #[arg(long, default_value_t = 200_000, value_name = "N")]
        keys: u32,
        /// The share of tombstones, from 0 to 1
        #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
        tombstones: f64,
        /// How often each reader reads the topic
        #[arg(long, default_value_t = 5, value_name = "N")]
        rounds: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// An event consumer beside bare loops: a handler that does nothing, one that awaits a millisecond, dead letters
    Events {
        /// How many records the handler that does nothing gets; the one that waits gets a quarter, the dead letters are a
        /// twentieth
        #[arg(long, default_value_t = 400_000, value_name = "N")]
        records: usize,
        /// How often each is measured
        #[arg(long, default_value_t = 5, value_name = "N")]
        rounds: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Reads the topic once: what `bootstrap` starts
    #[command(hide = true)]
    Read {
        #[arg(long)]
        brokers: String,
        #[arg(long)]
        prefix: String,
        #[arg(long, value_enum)]
        reader: bootstrap::Reader,
        /// Where a table keeps its state
        #[arg(long)]
        state: PathBuf,
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
    let say = |what: &str| eprintln!("{what}");
    let text = match what {
        What::Relay { database, gjennomforinger, rounds, edits, json } => {
            let options = relay::Options { database, gjennomforinger, rounds, edits };
            let report = relay::run(options, say).await?;
            if json { serde_json::to_string_pretty(&report)? } else { relay_table(&report) }
        }
        What::Idle { database, seconds, commits, json } => {
            let report = idle::run(idle::Options { database, seconds, commits }, say).await?;
            if json { serde_json::to_string_pretty(&report)? } else { idle_text(&report) }
        }
        What::Bootstrap { records, keys, tombstones, rounds, json } => {
            let options = bootstrap::Options { records, keys, tombstones, rounds };
            let report = bootstrap::run(options, say).await?;
            if json { serde_json::to_string_pretty(&report)? } else { bootstrap_table(&report) }
        }
        What::Events { records, rounds, json } => {
            let report = events::run(events::Options { records, rounds }, say).await?;
            if json { serde_json::to_string_pretty(&report)? } else { events_table(&report) }
        }
        What::Read { brokers, prefix, reader, state } => {
            bootstrap::read(&brokers, &prefix, &state, reader).await?
        }
    };
    Ok(writeln!(io::stdout(), "{text}")?)
}

fn bootstrap_table(report: &bootstrap::Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["round", "reader", "seconds", "records/s", "ratio", "CPU s", "peak MB"]);
    let mut row = |round: &str, reader: &str, reading: &Reading, bare: &Reading| {
        table.add_row([
            round.to_owned(),
            reader.to_owned(),
            format!("{:.2}", reading.seconds),
            format!("{:.0}", reading.records_per_second),
            format!("{:.2}", bare.seconds / reading.seconds),
            format!("{:.1}", reading.usage.cpu_seconds),
            format!("{:.0}", reading.usage.peak_mb),
        ]);
    };
    let mut rows = |round: &str, [bare, tuned, map, decode, table]: [&Reading; 5]| {
        row(round, "bare loop", bare, bare);
        row("", "kit's settings", tuned, bare);
        row("", "map of bytes", map, bare);
        row("", "decodes each", decode, bare);
        row("", "table", table, bare);
    };
    for (index, round) in report.rounds.iter().enumerate() {
        let number = (index + 1).to_string();
        rows(&number, [&round.bare, &round.tuned, &round.map, &round.decode, &round.table.reading]);
    }
    let medians = &report.medians;
    rows("median", [&medians.bare, &medians.tuned, &medians.map, &medians.decode, &medians.table]);
    let resume = report.resume;
    let after = report.rounds.last().map_or(0.0, |round| round.table.resident_mb);
    format!(
        "{table}\n\
         {} records, {:.0} MB; {} keys live, {:.1} MB of values\n\
         the table's records/s, median of the rounds: {:.2} of the bare loop's, {:.2} of that with the kit's settings\n\
         table, peak of memory: {:.0} MB of {:.0} MB (twice the live values + 64 MiB); when ready: {after:.0} MB\n\
         get: {:.0} ns\n\
         with a state folder: {:.2} s, {:.0} MB; gone on from it: {:.2} s, {:.0} MB, {:.2} of a bootstrap's time\n\
         load of the machine before and after: {:.1}, {:.1}",
        report.records,
        report.mb,
        report.live_keys,
        report.live_mb,
        report.ratio,
        report.tuned_ratio,
        medians.table.usage.peak_mb,
        report.limit_mb,
        report.get_ns,
        resume.kept.seconds,
        resume.kept.usage.peak_mb,
        resume.resumed.seconds,
        resume.resumed.usage.peak_mb,
        resume.ratio,
        report.load[0],
        report.load[1],
    )
}

fn events_table(report: &events::Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["round", "what", "events/s", "bare/s", "ratio"]);
    let mut rows = |round: &str, pairs: [events::Pair; 3]| {
        let names = ["handler does nothing", "handler awaits 1 ms", "dead letters"];
        for (index, (name, pair)) in names.into_iter().zip(pairs).enumerate() {
            table.add_row([
                if index == 0 { round.to_owned() } else { String::new() },
                name.to_owned(),
                format!("{:.0}", pair.kit_per_second),
                format!("{:.0}", pair.bare_per_second),
                format!("{:.2}", pair.ratio),
            ]);
        }
    };
    for (index, round) in report.rounds.iter().enumerate() {
        rows(&(index + 1).to_string(), [round.no_op, round.waiting, round.dead_letters]);
    }
    rows("median", [report.no_op, report.waiting, report.dead_letters]);
    format!(
        "{table}\n\
         {} records and two partitions for the handler that does nothing; one partition and 64 handlers at once for the one that\n\
         awaits; the bare loops decode each record, spawn the same waits through a semaphore, send the same records",
        report.records
    )
}

fn idle_text(report: &idle::Report) -> String {
    let per_second =
        |number: Option<f64>| number.map_or_else(|| "not counted".to_owned(), |it| format!("{it:.2}"));
    let Times { median, p95, max } = report.published_after;
    format!(
        "{:?}, {} s with nothing to publish\n\
         transactions a second: {} with a relay, {} without\n\
         CPU of this process: {:.2} s\n\
         a commit of another process is published and pruned after {median:.1} / {p95:.1} / {max:.1} ms (median, 95 %, longest)",
        report.database,
        report.seconds,
        per_second(report.transactions_per_second),
        per_second(report.without_relay),
        report.usage.cpu_seconds,
    )
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
