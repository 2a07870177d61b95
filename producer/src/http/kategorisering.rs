//! The kategorisering of a gjennomføring.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::{Operation, Operations};
use crate::commands::SetKategorisering;
use crate::domain::kodeverk::{Bransje, ForerkortKlasse, InnholdElement, Kurstype};
use crate::domain::{Kategorisering, Sertifisering, Utdanningslop};

const ONE: &str = "/gjennomforinger/{id}/kategorisering";

pub(super) fn operations(all: Operations) -> Operations {
    all.change(
        Operation::put(ONE, "Say what kind of training it gives"),
        |id, given: KategoriseringDetails| SetKategorisering { id, kategorisering: Some(given.into()) },
    )
    .act(Operation::delete(ONE, "Say nothing of what kind of training it gives"), |id| {
        SetKategorisering { id, kategorisering: None }
    })
}

/// As on the wire; the database has its own spelling.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KategoriseringDetails {
    kurstype: Option<Kurstype>,
    bransje: Option<Bransje>,
    #[serde(default)]
    forerkort: Vec<ForerkortKlasse>,
    #[serde(default)]
    innhold_elementer: Vec<InnholdElement>,
    norskprove: Option<bool>,
    #[serde(default)]
    sertifiseringer: Vec<Sertifisering>,
    utdanningslop: Option<Utdanningslop>,
}

impl From<Kategorisering> for KategoriseringDetails {
    fn from(stored: Kategorisering) -> Self {
        let Kategorisering { kurstype, bransje, forerkort, innhold_elementer, .. } = stored;
        let Kategorisering { norskprove, sertifiseringer, utdanningslop, .. } = stored;
        Self { kurstype, bransje, forerkort, innhold_elementer, norskprove, sertifiseringer, utdanningslop }
    }
}

impl From<KategoriseringDetails> for Kategorisering {
    fn from(given: KategoriseringDetails) -> Self {
        let KategoriseringDetails { kurstype, bransje, forerkort, innhold_elementer, .. } = given;
        let KategoriseringDetails { norskprove, sertifiseringer, utdanningslop, .. } = given;
        Self { kurstype, bransje, forerkort, innhold_elementer, norskprove, sertifiseringer, utdanningslop }
    }
}
