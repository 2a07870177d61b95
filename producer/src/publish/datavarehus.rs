//! The payload of `datavarehus-tiltak-v1` (`schema/WIRE.md`, sections 3.4 and 5.3).

use tiltak_schema::datavarehus_v1::{
    Amo, AmoKategorisering, ArenaNummer, Avtale, DatavarehusTiltakV1, Gjennomforing, Sertifisering, Tiltak,
    Utdanningslop, Yrkesfag,
};
use tiltak_schema::tiltaksgjennomforing_v2::Arrangor;

use super::{PublishError, local};
use crate::domain::kodeverk::{Opplaering, Oppstart, Tiltakskode};
use crate::domain::{self, AmoInnhold, GjennomforingAggregate, Kategorisering, amo_innhold};

pub(super) fn payload(aggregate: &GjennomforingAggregate) -> Result<DatavarehusTiltakV1, PublishError> {
    let source = aggregate.tiltakstype.tiltakskode;
    let tiltakskode = source.into();
    let avtale = aggregate.avtale.as_ref().map(avtale).transpose()?;
    let gjennomforing = gjennomforing(aggregate)?;
    let kategorisering = aggregate.kategorisering.as_ref();
    Ok(match source.opplaering() {
        Opplaering::Annet => DatavarehusTiltakV1::Tiltak(Tiltak { tiltakskode, avtale, gjennomforing }),
        Opplaering::Amo => {
            let amo_kategorisering =
                kategorisering.map(|it| amo_kategorisering(source, it)).transpose()?.flatten();
            DatavarehusTiltakV1::Amo(Amo { tiltakskode, avtale, gjennomforing, amo_kategorisering })
        }
        Opplaering::Yrkesfag => {
            let utdanningslop = kategorisering.and_then(|it| it.utdanningslop.as_ref()).map(utdanningslop);
            DatavarehusTiltakV1::Yrkesfag(Yrkesfag { tiltakskode, avtale, gjennomforing, utdanningslop })
        }
    })
}

pub(super) fn avtale(avtale: &domain::Avtale) -> Result<Avtale, PublishError> {
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
        oppstartstype: source.oppstart.into(),
        pameldingstype: source.pamelding_type.into(),
        start_dato: source.start_dato.filter(|_| is_gruppe),
        slutt_dato: source.slutt_dato.filter(|_| is_gruppe),
        status: is_gruppe.then_some(source.status.into()),
        arena: source
            .arena
            .nummer
            .map(|domain::ArenaNummer { aar, lopenummer }| ArenaNummer { aar, lopenummer }),
        deltidsprosent: source.deltidsprosent.filter(|_| is_gruppe),
    })
}

/// `amoKategorisering`, whose properties follow from tiltakskode and kurstype (`schema/WIRE.md`, section 3.5).
fn amo_kategorisering(
    tiltakskode: Tiltakskode,
    source: &Kategorisering,
) -> Result<Option<AmoKategorisering>, PublishError> {
    let Some(kurstype) = source.kurstype else { return Ok(None) };
    let innhold =
        amo_innhold(tiltakskode, Some(kurstype)).ok_or(PublishError::Kurstype { tiltakskode, kurstype })?;
    let none = AmoKategorisering {
        kurstype: Some(kurstype.into()),
        bransje: None,
        forerkort: None,
        innhold_elementer: None,
        norskprove: None,
        sertifiseringer: None,
    };
    let with_content =
        AmoKategorisering { innhold_elementer: Some(all(&source.innhold_elementer)), ..none.clone() };
    Ok(match innhold {
        AmoInnhold::Ingen => None,
        AmoInnhold::BareKurstype => Some(none),
        AmoInnhold::Innholdselementer => Some(with_content),
        AmoInnhold::Norskopplaering => {
            Some(AmoKategorisering { norskprove: source.norskprove, ..with_content })
        }
        AmoInnhold::Yrkesrettet => Some(AmoKategorisering {
            bransje: source.bransje.map(Into::into),
            sertifiseringer: Some(all(&source.sertifiseringer)),
            forerkort: Some(all(&source.forerkort)),
            ..with_content
        }),
        AmoInnhold::SomGitt => Some(as_given(source)),
    })
}

fn as_given(source: &Kategorisering) -> AmoKategorisering {
    fn given<T: Clone + Into<U>, U>(items: &[T]) -> Option<Vec<U>> {
        (!items.is_empty()).then(|| all(items))
    }
    AmoKategorisering {
        kurstype: source.kurstype.map(Into::into),
        bransje: source.bransje.map(Into::into),
        forerkort: given(&source.forerkort),
        innhold_elementer: given(&source.innhold_elementer),
        norskprove: source.norskprove,
        sertifiseringer: given(&source.sertifiseringer),
    }
}

fn all<T: Clone + Into<U>, U>(items: &[T]) -> Vec<U> {
    items.iter().cloned().map(Into::into).collect()
}

fn utdanningslop(source: &domain::Utdanningslop) -> Utdanningslop {
    Utdanningslop { utdanningsprogram: source.utdanningsprogram, utdanninger: source.utdanninger.clone() }
}

impl From<domain::Sertifisering> for Sertifisering {
    fn from(domain::Sertifisering { konsept_id, label }: domain::Sertifisering) -> Self {
        Self { konsept_id, label }
    }
}
