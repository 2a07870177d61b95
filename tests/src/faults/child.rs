//! The hidden subcommands: the processes that a run starts.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value;
use tiltak_consumer_kit::Connection;
use tiltak_producer::kafka::Cluster;
use tiltak_producer::{Location, Store};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::event::now;
use super::{Bug, reader, relay, small_relay, watch, writers};

/// The environment variable that names the database, whose URL holds a password.
pub(super) const DATABASE: &str = "FAULTS_DATABASE";
/// The line that a relay prints when it has begun.
pub(super) const READY: &str = "ready";
/// The exit code of a relay that another one has replaced.
pub(super) const TAKEN_OVER: u8 = 3;
/// The time that a process has to end after its standard input has ended. Then it exits at once.
const GRACE: Duration = Duration::from_secs(5);
/// The time to wait for a server that is down.
pub(super) const AGAIN: Duration = Duration::from_millis(200);

/// A process of a run.
#[derive(Debug, Subcommand)]
pub enum Child {
    /// Changes entities, and reports the outcome of each change.
    Write(WriteArguments),
    /// The relay.
    Relay(RelayArguments),
    /// The small relay, which may have a sown bug.
    SmallRelay(SmallRelayArguments),
    /// A table of the kit.
    Table(TableArguments),
    /// A member of a consumer group that handles events.
    Member(ReaderArguments),
    /// A reader that looks for torn changes at every record.
    Watch(ReaderArguments),
}

/// Arguments of the writers.
#[derive(Debug, Args)]
pub struct WriteArguments {
    /// Where the database is.
    #[arg(long, env = DATABASE, hide_env_values = true)]
    pub database: OsString,
    /// The seed of the random choices.
    #[arg(long)]
    pub seed: u64,
    /// The number of the first change.
    #[arg(long)]
    pub first: u64,
}

/// Arguments of a relay.
#[derive(Debug, Args)]
pub struct RelayArguments {
    /// Where the database is.
    #[arg(long, env = DATABASE, hide_env_values = true)]
    pub database: OsString,
    /// The broker.
    #[arg(long)]
    pub brokers: String,
    /// What stands before the names of the topics.
    #[arg(long)]
    pub prefix: String,
    /// How long a transaction may take.
    #[arg(long)]
    pub transaction_ms: u64,
    /// Ends when everything is published.
    #[arg(long)]
    pub drain: bool,
}

/// Arguments of the small relay.
#[derive(Debug, Args)]
pub struct SmallRelayArguments {
    /// Those of any relay.
    #[command(flatten)]
    pub relay: RelayArguments,
    /// The sown bug.
    #[arg(long, value_enum)]
    pub bug: Option<Bug>,
}

/// Arguments of a reader.
#[derive(Debug, Args)]
pub struct ReaderArguments {
    /// The broker.
    #[arg(long)]
    pub brokers: String,
    /// What stands before the names of the topics.
    #[arg(long)]
    pub prefix: String,
}

/// Arguments of a table.
#[derive(Debug, Args)]
pub struct TableArguments {
    /// Those of any reader.
    #[command(flatten)]
    pub reader: ReaderArguments,
    /// The folder of its state; none if it keeps no state.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// Whether it has the bug that deleted keys stay.
    #[arg(long)]
    pub keeps_deleted: bool,
}

impl Child {
    /// Runs the process until its standard input ends.
    ///
    /// # Errors
    /// A failure that the process cannot recover from.
    pub async fn work(self) -> Result<ExitCode> {
        match self {
            Self::Write(arguments) => writers::work(arguments).await,
            Self::Relay(arguments) => relay::work(arguments).await,
            Self::SmallRelay(arguments) => small_relay::work(arguments).await,
            Self::Table(arguments) => reader::table(arguments).await,
            Self::Member(arguments) => reader::member(arguments).await,
            Self::Watch(arguments) => watch::work(arguments).await,
        }
    }
}

impl ReaderArguments {
    pub(super) fn connection(&self) -> Connection {
        Connection::new(&*self.brokers).topic_prefix(&*self.prefix)
    }
}

impl RelayArguments {
    pub(super) fn cluster(&self) -> Cluster {
        Cluster::new(&self.brokers).with_prefix(&self.prefix)
    }

    pub(super) fn transaction_limit(&self) -> Duration {
        Duration::from_millis(self.transaction_ms)
    }
}

/// Opens the database, and waits until it answers.
pub(super) async fn open(database: OsString) -> Store {
    let location = Location::from(database);
    loop {
        match Store::connect(&location).await {
            Ok(store) => return store,
            Err(error) => eprintln!("{error}"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Prints a line for the run, with the time.
pub(super) fn say(what: &Value) {
    println!("{}", serde_json::json!({ "at": now(), "what": what }));
}

/// The lines of standard input. Soon after standard input ends, the process ends too.
pub(super) fn commands() -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
        drop(sender);
        std::thread::sleep(GRACE);
        std::process::exit(0);
    });
    receiver
}
