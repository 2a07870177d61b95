//! `siste-tiltaksgjennomforinger-v2`: every gjennomføring, group measures and single places (`schema/WIRE.md`, section 3.2).

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};

use crate::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use crate::scalar::{GjennomforingId, Instant, LocalDate, Organisasjonsnummer, Tiltaksnummer};
use crate::tagged::{self, Tagged};
use crate::topic::{COMPACTED, Topic, TopicConfig};
use crate::view::{View, Written};

/// The topic `siste-tiltaksgjennomforinger-v2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SisteTiltaksgjennomforingerV2 {}

impl Topic for SisteTiltaksgjennomforingerV2 {
    const NAME: &'static str = "siste-tiltaksgjennomforinger-v2";
    const CONTRACT_VERSION: &'static str = "2.0.2";
    const CONFIG: TopicConfig = COMPACTED;

    type Key = GjennomforingId;
    type Value<V: View> = TiltaksgjennomforingV2<V>;

    fn key(value: &TiltaksgjennomforingV2) -> GjennomforingId {
        match value {
            TiltaksgjennomforingV2::Gruppe(gruppe) => gruppe.id,
            TiltaksgjennomforingV2::Enkeltplass(enkeltplass) => enkeltplass.id,
            TiltaksgjennomforingV2::Unknown(never) => match *never {},
        }
    }
}

const GRUPPE: &str = "TiltaksgjennomforingV2.Gruppe";
const ENKELTPLASS: &str = "TiltaksgjennomforingV2.Enkeltplass";

/// A gjennomføring: one concrete running of a tiltakstype by one arrangør.
///
/// No text is written with U+0000 in it; one in an earlier record may have it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", bound = "")]
#[schemars(rename = "TiltaksgjennomforingV2", bound = "")]
pub enum TiltaksgjennomforingV2<V: View = Written> {
    /// A group measure.
    #[serde(rename = "TiltaksgjennomforingV2.Gruppe")]
    Gruppe(Gruppe<V>),
    /// A single bought place.
    #[serde(rename = "TiltaksgjennomforingV2.Enkeltplass")]
    Enkeltplass(Enkeltplass<V>),
    /// A variant that this version does not know; only a reader can have one.
    #[serde(untagged)]
    #[schemars(skip)]
    Unknown(V::UnknownVariant),
}

/// A group measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(inline, title = "Gruppe", bound = "")]
pub struct Gruppe<V: View = Written> {
    /// Id of the gjennomføring; the same as the record key.
    pub id: GjennomforingId,
    /// Tiltaksnummer of the gjennomføring.
    pub lopenummer: Tiltaksnummer,
    /// When the gjennomføring was created.
    pub opprettet_tidspunkt: Instant,
    /// When the gjennomføring was last changed.
    pub oppdatert_tidspunkt: Instant,
    /// Code of the tiltakstype, which is published on siste-tiltakstyper-v3.
    pub tiltakskode: V::Enum<Tiltakskode>,
    /// The provider.
    pub arrangor: Arrangor,
    /// Status of the gjennomføring.
    pub status: V::Enum<GjennomforingStatus>,
    /// How participants start.
    pub oppstart: V::Enum<Oppstart>,
    /// How a participant is taken in.
    pub pamelding_type: V::Enum<PameldingType>,
    /// Name for people. Written with something to read in it; the name in an earlier record may be blank.
    pub navn: String,
    /// First day.
    pub start_dato: LocalDate,
    /// Last day, if it is known.
    pub slutt_dato: Option<LocalDate>,
    /// The day from which the arrangør may see the gjennomføring before it starts, if one is set.
    pub tilgjengelig_for_arrangor_fra_og_med_dato: Option<LocalDate>,
    /// Whether participants can be put forward now.
    pub apent_for_pamelding: bool,
    /// Number of places.
    pub antall_plasser: i32,
    /// Part of full time, in percent.
    #[serde(serialize_with = "crate::finite::serialize")]
    #[schemars(with = "f64")]
    pub deltidsprosent: f64,
    /// Where participants meet, if it is known.
    pub oppmote_sted: Option<String>,
}

/// A single bought place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(inline, title = "Enkeltplass", bound = "")]
pub struct Enkeltplass<V: View = Written> {
    /// Id of the gjennomføring; the same as the record key.
    pub id: GjennomforingId,
    /// Tiltaksnummer of the gjennomføring; left out when it has none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tiltaksnummer")]
    pub lopenummer: Option<Tiltaksnummer>,
    /// When the gjennomføring was created.
    pub opprettet_tidspunkt: Instant,
    /// When the gjennomføring was last changed.
    pub oppdatert_tidspunkt: Instant,
    /// Code of the tiltakstype, which is published on siste-tiltakstyper-v3.
    pub tiltakskode: V::Enum<Tiltakskode>,
    /// The provider.
    pub arrangor: Arrangor,
    /// Status of the gjennomføring.
    pub status: V::Enum<GjennomforingStatus>,
    /// How participants start.
    pub oppstart: V::Enum<Oppstart>,
    /// How a participant is taken in.
    pub pamelding_type: V::Enum<PameldingType>,
}

/// The provider of a gjennomføring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arrangor {
    /// Organisation number of the provider.
    pub organisasjonsnummer: Organisasjonsnummer,
}

impl<V: View> Tagged for TiltaksgjennomforingV2<V> {
    const VARIANTS: &'static [&'static str] = &[GRUPPE, ENKELTPLASS];
    const OPEN: bool = V::OPEN;

    fn read_variant<'de, A: MapAccess<'de>>(
        discriminator: Cow<'static, str>,
        properties: A,
    ) -> Result<Self, A::Error> {
        match &*discriminator {
            GRUPPE => tagged::properties(properties).map(Self::Gruppe),
            ENKELTPLASS => tagged::properties(properties).map(Self::Enkeltplass),
            _ => V::unknown_variant(&discriminator, Self::VARIANTS, properties).map(Self::Unknown),
        }
    }
}

impl<'de, V: View> Deserialize<'de> for TiltaksgjennomforingV2<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::deserialize(deserializer)
    }
}
