//! The rules for oppstart and påmelding, which depend on the tiltakstype (`schema/WIRE.md`, section 6.2).

use super::{BrokenRule, Rule, demand};
use crate::domain::kodeverk::{Oppstart, PameldingType, Tiltakskode};
use crate::domain::{Egenskap, Tiltakstype};

/// Checks oppstart and påmelding of a gjennomføring of kind AVTALE.
pub(super) fn check_gruppe(
    oppstart: Oppstart,
    pamelding: PameldingType,
    tiltakstype: &Tiltakstype,
) -> Result<(), BrokenRule> {
    let has = |egenskap| tiltakstype.egenskaper.contains(&egenskap);
    let is_gruppe = matches!(
        tiltakstype.tiltakskode,
        Tiltakskode::GruppeArbeidsmarkedsopplaering | Tiltakskode::GruppeFagOgYrkesopplaering
    );
    demand(oppstart != Oppstart::Enkeltplass, Rule::GruppeErIkkeEnkeltplass, || {
        format!("oppstart is {oppstart}, not LOPENDE or FELLES")
    })?;
    demand(
        !(is_gruppe && oppstart == Oppstart::Felles) || pamelding == PameldingType::TrengerGodkjenning,
        Rule::FellesTrengerGodkjenning,
        || format!("påmelding is {pamelding} with oppstart FELLES, not TRENGER_GODKJENNING"),
    )?;
    demand(
        !has(Egenskap::KreverDirekteVedtak)
            || (oppstart == Oppstart::Lopende && pamelding == PameldingType::DirekteVedtak),
        Rule::KreverDirekteVedtak,
        || format!("oppstart is {oppstart} and påmelding {pamelding}, not LOPENDE and DIREKTE_VEDTAK"),
    )?;
    demand(
        !(has(Egenskap::KreverDirekteVedtakForLopendeOppstart) && oppstart == Oppstart::Lopende)
            || pamelding == PameldingType::DirekteVedtak,
        Rule::LopendeKreverDirekteVedtak,
        || format!("påmelding is {pamelding} with oppstart LOPENDE, not DIREKTE_VEDTAK"),
    )
}

/// Of an enkeltplass. Where a tiltakskode needs LOPENDE and DIREKTE_VEDTAK, an enkeltplass needs the latter alone.
pub(super) fn check_enkeltplass(
    oppstart: Oppstart,
    pamelding: PameldingType,
    tiltakstype: &Tiltakstype,
) -> Result<(), BrokenRule> {
    demand(oppstart == Oppstart::Enkeltplass, Rule::EnkeltplassHarOppstartEnkeltplass, || {
        format!("oppstart is {oppstart}, not ENKELTPLASS")
    })?;
    demand(
        !tiltakstype.egenskaper.contains(&Egenskap::KreverDirekteVedtak)
            || pamelding == PameldingType::DirekteVedtak,
        Rule::EnkeltplassKreverDirekteVedtak,
        || format!("påmelding is {pamelding}, not DIREKTE_VEDTAK"),
    )
}

#[cfg(test)]
mod tests {
    use Oppstart::{Enkeltplass, Felles, Lopende};
    use PameldingType::{DirekteVedtak, TrengerGodkjenning};

    use super::*;
    use crate::sample::tiltakstype;

    fn gruppe(code: Tiltakskode, oppstart: Oppstart, pamelding: PameldingType) -> Option<&'static str> {
        check_gruppe(oppstart, pamelding, &tiltakstype(code)).err().map(|rule| rule.name())
    }

    #[test]
    fn krever_direkte_vedtak_needs_lopende_and_direkte_vedtak() {
        let code = Tiltakskode::Avklaring;
        assert_eq!(gruppe(code, Lopende, DirekteVedtak), None);
        assert_eq!(gruppe(code, Felles, DirekteVedtak), Some("krever-direkte-vedtak"));
        assert_eq!(gruppe(code, Lopende, TrengerGodkjenning), Some("krever-direkte-vedtak"));
    }

    #[test]
    fn felles_needs_godkjenning_for_the_gruppe_codes_and_for_no_other() {
        for code in [Tiltakskode::GruppeArbeidsmarkedsopplaering, Tiltakskode::GruppeFagOgYrkesopplaering] {
            assert_eq!(gruppe(code, Felles, TrengerGodkjenning), None);
            assert_eq!(gruppe(code, Felles, DirekteVedtak), Some("felles-trenger-godkjenning"));
        }
        assert_eq!(gruppe(Tiltakskode::Jobbklubb, Felles, DirekteVedtak), None);
    }

    #[test]
    fn lopende_needs_direkte_vedtak_where_the_tiltakstype_says_so() {
        let code = Tiltakskode::GruppeFagOgYrkesopplaering;
        assert_eq!(gruppe(code, Lopende, DirekteVedtak), None);
        assert_eq!(gruppe(code, Lopende, TrengerGodkjenning), Some("lopende-krever-direkte-vedtak"));
        assert_eq!(gruppe(Tiltakskode::Jobbklubb, Lopende, TrengerGodkjenning), None);
    }

    #[test]
    fn only_an_enkeltplass_has_oppstart_enkeltplass() {
        let single = |code, oppstart, pamelding| {
            check_enkeltplass(oppstart, pamelding, &tiltakstype(code)).err().map(|rule| rule.name())
        };
        let code = Tiltakskode::EnkeltplassArbeidsmarkedsopplaering;
        assert_eq!(
            gruppe(Tiltakskode::Jobbklubb, Enkeltplass, DirekteVedtak),
            Some("gruppe-er-ikke-enkeltplass")
        );
        assert_eq!(single(code, Enkeltplass, DirekteVedtak), None);
        assert_eq!(single(code, Lopende, DirekteVedtak), Some("enkeltplass-har-oppstart-enkeltplass"));
        assert_eq!(single(code, Enkeltplass, TrengerGodkjenning), Some("enkeltplass-krever-direkte-vedtak"));
        assert_eq!(single(Tiltakskode::HoyereUtdanning, Enkeltplass, TrengerGodkjenning), None);
    }
}
