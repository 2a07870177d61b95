//! Arrangører. They have no version: a name is all there is to change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::Organisasjonsnummer;

use super::answer::{Answer, Done};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Demands, Id, Json, Read};
use crate::domain::Arrangor;

const ONE: &str = "/arrangorer/{organisasjonsnummer}";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ONE, "An arrangør"), get)
        .add(Operation::put(ONE, "Make an arrangør or change it"), put)
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct ArrangorDetails {
    navn: String,
}

async fn get(
    Read(reader): Read,
    Id(id): Id<Organisasjonsnummer>,
) -> Result<Answer<ArrangorDetails>, Problem> {
    let stored = reader.arrangor(&id).await?.ok_or_else(|| Problem::not_found("arrangør", id))?;
    Ok(Answer(ArrangorDetails { navn: stored.navn }))
}

async fn put(
    Changes(producer): Changes,
    Id(organisasjonsnummer): Id<Organisasjonsnummer>,
    Demands(precondition): Demands,
    Json(ArrangorDetails { navn }): Json<ArrangorDetails>,
) -> Result<Done, Problem> {
    producer.upsert_arrangor(&Arrangor { organisasjonsnummer, navn }, &precondition).await?;
    Ok(Done)
}
