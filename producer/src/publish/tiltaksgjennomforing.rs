//! The payload of `siste-tiltaksgjennomforinger-v2` (`schema/WIRE.md`, sections 3.2 and 5.1).

use tiltak_schema::tiltaksgjennomforing_v2::{
    Arrangor, Enkeltplass, Gruppe, SisteTiltaksgjennomforingerV2, TiltaksgjennomforingV2,
};
use tiltak_schema::topic::Topic;

use super::PublishError;
use crate::domain::kodeverk::Oppstart;
use crate::domain::{GjennomforingAggregate, Kind};

/// Kind AVTALE is a Gruppe, ENKELTPLASS an Enkeltplass, and ARENA one or the other by its oppstart.
pub(super) fn payload(aggregate: &GjennomforingAggregate) -> Result<TiltaksgjennomforingV2, PublishError> {
    let source = &aggregate.gjennomforing;
    match (source.kind, source.oppstart) {
        (Kind::Enkeltplass, _) | (Kind::Arena, Oppstart::Enkeltplass) => {
            Ok(TiltaksgjennomforingV2::Enkeltplass(enkeltplass(aggregate)))
        }
        (Kind::Avtale | Kind::Arena, _) => gruppe(aggregate).map(TiltaksgjennomforingV2::Gruppe),
    }
}

fn gruppe(aggregate: &GjennomforingAggregate) -> Result<Gruppe, PublishError> {
    let source = &aggregate.gjennomforing;
    let missing =
        |field| PublishError::Missing { id: source.id, topic: SisteTiltaksgjennomforingerV2::NAME, field };
    // Arena knows nothing of these three.
    let from_arena = source.kind == Kind::Arena;
    Ok(Gruppe {
        id: source.id,
        lopenummer: source.lopenummer.clone().ok_or_else(|| missing("lopenummer"))?,
        opprettet_tidspunkt: source.opprettet,
        oppdatert_tidspunkt: source.oppdatert,
        tiltakskode: aggregate.tiltakstype.tiltakskode.into(),
        arrangor: Arrangor { organisasjonsnummer: source.arrangor.clone() },
        status: source.status.into(),
        oppstart: source.oppstart.into(),
        pamelding_type: source.pamelding_type.into(),
        navn: source.navn.clone().ok_or_else(|| missing("navn"))?,
        start_dato: source.start_dato.ok_or_else(|| missing("startDato"))?,
        slutt_dato: source.slutt_dato,
        tilgjengelig_for_arrangor_fra_og_med_dato: source
            .tilgjengelig_for_arrangor_dato
            .filter(|_| !from_arena),
        apent_for_pamelding: source.apent_for_pamelding && !from_arena,
        antall_plasser: source.antall_plasser.ok_or_else(|| missing("antallPlasser"))?,
        deltidsprosent: source.deltidsprosent.ok_or_else(|| missing("deltidsprosent"))?,
        oppmote_sted: source.oppmote_sted.clone().filter(|_| !from_arena),
    })
}

fn enkeltplass(aggregate: &GjennomforingAggregate) -> Enkeltplass {
    let source = &aggregate.gjennomforing;
    Enkeltplass {
        id: source.id,
        lopenummer: source.lopenummer.clone(),
        opprettet_tidspunkt: source.opprettet,
        oppdatert_tidspunkt: source.oppdatert,
        tiltakskode: aggregate.tiltakstype.tiltakskode.into(),
        arrangor: Arrangor { organisasjonsnummer: source.arrangor.clone() },
        status: source.status.into(),
        oppstart: source.oppstart.into(),
        pamelding_type: source.pamelding_type.into(),
    }
}
