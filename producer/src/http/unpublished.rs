//! Edits of a gjennomføring that publish nothing.

use schemars::JsonSchema;
use serde::Deserialize;
use tiltak_schema::scalar::GjennomforingId;

use super::answer::Changed;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Id, IfMatch, Json, Second};
use crate::domain::Ventetid;

const VENTETID: &str = "/gjennomforinger/{id}/ventetid";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(
        Operation::put("/gjennomforinger/{id}/publisert", "Say whether Nav's own pages show it"),
        set_publisert,
    )
    .add(Operation::put(VENTETID, "Say how long a participant waits"), set_ventetid)
    .add(Operation::delete(VENTETID, "Say nothing of how long a participant waits"), remove_ventetid)
    .add(
        Operation::delete("/gjennomforinger/{id}/kontaktpersoner/{kontaktperson}", "Remove whom to ask"),
        remove_kontaktperson,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Publisert {
    publisert: bool,
}

async fn set_publisert(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(Publisert { publisert }): Json<Publisert>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.set_publisert(id, publisert, basis).await?))
}

async fn set_ventetid(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(ventetid): Json<Ventetid>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.set_ventetid(id, Some(ventetid), basis).await?))
}

async fn remove_ventetid(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.set_ventetid(id, None, basis).await?))
}

async fn remove_kontaktperson(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    Second(kontaktperson): Second<String>,
    IfMatch(basis): IfMatch,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.remove_kontaktperson(id, &kontaktperson, basis).await?))
}
