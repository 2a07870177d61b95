//! Enkeltplasser. They are read as gjennomføringer.

use tiltak_schema::scalar::GjennomforingId;

use super::answer::{Changed, Created};
use super::gjennomforing::location;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Id, IfMatch, Json, Now};
use crate::commands::{EnkeltplassDetails, NewEnkeltplass};

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::post("/enkeltplasser", "Make an enkeltplass"), create)
        .add(Operation::put("/enkeltplasser/{id}", "Change the details"), edit)
}

async fn create(
    Changes(producer): Changes,
    Now(now): Now,
    Json(new): Json<NewEnkeltplass>,
) -> Result<Created, Problem> {
    let location = location(new.id);
    Ok(Created { version: producer.create_enkeltplass(new, now).await?, location })
}

async fn edit(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(details): Json<EnkeltplassDetails>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.edit_enkeltplass(id, details, basis).await?))
}
