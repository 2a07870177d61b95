//! The resource of parked changes: those that are not published until an operator decides.

use super::answer::{Answer, Done};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Commands, PathParam};
use crate::store::Parked;

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get("/parked", "The parked changes"), list)
        .add(Operation::post("/parked/{change}/retry", "Give one back to the relay"), retry)
        .add(Operation::post("/parked/{change}/discard", "Throw one away: it is never published"), discard)
}

async fn list(Commands(service): Commands) -> Result<Answer<Vec<Parked>>, Problem> {
    Ok(Answer(service.store().parked().await?))
}

async fn retry(Commands(service): Commands, PathParam(change): PathParam<i64>) -> Result<Done, Problem> {
    service.store().outbox().retry_parked(change).await?;
    Ok(Done)
}

async fn discard(Commands(service): Commands, PathParam(change): PathParam<i64>) -> Result<Done, Problem> {
    service.store().outbox().discard_parked(change).await?;
    Ok(Done)
}
