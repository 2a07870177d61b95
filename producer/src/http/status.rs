//! The operations with which staff end, cancel or reopen a gjennomføring.

use schemars::JsonSchema;
use serde::Deserialize;
use tiltak_schema::scalar::LocalDate;

use super::avtale::Ending;
use super::operation::{Operation, Operations};
use crate::commands::{CancelGjennomforing, EndGjennomforing, ReopenGjennomforing};

pub(super) fn operations(all: Operations) -> Operations {
    all.act(
        Operation::post("/gjennomforinger/{id}/avslutt", "End one whose last day is over: AVSLUTTET"),
        |id| EndGjennomforing { id },
    )
    .change(
        Operation::post("/gjennomforinger/{id}/avbryt", "Cut it off: AVBRUTT, or AVLYST if it has not begun"),
        |id, CutOff { dato }| CancelGjennomforing { id, dato },
    )
    .change(
        Operation::post("/gjennomforinger/{id}/gjenapne", "Open it again, with a new last day"),
        |id, Ending { slutt_dato }| ReopenGjennomforing { id, slutt_dato },
    )
}

#[derive(Deserialize, JsonSchema)]
struct CutOff {
    dato: LocalDate,
}
