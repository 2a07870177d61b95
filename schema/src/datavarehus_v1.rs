//! `datavarehus-tiltak-v1`: tiltakstype, avtale and gjennomføring for the data warehouse (`schema/WIRE.md`, section 3.4).

use std::borrow::Cow;

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};

use crate::kodeverk::{
    Bransje, ForerkortKlasse, GjennomforingStatus, InnholdElement, Kurstype, Oppstart, PameldingType,
    Tiltakskode,
};
use crate::scalar::{AvtaleId, GjennomforingId, LocalDate, LocalDateTime, UtdanningId, UtdanningsprogramId};
use crate::tagged::{self, Tagged};
use crate::tiltaksgjennomforing_v2::Arrangor;
use crate::topic::{Topic, TopicConfig};
use crate::view::{View, Written};

/// The topic `datavarehus-tiltak-v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatavarehusTiltakTopicV1 {}

impl Topic for DatavarehusTiltakTopicV1 {
    const NAME: &'static str = "datavarehus-tiltak-v1";
    const CONTRACT_VERSION: &'static str = "1.0.2";
    const CONFIG: TopicConfig = TopicConfig {
        partitions: 2,
        replication_factor: 3,
        settings: &[
            ("cleanup.policy", "compact"),
            ("min.insync.replicas", "2"),
            // 14 days: the warehouse sees every change of the last two weeks
            ("min.compaction.lag.ms", "1209600000"),
            // 28 days
            ("retention.ms", "2419200000"),
        ],
    };

    type Key = GjennomforingId;
    type Value<V: View> = DatavarehusTiltakV1<V>;

    fn key(value: &DatavarehusTiltakV1) -> GjennomforingId {
        match value {
            DatavarehusTiltakV1::Tiltak(tiltak) => tiltak.gjennomforing.id,
            DatavarehusTiltakV1::Amo(amo) => amo.gjennomforing.id,
            DatavarehusTiltakV1::Yrkesfag(yrkesfag) => yrkesfag.gjennomforing.id,
            DatavarehusTiltakV1::Unknown(never) => match *never {},
        }
    }
}

// The producer's historical class names, which are part of the contract.
const TILTAK: &str = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto";
const AMO: &str = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto";
const YRKESFAG: &str = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto";

/// A gjennomføring with its tiltakstype and avtale. The variant follows from the tiltakskode.
///
/// No text is written with U+0000 in it; one in an earlier record may have it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", bound = "")]
#[schemars(rename = "DatavarehusTiltakV1", bound = "")]
pub enum DatavarehusTiltakV1<V: View = Written> {
    /// Any measure that is neither AMO nor vocational training.
    #[serde(rename = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto")]
    Tiltak(Tiltak<V>),
    /// Arbeidsmarkedsopplæring (AMO).
    #[serde(rename = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto")]
    Amo(Amo<V>),
    /// Vocational training.
    #[serde(rename = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto")]
    Yrkesfag(Yrkesfag<V>),
    /// A variant that this version does not know; only a reader can have one.
    #[serde(untagged)]
    #[schemars(skip)]
    Unknown(V::UnknownVariant),
}

/// Any measure that is neither AMO nor vocational training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(inline, title = "Tiltak", bound = "")]
pub struct Tiltak<V: View = Written> {
    /// Code of the tiltakstype.
    pub tiltakskode: V::Enum<Tiltakskode>,
    /// The avtale that the gjennomføring runs under, if any.
    pub avtale: Option<Avtale>,
    /// The gjennomføring.
    pub gjennomforing: Gjennomforing<V>,
}

/// Arbeidsmarkedsopplæring (AMO).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(inline, title = "Amo", bound = "")]
pub struct Amo<V: View = Written> {
    /// Code of the tiltakstype.
    pub tiltakskode: V::Enum<Tiltakskode>,
    /// The avtale that the gjennomføring runs under, if any.
    pub avtale: Option<Avtale>,
    /// The gjennomføring.
    pub gjennomforing: Gjennomforing<V>,
    /// What kind of course it is, if it is categorised.
    pub amo_kategorisering: Option<AmoKategorisering<V>>,
}

/// Vocational training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(inline, title = "Yrkesfag", bound = "")]
pub struct Yrkesfag<V: View = Written> {
    /// Code of the tiltakstype.
    pub tiltakskode: V::Enum<Tiltakskode>,
    /// The avtale that the gjennomføring runs under, if any.
    pub avtale: Option<Avtale>,
    /// The gjennomføring.
    pub gjennomforing: Gjennomforing<V>,
    /// The education that is given, if it is known.
    pub utdanningslop: Option<Utdanningslop>,
}

