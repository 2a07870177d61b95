//! How the status of a gjennomføring of kind AVTALE changes.
//!
//! GJENNOMFORES becomes AVSLUTTET by the status job or by staff, and AVBRUTT or AVLYST by staff. Staff can reopen
//! AVSLUTTET to GJENNOMFORES. AVBRUTT and AVLYST are final.

use tiltak_schema::scalar::LocalDate;

use super::gjennomforing::{check_kind, check_slutt_dato};
use super::{BrokenRule, Rule, demand, shown};
use crate::domain::kodeverk::{GjennomforingStatus, Oppstart};
use crate::domain::{Gjennomforing, Kind};

/// The status and last day of a gjennomføring after it was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avbrudd {
    /// AVLYST or AVBRUTT.
    pub status: GjennomforingStatus,
    /// Its last day.
    pub slutt_dato: Option<LocalDate>,
}

/// Whether the status job ends a gjennomføring on this day.
pub fn has_ended(gjennomforing: &Gjennomforing, today: LocalDate) -> bool {
    gjennomforing.kind == Kind::Avtale
        && gjennomforing.status == GjennomforingStatus::Gjennomfores
        && gjennomforing.slutt_dato.is_some_and(|end| end < today)
}

/// Whether the påmelding job closes a gjennomføring on this day.
pub fn closes_for_pamelding(gjennomforing: &Gjennomforing, today: LocalDate) -> bool {
    gjennomforing.kind == Kind::Avtale
        && gjennomforing.oppstart == Oppstart::Felles
        && gjennomforing.apent_for_pamelding
        && gjennomforing.start_dato == Some(today)
}

/// Checks that staff may end a gjennomføring: the day after its sluttDato has begun.
///
/// # Errors
/// The rule that is broken.
pub fn check_avslutt(gjennomforing: &Gjennomforing, today: LocalDate) -> Result<(), BrokenRule> {
    check_kind(gjennomforing)?;
    demand(
        gjennomforing.status == GjennomforingStatus::Gjennomfores,
        Rule::BareGjennomforesAvsluttes,
        || format!("the status is {}, not GJENNOMFORES", gjennomforing.status),
    )?;
    demand(has_ended(gjennomforing, today), Rule::AvsluttesEtterSluttDato, || {
        format!("sluttDato {} is not before today, {today}", shown(gjennomforing.slutt_dato))
    })
}

/// The status and last day of a gjennomføring that staff cancel at a date. Before startDato it becomes AVLYST and
/// keeps its sluttDato. From startDato on, and before sluttDato, it becomes AVBRUTT and ends at the date.
///
/// # Errors
/// The rule that is broken.
pub fn avbryt(gjennomforing: &Gjennomforing, date: LocalDate) -> Result<Avbrudd, BrokenRule> {
    check_kind(gjennomforing)?;
    demand(
        gjennomforing.status == GjennomforingStatus::Gjennomfores,
        Rule::BareGjennomforesAvbrytes,
        || format!("the status is {}, not GJENNOMFORES", gjennomforing.status),
    )?;
    if gjennomforing.start_dato.is_some_and(|start| date < start) {
        return Ok(Avbrudd { status: GjennomforingStatus::Avlyst, slutt_dato: gjennomforing.slutt_dato });
    }
    demand(gjennomforing.slutt_dato.is_none_or(|end| date < end), Rule::AvbrytesForSluttDato, || {
        format!("the date {date} is not before sluttDato, {}", shown(gjennomforing.slutt_dato))
    })?;
    Ok(Avbrudd { status: GjennomforingStatus::Avbrutt, slutt_dato: Some(date) })
}

