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

/// Which gjennomføringer: one of these.
#[derive(Deserialize, JsonSchema)]
struct Which {
    /// These.
    ids: Option<Vec<GjennomforingId>>,
    /// Those of a tiltakskode.
    tiltakskode: Option<Tiltakskode>,
    /// Those under an avtale.
    avtale: Option<AvtaleId>,
    /// `true`: all of them.
    #[serde(default)]
    all: bool,
}

impl TryFrom<Which> for Relast {
    type Error = Problem;

    fn try_from(which: Which) -> Result<Self, Problem> {
        match which {
            Which { ids: Some(ids), tiltakskode: None, avtale: None, all: false } => Ok(Self::Ids(ids)),
            Which { ids: None, tiltakskode: Some(kode), avtale: None, all: false } => {
                Ok(Self::Tiltakskode(kode))
            }
            Which { ids: None, tiltakskode: None, avtale: Some(id), all: false } => Ok(Self::Avtale(id)),
            Which { ids: None, tiltakskode: None, avtale: None, all: true } => Ok(Self::All),
            _ => Err(Problem::bad_request(
                "expected one of ids, tiltakskode, avtale, or all, which is true then",
            )),
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
    let which = Relast::try_from(which)?;
    let work = tokio::spawn(async move { producer.relast_gjennomforinger(&which, |_| {}).await });
    let count = work.await.map_err(|_| Problem::unavailable("the service is stopping"))??;
    Ok(Answer(Relasted { count }))
}
