//! The relay as a process.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use tiltak_producer::kafka_outbox::{self, BatchLimits, Failpoint, PublishedBatch, RelayObserver};
use tiltak_producer::relay::{Relay, RelayError};

use super::arguments::RelayArguments;
use super::protocol::{AGAIN, READY, TAKEN_OVER, commands, open, say};

/// The batch size: small, so that there are many batches; but large enough to keep up with the writers between the faults.
const LIMITS: BatchLimits = BatchLimits { records: 500, bytes: 1 << 20 };

/// Runs the relay until standard input ends. A line there names the fail point at which the process has to end.
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
    println!("{READY}");
    if arguments.drain {
        // With the limits of the product: there may be much.
        return Ok(match relay.observed_by(Arc::new(Telling)).drain(|_| {}).await {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => ended(&error),
        });
    }
    let mut relay = relay.with_limits(LIMITS).observed_by(Arc::new(Telling));
    loop {
        let mut command = None;
        let told = async { command = commands.recv().await };
        let result = relay
            .run(told, |error| {
                eprintln!("goes on after: {error}");
                say(&json!({ "relay": "goes on", "after": error.to_string() }));
            })
            .await;
        if let Err(error) = result {
            return Ok(ended(&error));
        }
        let Some(command) = command else { return Ok(ExitCode::SUCCESS) };
        if let Some(point) = Failpoint::ALL.iter().find(|point| point.name() == command) {
            relay.interrupt_at(*point);
        }
    }
}

/// Prints a line for each step of the relay.
struct Telling;

impl RelayObserver for Telling {
    fn began(&self, sequence: i64) {
        say(&json!({ "relay": "has begun", "sequence": sequence }));
    }

    fn published(&self, batch: &PublishedBatch) {
        let PublishedBatch { sequence, records, transaction, .. } = batch;
        let ms = transaction.as_millis();
        say(&json!({ "relay": "has published", "sequence": sequence, "records": records, "ms": ms }));
    }
}

fn ended(error: &RelayError) -> ExitCode {
    eprintln!("ended: {error}");
    say(&json!({ "relay": "ends", "after": error.to_string() }));
    match error {
        RelayError::Outbox(kafka_outbox::RelayError::Interrupted(_)) => std::process::abort(),
        error if error.is_taken_over() => ExitCode::from(TAKEN_OVER),
        _ => ExitCode::FAILURE,
    }
}
