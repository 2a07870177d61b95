//! The rules of a gjennomføring of kind AVTALE, and of a removal.

use tiltak_schema::scalar::LocalDate;

use super::{BrokenRule, Rule, becomes, demand, oppstart, shown};
use crate::domain::kodeverk::{GjennomforingStatus, Oppstart};
use crate::domain::{Avtale, Gjennomforing, Kind, StengtPeriode, Tiltakstype};

/// Checks a new gjennomføring of kind AVTALE.
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

/// Checks a change of a gjennomføring of kind AVTALE from `before` to `after`.
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
    check_editable(before)?;
    demand(before.arrangor == after.arrangor, Rule::ArrangorErFast, || {
        becomes("arrangør", &before.arrangor, &after.arrangor)
    })?;
    let avtale = avtale.ok_or_else(|| BrokenRule::new(Rule::HarAvtale, "the gjennomføring has no avtale"))?;
    check_content(after, avtale, tiltakstype, today)
}

/// Checks that a gjennomføring may be edited at all: kind AVTALE, status GJENNOMFORES.
///
/// # Errors
/// The rule that is broken.
pub fn check_editable(gjennomforing: &Gjennomforing) -> Result<(), BrokenRule> {
    check_kind(gjennomforing)?;
    demand(gjennomforing.status == GjennomforingStatus::Gjennomfores, Rule::BareGjennomforesRedigeres, || {
        format!("the status is {}, not GJENNOMFORES", gjennomforing.status)
    })
}

/// Checks the periods in which the arrangør is closed.
///
/// # Errors
/// The rule that is broken.
pub fn check_stengt(periods: &[StengtPeriode]) -> Result<(), BrokenRule> {
    match periods.iter().find(|period| period.fra > period.til) {
        Some(StengtPeriode { fra, til, .. }) => Err(BrokenRule::new(
            Rule::StengtPeriodeSlutterEtterStart,
            format!("the closed period from {fra} ends on {til}"),
        )),
        None => Ok(()),
    }
}

/// Checks a removal: only an enkeltplass that came from Arena may be removed (`schema/WIRE.md`, section 5.1).
///
/// # Errors
/// The rule that is broken.
pub fn check_removal(gjennomforing: &Gjennomforing) -> Result<(), BrokenRule> {
    demand(
        gjennomforing.kind == Kind::Arena && gjennomforing.oppstart == Oppstart::Enkeltplass,
        Rule::BareEnkeltplassFraArenaFjernes,
        || {
            format!(
                "the gjennomføring is of kind {} with oppstart {}",
                gjennomforing.kind.as_str(),
                gjennomforing.oppstart
            )
        },
    )
}

pub(super) fn check_kind(gjennomforing: &Gjennomforing) -> Result<(), BrokenRule> {
    demand(gjennomforing.kind == Kind::Avtale, Rule::BareAvtaleRedigeres, || {
        format!("the gjennomføring is of kind {}, not AVTALE", gjennomforing.kind.as_str())
    })
}

pub(super) fn check_slutt_dato(
    start: Option<LocalDate>,
    end: Option<LocalDate>,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    check_running_end(end, today)?;
    check_order(start, end)
}

pub(super) fn check_running_end(end: Option<LocalDate>, today: LocalDate) -> Result<(), BrokenRule> {
    demand(end.is_none_or(|end| end >= today), Rule::SluttDatoIkkePassert, || {
        format!("sluttDato {} is before today, {today}", shown(end))
    })
}

pub(super) fn check_order(start: Option<LocalDate>, end: Option<LocalDate>) -> Result<(), BrokenRule> {
    demand(end.is_none_or(|end| start.is_none_or(|start| end >= start)), Rule::SlutterEtterStart, || {
        format!("sluttDato {} is before startDato, {}", shown(end), shown(start))
    })
}

fn check_content(
    gjennomforing: &Gjennomforing,
    avtale: &Avtale,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    check_running_end(gjennomforing.slutt_dato, today)?;
    check_under_avtale(gjennomforing, avtale, tiltakstype)
}

/// What holds at any time.
pub(super) fn check_under_avtale(
    gjennomforing: &Gjennomforing,
    avtale: &Avtale,
    tiltakstype: &Tiltakstype,
) -> Result<(), BrokenRule> {
    let start = gjennomforing.start_dato;
    demand(start.is_some(), Rule::StartDatoErSatt, || "startDato is not set".to_owned())?;
    check_order(start, gjennomforing.slutt_dato)?;
    demand(start.is_some_and(|start| start >= avtale.start_dato), Rule::StarterEtterAvtalen, || {
        format!("startDato {} is before the startDato of the avtale, {}", shown(start), avtale.start_dato)
    })?;
    demand(
        gjennomforing.antall_plasser.is_some_and(|places| places > 0),
        Rule::AntallPlasserOverNull,
        || format!("antallPlasser is {}, not greater than 0", shown(gjennomforing.antall_plasser)),
    )?;
    oppstart::check_gruppe(gjennomforing.oppstart, gjennomforing.pamelding_type, tiltakstype)
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::GjennomforingAggregate;
    use crate::domain::kodeverk::Tiltakskode;
    use crate::sample::{aggregate, now, scalar};

    /// The name of the rule that an edit breaks, if any.
    fn broken(code: Tiltakskode, change: impl FnOnce(&mut GjennomforingAggregate)) -> Option<&'static str> {
        let before = aggregate(code);
        let mut after = before.clone();
        change(&mut after);
        let avtale = after.avtale.as_ref();
        check_edit(&before.gjennomforing, &after.gjennomforing, avtale, &after.tiltakstype, now().today())
            .err()
            .map(|rule| rule.name())
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
            let mut it = aggregate(Tiltakskode::Oppfolging);
            it.gjennomforing.status = status;
            let avtale = it.avtale.as_ref();
            let edit =
                check_edit(&it.gjennomforing, &it.gjennomforing, avtale, &it.tiltakstype, now().today());
            assert_eq!(edit.unwrap_err().name(), "bare-gjennomfores-redigeres");
        }
        for kind in [Kind::Arena, Kind::Enkeltplass] {
            let mut it = aggregate(Tiltakskode::Oppfolging);
            it.gjennomforing.kind = kind;
            let edit = check_edit(&it.gjennomforing, &it.gjennomforing, None, &it.tiltakstype, now().today());
            assert_eq!(edit.unwrap_err().name(), "bare-avtale-redigeres");
        }
    }

    #[test]
    fn only_an_enkeltplass_from_arena_is_removed() {
        for (kind, oppstart, may) in [
            (Kind::Arena, Oppstart::Enkeltplass, true),
            (Kind::Arena, Oppstart::Lopende, false),
            (Kind::Enkeltplass, Oppstart::Enkeltplass, false),
            (Kind::Avtale, Oppstart::Lopende, false),
        ] {
            let mut it = aggregate(Tiltakskode::Oppfolging).gjennomforing;
            it.kind = kind;
            it.oppstart = oppstart;
            assert_eq!(check_removal(&it).is_ok(), may, "{kind:?} {oppstart:?}");
        }
    }

    #[test]
    fn a_closed_period_has_its_last_day_after_its_first() {
        let period =
            |fra, til| StengtPeriode { fra: scalar(fra), til: scalar(til), beskrivelse: String::new() };
        assert_eq!(check_stengt(&[period("2026-07-01", "2026-07-01")]), Ok(()));
        let wrong = check_stengt(&[period("2026-07-01", "2026-07-31"), period("2026-12-24", "2026-12-23")]);
        assert_eq!(wrong.unwrap_err().name(), "stengt-periode-slutter-etter-start");
    }
}