/// The avtale that a gjennomføring runs under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Avtale {
    /// Id of the avtale.
    pub id: AvtaleId,
    /// Name for people. Written with something to read in it; the name in an earlier record may be blank.
    pub navn: String,
    /// When the avtale was created, in Norwegian local time.
    pub opprettet_tidspunkt: LocalDateTime,
    /// When the avtale was last changed, in Norwegian local time.
    pub oppdatert_tidspunkt: LocalDateTime,
}

/// The gjennomføring. For a single place, navn, startDato, sluttDato, status and deltidsprosent are null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(rename = "Gjennomforing", bound = "")]
pub struct Gjennomforing<V: View = Written> {
    /// Id of the gjennomføring; the same as the record key.
    pub id: GjennomforingId,
    /// When the gjennomføring was created, in Norwegian local time.
    pub opprettet_tidspunkt: LocalDateTime,
    /// When the gjennomføring was last changed, in Norwegian local time.
    pub oppdatert_tidspunkt: LocalDateTime,
    /// The provider.
    pub arrangor: Arrangor,
    /// Name for people. Written with something to read in it; the name in an earlier record may be blank.
    pub navn: Option<String>,
    /// How participants start.
    pub oppstartstype: V::Enum<Oppstart>,
    /// How a participant is taken in.
    pub pameldingstype: V::Enum<PameldingType>,
    /// First day.
    pub start_dato: Option<LocalDate>,
    /// Last day, if it is known.
    pub slutt_dato: Option<LocalDate>,
    /// Status of the gjennomføring.
    pub status: Option<V::Enum<GjennomforingStatus>>,
    /// Number in Arena, if the gjennomføring has one.
    pub arena: Option<ArenaNummer>,
    /// Part of full time, in percent.
    #[serde(serialize_with = "crate::finite::serialize")]
    #[schemars(with = "Option<f64>")]
    pub deltidsprosent: Option<f64>,
}

/// Number of a gjennomføring in Arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArenaNummer {
    /// Year.
    pub aar: i32,
    /// Running number within the year.
    pub lopenummer: i32,
}

/// What kind of AMO course it is. Which properties there are follows from tiltakskode and kurstype.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(rename = "AmoKategorisering", bound = "")]
pub struct AmoKategorisering<V: View = Written> {
    /// Kind of course.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "V::Enum<Kurstype>")]
    pub kurstype: Option<V::Enum<Kurstype>>,
    /// The industry that the course is aimed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "V::Enum<Bransje>")]
    pub bransje: Option<V::Enum<Bransje>>,
    /// Driving-licence classes that the course leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<V::Enum<ForerkortKlasse>>")]
    pub forerkort: Option<Vec<V::Enum<ForerkortKlasse>>>,
    /// What the course contains.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<V::Enum<InnholdElement>>")]
    pub innhold_elementer: Option<Vec<V::Enum<InnholdElement>>>,
    /// Whether the course leads to a test in Norwegian.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub norskprove: Option<bool>,
    /// Certificates that the course leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Sertifisering>")]
    pub sertifiseringer: Option<Vec<Sertifisering>>,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sertifisering {
    /// Id of the concept in Nav's taxonomy. All 64 bits are used: it does not fit in a double.
    pub konsept_id: i64,
    /// Text for people.
    pub label: String,
}

/// The education that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Utdanningslop {
    /// Id of the utdanningsprogram.
    pub utdanningsprogram: UtdanningsprogramId,
    /// Ids of the utdanninger within it, in no particular order.
    pub utdanninger: IndexSet<UtdanningId>,
}

impl<V: View> Tagged for DatavarehusTiltakV1<V> {
    const VARIANTS: &'static [&'static str] = &[TILTAK, AMO, YRKESFAG];
    const OPEN: bool = V::OPEN;

    fn read_variant<'de, A: MapAccess<'de>>(
        discriminator: Cow<'static, str>,
        properties: A,
    ) -> Result<Self, A::Error> {
        match &*discriminator {
            TILTAK => tagged::properties(properties).map(Self::Tiltak),
            AMO => tagged::properties(properties).map(Self::Amo),
            YRKESFAG => tagged::properties(properties).map(Self::Yrkesfag),
            _ => V::unknown_variant(&discriminator, Self::VARIANTS, properties).map(Self::Unknown),
        }
    }
}

impl<'de, V: View> Deserialize<'de> for DatavarehusTiltakV1<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::deserialize(deserializer)
    }
}
