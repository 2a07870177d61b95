//! `siste-tiltakstyper-v3` as a table with an index: the tiltakstyper of each Arena code.
//!
//! `KAFKA_BROKERS=localhost:9092 cargo run -p tiltak-consumer-kit --example tiltakstyper`

mod common;

use std::time::Duration;

use tiltak_consumer_kit::Table;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::<SisteTiltakstyperV3>::builder(common::connection()).start().await?;
    table.ready(Duration::from_secs(30)).await?;
    let by_arena_kode = table.index(|tiltakstype| tiltakstype.arena_kode.clone());
    for (id, tiltakstype) in table.iter() {
        let same = tiltakstype.arena_kode.as_ref().map_or(0, |kode| by_arena_kode.get(kode).len());
        println!("{id} {} {:?} ({same} with this code)", tiltakstype.navn, tiltakstype.arena_kode);
    }
    table.close().await;
    Ok(())
}
