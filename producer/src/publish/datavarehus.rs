//! `datavarehus-tiltak-v1`.

use tiltak_schema::datavarehus_v1::{
    Amo, AmoKategorisering, Avtale, DatavarehusTiltakV1, Gjennomforing, Tiltak, Yrkesfag,
};
use tiltak_schema::kodeverk::{Opplaering, Oppstart, Tiltakskode};
use tiltak_schema::tiltaksgjennomforing_v2::Arrangor;

use super::{PublishError, local};
use crate::domain::{AmoInnhold, GjennomforingAggregate, Kategorisering, amo_innhold};

pub(super) fn payload(aggregate: &GjennomforingAggregate) -> Result<DatavarehusTiltakV1, PublishError> {
    let tiltakskode = aggregate.tiltakstype.tiltakskode;
    let avtale = aggregate.avtale.as_ref().map(avtale).transpose()?;
    let gjennomforing = gjennomforing(aggregate)?;
    Ok(match tiltakskode.opplaering() {
        Opplaering::Annet => DatavarehusTiltakV1::Tiltak(Tiltak { tiltakskode, avtale, gjennomforing }),
        Opplaering::Amo => {
            let amo_kategorisering = match &aggregate.kategorisering {
                Some(kategorisering) => amo_kategorisering(tiltakskode, kategorisering)?,
                None => None,
            };
            DatavarehusTiltakV1::Amo(Amo { tiltakskode, avtale, gjennomforing, amo_kategorisering })
        }
        Opplaering::Yrkesfag => {
            let utdanningslop = aggregate
                .kategorisering
                .as_ref()
                .and_then(|kategorisering| kategorisering.utdanningslop.clone());
            DatavarehusTiltakV1::Yrkesfag(Yrkesfag { tiltakskode, avtale, gjennomforing, utdanningslop })
        }
    })
}

pub(super) fn avtale(avtale: &crate::domain::Avtale) -> Result<Avtale, PublishError> {
    Ok(Avtale {
        id: avtale.id,
        navn: avtale.navn.clone(),
        opprettet_tidspunkt: local(avtale.opprettet)?,
        oppdatert_tidspunkt: local(avtale.oppdatert)?,
    })
}

fn gjennomforing(aggregate: &GjennomforingAggregate) -> Result<Gjennomforing, PublishError> {
    let source = &aggregate.gjennomforing;
    // The warehouse is not told these of a single place.
    let is_gruppe = source.oppstart != Oppstart::Enkeltplass;
    Ok(Gjennomforing {
        id: source.id,
        opprettet_tidspunkt: local(source.opprettet)?,
        oppdatert_tidspunkt: local(source.oppdatert)?,
        arrangor: Arrangor { organisasjonsnummer: source.arrangor.clone() },
        navn: source.navn.clone().filter(|_| is_gruppe),
        oppstartstype: source.oppstart,
        pameldingstype: source.pamelding_type,
        start_dato: source.start_dato.filter(|_| is_gruppe),
        slutt_dato: source.slutt_dato.filter(|_| is_gruppe),
        status: is_gruppe.then_some(source.status),
        arena: source.arena.nummer,
        deltidsprosent: source.deltidsprosent.filter(|_| is_gruppe),
    })
}

/// Which properties there are follows from tiltakskode and kurstype (wire contract, the table in section 3.4).
fn amo_kategorisering(
    tiltakskode: Tiltakskode,
    source: &Kategorisering,
) -> Result<Option<AmoKategorisering>, PublishError> {
    let Some(kurstype) = source.kurstype else { return Ok(None) };
    let innhold =
        amo_innhold(tiltakskode, Some(kurstype)).ok_or(PublishError::Kurstype { tiltakskode, kurstype })?;
    let none = AmoKategorisering {
        kurstype: Some(kurstype),
        bransje: None,
        forerkort: None,
        innhold_elementer: None,
        norskprove: None,
        sertifiseringer: None,
    };
    let with_content =
        AmoKategorisering { innhold_elementer: Some(source.innhold_elementer.clone()), ..none.clone() };
    Ok(match innhold {
        AmoInnhold::Ingen => None,
        AmoInnhold::BareKurstype => Some(none),
        AmoInnhold::Innholdselementer => Some(with_content),
        AmoInnhold::Norskopplaering => {
            Some(AmoKategorisering { norskprove: source.norskprove, ..with_content })
        }
        AmoInnhold::Yrkesrettet => Some(AmoKategorisering {
            bransje: source.bransje,
            sertifiseringer: Some(source.sertifiseringer.clone()),
            forerkort: Some(source.forerkort.clone()),
            ..with_content
        }),
        AmoInnhold::SomGitt => Some(as_given(source)),
    })
}

fn as_given(source: &Kategorisering) -> AmoKategorisering {
    fn given<T: Clone>(items: &[T]) -> Option<Vec<T>> {
        (!items.is_empty()).then(|| items.to_vec())
    }
    AmoKategorisering {
        kurstype: source.kurstype,
        bransje: source.bransje,
        forerkort: given(&source.forerkort),
        innhold_elementer: given(&source.innhold_elementer),
        norskprove: source.norskprove,
        sertifiseringer: given(&source.sertifiseringer),
    }
}
