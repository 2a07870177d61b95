//! Edits of a gjennomføring that publish nothing.

use schemars::JsonSchema;
use serde::Deserialize;
use tiltak_schema::scalar::GjennomforingId;

use super::answer::Changed;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Clock, Commands, IfMatch, PathParam};
use crate::commands::{RemoveKontaktperson, SetPublisert, SetVentetid};

const VENTETID: &str = "/gjennomforinger/{id}/ventetid";
const KONTAKTPERSON: &str = "/gjennomforinger/{id}/kontaktpersoner/{kontaktperson}";

pub(super) fn operations(all: Operations) -> Operations {
    all.change(
        Operation::put("/gjennomforinger/{id}/publisert", "Say whether Nav's own pages show it"),
        |id, Publisert { publisert }| SetPublisert { id, publisert },
    )
    .change(Operation::put(VENTETID, "Say how long a participant waits"), |id, ventetid| SetVentetid {
        id,
        ventetid: Some(ventetid),
    })
    .act(Operation::delete(VENTETID, "Say nothing of how long a participant waits"), |id| SetVentetid {
        id,
        ventetid: None,
    })
    .add(
        Operation::delete(KONTAKTPERSON, "Remove whom to ask").executes::<RemoveKontaktperson>(),
        remove_kontaktperson,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Publisert {
    publisert: bool,
}

async fn remove_kontaktperson(
    Commands(service): Commands,
    PathParam(id): PathParam<GjennomforingId>,
    PathParam(kontaktperson): PathParam<String, 1>,
    IfMatch(precondition): IfMatch,
    Clock(now): Clock,
) -> Result<Changed, Problem> {
    let command = RemoveKontaktperson { id, kontaktperson };
    Ok(Changed(service.execute_if(&precondition, command, now).await?))
}
