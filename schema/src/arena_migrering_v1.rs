//! `arena-migrering-tiltaksgjennomforinger-v1`: what Arena needs to replicate gjennomføringer (`schema/WIRE.md`,
//! section 3.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kodeverk::ArenaMigreringStatus;
use crate::scalar::{Enhetsnummer, GjennomforingId, LocalDate, LocalDateTime, Organisasjonsnummer};
use crate::topic::{COMPACTED, Topic, TopicConfig};
use crate::view::{View, Written};

/// The topic `arena-migrering-tiltaksgjennomforinger-v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArenaMigreringTiltaksgjennomforingerV1 {}

impl Topic for ArenaMigreringTiltaksgjennomforingerV1 {
    const NAME: &'static str = "arena-migrering-tiltaksgjennomforinger-v1";
    const CONTRACT_VERSION: &'static str = "1.0.2";
    const CONFIG: TopicConfig = COMPACTED;

    type Key = GjennomforingId;
    type Value<V: View> = ArenaMigreringTiltaksgjennomforingV1<V>;

    fn key(value: &ArenaMigreringTiltaksgjennomforingV1) -> GjennomforingId {
        value.id
    }
}

/// A gjennomføring as Arena replicates it.
///
/// No text is written with U+0000 in it; one in an earlier record may have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(rename = "ArenaMigreringTiltaksgjennomforingV1", bound = "")]
pub struct ArenaMigreringTiltaksgjennomforingV1<V: View = Written> {
    /// Id of the gjennomføring; the same as the record key.
    pub id: GjennomforingId,
    /// Id in Arena, once Arena has given one.
    pub arena_id: Option<i32>,
    /// Code of the tiltakstype in Arena, such as INDOPPFAG. Not the code of Tiltaksadministrasjon.
    pub tiltakskode: String,
    /// First day.
    pub start_dato: LocalDate,
    /// Last day, if it is known.
    pub slutt_dato: Option<LocalDate>,
    /// When the gjennomføring was created, in Norwegian local time.
    pub opprettet_tidspunkt: LocalDateTime,
    /// When the gjennomføring was last changed, in Norwegian local time.
    pub endret_tidspunkt: LocalDateTime,
    /// Name for people. Written with something to read in it; the name in an earlier record may be blank.
    pub navn: String,
    /// Organisation number of the provider.
    pub orgnummer: Organisasjonsnummer,
    /// Number of places, if it is known.
    pub antall_plasser: Option<i32>,
    /// Status of the gjennomføring.
    pub status: V::Enum<ArenaMigreringStatus>,
    /// The Nav unit that is responsible for the gjennomføring.
    pub enhet: Enhetsnummer,
    /// Whether participants can be put forward now.
    pub apent_for_innsok: bool,
    /// Part of full time, in percent.
    #[serde(serialize_with = "crate::finite::serialize")]
    #[schemars(with = "f64")]
    pub deltidsprosent: f64,
}
