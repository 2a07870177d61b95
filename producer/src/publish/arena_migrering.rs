//! The payload of `arena-migrering-tiltaksgjennomforinger-v1` (`schema/WIRE.md`, sections 3.3 and 5.4).

use tiltak_schema::arena_migrering_v1::{
    ArenaMigreringTiltaksgjennomforingV1, ArenaMigreringTiltaksgjennomforingerV1,
};
use tiltak_schema::kodeverk::ArenaMigreringStatus;
use tiltak_schema::scalar::Enhetsnummer;
use tiltak_schema::topic::Topic;

use super::{MigratedCodes, PublishError, local};
use crate::domain::kodeverk::GjennomforingStatus;
use crate::domain::{GjennomforingAggregate, Kind};

/// `None`: this gjennomføring is not published to Arena.
pub(super) fn payload(
    aggregate: &GjennomforingAggregate,
    migrated: &MigratedCodes,
) -> Result<Option<ArenaMigreringTiltaksgjennomforingV1>, PublishError> {
    let (source, tiltakstype) = (&aggregate.gjennomforing, &aggregate.tiltakstype);
    let Some(start_dato) = source.start_dato.filter(|_| migrated.contains(tiltakstype.tiltakskode)) else {
        return Ok(None);
    };
    let missing = |field| PublishError::Missing {
        id: source.id,
        topic: ArenaMigreringTiltaksgjennomforingerV1::NAME,
        field,
    };
    Ok(Some(ArenaMigreringTiltaksgjennomforingV1 {
        id: source.id,
        arena_id: source.arena.id,
        tiltakskode: tiltakstype
            .arena_kode
            .clone()
            .ok_or(PublishError::NoArenaCode(tiltakstype.tiltakskode))?,
        start_dato,
        slutt_dato: source.slutt_dato,
        opprettet_tidspunkt: local(source.opprettet)?,
        endret_tidspunkt: local(source.oppdatert)?,
        navn: source.navn.clone().ok_or_else(|| missing("navn"))?,
        orgnummer: source.arrangor.clone(),
        antall_plasser: source.antall_plasser,
        status: status(source.status),
        enhet: enhet(aggregate).cloned().ok_or_else(|| missing("enhet"))?,
        apent_for_innsok: source.kind == Kind::Avtale && source.apent_for_pamelding,
        deltidsprosent: source.deltidsprosent.ok_or_else(|| missing("deltidsprosent"))?,
    }))
}

/// The Nav unit: the one that Arena knows, else the first region of an avtale, else the responsible unit of an enkeltplass.
fn enhet(aggregate: &GjennomforingAggregate) -> Option<&Enhetsnummer> {
    let source = &aggregate.gjennomforing;
    source.arena.enhet.as_ref().or_else(|| match source.kind {
        Kind::Avtale => aggregate.avtale.as_ref()?.regioner.first(),
        Kind::Enkeltplass => source.ansvarlig_enhet.as_ref(),
        Kind::Arena => None,
    })
}

fn status(status: GjennomforingStatus) -> ArenaMigreringStatus {
    match status {
        GjennomforingStatus::Gjennomfores => ArenaMigreringStatus::Gjennomfores,
        GjennomforingStatus::Avsluttet => ArenaMigreringStatus::Avsluttet,
        GjennomforingStatus::Avbrutt => ArenaMigreringStatus::Avbrutt,
        GjennomforingStatus::Avlyst => ArenaMigreringStatus::Avlyst,
    }
}
