//! The resource avtale.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{AvtaleId, Instant, LocalDate, TiltakstypeId};

use super::answer::Entity;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{PathParam, Read};
use crate::commands::{
    AvtaleDetails, CancelAvtale, CreateAvtale, EditAvtale, EditAvtalePersonvern, EditAvtalePrismodell,
    EditAvtaleVeilederinfo, EndAvtale,
};
use crate::domain::{Avtale, AvtaleVeilederinfo, Personvern, Prismodell, Version};

const ALL: &str = "/avtaler";
const ONE: &str = "/avtaler/{id}";

pub(super) fn operations(all: Operations) -> Operations {
    all.create(Operation::post(ALL, "Make an avtale"), |new: &CreateAvtale| format!("/avtaler/{}", new.id))
        .add(Operation::get(ONE, "An avtale"), get)
        .change(Operation::put(ONE, "Change the details"), |id, details| EditAvtale { id, details })
        .change(
            Operation::put("/avtaler/{id}/personvern", "Change which personal data the arrangør handles"),
            |id, personvern| EditAvtalePersonvern { id, personvern },
        )
        .change(
            Operation::put("/avtaler/{id}/veilederinfo", "Change what counsellors read"),
            |id, veilederinfo| EditAvtaleVeilederinfo { id, veilederinfo },
        )
        .change(
            Operation::put("/avtaler/{id}/prismodell", "Change how the arrangør is paid"),
            |id, prismodell| EditAvtalePrismodell { id, prismodell },
        )
        .act(Operation::post("/avtaler/{id}/avbryt", "Cut it off: AVBRUTT"), |id| CancelAvtale { id })
        .change(Operation::post("/avtaler/{id}/avslutt", "End it: AVSLUTTET"), |id, Ending { slutt_dato }| {
            EndAvtale { id, slutt_dato }
        })
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Avtale")]
struct Stored {
    id: AvtaleId,
    tiltakstype: TiltakstypeId,
    /// What a change takes.
    details: AvtaleDetails,
    /// Cut off.
    avbrutt: bool,
    personvern: Personvern,
    veilederinfo: AvtaleVeilederinfo,
    prismodell: Prismodell,
    opprettet: Instant,
    oppdatert: Instant,
    version: Version,
}

impl From<Avtale> for Stored {
    fn from(stored: Avtale) -> Self {
        let details = AvtaleDetails::of(&stored);
        let Avtale { id, tiltakstype, avbrutt, personvern, veilederinfo, prismodell, .. } = stored;
        let Avtale { opprettet, oppdatert, version, .. } = stored;
        Self {
            id,
            tiltakstype,
            details,
            avbrutt,
            personvern,
            veilederinfo,
            prismodell,
            opprettet,
            oppdatert,
            version,
        }
    }
}

/// The last day.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ending {
    pub(super) slutt_dato: LocalDate,
}

async fn get(Read(reader): Read, PathParam(id): PathParam<AvtaleId>) -> Result<Entity<Stored>, Problem> {
    let stored = reader.avtale(id).await?.ok_or_else(|| Problem::not_found("avtale", id))?;
    Ok(Entity(stored.version, stored.into()))
}
