//! The entities as the database keeps them.

use indexmap::IndexSet;
use serde::{Deserialize, Serialize};
use tiltak_schema::datavarehus_v1::{ArenaNummer, Sertifisering, Utdanningslop};
use tiltak_schema::kodeverk::{
    Bransje, ForerkortKlasse, GjennomforingStatus, InnholdElement, Innsatsgruppe, Kurstype, Oppstart,
    PameldingType, Tiltakskode,
};
use tiltak_schema::scalar::{
    AvtaleId, Enhetsnummer, GjennomforingId, Instant, LocalDate, Organisasjonsnummer, Tiltaksnummer,
    TiltakstypeId,
};
use tiltak_schema::tiltakstype_v3::DeltakerRegistreringInnhold;

/// The system that administers a tiltakstype.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Whether gjennomføringer of this tiltakstype are published to Arena.
    pub migrert: bool,
    pub egenskaper: IndexSet<Egenskap>,
    pub innsatsgrupper: IndexSet<Innsatsgruppe>,
    pub deltaker_registrering_innhold: Option<DeltakerRegistreringInnhold>,
    pub opprettet: Instant,
    pub oppdatert: Instant,
}

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
    /// Nav regions, the first one standing for the avtale in Arena.
    pub regioner: Vec<Enhetsnummer>,
    pub opprettet: Instant,
    pub oppdatert: Instant,
}

/// Where a gjennomføring comes from, which decides the variant that it is published as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Runs under an avtale and is edited here.
    Avtale,
    /// A single bought place that is edited here.
    Enkeltplass,
    /// Comes from Arena.
    Arena,
}

impl Kind {
    /// The kind as it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avtale => "AVTALE",
            Self::Enkeltplass => "ENKELTPLASS",
            Self::Arena => "ARENA",
        }
    }
}

/// What Arena knows of a gjennomføring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArenaData {
    /// Id in Arena, once Arena has given one.
    pub id: Option<i32>,
    /// Number in Arena.
    pub nummer: Option<ArenaNummer>,
    /// The unit that is responsible in Arena.
    pub enhet: Option<Enhetsnummer>,
}

/// One concrete running of a tiltakstype by one arrangør.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the payloads")]
pub struct Gjennomforing {
    pub id: GjennomforingId,
    pub kind: Kind,
    pub tiltakstype: TiltakstypeId,
    pub arrangor: Organisasjonsnummer,
    pub avtale: Option<AvtaleId>,
    pub lopenummer: Option<Tiltaksnummer>,
    pub status: GjennomforingStatus,
    pub oppstart: Oppstart,
    pub pamelding_type: PameldingType,
    pub navn: Option<String>,
    pub start_dato: Option<LocalDate>,
    pub slutt_dato: Option<LocalDate>,
    pub tilgjengelig_for_arrangor_dato: Option<LocalDate>,
    pub apent_for_pamelding: bool,
    pub antall_plasser: Option<i32>,
    pub deltidsprosent: Option<f64>,
    pub oppmote_sted: Option<String>,
    pub arena: ArenaData,
    /// The unit that is responsible for an enkeltplass.
    pub ansvarlig_enhet: Option<Enhetsnummer>,
    pub opprettet: Instant,
    pub oppdatert: Instant,
}

/// What kind of training a gjennomføring gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the payload")]
pub struct Kategorisering {
    pub kurstype: Option<Kurstype>,
    pub bransje: Option<Bransje>,
    pub forerkort: Vec<ForerkortKlasse>,
    pub innhold_elementer: Vec<InnholdElement>,
    pub norskprove: Option<bool>,
    pub sertifiseringer: Vec<Sertifisering>,
    pub utdanningslop: Option<Utdanningslop>,
}
