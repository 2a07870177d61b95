//! `siste-tiltakstyper-v3`: the tiltakstyper that Tiltaksadministrasjon administers (`schema/WIRE.md`, section 3.1).
//!
//! Each payload file has the same parts in the same order: the topic, its value, the value's parts, and how a reader
//! reads them. When you add a field: 1. add it here with a doc comment, which becomes its description in the schema,
//! 2. add it to the examples, 3. describe it in `topic.toml`, 4. `cargo contracts diff`, 5. `cargo contracts release`.

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kodeverk::{Innsatsgruppe, Tiltakskode};
use crate::scalar::{LocalDateTime, TiltakstypeId};
use crate::topic::{COMPACTED, Topic, TopicConfig};
use crate::view::{View, Written};

/// The topic `siste-tiltakstyper-v3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SisteTiltakstyperV3 {}

impl Topic for SisteTiltakstyperV3 {
    const NAME: &'static str = "siste-tiltakstyper-v3";
    const CONTRACT_VERSION: &'static str = "3.0.1";
    const CONFIG: TopicConfig = COMPACTED;

    type Key = TiltakstypeId;
    type Value<V: View> = TiltakstypeV3<V>;

    fn key(value: &TiltakstypeV3) -> TiltakstypeId {
        value.id
    }
}

/// A tiltakstype: one kind of labour-market measure.
///
/// No text is written with U+0000 in it; one in an earlier record may have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound = "")]
#[schemars(rename = "TiltakstypeV3", bound = "")]
pub struct TiltakstypeV3<V: View = Written> {
    /// Id of the tiltakstype; the same as the record key.
    pub id: TiltakstypeId,
    /// Name for people. Written with something to read in it; the name in an earlier record may be blank.
    pub navn: String,
    /// Code in Tiltaksadministrasjon, which gjennomføringer refer to.
    pub tiltakskode: V::Enum<Tiltakskode>,
    /// The groups that the tiltakstype is meant for, in no particular order.
    pub innsatsgrupper: IndexSet<V::Enum<Innsatsgruppe>>,
    /// Code of the tiltakstype in Arena, if it has one. Several tiltakstyper can share one.
    pub arena_kode: Option<String>,
    /// What can be chosen as content when a participant is registered, if anything.
    pub deltaker_registrering_innhold: Option<DeltakerRegistreringInnhold>,
    /// When the tiltakstype was created, in Norwegian local time.
    pub opprettet_tidspunkt: LocalDateTime,
    /// When the tiltakstype was last changed, in Norwegian local time.
    pub oppdatert_tidspunkt: LocalDateTime,
}

/// The content that can be chosen when a participant is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeltakerRegistreringInnhold {
    /// The elements to choose from.
    pub innholdselementer: Vec<Innholdselement>,
    /// Text that introduces the choice.
    pub ledetekst: String,
}

/// One element of content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Innholdselement {
    /// Text for people.
    pub tekst: String,
    /// Code of the element.
    pub innholdskode: String,
}
