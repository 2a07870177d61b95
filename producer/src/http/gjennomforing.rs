//! The resource gjennomføring. All kinds are read and removed here; kind AVTALE is created and edited here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{
    AvtaleId, GjennomforingId, Instant, LocalDate, Organisasjonsnummer, Tiltaksnummer, TiltakstypeId,
};

use super::answer::{Done, Entity};
use super::kategorisering::KategoriseringDetails;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Clock, Commands, IfMatch, PathParam, Read};
use crate::commands::{
    CreateGjennomforing, EditGjennomforing, EditGjennomforingVeilederinfo, EnkeltplassDetails,
    GjennomforingDetails, RemoveGjennomforing, SetApentForPamelding, SetArenaData, SetStengt,
    SetTilgjengeligForArrangor,
};
use crate::domain::kodeverk::GjennomforingStatus;
use crate::domain::{
    ArenaData, Gjennomforing, GjennomforingAggregate, GjennomforingVeilederinfo, Kind, StengtPeriode,
    Ventetid, Version,
};

const ALL: &str = "/gjennomforinger";
const ONE: &str = "/gjennomforinger/{id}";

pub(super) fn operations(all: Operations) -> Operations {
    all.create(Operation::post(ALL, "Make a gjennomføring under an avtale"), |new: &CreateGjennomforing| {
        location(new.id)
    })
    .add(Operation::get(ONE, "A gjennomføring of any kind"), get)
    .change(Operation::put(ONE, "Change the details of one under an avtale"), |id, details| {
        EditGjennomforing { id, details }
    })
    .add(
        Operation::delete(ONE, "Remove one that came from Arena: tombstones")
            .executes::<RemoveGjennomforing>(),
        remove,
    )
    .change(
        Operation::put("/gjennomforinger/{id}/veilederinfo", "Change what counsellors read"),
        |id, veilederinfo| EditGjennomforingVeilederinfo { id, veilederinfo },
    )
    .change(
        Operation::put("/gjennomforinger/{id}/apent-for-pamelding", "Open it for påmelding, or close it"),
        |id, Apent { apent }| SetApentForPamelding { id, apent },
    )
    .change(
        Operation::put("/gjennomforinger/{id}/stengt", "Say when the arrangør is closed"),
        |id, stengt| SetStengt { id, stengt },
    )
    .change(
        Operation::put("/gjennomforinger/{id}/tilgjengelig-for-arrangor", "Say when the arrangør may see it"),
        |id, Tilgjengelig { dato }| SetTilgjengeligForArrangor { id, dato },
    )
    .change(Operation::put("/gjennomforinger/{id}/arena", "Note what Arena knows of it"), |id, arena| {
        SetArenaData { id, arena }
    })
}

#[derive(Deserialize, JsonSchema)]
struct Apent {
    apent: bool,
}

/// From which day; without one, as soon as it is there.
#[derive(Deserialize, JsonSchema)]
struct Tilgjengelig {
    dato: Option<LocalDate>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Gjennomforing")]
struct Stored {
    id: GjennomforingId,
    kind: Kind,
    tiltakstype: TiltakstypeId,
    arrangor: Organisasjonsnummer,
    avtale: Option<AvtaleId>,
    lopenummer: Option<Tiltaksnummer>,
    status: GjennomforingStatus,
    /// What a change takes.
    details: Details,
    tilgjengelig_for_arrangor_dato: Option<LocalDate>,
    apent_for_pamelding: bool,
    arena: ArenaData,
    veilederinfo: GjennomforingVeilederinfo,
    stengt: Vec<StengtPeriode>,
    publisert: bool,
    ventetid: Option<Ventetid>,
    kategorisering: Option<KategoriseringDetails>,
    opprettet: Instant,
    oppdatert: Instant,
    version: Version,
}

/// Those of an enkeltplass stand also for one from Arena that lacks some of the others.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Details {
    Gjennomforing(GjennomforingDetails),
    Enkeltplass(EnkeltplassDetails),
}

impl Details {
    fn of(gjennomforing: &Gjennomforing) -> Self {
        let full = match gjennomforing.kind {
            Kind::Enkeltplass => None,
            Kind::Avtale | Kind::Arena => GjennomforingDetails::of(gjennomforing),
        };
        full.map_or_else(|| Self::Enkeltplass(EnkeltplassDetails::of(gjennomforing)), Self::Gjennomforing)
    }
}

impl From<GjennomforingAggregate> for Stored {
    fn from(GjennomforingAggregate { gjennomforing, kategorisering, .. }: GjennomforingAggregate) -> Self {
        Self {
            details: Details::of(&gjennomforing),
            id: gjennomforing.id,
            kind: gjennomforing.kind,
            tiltakstype: gjennomforing.tiltakstype,
            arrangor: gjennomforing.arrangor,
            avtale: gjennomforing.avtale,
            lopenummer: gjennomforing.lopenummer,
            status: gjennomforing.status,
            tilgjengelig_for_arrangor_dato: gjennomforing.tilgjengelig_for_arrangor_dato,
            apent_for_pamelding: gjennomforing.apent_for_pamelding,
            arena: gjennomforing.arena,
            veilederinfo: gjennomforing.veilederinfo,
            stengt: gjennomforing.stengt,
            publisert: gjennomforing.publisert,
            ventetid: gjennomforing.ventetid,
            kategorisering: kategorisering.map(Into::into),
            opprettet: gjennomforing.opprettet,
            oppdatert: gjennomforing.oppdatert,
            version: gjennomforing.version,
        }
    }
}

/// Where a gjennomføring of any kind is.
pub(super) fn location(id: GjennomforingId) -> String {
    format!("/gjennomforinger/{id}")
}

async fn get(
    Read(reader): Read,
    PathParam(id): PathParam<GjennomforingId>,
) -> Result<Entity<Stored>, Problem> {
    let stored = reader.gjennomforing(id).await?.ok_or_else(|| Problem::not_found("gjennomføring", id))?;
    Ok(Entity(stored.gjennomforing.version, stored.into()))
}

async fn remove(
    Commands(service): Commands,
    PathParam(id): PathParam<GjennomforingId>,
    IfMatch(precondition): IfMatch,
    Clock(now): Clock,
) -> Result<Done, Problem> {
    service.execute_if(&precondition, RemoveGjennomforing { id }, now).await?;
    Ok(Done)
}
