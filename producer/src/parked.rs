//! The command `tiltak-producer parked`: lists, retries and discards parked changes.

use anyhow::Result;
use serde_json::json;
use tiltak_producer::{Parked, Store};

use crate::cli::Parking;

pub(crate) async fn run(what: Parking) -> Result<()> {
    match what {
        Parking::List { database, json } => {
            crate::with_store(&database, async |store| list(&store, json).await).await
        }
        Parking::Retry { database, json, change } => {
            crate::with_store(&database, async |store| Ok(store.outbox().retry_parked(change).await?))
                .await?;
            done(json, change, "retry", "goes to the relay again");
            Ok(())
        }
        Parking::Discard { database, json, change } => {
            crate::with_store(&database, async |store| Ok(store.outbox().discard_parked(change).await?))
                .await?;
            done(json, change, "discard", "is thrown away");
            Ok(())
        }
    }
}

async fn list(store: &Store, json: bool) -> Result<()> {
    let parked = store.parked().await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&parked)?);
        return Ok(());
    }
    if parked.is_empty() {
        println!("nothing is parked");
    }
    for Parked { change, parked_at, reason, records, .. } in parked {
        println!("change {change}, parked {parked_at}: {reason}");
        for record in records {
            println!("  {} {}", record.topic, record.key);
        }
    }
    Ok(())
}

fn done(json: bool, change: i64, action: &str, says: &str) {
    if json {
        println!("{}", json!({ "change": change, "done": action }));
    } else {
        println!("change {change} {says}");
    }
}
