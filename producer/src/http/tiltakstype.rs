//! Tiltakstyper.

use schemars::JsonSchema;
use serde::Serialize;
use tiltak_schema::scalar::{Instant, TiltakstypeId};

use super::answer::{Changed, Created, Entity, Upserted};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Id, IfMatch, Json, Read};
use crate::commands::TiltakstypeDetails;
use crate::domain::{Tiltakstype, Version};

const ONE: &str = "/tiltakstyper/{id}";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ONE, "A tiltakstype"), get)
        .add(Operation::put(ONE, "Make a tiltakstype or change it; a relast publishes it"), put)
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

async fn get(Read(reader): Read, Id(id): Id<TiltakstypeId>) -> Result<Entity<Stored>, Problem> {
    let stored = reader.tiltakstype(id).await?.ok_or_else(|| Problem::not_found("tiltakstype", id))?;
    Ok(Entity(stored.version, stored.into()))
}

async fn put(
    Changes(producer): Changes,
    Id(id): Id<TiltakstypeId>,
    IfMatch(basis): IfMatch,
    Json(details): Json<TiltakstypeDetails>,
) -> Result<Upserted, Problem> {
    let version = producer.upsert_tiltakstype(id, details, basis).await?;
    Ok(if version == Version::FIRST {
        Upserted::Created(Created { location: format!("/tiltakstyper/{id}"), version })
    } else {
        Upserted::Changed(Changed(version))
    })
}
