//! The status rules (wire contract, section 6). Each refusal carries the rule's name.

use tiltak_schema::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use tiltak_schema::scalar::{LocalDate, Organisasjonsnummer};

use super::{Avtale, AvtaleStatus, Egenskap, Gjennomforing, Kind, Tiltakstype};

/// A rule that a change would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rule {name} is broken: {says}")]
pub struct BrokenRule {
    /// Name of the rule, for programs.
    pub name: &'static str,
    /// What the rule demands.
    pub says: &'static str,
}

fn demand(holds: bool, name: &'static str, says: &'static str) -> Result<(), BrokenRule> {
    if holds { Ok(()) } else { Err(BrokenRule { name, says }) }
}

/// Status of an avtale on a day.
pub fn avtale_status(avtale: &Avtale, today: LocalDate) -> AvtaleStatus {
    match avtale {
        Avtale { arrangor: None, .. } => AvtaleStatus::Utkast,
        Avtale { avbrutt: true, .. } => AvtaleStatus::Avbrutt,
        Avtale { slutt_dato: Some(end), .. } if *end < today => AvtaleStatus::Avsluttet,
        _ => AvtaleStatus::Aktiv,
    }
}

/// An avtale can be saved with these dates.
///
/// # Errors
/// The rule that is broken.
pub fn check_avtale(avtale: &Avtale) -> Result<(), BrokenRule> {
    demand(
        avtale.slutt_dato.is_none_or(|end| end >= avtale.start_dato),
        "avtale-slutter-etter-start",
        "sluttDato of the avtale is not before its startDato",
    )
}

/// The arrangør of an active avtale, which becomes that of a new gjennomføring under it.
///
/// # Errors
/// The avtale is not active.
pub fn active_arrangor(avtale: &Avtale, today: LocalDate) -> Result<Organisasjonsnummer, BrokenRule> {
    match (&avtale.arrangor, avtale_status(avtale, today)) {
        (Some(arrangor), AvtaleStatus::Aktiv) => Ok(arrangor.clone()),
        _ => Err(BrokenRule {
            name: "avtale-er-aktiv",
            says: "a gjennomføring is made under an active avtale",
        }),
    }
}

/// A gjennomføring of kind AVTALE may be made.
///
/// # Errors
/// The rule that is broken.
pub fn check_new(
    gjennomforing: &Gjennomforing,
    avtale: &Avtale,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    check_content(gjennomforing, avtale, tiltakstype, today)
}

/// A gjennomføring of kind AVTALE may be changed from `before` to `after`.
///
/// # Errors
/// The rule that is broken.
pub fn check_edit(
    before: &Gjennomforing,
    after: &Gjennomforing,
    avtale: Option<&Avtale>,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    demand(
        before.kind == Kind::Avtale,
        "bare-avtale-redigeres",
        "only a gjennomføring of kind AVTALE is edited",
    )?;
    demand(
        before.status == GjennomforingStatus::Gjennomfores,
        "bare-gjennomfores-redigeres",
        "only a gjennomføring with status GJENNOMFORES is edited",
    )?;
    demand(
        before.arrangor == after.arrangor,
        "arrangor-er-fast",
        "the arrangør of a gjennomføring is fixed",
    )?;
    let avtale = avtale.ok_or(BrokenRule {
        name: "har-avtale",
        says: "a gjennomføring of kind AVTALE runs under an avtale",
    })?;
    check_content(after, avtale, tiltakstype, today)
}

fn check_content(
    gjennomforing: &Gjennomforing,
    avtale: &Avtale,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    let start = gjennomforing.start_dato;
    let end = gjennomforing.slutt_dato;
    demand(start.is_some(), "start-dato-er-satt", "a gjennomføring of kind AVTALE has a startDato")?;
    demand(end.is_none_or(|end| end >= today), "slutt-dato-ikke-passert", "sluttDato is not before today")?;
    demand(
        end.is_none_or(|end| Some(end) >= start),
        "slutter-etter-start",
        "sluttDato is not before startDato",
    )?;
    demand(
        start.is_some_and(|start| start >= avtale.start_dato),
        "starter-etter-avtalen",
        "startDato is not before the startDato of the avtale",
    )?;
    demand(
        gjennomforing.antall_plasser.is_some_and(|places| places > 0),
        "antall-plasser-over-null",
        "antallPlasser is greater than 0",
    )?;
    check_oppstart(gjennomforing.oppstart, gjennomforing.pamelding_type, tiltakstype)
}

