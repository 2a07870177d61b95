//! Avtaler.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{AvtaleId, Instant, LocalDate, TiltakstypeId};

use super::answer::{Changed, Created, Entity};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Id, IfMatch, Json, Now, Read};
use crate::commands::{AvtaleDetails, NewAvtale};
use crate::domain::{Avtale, AvtaleVeilederinfo, Personvern, Prismodell, Version};

const ALL: &str = "/avtaler";
const ONE: &str = "/avtaler/{id}";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::post(ALL, "Make an avtale"), create)
        .add(Operation::get(ONE, "An avtale"), get)
        .add(Operation::put(ONE, "Change the details"), edit)
        .add(
            Operation::put("/avtaler/{id}/personvern", "Change which personal data the arrangør handles"),
            edit_personvern,
        )
        .add(Operation::put("/avtaler/{id}/veilederinfo", "Change what counsellors read"), edit_veilederinfo)
        .add(Operation::put("/avtaler/{id}/prismodell", "Change how the arrangør is paid"), edit_prismodell)
        .add(Operation::post("/avtaler/{id}/avbryt", "Cut it off: AVBRUTT"), avbryt)
        .add(Operation::post("/avtaler/{id}/avslutt", "End it: AVSLUTTET"), avslutt)
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

async fn create(
    Changes(producer): Changes,
    Now(now): Now,
    Json(new): Json<NewAvtale>,
) -> Result<Created, Problem> {
    let location = format!("/avtaler/{}", new.id);
    Ok(Created { version: producer.create_avtale(new, now).await?, location })
}

async fn get(Read(reader): Read, Id(id): Id<AvtaleId>) -> Result<Entity<Stored>, Problem> {
    let stored = reader.avtale(id).await?.ok_or_else(|| Problem::not_found("avtale", id))?;
    Ok(Entity(stored.version, stored.into()))
}

async fn edit(
    Changes(producer): Changes,
    Id(id): Id<AvtaleId>,
    IfMatch(basis): IfMatch,
    Json(details): Json<AvtaleDetails>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.edit_avtale(id, details, basis).await?))
}

async fn edit_personvern(
    Changes(producer): Changes,
    Id(id): Id<AvtaleId>,
    IfMatch(basis): IfMatch,
    Json(personvern): Json<Personvern>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.edit_avtale_personvern(id, personvern, basis).await?))
}

async fn edit_veilederinfo(
    Changes(producer): Changes,
    Id(id): Id<AvtaleId>,
    IfMatch(basis): IfMatch,
    Json(veilederinfo): Json<AvtaleVeilederinfo>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.edit_avtale_veilederinfo(id, veilederinfo, basis).await?))
}

async fn edit_prismodell(
    Changes(producer): Changes,
    Id(id): Id<AvtaleId>,
    IfMatch(basis): IfMatch,
    Json(prismodell): Json<Prismodell>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.edit_avtale_prismodell(id, prismodell, basis).await?))
}

async fn avbryt(
    Changes(producer): Changes,
    Id(id): Id<AvtaleId>,
    IfMatch(basis): IfMatch,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.avbryt_avtale(id, basis).await?))
}

async fn avslutt(
    Changes(producer): Changes,
    Id(id): Id<AvtaleId>,
    IfMatch(basis): IfMatch,
    Json(Ending { slutt_dato }): Json<Ending>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.avslutt_avtale(id, slutt_dato, basis).await?))
}
