//! Runs a Kafka broker until it is interrupted, started as the tests start theirs.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use tiltak_tests::kafka::{Broker, Nodes, Way};
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "\
Prints one line, KAFKA_BROKERS=127.0.0.1:PORT, when the broker answers. Its data are removed when it stops. Three nodes are
a cluster with replication 3 and min.insync.replicas 2, on this machine's Java (400 MB of heap each).

Examples:
  cargo run -p tiltak-tests --bin local-kafka
  cargo run -p tiltak-tests --bin local-kafka -- --kind local --port 9092
  cargo run -p tiltak-tests --bin local-kafka -- --nodes 3
  TEST_KAFKA_IMAGE=apache/kafka:4.1.0 cargo run -p tiltak-tests --bin local-kafka -- --kind docker

Exit status: 0 after Ctrl-C or SIGTERM, 1 when no broker can be started, 2 for wrong arguments.";

/// Runs a Kafka broker until Ctrl-C or SIGTERM.
#[derive(Parser)]
#[command(name = "local-kafka", after_help = EXAMPLES)]
struct Arguments {
    /// How to start it [default: what the environment variable TEST_KAFKA says, else auto]
    #[arg(long, value_enum)]
    kind: Option<Way>,

    /// How many nodes: 1 or 3 [default: what the environment variable TEST_KAFKA_NODES says, else 1]
    #[arg(long)]
    nodes: Option<Nodes>,

    /// The port for clients of the first node [default: a free one]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-kafka: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let way = arguments.kind.map_or_else(Way::from_env, Ok)?;
    let nodes = arguments.nodes.map_or_else(Nodes::from_env, Ok)?;
    let broker = Broker::start_nodes(way, nodes, arguments.port)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    writeln!(io::stdout(), "KAFKA_BROKERS={}", broker.bootstrap_servers())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    eprintln!("stopping");
    drop(broker);
    Ok(())
}
