//! Relast: publishing again what the database holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::kodeverk::Tiltakskode;
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};

use super::answer::Answer;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Changes, Json};
use crate::commands::Relast;

pub(super) fn operations(all: Operations) -> Operations {
    all.add(
        Operation::post("/relast/tiltakstyper", "Publish every tiltakstype again").gives::<Relasted>(),
        tiltakstyper,
    )
    .add(
        Operation::post("/relast/gjennomforinger", "Publish gjennomføringer again")
            .takes::<Which>()
            .gives::<Relasted>(),
        gjennomforinger,
    )
}

/// Which gjennomføringer: by one of these.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Which {
    /// These.
    Ids(Vec<GjennomforingId>),
    /// Those of a tiltakskode.
    Tiltakskode(Tiltakskode),
    /// Those under an avtale.
    Avtale(AvtaleId),
    /// All of them.
    All(Yes),
}

/// `true`.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "bool")]
#[schemars(with = "bool")]
struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;

    fn try_from(yes: bool) -> Result<Self, &'static str> {
        if yes { Ok(Self) } else { Err("true") }
    }
}

impl From<Which> for Relast {
    fn from(which: Which) -> Self {
        match which {
            Which::Ids(ids) => Self::Ids(ids),
            Which::Tiltakskode(kode) => Self::Tiltakskode(kode),
            Which::Avtale(id) => Self::Avtale(id),
            Which::All(Yes) => Self::All,
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct Relasted {
    /// Entities that are in the outbox again.
    count: usize,
}

async fn tiltakstyper(Changes(producer): Changes) -> Result<Answer<Relasted>, Problem> {
    Ok(Answer(Relasted { count: producer.relast_tiltakstyper().await? }))
}

/// Goes on when nobody waits for the answer any longer: half a relast is no use.
async fn gjennomforinger(
    Changes(producer): Changes,
    Json(which): Json<Which>,
) -> Result<Answer<Relasted>, Problem> {
    let which = which.into();
    let work = tokio::spawn(async move { producer.relast_gjennomforinger(&which, |_| {}).await });
    let count = work.await.map_err(|_| Problem::unavailable("the service is stopping"))??;
    Ok(Answer(Relasted { count }))
}
