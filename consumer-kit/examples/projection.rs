//! `datavarehus-tiltak-v1`, of which two fields are read, and the declaration of that for `contracts/readers/`. Needs no
//! broker.
//!
//! `cargo run -p tiltak-consumer-kit --features fixtures,projection --example projection`

mod common;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tiltak_consumer_kit::Table;
use tiltak_consumer_kit::projection::{ProjectedTopic, ReaderDeclaration};
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::kodeverk::{Oppstart, Tiltakskode};
use tiltak_schema::view::Open;

#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
struct Tiltak {
    tiltakskode: Open<Tiltakskode>,
    gjennomforing: Gjennomforing,
}

#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
struct Gjennomforing {
    oppstartstype: Open<Oppstart>,
}

type MyTopic = ProjectedTopic<DatavarehusTiltakTopicV1, Tiltak>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", ReaderDeclaration::new("my-app", "my team").reads::<MyTopic>()?);
    let log = common::filled::<DatavarehusTiltakTopicV1>(5, 20)?;
    let table = Table::<MyTopic>::over(log.source()).start().await?;
    table.ready(Duration::from_secs(30)).await?;
    for (id, row) in table.iter() {
        println!("{id} {} {}", row.tiltakskode.as_str(), row.gjennomforing.oppstartstype.as_str());
    }
    table.close().await;
    Ok(())
}
