//! What the processes do that a run starts.

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
    /// Changes entities, and says what became of each change.
    Write(WriteArguments),
    /// The relay.
    Relay(RelayArguments),
    /// The small relay, which may have a bug.
    SmallRelay(SmallRelayArguments),
    /// A table of the kit.
    Table(TableArguments),
    /// A member of a group that handles events.
    Member(ReaderArguments),
    /// Looks for torn changes at every moment.
    Watch(ReaderArguments),
}

impl Child {
    /// Does what the process is for, until its standard input ends.
    ///
    /// # Errors
    /// What it cannot go on after.
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
