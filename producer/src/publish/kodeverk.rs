//! From the domain's closed lists to those of the contracts.
//!
//! This does not compile if a contract has lost a value. A value that the domain does not have is never published.

use tiltak_schema::kodeverk as wire;

use crate::domain::kodeverk as domain;

macro_rules! wire {
    ($($name:ident { $($variant:ident),+ })+) => {$(
        impl From<domain::$name> for wire::$name {
            fn from(value: domain::$name) -> Self {
                match value {
                    $(domain::$name::$variant => Self::$variant,)+
                }
            }
        }
    )+};
}

wire! {
    GjennomforingStatus {
        Gjennomfores, Avsluttet, Avbrutt, Avlyst
    }
    Oppstart {
        Lopende, Felles, Enkeltplass
    }
    PameldingType {
        DirekteVedtak, TrengerGodkjenning
    }
    Innsatsgruppe {
        GodeMuligheter, TrengerVeiledning, TrengerVeiledningNedsattArbeidsevne, JobbeDelvis,
        LitenMulighetTilAJobbe
    }
    Kurstype {
        Norskopplaering, GrunnleggendeFerdigheter, ForberedendeOpplaeringForVoksne,
        BransjeOgYrkesrettet, Studiespesialisering
    }
    Bransje {
        IngeniorOgIktFag, HelsePleieOgOmsorg, BarneOgUngdomsarbeid, Kontorarbeid,
        ButikkOgSalgsarbeid, ByggOgAnlegg, Industriarbeid, ReiselivServeringOgTransport,
        ServiceyrkerOgAnnetArbeid, AndreBransjer
    }
    ForerkortKlasse {
        A, A1, A2, Am, Am147, B, B78, Be, C, C1, C1e, Ce, D, D1, D1e, De, S, T
    }
    InnholdElement {
        GrunnleggendeFerdigheter, BransjerettetOpplaring, TeoretiskOpplaering, JobbsokerKompetanse,
        Praksis, Arbeidsmarkedskunnskap, Norskopplaering
    }
    Tiltakskode {
        ArbeidsrettetRehabilitering, Avklaring, DigitaltOppfolgingstiltak, Jobbklubb, Oppfolging,
        ArbeidsforberedendeTrening, VarigTilrettelagtArbeidSkjermet, TilrettelagtArbeidOrdinaer,
        Arbeidsmarkedsopplaering, EnkeltplassArbeidsmarkedsopplaering,
        EnkeltplassFagOgYrkesopplaering, FagOgYrkesopplaering, GruppeArbeidsmarkedsopplaering,
        GruppeFagOgYrkesopplaering, HoyereUtdanning, HoyereYrkesfagligUtdanning,
        NorskopplaeringGrunnleggendeFerdigheterFov, Studiespesialisering, IndividuellJobbstotte,
        IndividuellJobbstotteUng, ArbeidMedStotte, Arbeidstrening, MidlertidigLonnstlskudd,
        VarigLonnstilskud, Mentor, Inkluderingstilskud, Sommerjobb, Vtao, FirearigLonnstilsudd
    }
}
