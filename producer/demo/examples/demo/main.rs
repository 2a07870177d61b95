//! One day of the four topics: from the database to Kafka, and back as tables.

mod cluster;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tiltak_producer::domain::Moment;
use tiltak_producer::relay::Relay;
use tiltak_producer::{Store, seed};

use cluster::DemoCluster;
use tiltak_demo::report::{Report, Steps};
use tiltak_demo::{day, read_back};

const EXAMPLES: &str = "\
Examples:
  cargo run --example demo
  cargo run --example demo -- --scale 20000 --json
  cargo run --example demo -- --out records
  cargo run --example demo -- --brokers localhost:9092 --topic-prefix try1-

Exit status: 0 when the tables equal the database and every record is valid, 1 otherwise, 2 for wrong arguments.";

/// The day is always the same, so that the records are.
const MORNING: &str = "2026-03-16T08:00:00Z";

/// Publishes the four topics from a database, plays one day, and reads them back as tables.
#[derive(Debug, Parser)]
#[command(name = "demo", after_help = EXAMPLES)]
struct Arguments {
    /// Empty SQLite database, which is kept [default: one in a temporary folder]
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// host:port of a real Kafka, comma-separated [default: a mock cluster in this process]
    #[arg(long, env = "KAFKA_BROKERS")]
    brokers: Option<String>,
    /// Stands before the name of each topic
    #[arg(long, default_value = "", value_name = "PREFIX")]
    topic_prefix: String,
    /// Number of gjennomføringer; from 10 on there is one of each kind
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(10..=10_000_000))]
    scale: u32,
    /// Write each topic's records to DIR/<topic>.ndjson, which `cargo contracts validate` reads
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = tokio::select! {
        result = run(&arguments) => result,
        // The temporary folder is removed with what is dropped here.
        _ = tokio::signal::ctrl_c() => {
            eprintln!("demo: interrupted");
            return ExitCode::from(130);
        }
    };
    match result {
        Ok(report) => {
            if arguments.json {
                println!("{}", report.json());
            } else {
                print!("{report}");
            }
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Report> {
    let started = Instant::now();
    let steps = Steps::new(io::stderr().is_terminal());
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let database = arguments.database.clone().unwrap_or_else(|| folder.path().join("tiltak.db"));
    if let Some(out) = &arguments.out {
        create(out)?;
    }

    let cluster = DemoCluster::start(arguments.brokers.as_deref(), &arguments.topic_prefix).await?;
    let store = Store::open(&database).await?;
    let now = Moment::at(MORNING.parse()?).context("a year after 0")?;
    let scale = usize::try_from(arguments.scale)?;

    let step = steps.start("loading the database", scale);
    let options = seed::Options { scale, ..seed::Options::default() };
    seed::load(&store, &options, now, |done| step.set(done)).await?;
    step.finish();

    let mut relay = Relay::connect(store.clone(), cluster.topics().clone()).await?;
    day::play(&store, &mut relay, now, &steps).await?;
    ensure!(store.outbox().record_count().await? == 0, "records are left in the outbox");

    let step = steps.start("reading the topics back", 4);
    let topics =
        read_back::all(&store, &cluster.connection(), arguments.out.as_deref(), |done| step.set(done))
            .await?;
    step.finish();
    store.close().await;
    Ok(Report { broker: cluster.name().to_owned(), topics, seconds: started.elapsed().as_secs_f64() })
}

fn create(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be created", folder.display()))
}
