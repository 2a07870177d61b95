//! A kind of labour-market measure.

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{Instant, TiltakstypeId};

use super::Version;
use super::kodeverk::{Innsatsgruppe, Tiltakskode};

/// The system that administers a tiltakstype.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum System {
    /// This one; only its tiltakstyper are published.
    Tiltaksadministrasjon,
    /// Arena, the legacy case system.
    Arena,
    /// Team Tiltak's system for measures at an employer.
    TiltakArbeidsgiver,
}

/// What a tiltakstype requires or supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the names are the domain's own")]
pub enum Egenskap {
    StotterAvtaler,
    StotterEnkeltplasser,
    StotterTilskuddForInvesteringer,
    StotterTiltakDokument,
    KreverDeltidsprosent,
    KreverDirekteVedtak,
    KreverDirekteVedtakForLopendeOppstart,
}

/// A kind of labour-market measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the payload")]
pub struct Tiltakstype {
    pub id: TiltakstypeId,
    pub navn: String,
    pub tiltakskode: Tiltakskode,
    pub system: System,
    pub arena_kode: Option<String>,
    pub egenskaper: IndexSet<Egenskap>,
    pub innsatsgrupper: IndexSet<Innsatsgruppe>,
    pub deltaker_registrering_innhold: Option<DeltakerRegistreringInnhold>,
    pub opprettet: Instant,
    pub oppdatert: Instant,
    #[serde(default)]
    pub version: Version,
}

/// The content that can be chosen when a participant is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeltakerRegistreringInnhold {
    /// The elements to choose from.
    pub innholdselementer: Vec<Innholdselement>,
    /// Text that introduces the choice.
    pub ledetekst: String,
}

/// One element of content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Innholdselement {
    /// Text for people.
    pub tekst: String,
    /// Code of the element.
    pub innholdskode: String,
}
