//! Gjennomføringer: those of all kinds are read and removed here, those of kind AVTALE made and edited.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::kodeverk::GjennomforingStatus;
use tiltak_schema::scalar::{
    AvtaleId, GjennomforingId, Instant, LocalDate, Organisasjonsnummer, Tiltaksnummer, TiltakstypeId,
};

use super::answer::{Changed, Created, Done, Entity};
use super::kategorisering::KategoriseringDetails;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Demands, Id, IfMatch, Json, Now, Read};
use crate::commands::{EnkeltplassDetails, GjennomforingDetails};
use crate::domain::{
    ArenaData, Gjennomforing, GjennomforingVeilederinfo, Kind, StengtPeriode, Ventetid, Version,
};
use crate::store::Joined;

const ALL: &str = "/gjennomforinger";
const ONE: &str = "/gjennomforinger/{id}";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::post(ALL, "Make a gjennomføring under an avtale"), create)
        .add(Operation::get(ONE, "A gjennomføring of any kind"), get)
        .add(Operation::put(ONE, "Change the details of one under an avtale"), edit)
        .add(Operation::delete(ONE, "Remove one that came from Arena: tombstones"), remove)
        .add(
            Operation::put("/gjennomforinger/{id}/veilederinfo", "Change what counsellors read"),
            edit_veilederinfo,
        )
        .add(
            Operation::put("/gjennomforinger/{id}/apent-for-pamelding", "Open it for påmelding, or close it"),
            set_apent,
        )
        .add(Operation::put("/gjennomforinger/{id}/stengt", "Say when the arrangør is closed"), set_stengt)
        .add(
            Operation::put(
                "/gjennomforinger/{id}/tilgjengelig-for-arrangor",
                "Say when the arrangør may see it",
            ),
            set_tilgjengelig,
        )
        .add(Operation::put("/gjennomforinger/{id}/arena", "Note what Arena knows of it"), set_arena)
}

#[derive(Deserialize, JsonSchema)]
struct NewGjennomforing {
    id: GjennomforingId,
    avtale: AvtaleId,
    details: GjennomforingDetails,
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

impl From<Joined> for Stored {
    fn from(Joined { gjennomforing, kategorisering, .. }: Joined) -> Self {
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

async fn create(
    Changes(producer): Changes,
    Now(now): Now,
    Json(NewGjennomforing { id, avtale, details }): Json<NewGjennomforing>,
) -> Result<Created, Problem> {
    let version = producer.create_gjennomforing(id, avtale, details, now).await?;
    Ok(Created { location: location(id), version })
}

async fn get(Read(reader): Read, Id(id): Id<GjennomforingId>) -> Result<Entity<Stored>, Problem> {
    let stored = reader.gjennomforing(id).await?.ok_or_else(|| Problem::not_found("gjennomføring", id))?;
    Ok(Entity(stored.gjennomforing.version, stored.into()))
}

async fn edit(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(details): Json<GjennomforingDetails>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.edit_gjennomforing(id, details, basis).await?))
}

async fn remove(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    Demands(precondition): Demands,
) -> Result<Done, Problem> {
    producer.remove_gjennomforing(id, &precondition).await?;
    Ok(Done)
}

async fn edit_veilederinfo(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(veilederinfo): Json<GjennomforingVeilederinfo>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.edit_gjennomforing_veilederinfo(id, veilederinfo, basis).await?))
}

async fn set_apent(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(Apent { apent }): Json<Apent>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.set_apent_for_pamelding(id, apent, basis).await?))
}

async fn set_stengt(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(periods): Json<Vec<StengtPeriode>>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.set_stengt(id, periods, basis).await?))
}

async fn set_tilgjengelig(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(Tilgjengelig { dato }): Json<Tilgjengelig>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.set_tilgjengelig_for_arrangor(id, dato, basis).await?))
}

async fn set_arena(
    Changes(producer): Changes,
    Id(id): Id<GjennomforingId>,
    IfMatch(basis): IfMatch,
    Json(arena): Json<ArenaData>,
) -> Result<Changed, Problem> {
    Ok(Changed(producer.set_arena_data(id, arena, basis).await?))
}
