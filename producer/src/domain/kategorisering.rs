//! The kategorisering of a course, and which parts of it are published (`schema/WIRE.md`, section 3.5).

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{UtdanningId, UtdanningsprogramId};

use super::kodeverk::{Bransje, ForerkortKlasse, InnholdElement, Kurstype, Tiltakskode};

/// The kind of training that a gjennomføring gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the payload")]
pub struct Kategorisering {
    pub kurstype: Option<Kurstype>,
    pub bransje: Option<Bransje>,
    pub forerkort: Vec<ForerkortKlasse>,
    pub innhold_elementer: Vec<InnholdElement>,
    pub norskprove: Option<bool>,
    pub sertifiseringer: Vec<Sertifisering>,
    pub utdanningslop: Option<Utdanningslop>,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sertifisering {
    /// Id of the concept in Nav's taxonomy. All 64 bits are used: it does not fit in a double.
    pub konsept_id: i64,
    /// Text for people.
    pub label: String,
}

/// The education that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Utdanningslop {
    /// Id of the utdanningsprogram.
    pub utdanningsprogram: UtdanningsprogramId,
    /// Ids of the utdanninger within it, in no particular order.
    pub utdanninger: IndexSet<UtdanningId>,
}

/// Which parts of a kategorisering are published beside the kurstype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmoInnhold {
    /// Bransje, sertifiseringer, førerkort and innholdselementer.
    Yrkesrettet,
    /// Norskprøve and innholdselementer.
    Norskopplaering,
    /// Innholdselementer.
    Innholdselementer,
    /// No part.
    BareKurstype,
    /// Every part that has a value.
    SomGitt,
    /// No part, and no kurstype either: `amoKategorisering` is null.
    Ingen,
}

/// Which parts of a kategorisering are published; `None` if the kurstype does not go with the tiltakskode.
///
/// A tiltakskode that is not arbeidsmarkedsopplæring has no kurstype at all.
pub fn amo_innhold(tiltakskode: Tiltakskode, kurstype: Option<Kurstype>) -> Option<AmoInnhold> {
    use Kurstype as K;
    use Tiltakskode as T;

    let Some(kurstype) = kurstype else { return Some(AmoInnhold::Ingen) };
    match (tiltakskode, kurstype) {
        (T::EnkeltplassArbeidsmarkedsopplaering, _) => Some(AmoInnhold::Ingen),
        (T::Studiespesialisering, _) => Some(AmoInnhold::SomGitt),
        (T::GruppeArbeidsmarkedsopplaering | T::Arbeidsmarkedsopplaering, K::BransjeOgYrkesrettet) => {
            Some(AmoInnhold::Yrkesrettet)
        }
        (T::GruppeArbeidsmarkedsopplaering, K::Studiespesialisering) => Some(AmoInnhold::BareKurstype),
        (
            T::GruppeArbeidsmarkedsopplaering | T::NorskopplaeringGrunnleggendeFerdigheterFov,
            K::Norskopplaering,
        ) => Some(AmoInnhold::Norskopplaering),
        (
            T::GruppeArbeidsmarkedsopplaering | T::NorskopplaeringGrunnleggendeFerdigheterFov,
            K::ForberedendeOpplaeringForVoksne | K::GrunnleggendeFerdigheter,
        ) => Some(AmoInnhold::Innholdselementer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arbeidsmarkedsopplaering_is_yrkesrettet_and_nothing_else() {
        let innhold = |kurstype| amo_innhold(Tiltakskode::Arbeidsmarkedsopplaering, Some(kurstype));
        assert_eq!(innhold(Kurstype::BransjeOgYrkesrettet), Some(AmoInnhold::Yrkesrettet));
        assert_eq!(innhold(Kurstype::Norskopplaering), None);
    }

    #[test]
    fn norskopplaering_is_not_yrkesrettet_and_not_studiespesialisering() {
        let innhold =
            |kurstype| amo_innhold(Tiltakskode::NorskopplaeringGrunnleggendeFerdigheterFov, Some(kurstype));
        assert_eq!(innhold(Kurstype::Norskopplaering), Some(AmoInnhold::Norskopplaering));
        assert_eq!(innhold(Kurstype::BransjeOgYrkesrettet), None);
        assert_eq!(innhold(Kurstype::Studiespesialisering), None);
    }

    #[test]
    fn an_enkeltplass_and_a_course_without_kurstype_have_no_kategorisering() {
        let enkeltplass = Tiltakskode::EnkeltplassArbeidsmarkedsopplaering;
        assert_eq!(amo_innhold(enkeltplass, Some(Kurstype::Norskopplaering)), Some(AmoInnhold::Ingen));
        assert_eq!(amo_innhold(Tiltakskode::Arbeidsmarkedsopplaering, None), Some(AmoInnhold::Ingen));
    }
}
