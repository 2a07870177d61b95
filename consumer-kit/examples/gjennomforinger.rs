//! `siste-tiltaksgjennomforinger-v2` joined with `siste-tiltakstyper-v3`, which come in any order.
//!
//! `KAFKA_BROKERS=localhost:9092 cargo run -p tiltak-consumer-kit --example gjennomforinger`

mod common;

use std::time::Duration;

use tiltak_consumer_kit::{GjennomforingerMedTiltakstype, Table};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gjennomforinger = Table::builder(common::connection()).start().await?;
    let tiltakstyper = Table::builder(common::connection()).start().await?;
    let joined = GjennomforingerMedTiltakstype::of_tables(&gjennomforinger, &tiltakstyper);
    joined.ready(Duration::from_secs(30)).await?;
    for (id, row) in joined.iter() {
        let tiltakstype = row.right().map_or("its tiltakstype is not there yet", |it| it.navn.as_str());
        println!("{id} {tiltakstype} {}", row.arena_kode().unwrap_or("-"));
    }
    gjennomforinger.close().await;
    tiltakstyper.close().await;
    Ok(())
}
