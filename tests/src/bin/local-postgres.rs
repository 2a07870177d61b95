//! Runs a PostgreSQL server until it is interrupted, started as the tests start theirs.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use tiltak_tests::postgres::Server;
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "\
Prints one line, DATABASE_URL=postgres://…, when the server answers. Its data are removed when it stops.

Example: cargo run -p tiltak-tests --bin local-postgres

Exit status: 0 after Ctrl-C or SIGTERM, 1 when no server can be started, 2 for wrong arguments.";

/// Runs a PostgreSQL server until Ctrl-C or SIGTERM.
#[derive(Parser)]
#[command(name = "local-postgres", after_help = EXAMPLES)]
struct Arguments {}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments {} = Arguments::parse();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-postgres: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let server = Server::start()?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    writeln!(io::stdout(), "DATABASE_URL={}", server.url())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    eprintln!("stopping");
    drop(server);
    Ok(())
}
