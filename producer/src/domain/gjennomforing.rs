//! A gjennomføring: one concrete running of a tiltakstype.

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{
    AvtaleId, Enhetsnummer, GjennomforingId, Instant, LocalDate, Organisasjonsnummer, Tiltaksnummer,
    TiltakstypeId,
};

use super::kodeverk::{GjennomforingStatus, Oppstart, PameldingType};
use super::{Moment, Version};

/// Where a gjennomføring comes from, which decides the variant that it is published as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArenaData {
    /// Id in Arena, once Arena has given one.
    pub id: Option<i32>,
    /// Number in Arena.
    pub nummer: Option<ArenaNummer>,
    /// The unit that is responsible in Arena.
    pub enhet: Option<Enhetsnummer>,
}

/// Number of a gjennomføring in Arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArenaNummer {
    /// Year.
    pub aar: i32,
    /// Running number within the year.
    pub lopenummer: i32,
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
    #[serde(default)]
    pub veilederinfo: GjennomforingVeilederinfo,
    /// When the arrangør is closed. On no topic.
    #[serde(default)]
    pub stengt: Vec<StengtPeriode>,
    /// Whether Nav's own pages show it. On no topic.
    #[serde(default)]
    pub publisert: bool,
    #[serde(default)]
    pub ventetid: Option<Ventetid>,
    pub opprettet: Instant,
    /// When the gjennomføring was last changed in a way that is published.
    pub oppdatert: Instant,
    #[serde(default)]
    pub version: Version,
}

impl Gjennomforing {
    /// A new gjennomføring with status GJENNOMFORES, without details.
    pub(crate) fn new(
        id: GjennomforingId,
        kind: Kind,
        tiltakstype: TiltakstypeId,
        arrangor: Organisasjonsnummer,
        now: Moment,
    ) -> Self {
        Self {
            id,
            kind,
            tiltakstype,
            arrangor,
            avtale: None,
            lopenummer: None,
            status: GjennomforingStatus::Gjennomfores,
            oppstart: Oppstart::Lopende,
            pamelding_type: PameldingType::DirekteVedtak,
            navn: None,
            start_dato: None,
            slutt_dato: None,
            tilgjengelig_for_arrangor_dato: None,
            apent_for_pamelding: false,
            antall_plasser: None,
            deltidsprosent: None,
            oppmote_sted: None,
            arena: ArenaData::default(),
            ansvarlig_enhet: None,
            veilederinfo: GjennomforingVeilederinfo::default(),
            stengt: Vec::new(),
            publisert: false,
            ventetid: None,
            opprettet: now.instant(),
            oppdatert: now.instant(),
            version: Version::FIRST,
        }
    }

    /// Records a published change: a new version, and a new `oppdatert`.
    pub(crate) fn published_at(&mut self, now: Moment) {
        self.oppdatert = now.instant();
        self.version = self.version.next();
    }

    /// Records a change that is not published: a new version. `oppdatert` is on the topics, and stays as it is.
    pub(crate) fn changed_unseen(&mut self) {
        self.version = self.version.next();
    }
}

/// What Nav's counsellors read of a gjennomføring. On no topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GjennomforingVeilederinfo {
    /// Text for counsellors.
    pub beskrivelse: Option<String>,
    /// Whom in Nav to ask.
    pub kontaktpersoner: IndexSet<String>,
}

/// Days on which the arrangør is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StengtPeriode {
    /// First day.
    pub fra: LocalDate,
    /// Last day.
    pub til: LocalDate,
    /// Why.
    pub beskrivelse: String,
}

/// How long a participant waits, about. On no topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ventetid {
    /// How many of the unit.
    pub antall: u32,
    /// The unit.
    pub enhet: VentetidEnhet,
}

/// Unit of a waiting time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the names are the domain's own")]
pub enum VentetidEnhet {
    Uke,
    Maned,
}
