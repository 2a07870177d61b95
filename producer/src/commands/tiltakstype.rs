//! Commands of a tiltakstype.

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::TiltakstypeId;

use super::aggregate::TiltakstypeSlot;
use super::{Command, Effect};
use crate::domain::kodeverk::{Innsatsgruppe, Tiltakskode};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{DeltakerRegistreringInnhold, Egenskap, Moment, System, Tiltakstype, Version};

/// The details of a tiltakstype.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the payload")]
pub struct TiltakstypeDetails {
    pub navn: String,
    pub tiltakskode: Tiltakskode,
    pub system: System,
    pub arena_kode: Option<String>,
    pub egenskaper: IndexSet<Egenskap>,
    pub innsatsgrupper: IndexSet<Innsatsgruppe>,
    pub deltaker_registrering_innhold: Option<DeltakerRegistreringInnhold>,
}

impl TiltakstypeDetails {
    /// The details of a tiltakstype.
    pub fn of(tiltakstype: &Tiltakstype) -> Self {
        Self {
            navn: tiltakstype.navn.clone(),
            tiltakskode: tiltakstype.tiltakskode,
            system: tiltakstype.system,
            arena_kode: tiltakstype.arena_kode.clone(),
            egenskaper: tiltakstype.egenskaper.clone(),
            innsatsgrupper: tiltakstype.innsatsgrupper.clone(),
            deltaker_registrering_innhold: tiltakstype.deltaker_registrering_innhold.clone(),
        }
    }
}

/// Creates or changes a tiltakstype. Publishes nothing: only a relast publishes tiltakstyper (`schema/WIRE.md`, section 5.2).
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct UpsertTiltakstype {
    pub id: TiltakstypeId,
    pub details: TiltakstypeDetails,
}

impl Command for UpsertTiltakstype {
    fn decide(&self, slot: TiltakstypeSlot, now: Moment) -> Result<Effect, BrokenRule> {
        let Self { id, details } = self.clone();
        let before = slot.stored.as_ref();
        let tiltakstype = Tiltakstype {
            id,
            navn: details.navn,
            tiltakskode: details.tiltakskode,
            system: details.system,
            arena_kode: details.arena_kode,
            egenskaper: details.egenskaper,
            innsatsgrupper: details.innsatsgrupper,
            deltaker_registrering_innhold: details.deltaker_registrering_innhold,
            opprettet: before.map_or_else(|| now.instant(), |before| before.opprettet),
            oppdatert: now.instant(),
            version: before.map_or(Version::FIRST, |before| before.version.next()),
        };
        rules::check_tiltakstype(&tiltakstype, before, slot.same_code.as_ref())?;
        Ok(Effect::SaveTiltakstype(tiltakstype))
    }
}