/// Oppstart and påmelding go with the tiltakstype.
fn check_oppstart(
    oppstart: Oppstart,
    pamelding: PameldingType,
    tiltakstype: &Tiltakstype,
) -> Result<(), BrokenRule> {
    let has = |egenskap| tiltakstype.egenskaper.contains(&egenskap);
    let is_gruppe = matches!(
        tiltakstype.tiltakskode,
        Tiltakskode::GruppeArbeidsmarkedsopplaering | Tiltakskode::GruppeFagOgYrkesopplaering
    );
    demand(
        oppstart != Oppstart::Enkeltplass,
        "gruppe-er-ikke-enkeltplass",
        "a gjennomføring of kind AVTALE has oppstart LOPENDE or FELLES",
    )?;
    demand(
        !(is_gruppe && oppstart == Oppstart::Felles) || pamelding == PameldingType::TrengerGodkjenning,
        "felles-trenger-godkjenning",
        "oppstart FELLES needs TRENGER_GODKJENNING for this tiltakskode",
    )?;
    demand(
        !has(Egenskap::KreverDirekteVedtak)
            || (oppstart == Oppstart::Lopende && pamelding == PameldingType::DirekteVedtak),
        "krever-direkte-vedtak",
        "this tiltakskode needs oppstart LOPENDE and DIREKTE_VEDTAK",
    )?;
    demand(
        !(has(Egenskap::KreverDirekteVedtakForLopendeOppstart) && oppstart == Oppstart::Lopende)
            || pamelding == PameldingType::DirekteVedtak,
        "lopende-krever-direkte-vedtak",
        "oppstart LOPENDE needs DIREKTE_VEDTAK for this tiltakskode",
    )
}

