//! The resource arrangør. It has no version, because only its name can change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::Organisasjonsnummer;

use super::answer::{Answer, Done};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Clock, Commands, IfMatch, Json, PathParam, Read};
use crate::commands::UpsertArrangor;

const ONE: &str = "/arrangorer/{organisasjonsnummer}";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ONE, "An arrangør"), get)
        .add(Operation::put(ONE, "Make an arrangør or change it").executes::<UpsertArrangor>(), put)
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct ArrangorDetails {
    navn: String,
}

async fn get(
    Read(reader): Read,
    PathParam(id): PathParam<Organisasjonsnummer>,
) -> Result<Answer<ArrangorDetails>, Problem> {
    let stored = reader.arrangor(&id).await?.ok_or_else(|| Problem::not_found("arrangør", id))?;
    Ok(Answer(ArrangorDetails { navn: stored.navn }))
}

async fn put(
    Commands(service): Commands,
    PathParam(organisasjonsnummer): PathParam<Organisasjonsnummer>,
    IfMatch(precondition): IfMatch,
    Clock(now): Clock,
    Json(ArrangorDetails { navn }): Json<ArrangorDetails>,
) -> Result<Done, Problem> {
    service.execute_if(&precondition, UpsertArrangor { organisasjonsnummer, navn }, now).await?;
    Ok(Done)
}
