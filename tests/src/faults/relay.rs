//! The relay as a process.

use std::process::ExitCode;

use anyhow::Result;
use tiltak_producer::kafka_outbox::{self, BatchLimits, Failpoint};
use tiltak_producer::relay::{Relay, RelayError};

use super::child::{AGAIN, READY, RelayArguments, TAKEN_OVER, commands, open};

/// Small batches, so that there are many.
const LIMITS: BatchLimits = BatchLimits { records: 40, bytes: 1 << 20 };

/// Publishes until standard input ends. A line there names the fail point at which the process is to end.
pub(super) async fn work(arguments: RelayArguments) -> Result<ExitCode> {
    let mut commands = commands();
    let store = open(arguments.database.clone()).await;
    let relay = loop {
        let connected =
            Relay::connect_within(store.clone(), arguments.cluster(), arguments.transaction_limit());
        match connected.await {
            Ok(relay) => break relay,
            Err(error) if error.is_final() => return Ok(ended(&error)),
            Err(error) => eprintln!("cannot begin: {error}"),
        }
        tokio::time::sleep(AGAIN).await;
    };
    let mut relay = relay.with_limits(LIMITS);
    println!("{READY}");
    if arguments.drain {
        return Ok(match relay.drain(|_| {}).await {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => ended(&error),
        });
    }
    loop {
        let mut command = None;
        let told = async { command = commands.recv().await };
        let result = relay.run(told, |error| eprintln!("goes on after: {error}")).await;
        if let Err(error) = result {
            return Ok(ended(&error));
        }
        match command.as_deref() {
            Some("sequenced") => relay.interrupt_at(Failpoint::Sequenced),
            Some("sent") => relay.interrupt_at(Failpoint::Sent),
            Some("committed") => relay.interrupt_at(Failpoint::Committed),
            Some(_) => {}
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn ended(error: &RelayError) -> ExitCode {
    eprintln!("ended: {error}");
    match error {
        RelayError::Outbox(kafka_outbox::RelayError::Interrupted(_)) => std::process::abort(),
        error if error.is_taken_over() => ExitCode::from(TAKEN_OVER),
        _ => ExitCode::FAILURE,
    }
}
