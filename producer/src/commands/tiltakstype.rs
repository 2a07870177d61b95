//! Changes of a tiltakstype.

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::kodeverk::{Innsatsgruppe, Tiltakskode};
use tiltak_schema::scalar::TiltakstypeId;
use tiltak_schema::tiltakstype_v3::DeltakerRegistreringInnhold;

use super::{Basis, CommandError, Producer};
use crate::domain::{Egenskap, System, Tiltakstype, Version, rules};
use crate::publish::{self, PublishError};
use crate::store::retrying;

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
    /// The details that a tiltakstype has.
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

impl Producer {
    /// Makes a tiltakstype or changes it. Publishes nothing: tiltakstyper are published by a relast (wire contract,
    /// section 5).
    ///
    /// # Errors
    /// A rule that is broken, a version that is not the expected one, a state that could not be published.
    pub async fn upsert_tiltakstype(
        &self,
        id: TiltakstypeId,
        details: TiltakstypeDetails,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        let basis = basis.into();
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let before = tx.tiltakstype(id).await?;
            let found = before.as_ref().map(|before| before.version);
            basis.precondition().check("tiltakstype", id, found)?;
            let now = basis.now().instant();
            let details = details.clone();
            let tiltakstype = Tiltakstype {
                id,
                navn: details.navn,
                tiltakskode: details.tiltakskode,
                system: details.system,
                arena_kode: details.arena_kode,
                egenskaper: details.egenskaper,
                innsatsgrupper: details.innsatsgrupper,
                deltaker_registrering_innhold: details.deltaker_registrering_innhold,
                opprettet: before.as_ref().map_or(now, |before| before.opprettet),
                oppdatert: now,
                version: found.map_or(Version::FIRST, Version::next),
            };
            let same_code = tx.tiltakstype_of(tiltakstype.tiltakskode).await?;
            rules::check_tiltakstype(&tiltakstype, before.as_ref(), same_code.as_ref())?;
            // Else no gjennomføring of it could be saved.
            if self.migrert.contains(tiltakstype.tiltakskode) && tiltakstype.arena_kode.is_none() {
                return Err(PublishError::NoArenaCode(tiltakstype.tiltakskode).into());
            }
            publish::tiltakstype(&tiltakstype)?;
            tx.save_tiltakstype(&tiltakstype).await?;
            tx.commit().await?;
            Ok(tiltakstype.version)
        })
        .await
    }
}
