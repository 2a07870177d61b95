//! The resource tiltakstype.

use schemars::JsonSchema;
use serde::Serialize;
use tiltak_schema::scalar::{Instant, TiltakstypeId};

use super::answer::{Changed, Created, Entity, Upserted};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Clock, Commands, IfMatch, Json, PathParam, Read};
use crate::commands::{TiltakstypeDetails, UpsertTiltakstype};
use crate::domain::{Tiltakstype, Version};

const ONE: &str = "/tiltakstyper/{id}";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ONE, "A tiltakstype"), get).add(
        Operation::put(ONE, "Make a tiltakstype or change it; a relast publishes it")
            .executes::<UpsertTiltakstype>(),
        put,
    )
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Tiltakstype")]
struct Stored {
    id: TiltakstypeId,
    /// What a change takes.
    details: TiltakstypeDetails,
    opprettet: Instant,
    oppdatert: Instant,
    version: Version,
}

impl From<Tiltakstype> for Stored {
    fn from(stored: Tiltakstype) -> Self {
        let details = TiltakstypeDetails::of(&stored);
        let Tiltakstype { id, opprettet, oppdatert, version, .. } = stored;
        Self { id, details, opprettet, oppdatert, version }
    }
}

async fn get(Read(reader): Read, PathParam(id): PathParam<TiltakstypeId>) -> Result<Entity<Stored>, Problem> {
    let stored = reader.tiltakstype(id).await?.ok_or_else(|| Problem::not_found("tiltakstype", id))?;
    Ok(Entity(stored.version, stored.into()))
}

async fn put(
    Commands(service): Commands,
    PathParam(id): PathParam<TiltakstypeId>,
    IfMatch(precondition): IfMatch,
    Clock(now): Clock,
    Json(details): Json<TiltakstypeDetails>,
) -> Result<Upserted, Problem> {
    let version = service.execute_if(&precondition, UpsertTiltakstype { id, details }, now).await?;
    Ok(if version == Version::FIRST {
        Upserted::Created(Created { location: format!("/tiltakstyper/{id}"), version })
    } else {
        Upserted::Changed(Changed(version))
    })
}
