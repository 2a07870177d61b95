//! The payload of `siste-tiltakstyper-v3` (`schema/WIRE.md`, sections 3.1 and 5.2).

use tiltak_schema::tiltakstype_v3::{DeltakerRegistreringInnhold, Innholdselement, TiltakstypeV3};

use super::{PublishError, local};
use crate::domain::{self, Tiltakstype};

pub(super) fn payload(tiltakstype: &Tiltakstype) -> Result<TiltakstypeV3, PublishError> {
    Ok(TiltakstypeV3 {
        id: tiltakstype.id,
        navn: tiltakstype.navn.clone(),
        tiltakskode: tiltakstype.tiltakskode.into(),
        innsatsgrupper: tiltakstype.innsatsgrupper.iter().copied().map(Into::into).collect(),
        arena_kode: tiltakstype.arena_kode.clone(),
        deltaker_registrering_innhold: tiltakstype.deltaker_registrering_innhold.as_ref().map(innhold),
        opprettet_tidspunkt: local(tiltakstype.opprettet)?,
        oppdatert_tidspunkt: local(tiltakstype.oppdatert)?,
    })
}

fn innhold(source: &domain::DeltakerRegistreringInnhold) -> DeltakerRegistreringInnhold {
    let element = |it: &domain::Innholdselement| Innholdselement {
        tekst: it.tekst.clone(),
        innholdskode: it.innholdskode.clone(),
    };
    DeltakerRegistreringInnhold {
        innholdselementer: source.innholdselementer.iter().map(element).collect(),
        ledetekst: source.ledetekst.clone(),
    }
}
