//! The enumerations on the wire (`schema/WIRE.md`, section 4).
//!
//! Each value stands with its spelling, so that renaming a Rust variant cannot change a message. Some spellings are
//! misspelt Norwegian; they are on the wire exactly so.
//!
//! When you add a value: 1. add a line here, 2. `cargo contracts generate`, 3. add an example that carries it.

use std::fmt;

use serde::de::Visitor;

use crate::view::WireEnum;

/// Makes an enum that is a closed list of strings: a [`WireEnum`], with serde and schemars.
///
/// # Example: a list of a program's own
/// ```
/// use tiltak_schema::string_enum;
/// use tiltak_schema::view::WireEnum as _;
///
/// string_enum! {
///     /// Unit of a waiting time.
///     Unit { Week = "UKE", Month = "MANED", }
/// }
///
/// assert_eq!(Unit::from_wire("UKE"), Some(Unit::Week));
/// ```
#[macro_export]
macro_rules! string_enum {
    ($(#[doc = $doc:literal])+ $name:ident { $($variant:ident = $wire:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant,)+
        }

        impl $crate::view::WireEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)+
                }
            }
        }

        impl $name {
            const WIRE: &'static [&'static str] = &[$($wire),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::view::WireEnum::as_str(*self))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::view::WireEnum::as_str(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::kodeverk::StringVisitor::<$name>::new(Self::WIRE))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": concat!($($doc),+).trim(),
                    "type": "string",
                    "enum": Self::WIRE,
                })
            }
        }
    };
}

#[doc(hidden)]
#[derive(Debug)]
pub struct StringVisitor<E>(std::marker::PhantomData<E>, &'static [&'static str]);

impl<E> StringVisitor<E> {
    #[doc(hidden)]
    pub fn new(values: &'static [&'static str]) -> Self {
        Self(std::marker::PhantomData, values)
    }
}

impl<E: WireEnum> Visitor<'_> for StringVisitor<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.1.join(", "))
    }

    fn visit_str<Error: serde::de::Error>(self, text: &str) -> Result<E, Error> {
        E::from_wire(text).ok_or_else(|| Error::unknown_variant(text, self.1))
    }
}

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
    /// Status of a gjennomføring as Arena is told of it.
    ArenaMigreringStatus {
        Gjennomfores = "GJENNOMFORES",
        Avsluttet = "AVSLUTTET",
        Avbrutt = "AVBRUTT",
        Avlyst = "AVLYST",
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

/// What kind of gjennomføring the datavarehus payload describes (`schema/WIRE.md`, section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opplaering {
    /// Vocational training: the Yrkesfag variant.
    Yrkesfag,
    /// Arbeidsmarkedsopplæring: the Amo variant.
    Amo,
    /// Anything else: the plain variant.
    Annet,
}

impl Tiltakskode {
    /// Which variant of `datavarehus-tiltak-v1` a gjennomføring with this code is published as.
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
