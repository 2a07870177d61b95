//! `siste-tiltaksgjennomforinger-v2` joined with `siste-tiltakstyper-v3`, which come in any order. Needs no broker.
//!
//! `cargo run -p tiltak-consumer-kit --features fixtures --example join`

mod common;

use std::time::Duration;

use tiltak_consumer_kit::{GjennomforingerMedTiltakstype, Table};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gjennomforinger = common::filled::<SisteTiltaksgjennomforingerV2>(10, 40)?;
    let tiltakstyper = common::filled::<SisteTiltakstyperV3>(30, 200)?;
    let gjennomforinger = Table::over(gjennomforinger.source()).start().await?;
    let tiltakstyper = Table::over(tiltakstyper.source()).start().await?;
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
