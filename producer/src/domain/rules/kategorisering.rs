//! The rules of a kategorisering.

use super::{BrokenRule, Rule, demand, shown};
use crate::domain::kodeverk::{Opplaering, Tiltakskode};
use crate::domain::{Kategorisering, amo_innhold};

/// Checks that a kategorisering goes with a tiltakskode.
///
/// # Errors
/// The rule that is broken.
pub fn check_kategorisering(
    kategorisering: &Kategorisering,
    tiltakskode: Tiltakskode,
) -> Result<(), BrokenRule> {
    let opplaering = tiltakskode.opplaering();
    demand(opplaering != Opplaering::Annet, Rule::KategoriseringAvOpplaering, || {
        format!("tiltakskode {tiltakskode} has no kategorisering")
    })?;
    demand(
        kategorisering.utdanningslop.is_none() || opplaering == Opplaering::Yrkesfag,
        Rule::UtdanningslopTilYrkesfag,
        || format!("tiltakskode {tiltakskode} has no utdanningsløp"),
    )?;
    demand(kategorisering.kurstype.is_none() || opplaering == Opplaering::Amo, Rule::KurstypeTilAmo, || {
        format!("tiltakskode {tiltakskode} has no kurstype")
    })?;
    demand(
        amo_innhold(tiltakskode, kategorisering.kurstype).is_some(),
        Rule::KurstypePasserTiltakskoden,
        || format!("tiltakskode {tiltakskode} does not have kurstype {}", shown(kategorisering.kurstype)),
    )
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::Utdanningslop;
    use crate::domain::kodeverk::Kurstype;
    use crate::sample::scalar;

    fn broken(tiltakskode: Tiltakskode, kategorisering: &Kategorisering) -> Option<&'static str> {
        check_kategorisering(kategorisering, tiltakskode).err().map(|rule| rule.name())
    }

    #[test]
    fn a_kategorisering_goes_with_the_tiltakskode() {
        let norsk = Kategorisering { kurstype: Some(Kurstype::Norskopplaering), ..Kategorisering::default() };
        let lop = Utdanningslop {
            utdanningsprogram: scalar("00000000-0000-4000-8000-0000000000aa"),
            utdanninger: [].into_iter().collect(),
        };
        let yrkesfag = Kategorisering { utdanningslop: Some(lop), ..Kategorisering::default() };

        assert_eq!(broken(Tiltakskode::GruppeArbeidsmarkedsopplaering, &norsk), None);
        assert_eq!(broken(Tiltakskode::FagOgYrkesopplaering, &yrkesfag), None);
        let none = Kategorisering::default();
        assert_eq!(broken(Tiltakskode::Oppfolging, &none), Some("kategorisering-av-opplaering"));
        assert_eq!(broken(Tiltakskode::Studiespesialisering, &yrkesfag), Some("utdanningslop-til-yrkesfag"));
        assert_eq!(broken(Tiltakskode::FagOgYrkesopplaering, &norsk), Some("kurstype-til-amo"));
        assert_eq!(
            broken(Tiltakskode::Arbeidsmarkedsopplaering, &norsk),
            Some("kurstype-passer-tiltakskoden")
        );
    }
}
