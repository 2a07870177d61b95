//! The domain's closed lists, as they are stored and as staff see them.
//!
//! They have the values of `schema/WIRE.md`, section 4, but are types of the domain: a change of a contract changes
//! `publish/kodeverk.rs`, and nothing that is stored.

use tiltak_schema::string_enum;

string_enum! {
    /// Status of a gjennomføring.
    GjennomforingStatus {
        Gjennomfores = "GJENNOMFORES",
        Avsluttet = "AVSLUTTET",
        Avbrutt = "AVBRUTT",
        Avlyst = "AVLYST",
    }
}

string_enum! {
    /// How participants start: continuously, all on one date, or on a single bought place.
    Oppstart {
        Lopende = "LOPENDE",
        Felles = "FELLES",
        Enkeltplass = "ENKELTPLASS",
    }
}

string_enum! {
    /// How a participant is taken in.
    PameldingType {
        DirekteVedtak = "DIREKTE_VEDTAK",
        TrengerGodkjenning = "TRENGER_GODKJENNING",
    }
}

string_enum! {
    /// The groups of need for assistance that a tiltakstype is meant for.
    Innsatsgruppe {
        GodeMuligheter = "GODE_MULIGHETER",
        TrengerVeiledning = "TRENGER_VEILEDNING",
        TrengerVeiledningNedsattArbeidsevne = "TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE",
        JobbeDelvis = "JOBBE_DELVIS",
        LitenMulighetTilAJobbe = "LITEN_MULIGHET_TIL_A_JOBBE",
    }
}

string_enum! {
    /// Kind of course in arbeidsmarkedsopplæring (AMO).
    Kurstype {
        Norskopplaering = "NORSKOPPLAERING",
        GrunnleggendeFerdigheter = "GRUNNLEGGENDE_FERDIGHETER",
        ForberedendeOpplaeringForVoksne = "FORBEREDENDE_OPPLAERING_FOR_VOKSNE",
        BransjeOgYrkesrettet = "BRANSJE_OG_YRKESRETTET",
        Studiespesialisering = "STUDIESPESIALISERING",
    }
}

string_enum! {
    /// The industry that a course is aimed at.
    Bransje {
        IngeniorOgIktFag = "INGENIOR_OG_IKT_FAG",
        HelsePleieOgOmsorg = "HELSE_PLEIE_OG_OMSORG",
        BarneOgUngdomsarbeid = "BARNE_OG_UNGDOMSARBEID",
        Kontorarbeid = "KONTORARBEID",
        ButikkOgSalgsarbeid = "BUTIKK_OG_SALGSARBEID",
        ByggOgAnlegg = "BYGG_OG_ANLEGG",
        Industriarbeid = "INDUSTRIARBEID",
        ReiselivServeringOgTransport = "REISELIV_SERVERING_OG_TRANSPORT",
        ServiceyrkerOgAnnetArbeid = "SERVICEYRKER_OG_ANNET_ARBEID",
        AndreBransjer = "ANDRE_BRANSJER",
    }
}

string_enum! {
    /// Driving-licence class that a course leads to.
    ForerkortKlasse {
        A = "A",
        A1 = "A1",
        A2 = "A2",
        Am = "AM",
        Am147 = "AM_147",
        B = "B",
        B78 = "B_78",
        Be = "BE",
        C = "C",
        C1 = "C1",
        C1e = "C1E",
        Ce = "CE",
        D = "D",
        D1 = "D1",
        D1e = "D1E",
        De = "DE",
        S = "S",
        T = "T",
    }
}

string_enum! {
    /// What a course contains.
    InnholdElement {
        GrunnleggendeFerdigheter = "GRUNNLEGGENDE_FERDIGHETER",
        BransjerettetOpplaring = "BRANSJERETTET_OPPLARING",
        TeoretiskOpplaering = "TEORETISK_OPPLAERING",
        JobbsokerKompetanse = "JOBBSOKER_KOMPETANSE",
        Praksis = "PRAKSIS",
        Arbeidsmarkedskunnskap = "ARBEIDSMARKEDSKUNNSKAP",
        Norskopplaering = "NORSKOPPLAERING",
    }
}

string_enum! {
    /// Code of a tiltakstype in Tiltaksadministrasjon.
    Tiltakskode {
        ArbeidsrettetRehabilitering = "ARBEIDSRETTET_REHABILITERING",
        Avklaring = "AVKLARING",
        DigitaltOppfolgingstiltak = "DIGITALT_OPPFOLGINGSTILTAK",
        Jobbklubb = "JOBBKLUBB",
        Oppfolging = "OPPFOLGING",
        ArbeidsforberedendeTrening = "ARBEIDSFORBEREDENDE_TRENING",
        VarigTilrettelagtArbeidSkjermet = "VARIG_TILRETTELAGT_ARBEID_SKJERMET",
        TilrettelagtArbeidOrdinaer = "TILRETTELAGT_ARBEID_ORDINAER",
        Arbeidsmarkedsopplaering = "ARBEIDSMARKEDSOPPLAERING",
        EnkeltplassArbeidsmarkedsopplaering = "ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING",
        EnkeltplassFagOgYrkesopplaering = "ENKELTPLASS_FAG_OG_YRKESOPPLAERING",
        FagOgYrkesopplaering = "FAG_OG_YRKESOPPLAERING",
        GruppeArbeidsmarkedsopplaering = "GRUPPE_ARBEIDSMARKEDSOPPLAERING",
        GruppeFagOgYrkesopplaering = "GRUPPE_FAG_OG_YRKESOPPLAERING",
        HoyereUtdanning = "HOYERE_UTDANNING",
        HoyereYrkesfagligUtdanning = "HOYERE_YRKESFAGLIG_UTDANNING",
        NorskopplaeringGrunnleggendeFerdigheterFov = "NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV",
        Studiespesialisering = "STUDIESPESIALISERING",
        IndividuellJobbstotte = "INDIVIDUELL_JOBBSTOTTE",
        IndividuellJobbstotteUng = "INDIVIDUELL_JOBBSTOTTE_UNG",
        ArbeidMedStotte = "ARBEID_MED_STOTTE",
        Arbeidstrening = "ARBEIDSTRENING",
        MidlertidigLonnstlskudd = "MIDLERTIDIG_LONNSTLSKUDD",
        VarigLonnstilskud = "VARIG_LONNSTILSKUD",
        Mentor = "MENTOR",
        Inkluderingstilskud = "INKLUDERINGSTILSKUD",
        Sommerjobb = "SOMMERJOBB",
        Vtao = "VTAO",
        FirearigLonnstilsudd = "FIREARIG_LONNSTILSUDD",
    }
}

/// Whether a tiltakskode is a training, and of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opplaering {
    /// Vocational training.
    Yrkesfag,
    /// Arbeidsmarkedsopplæring (AMO).
    Amo,
    /// No training.
    Annet,
}

impl Tiltakskode {
    /// Which kind of training it is.
    pub fn opplaering(self) -> Opplaering {
        match self {
            Self::FagOgYrkesopplaering
            | Self::EnkeltplassFagOgYrkesopplaering
            | Self::GruppeFagOgYrkesopplaering => Opplaering::Yrkesfag,
            Self::Arbeidsmarkedsopplaering
            | Self::NorskopplaeringGrunnleggendeFerdigheterFov
            | Self::Studiespesialisering
            | Self::EnkeltplassArbeidsmarkedsopplaering
            | Self::GruppeArbeidsmarkedsopplaering => Opplaering::Amo,
            _ => Opplaering::Annet,
        }
    }
}
