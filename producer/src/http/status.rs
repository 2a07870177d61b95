//! Staff end a gjennomføring, cut it off, or open it again.

use schemars::JsonSchema;
use serde::Deserialize;
use tiltak_schema::scalar::{GjennomforingId, LocalDate};

use super::answer::Changed;
use super::avtale::Ending;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Id, IfMatch, Json};

pub(super) fn operations(all: Operations) -> Operations {
    all.add(
        Operation::post("/gjennomforinger/{id}/avslutt", "End one whose last day is over: AVSLUTTET"),
        avslutt,
    )
    .add(
        Operation::post("/gjennomforinger/{id}/avbryt", "Cut it off: AVBRUTT, or AVLYST if it has not begun"),
        avbryt,
    )
    .add(Operation::post("/gjennomforinger/{id}/gjenapne", "Open it again, with a new last day"), gjenapne)
}

#[derive(Deserialize, JsonSchema)]
struct CutOff {
    dato: LocalDate,
}

async fn avslutt(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.avslutt_gjennomforing(id, basis).await?))
}

async fn avbryt(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(CutOff { dato }): Json<CutOff>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.avbryt_gjennomforing(id, dato, basis).await?))
}

async fn gjenapne(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(Ending { slutt_dato }): Json<Ending>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.gjenapne_gjennomforing(id, slutt_dato, basis).await?))
}
