//! `siste-tiltakstyper-v3` as a table: look-ups by key and by an index, changes, a health check. Needs no broker.
//!
//! `cargo run -p tiltak-consumer-kit --features fixtures --example table`

mod common;

use std::time::Duration;

use tiltak_consumer_kit::{Table, TableHandle};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let log = common::filled::<SisteTiltakstyperV3>(10, 40)?;
    let table = Table::<SisteTiltakstyperV3>::over(log.source()).start().await?;
    table.ready(Duration::from_secs(30)).await?; // everything that was there is read
    let by_arena_kode = table.index(|tiltakstype| tiltakstype.arena_kode.clone());
    for (id, tiltakstype) in table.iter() {
        let same = tiltakstype.arena_kode.as_ref().map_or(0, |kode| by_arena_kode.get(kode).len());
        println!("{id} {} ({same} with the Arena code {:?})", tiltakstype.navn, tiltakstype.arena_kode);
    }

    // Another part of the program has a handle of its own, which is cheap to clone.
    let mut changes = table.changes();
    remove_one(&log, &table.handle())?;
    let change = changes.next().await.ok_or("the table is closed")?;
    println!("{}: {:?}", change.key, change.cause);
    println!("live: {}", table.is_live(Duration::from_secs(30))); // for the application's health check
    table.close().await;
    Ok(())
}

fn remove_one(
    log: &tiltak_consumer_kit::MemoryLog,
    tiltakstyper: &TableHandle<SisteTiltakstyperV3>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (id, _) = tiltakstyper.iter().next().ok_or("the table is empty")?;
    log.tombstone::<SisteTiltakstyperV3>(id)?;
    Ok(())
}
