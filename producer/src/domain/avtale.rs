//! An arrangør (a provider), and the avtale (the agreement) with it.

use std::fmt;

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{AvtaleId, Enhetsnummer, Instant, LocalDate, Organisasjonsnummer, TiltakstypeId};

use super::{Moment, Version};

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Arrangor {
    pub organisasjonsnummer: Organisasjonsnummer,
    pub navn: String,
}

/// Status of an avtale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the domain's own")]
pub enum AvtaleStatus {
    Utkast,
    Aktiv,
    Avsluttet,
    Avbrutt,
}

/// The name of the status.
impl fmt::Display for AvtaleStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Utkast => "UTKAST",
            Self::Aktiv => "AKTIV",
            Self::Avsluttet => "AVSLUTTET",
            Self::Avbrutt => "AVBRUTT",
        })
    }
}

/// The agreement that a gjennomføring runs under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Avtale {
    pub id: AvtaleId,
    pub navn: String,
    pub tiltakstype: TiltakstypeId,
    pub arrangor: Option<Organisasjonsnummer>,
    pub start_dato: LocalDate,
    pub slutt_dato: Option<LocalDate>,
    pub avbrutt: bool,
    /// Nav regions. The first one is the unit that Arena gets for gjennomføringer under the avtale.
    pub regioner: Vec<Enhetsnummer>,
    #[serde(default)]
    pub personvern: Personvern,
    #[serde(default)]
    pub veilederinfo: AvtaleVeilederinfo,
    #[serde(default)]
    pub prismodell: Prismodell,
    pub opprettet: Instant,
    /// When the avtale was last changed in a way that is published.
    pub oppdatert: Instant,
    #[serde(default)]
    pub version: Version,
}

impl Avtale {
    /// Records a published change: a new version, and a new `oppdatert`.
    pub(crate) fn published_at(&mut self, now: Moment) {
        self.oppdatert = now.instant();
        self.version = self.version.next();
    }
}

/// Which personal data the arrangør handles. On no topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Personvern {
    /// Whether staff have confirmed what stands here.
    pub bekreftet: bool,
    /// The kinds of personal data.
    pub personopplysninger: IndexSet<String>,
}

/// What Nav's counsellors read of an avtale. On no topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AvtaleVeilederinfo {
    /// Text for counsellors.
    pub beskrivelse: Option<String>,
}

/// How the arrangør is paid. On no topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Prismodell {
    /// What was agreed on.
    pub prisbetingelser: Option<String>,
}
