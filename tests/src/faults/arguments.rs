//! The arguments of the processes that a run starts.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tiltak_consumer_kit::Connection;
use tiltak_producer::kafka::Cluster;

use super::bug::Bug;
use super::protocol::DATABASE;

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
    /// The number of writers.
    #[arg(long)]
    pub writers: u64,
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
