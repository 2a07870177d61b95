//! Reads `siste-tiltakstyper-v3` as a table, and prints what it holds.
//!
//! `KAFKA_BROKERS=localhost:9092 cargo run -p tiltak-consumer-kit --example read_topic`

use std::time::Duration;

use tiltak_consumer_kit::Table;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let brokers = std::env::var("KAFKA_BROKERS").unwrap_or_else(|_| "localhost:9092".to_owned());
    let table = Table::<SisteTiltakstyperV3>::builder(brokers).start().await?;
    table.ready(Duration::from_secs(30)).await?; // everything that was there is read
    for (id, tiltakstype) in table.snapshot() {
        println!("{id} {} {}", tiltakstype.tiltakskode.as_str(), tiltakstype.navn);
    }
    Ok(())
}
