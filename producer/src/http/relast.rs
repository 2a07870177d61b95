//! The operation that publishes again what the database holds.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};

use super::answer::Answer;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::request::{Commands, Json};
use crate::commands::Relast;
use crate::domain::kodeverk::Tiltakskode;

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::post("/relast/tiltakstyper", "Publish every tiltakstype again"), tiltakstyper)
        .add(Operation::post("/relast/gjennomforinger", "Publish gjennomføringer again"), gjennomforinger)
}

/// Which gjennomføringer: one of these.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", expecting = "an object with one of ids, tiltakskode, avtale and all")]
pub(super) enum Which {
    /// These.
    Ids(Vec<GjennomforingId>),
    /// Those of a tiltakskode.
    Tiltakskode(Tiltakskode),
    /// Those under an avtale.
    Avtale(AvtaleId),
    /// All of them.
    All(True),
}

impl From<Which> for Relast {
    fn from(which: Which) -> Self {
        match which {
            Which::Ids(ids) => Self::Ids(ids),
            Which::Tiltakskode(kode) => Self::Tiltakskode(kode),
            Which::Avtale(id) => Self::Avtale(id),
            Which::All(True) => Self::All,
        }
    }
}

/// `true`.
pub(super) struct True;

impl<'de> Deserialize<'de> for True {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? {
            Ok(Self)
        } else {
            Err(D::Error::invalid_value(Unexpected::Bool(false), &"true"))
        }
    }
}

impl JsonSchema for True {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "True".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": true })
    }
}

#[derive(Serialize, JsonSchema)]
struct RelastOutcome {
    /// Entities that are in the outbox again.
    count: usize,
}

async fn tiltakstyper(Commands(service): Commands) -> Result<Answer<RelastOutcome>, Problem> {
    Ok(Answer(RelastOutcome { count: service.relast_tiltakstyper().await? }))
}

/// Goes on when nobody waits for the answer any longer: half a relast is no use.
async fn gjennomforinger(
    Commands(service): Commands,
    Json(which): Json<Which>,
) -> Result<Answer<RelastOutcome>, Problem> {
    let which = Relast::from(which);
    let work = tokio::spawn(async move { service.relast_gjennomforinger(&which, |_| {}).await });
    let count = work.await.map_err(|_| Problem::unavailable("the service is stopping"))??;
    Ok(Answer(RelastOutcome { count }))
}
