//! The hidden subcommands: the processes that a run starts.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use super::arguments::{
    ReaderArguments, RelayArguments, SmallRelayArguments, TableArguments, WriteArguments,
};
use super::{reader, relay, small_relay, watch, writers};

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
