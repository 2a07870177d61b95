//! `siste-tiltakstyper-v3`.

use tiltak_schema::tiltakstype_v3::TiltakstypeV3;

use super::{PublishError, local};
use crate::domain::Tiltakstype;

pub(super) fn payload(tiltakstype: &Tiltakstype) -> Result<TiltakstypeV3, PublishError> {
    Ok(TiltakstypeV3 {
        id: tiltakstype.id,
        navn: tiltakstype.navn.clone(),
        tiltakskode: tiltakstype.tiltakskode,
        innsatsgrupper: tiltakstype.innsatsgrupper.clone(),
        arena_kode: tiltakstype.arena_kode.clone(),
        deltaker_registrering_innhold: tiltakstype.deltaker_registrering_innhold.clone(),
        opprettet_tidspunkt: local(tiltakstype.opprettet)?,
        oppdatert_tidspunkt: local(tiltakstype.oppdatert)?,
    })
}