/// Only an enkeltplass that came from Arena may be removed (wire contract, section 5).
///
/// # Errors
/// The rule that is broken.
pub fn check_removal(gjennomforing: &Gjennomforing) -> Result<(), BrokenRule> {
    demand(
        gjennomforing.kind == Kind::Arena && gjennomforing.oppstart == Oppstart::Enkeltplass,
        "bare-enkeltplass-fra-arena-fjernes",
        "only an enkeltplass that came from Arena is removed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{joined, now, scalar};
    use crate::store::Joined;

    /// The name of the rule that an edit breaks, if any.
    fn broken(code: Tiltakskode, change: impl FnOnce(&mut Joined)) -> Option<&'static str> {
        let before = joined(code);
        let mut after = before.clone();
        change(&mut after);
        let avtale = after.avtale.as_ref();
        check_edit(&before.gjennomforing, &after.gjennomforing, avtale, &after.tiltakstype, now().today())
            .err()
            .map(|rule| rule.name)
    }

    #[test]
    fn an_edit_that_breaks_no_rule_is_let_through() {
        assert_eq!(broken(Tiltakskode::Oppfolging, |_| {}), None);
    }

    #[test]
    fn slutt_dato_may_be_today_or_unknown_but_not_yesterday() {
        let slutt_dato = |date: Option<&str>| {
            broken(Tiltakskode::Oppfolging, |it| it.gjennomforing.slutt_dato = date.map(scalar))
        };
        assert_eq!(slutt_dato(Some("2026-01-15")), None);
        assert_eq!(slutt_dato(None), None);
        assert_eq!(slutt_dato(Some("2026-01-14")), Some("slutt-dato-ikke-passert"));
    }

    #[test]
    fn a_gjennomforing_lies_within_its_own_dates_and_after_the_start_of_the_avtale() {
        let dates = |start: &str, end: &str| {
            broken(Tiltakskode::Oppfolging, |it| {
                it.gjennomforing.start_dato = Some(scalar(start));
                it.gjennomforing.slutt_dato = Some(scalar(end));
            })
        };
        assert_eq!(dates("2026-02-01", "2026-02-01"), None);
        assert_eq!(dates("2026-02-02", "2026-02-01"), Some("slutter-etter-start"));
        assert_eq!(dates("2025-01-01", "2026-02-01"), None);
        assert_eq!(dates("2024-12-31", "2026-02-01"), Some("starter-etter-avtalen"));
    }

    #[test]
    fn there_is_at_least_one_place() {
        let places =
            |count| broken(Tiltakskode::Oppfolging, |it| it.gjennomforing.antall_plasser = Some(count));
        assert_eq!(places(1), None);
        assert_eq!(places(0), Some("antall-plasser-over-null"));
        assert_eq!(places(-1), Some("antall-plasser-over-null"));
    }

    #[test]
    fn the_arrangor_is_fixed() {
        let rule = broken(Tiltakskode::Oppfolging, |it| it.gjennomforing.arrangor = scalar("987654321"));
        assert_eq!(rule, Some("arrangor-er-fast"));
    }

    #[test]
    fn only_a_running_gjennomforing_of_kind_avtale_is_edited() {
        for status in
            [GjennomforingStatus::Avsluttet, GjennomforingStatus::Avbrutt, GjennomforingStatus::Avlyst]
        {
            let mut it = joined(Tiltakskode::Oppfolging);
            it.gjennomforing.status = status;
            let avtale = it.avtale.as_ref();
            let edit =
                check_edit(&it.gjennomforing, &it.gjennomforing, avtale, &it.tiltakstype, now().today());
            assert_eq!(edit.unwrap_err().name, "bare-gjennomfores-redigeres");
        }
        for kind in [Kind::Arena, Kind::Enkeltplass] {
            let mut it = joined(Tiltakskode::Oppfolging);
            it.gjennomforing.kind = kind;
            let edit = check_edit(&it.gjennomforing, &it.gjennomforing, None, &it.tiltakstype, now().today());
            assert_eq!(edit.unwrap_err().name, "bare-avtale-redigeres");
        }
    }

    #[test]
    fn oppstart_and_pamelding_go_with_the_tiltakskode() {
        use Oppstart::{Enkeltplass, Felles, Lopende};
        use PameldingType::{DirekteVedtak, TrengerGodkjenning};
        let rule = |code, oppstart, pamelding| {
            broken(code, |it| {
                it.gjennomforing.oppstart = oppstart;
                it.gjennomforing.pamelding_type = pamelding;
            })
        };
        // KREVER_DIREKTE_VEDTAK
        assert_eq!(rule(Tiltakskode::Avklaring, Lopende, DirekteVedtak), None);
        assert_eq!(rule(Tiltakskode::Avklaring, Felles, DirekteVedtak), Some("krever-direkte-vedtak"));
        assert_eq!(rule(Tiltakskode::Avklaring, Lopende, TrengerGodkjenning), Some("krever-direkte-vedtak"));
        // the GRUPPE codes
        let gruppe = Tiltakskode::GruppeArbeidsmarkedsopplaering;
        assert_eq!(rule(gruppe, Felles, TrengerGodkjenning), None);
        assert_eq!(rule(gruppe, Felles, DirekteVedtak), Some("felles-trenger-godkjenning"));
        assert_eq!(rule(gruppe, Enkeltplass, TrengerGodkjenning), Some("gruppe-er-ikke-enkeltplass"));
    }

    #[test]
    fn the_rule_for_lopende_oppstart_holds_where_the_tiltakstype_has_it() {
        let rule = |oppstart, pamelding| {
            broken(Tiltakskode::GruppeFagOgYrkesopplaering, |it| {
                it.tiltakstype.egenskaper.clear();
                it.tiltakstype.egenskaper.insert(Egenskap::KreverDirekteVedtakForLopendeOppstart);
                it.gjennomforing.oppstart = oppstart;
                it.gjennomforing.pamelding_type = pamelding;
            })
        };
        assert_eq!(rule(Oppstart::Lopende, PameldingType::DirekteVedtak), None);
        assert_eq!(rule(Oppstart::Felles, PameldingType::TrengerGodkjenning), None);
        assert_eq!(
            rule(Oppstart::Lopende, PameldingType::TrengerGodkjenning),
            Some("lopende-krever-direkte-vedtak")
        );
    }

    #[test]
    fn the_status_of_an_avtale_follows_from_its_arrangor_and_its_dates() {
        let status = |change: fn(&mut Avtale)| {
            let mut avtale = joined(Tiltakskode::Oppfolging).avtale.unwrap();
            change(&mut avtale);
            avtale_status(&avtale, now().today())
        };
        assert_eq!(status(|_| {}), AvtaleStatus::Aktiv);
        assert_eq!(status(|avtale| avtale.slutt_dato = Some(scalar("2026-01-15"))), AvtaleStatus::Aktiv);
        assert_eq!(status(|avtale| avtale.slutt_dato = Some(scalar("2026-01-14"))), AvtaleStatus::Avsluttet);
        assert_eq!(status(|avtale| avtale.arrangor = None), AvtaleStatus::Utkast);
        assert_eq!(status(|avtale| avtale.avbrutt = true), AvtaleStatus::Avbrutt);
        let ended = |avtale: &mut Avtale| {
            avtale.avbrutt = true;
            avtale.slutt_dato = Some(scalar("2026-01-14"));
        };
        assert_eq!(status(ended), AvtaleStatus::Avbrutt, "it is sticky");
    }

    #[test]
    fn only_an_enkeltplass_from_arena_is_removed() {
        for (kind, oppstart, may) in [
            (Kind::Arena, Oppstart::Enkeltplass, true),
            (Kind::Arena, Oppstart::Lopende, false),
            (Kind::Enkeltplass, Oppstart::Enkeltplass, false),
            (Kind::Avtale, Oppstart::Lopende, false),
        ] {
            let mut it = joined(Tiltakskode::Oppfolging).gjennomforing;
            it.kind = kind;
            it.oppstart = oppstart;
            assert_eq!(check_removal(&it).is_ok(), may, "{kind:?} {oppstart:?}");
        }
    }
}