/// Checks that staff may reopen an ended gjennomføring with this sluttDato.
///
/// # Errors
/// The rule that is broken.
pub fn check_gjenapne(
    gjennomforing: &Gjennomforing,
    slutt_dato: LocalDate,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    check_kind(gjennomforing)?;
    demand(gjennomforing.status == GjennomforingStatus::Avsluttet, Rule::BareAvsluttetGjenapnes, || {
        format!("the status is {}, not AVSLUTTET", gjennomforing.status)
    })?;
    check_slutt_dato(gjennomforing.start_dato, Some(slutt_dato), today)
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::kodeverk::Tiltakskode;
    use crate::sample::{aggregate, now, scalar};

    /// From 1 January to 30 June.
    fn gjennomforing(status: GjennomforingStatus) -> Gjennomforing {
        let mut gjennomforing = aggregate(Tiltakskode::Jobbklubb).gjennomforing;
        gjennomforing.status = status;
        gjennomforing
    }

    const NOT_RUNNING: [GjennomforingStatus; 3] =
        [GjennomforingStatus::Avsluttet, GjennomforingStatus::Avbrutt, GjennomforingStatus::Avlyst];

    #[test]
    fn the_status_job_ends_what_ended_yesterday_and_not_what_ends_today() {
        let ended = |change: fn(&mut Gjennomforing)| {
            let mut it = gjennomforing(GjennomforingStatus::Gjennomfores);
            it.slutt_dato = Some(scalar("2026-01-14"));
            change(&mut it);
            has_ended(&it, now().today())
        };
        assert!(ended(|_| {}));
        assert!(!ended(|it| it.slutt_dato = Some(scalar("2026-01-15"))));
        assert!(!ended(|it| it.slutt_dato = None));
        assert!(!ended(|it| it.status = GjennomforingStatus::Avbrutt));
        assert!(!ended(|it| it.kind = Kind::Arena));
        assert!(!ended(|it| it.kind = Kind::Enkeltplass));
    }

    #[test]
    fn the_pamelding_job_closes_what_starts_today_for_all_at_once() {
        let closes = |change: fn(&mut Gjennomforing)| {
            let mut it = gjennomforing(GjennomforingStatus::Gjennomfores);
            it.oppstart = Oppstart::Felles;
            it.start_dato = Some(now().today());
            change(&mut it);
            closes_for_pamelding(&it, now().today())
        };
        assert!(closes(|_| {}));
        assert!(!closes(|it| it.oppstart = Oppstart::Lopende));
        assert!(!closes(|it| it.apent_for_pamelding = false));
        assert!(!closes(|it| it.start_dato = Some(scalar("2026-01-14"))));
        assert!(!closes(|it| it.start_dato = Some(scalar("2026-01-16"))));
        assert!(!closes(|it| it.kind = Kind::Arena));
    }

    #[test]
    fn it_is_ended_by_hand_once_its_last_day_is_over() {
        let avslutt = |status, end: Option<&str>| {
            let mut it = gjennomforing(status);
            it.slutt_dato = end.map(scalar);
            check_avslutt(&it, now().today()).err().map(|rule| rule.name())
        };
        assert_eq!(avslutt(GjennomforingStatus::Gjennomfores, Some("2026-01-14")), None);
        for end in [Some("2026-01-15"), None] {
            assert_eq!(avslutt(GjennomforingStatus::Gjennomfores, end), Some("avsluttes-etter-slutt-dato"));
        }
        for status in NOT_RUNNING {
            assert_eq!(avslutt(status, Some("2026-01-14")), Some("bare-gjennomfores-avsluttes"));
        }
    }

    #[test]
    fn what_is_cut_off_before_it_starts_is_avlyst_and_later_avbrutt() {
        let avbryt = |date| avbryt(&gjennomforing(GjennomforingStatus::Gjennomfores), scalar(date));
        let avlyst = Avbrudd { status: GjennomforingStatus::Avlyst, slutt_dato: Some(scalar("2026-06-30")) };
        assert_eq!(avbryt("2025-12-31"), Ok(avlyst));
        for date in ["2026-01-01", "2026-06-29"] {
            let avbrutt = Avbrudd { status: GjennomforingStatus::Avbrutt, slutt_dato: Some(scalar(date)) };
            assert_eq!(avbryt(date), Ok(avbrutt));
        }
        assert_eq!(avbryt("2026-06-30").unwrap_err().name(), "avbrytes-for-slutt-dato");
    }

    #[test]
    fn what_has_no_last_day_is_cut_off_at_any_date_and_only_while_it_runs() {
        let mut it = gjennomforing(GjennomforingStatus::Gjennomfores);
        it.slutt_dato = None;
        let date = scalar("2030-01-01");
        assert_eq!(avbryt(&it, date).unwrap().slutt_dato, Some(date));
        for status in NOT_RUNNING {
            assert_eq!(
                avbryt(&gjennomforing(status), date).unwrap_err().name(),
                "bare-gjennomfores-avbrytes"
            );
        }
    }

    #[test]
    fn only_what_is_avsluttet_is_opened_again_and_not_with_a_last_day_that_is_over() {
        let open = |status, end| {
            check_gjenapne(&gjennomforing(status), scalar(end), now().today()).err().map(|rule| rule.name())
        };
        assert_eq!(open(GjennomforingStatus::Avsluttet, "2026-01-15"), None);
        assert_eq!(open(GjennomforingStatus::Avsluttet, "2026-01-14"), Some("slutt-dato-ikke-passert"));
        for status in
            [GjennomforingStatus::Gjennomfores, GjennomforingStatus::Avbrutt, GjennomforingStatus::Avlyst]
        {
            assert_eq!(open(status, "2026-01-15"), Some("bare-avsluttet-gjenapnes"));
        }
    }

    #[test]
    fn the_rules_do_not_touch_what_is_not_of_kind_avtale() {
        for kind in [Kind::Arena, Kind::Enkeltplass] {
            let mut it = gjennomforing(GjennomforingStatus::Gjennomfores);
            it.kind = kind;
            let day = scalar("2026-02-01");
            assert_eq!(check_avslutt(&it, day).unwrap_err().name(), "bare-avtale-redigeres");
            assert_eq!(avbryt(&it, day).unwrap_err().name(), "bare-avtale-redigeres");
            assert_eq!(check_gjenapne(&it, day, day).unwrap_err().name(), "bare-avtale-redigeres");
        }
    }
}
