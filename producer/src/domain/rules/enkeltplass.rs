//! The rules of an enkeltplass.

use tiltak_schema::scalar::LocalDate;

use super::gjennomforing::check_slutt_dato;
use super::{BrokenRule, Rule, becomes, demand, oppstart, shown};
use crate::domain::kodeverk::GjennomforingStatus;
use crate::domain::{Egenskap, Gjennomforing, Kind, Tiltakstype};

/// Checks a new enkeltplass.
///
/// # Errors
/// The rule that is broken.
pub fn check_new_enkeltplass(
    enkeltplass: &Gjennomforing,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    demand(
        tiltakstype.egenskaper.contains(&Egenskap::StotterEnkeltplasser),
        Rule::TiltakstypenStotterEnkeltplasser,
        || format!("tiltakskode {} has no enkeltplasser", tiltakstype.tiltakskode),
    )?;
    check_content(enkeltplass, tiltakstype, today)
}

/// Checks a change of an enkeltplass from `before` to `after`.
///
/// # Errors
/// The rule that is broken.
pub fn check_edit_enkeltplass(
    before: &Gjennomforing,
    after: &Gjennomforing,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    check_editable_enkeltplass(before)?;
    demand(before.arrangor == after.arrangor, Rule::ArrangorErFast, || {
        becomes("arrangør", &before.arrangor, &after.arrangor)
    })?;
    check_content(after, tiltakstype, today)
}

/// Checks that an enkeltplass may be edited at all: kind ENKELTPLASS, status GJENNOMFORES.
///
/// # Errors
/// The rule that is broken.
pub fn check_editable_enkeltplass(enkeltplass: &Gjennomforing) -> Result<(), BrokenRule> {
    demand(enkeltplass.kind == Kind::Enkeltplass, Rule::BareEnkeltplassRedigeres, || {
        format!("the gjennomføring is of kind {}, not ENKELTPLASS", enkeltplass.kind.as_str())
    })?;
    demand(enkeltplass.status == GjennomforingStatus::Gjennomfores, Rule::BareGjennomforesRedigeres, || {
        format!("the status is {}, not GJENNOMFORES", enkeltplass.status)
    })
}

fn check_content(
    enkeltplass: &Gjennomforing,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    check_slutt_dato(enkeltplass.start_dato, enkeltplass.slutt_dato, today)?;
    demand(enkeltplass.antall_plasser.is_none_or(|places| places > 0), Rule::AntallPlasserOverNull, || {
        format!("antallPlasser is {}, not greater than 0", shown(enkeltplass.antall_plasser))
    })?;
    oppstart::check_enkeltplass(enkeltplass.oppstart, enkeltplass.pamelding_type, tiltakstype)
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::kodeverk::{Oppstart, Tiltakskode};
    use crate::sample::{aggregate, now, scalar, tiltakstype};

    fn enkeltplass() -> Gjennomforing {
        let mut it = aggregate(Tiltakskode::EnkeltplassArbeidsmarkedsopplaering).gjennomforing;
        it.kind = Kind::Enkeltplass;
        it.oppstart = Oppstart::Enkeltplass;
        it.avtale = None;
        it
    }

    /// The name of the rule that an edit breaks, if any.
    fn broken(change: impl FnOnce(&mut Gjennomforing)) -> Option<&'static str> {
        let mut after = enkeltplass();
        change(&mut after);
        let tiltakstype = tiltakstype(Tiltakskode::EnkeltplassArbeidsmarkedsopplaering);
        check_edit_enkeltplass(&enkeltplass(), &after, &tiltakstype, now().today())
            .err()
            .map(|rule| rule.name())
    }

    #[test]
    fn an_enkeltplass_needs_no_dates_and_no_places() {
        let without = |it: &mut Gjennomforing| {
            (it.start_dato, it.slutt_dato, it.antall_plasser) = (None, None, None);
        };
        assert_eq!(broken(without), None);
    }

    #[test]
    fn what_it_has_obeys_the_rules_of_a_gjennomforing() {
        assert_eq!(broken(|it| it.slutt_dato = Some(scalar("2026-01-14"))), Some("slutt-dato-ikke-passert"));
        assert_eq!(broken(|it| it.start_dato = Some(scalar("2026-07-01"))), Some("slutter-etter-start"));
        assert_eq!(broken(|it| it.antall_plasser = Some(0)), Some("antall-plasser-over-null"));
        assert_eq!(broken(|it| it.arrangor = scalar("987654321")), Some("arrangor-er-fast"));
        assert_eq!(broken(|it| it.oppstart = Oppstart::Felles), Some("enkeltplass-har-oppstart-enkeltplass"));
    }

    #[test]
    fn only_a_running_enkeltplass_is_edited() {
        let tiltakstype = tiltakstype(Tiltakskode::EnkeltplassArbeidsmarkedsopplaering);
        let check = |it: &Gjennomforing| check_edit_enkeltplass(it, it, &tiltakstype, now().today());
        let mut ended = enkeltplass();
        ended.status = GjennomforingStatus::Avbrutt;
        assert_eq!(check(&ended).unwrap_err().name(), "bare-gjennomfores-redigeres");
        for kind in [Kind::Arena, Kind::Avtale] {
            let mut other = enkeltplass();
            other.kind = kind;
            assert_eq!(check(&other).unwrap_err().name(), "bare-enkeltplass-redigeres");
        }
    }

    #[test]
    fn an_enkeltplass_is_of_a_tiltakstype_that_has_them() {
        let check = |code| check_new_enkeltplass(&enkeltplass(), &tiltakstype(code), now().today());
        assert_eq!(check(Tiltakskode::HoyereUtdanning), Ok(()));
        assert_eq!(check(Tiltakskode::Jobbklubb).unwrap_err().name(), "tiltakstypen-stotter-enkeltplasser");
    }
}
