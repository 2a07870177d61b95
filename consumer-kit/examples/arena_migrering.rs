//! `arena-migrering-tiltaksgjennomforinger-v1` as events, for a database of the reader's own. Ends with Ctrl-C.
//!
//! `KAFKA_BROKERS=localhost:9092 cargo run -p tiltak-consumer-kit --example arena_migrering`

mod common;

use tiltak_consumer_kit::{Event, EventConsumer};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::topic::Record;

/// What a database would do; it may be called twice with the same event.
async fn save(event: Event<ArenaMigreringTiltaksgjennomforingerV1>) -> Result<(), std::io::Error> {
    let place = (event.partition(), event.offset());
    match event.record() {
        Record::Upsert { key, value } => println!("{place:?} insert or update {key}: {}", value.navn),
        Record::Tombstone { key } => println!("{place:?} delete {key}"),
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let consumer = EventConsumer::builder(common::connection(), "example-arena-migrering")
        .on_failure(|failure| eprintln!("{failure}"))
        .start(save)
        .await?;
    tokio::select! {
        error = consumer.failed() => return Err(error.into()),
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(consumer.shutdown().await?)
}
