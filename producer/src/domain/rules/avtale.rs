//! The rules of an avtale.

use tiltak_schema::scalar::{LocalDate, Organisasjonsnummer};

use super::{BrokenRule, Rule, demand, shown};
use crate::domain::{Avtale, AvtaleStatus, Egenskap, Tiltakstype};

/// Status of an avtale on a day.
pub fn avtale_status(avtale: &Avtale, today: LocalDate) -> AvtaleStatus {
    match avtale {
        Avtale { arrangor: None, .. } => AvtaleStatus::Utkast,
        Avtale { avbrutt: true, .. } => AvtaleStatus::Avbrutt,
        Avtale { slutt_dato: Some(end), .. } if *end < today => AvtaleStatus::Avsluttet,
        _ => AvtaleStatus::Aktiv,
    }
}

/// Checks a new avtale of a tiltakstype.
///
/// # Errors
/// The rule that is broken.
pub fn check_new_avtale(avtale: &Avtale, tiltakstype: &Tiltakstype) -> Result<(), BrokenRule> {
    demand(
        tiltakstype.egenskaper.contains(&Egenskap::StotterAvtaler),
        Rule::TiltakstypenStotterAvtaler,
        || format!("tiltakskode {} has no avtaler", tiltakstype.tiltakskode),
    )?;
    check_avtale(avtale)
}

/// Checks the dates of an avtale.
///
/// # Errors
/// The rule that is broken.
pub fn check_avtale(avtale: &Avtale) -> Result<(), BrokenRule> {
    demand(
        avtale.slutt_dato.is_none_or(|end| end >= avtale.start_dato),
        Rule::AvtaleSlutterEtterStart,
        || {
            format!(
                "sluttDato {} of the avtale is before its startDato, {}",
                shown(avtale.slutt_dato),
                avtale.start_dato
            )
        },
    )
}

/// Checks that an avtale may be cancelled on a day.
///
/// # Errors
/// The avtale is not active.
pub fn check_avbryt_avtale(avtale: &Avtale, today: LocalDate) -> Result<(), BrokenRule> {
    demand(avtale_status(avtale, today) == AvtaleStatus::Aktiv, Rule::BareAktivAvtaleAvbrytes, || {
        format!("the avtale is {}, not AKTIV", avtale_status(avtale, today))
    })
}

/// Checks that an avtale may be ended with this last day, which makes it AVSLUTTET.
///
/// # Errors
/// The rule that is broken.
pub fn check_avslutt_avtale(avtale: &Avtale, end: LocalDate, today: LocalDate) -> Result<(), BrokenRule> {
    demand(avtale_status(avtale, today) == AvtaleStatus::Aktiv, Rule::BareAktivAvtaleAvsluttes, || {
        format!("the avtale is {}, not AKTIV", avtale_status(avtale, today))
    })?;
    demand(end < today, Rule::AvtaleAvsluttesForIDag, || {
        format!("the last day {end} is not before today, {today}")
    })?;
    check_avtale(&Avtale { slutt_dato: Some(end), ..avtale.clone() })
}

/// The arrangør of an active avtale, which a new gjennomføring under it gets.
///
/// # Errors
/// The avtale is not active.
pub fn active_arrangor(avtale: &Avtale, today: LocalDate) -> Result<Organisasjonsnummer, BrokenRule> {
    match (&avtale.arrangor, avtale_status(avtale, today)) {
        (Some(arrangor), AvtaleStatus::Aktiv) => Ok(arrangor.clone()),
        (_, status) => {
            Err(BrokenRule::new(Rule::AvtaleErAktiv, format!("the avtale is {status}, not AKTIV")))
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::kodeverk::Tiltakskode;
    use crate::sample::{aggregate, now, scalar, tiltakstype};

    fn avtale(change: impl FnOnce(&mut Avtale)) -> Avtale {
        let mut avtale = aggregate(Tiltakskode::Oppfolging).avtale.unwrap();
        change(&mut avtale);
        avtale
    }

    #[test]
    fn the_status_of_an_avtale_follows_from_its_arrangor_and_its_dates() {
        let status = |change: fn(&mut Avtale)| avtale_status(&avtale(change), now().today());
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
    fn an_avtale_is_of_a_tiltakstype_that_has_avtaler() {
        let check = |code| check_new_avtale(&avtale(|_| {}), &tiltakstype(code));
        assert_eq!(check(Tiltakskode::Oppfolging), Ok(()));
        assert_eq!(check(Tiltakskode::HoyereUtdanning).unwrap_err().name(), "tiltakstypen-stotter-avtaler");
    }

    #[test]
    fn an_avtale_ends_on_its_first_day_at_the_earliest() {
        let check = |end| check_avtale(&avtale(|avtale| avtale.slutt_dato = Some(scalar(end))));
        assert_eq!(check("2025-01-01"), Ok(()));
        assert_eq!(check("2024-12-31").unwrap_err().name(), "avtale-slutter-etter-start");
    }

    #[test]
    fn only_an_active_avtale_is_cut_off_ended_or_has_new_gjennomforinger() {
        let inactive: [fn(&mut Avtale); 3] = [
            |avtale| avtale.arrangor = None,
            |avtale| avtale.avbrutt = true,
            |avtale| avtale.slutt_dato = Some(scalar("2026-01-14")),
        ];
        for change in inactive {
            let avtale = avtale(change);
            let today = now().today();
            assert_eq!(active_arrangor(&avtale, today).unwrap_err().name(), "avtale-er-aktiv");
            assert_eq!(check_avbryt_avtale(&avtale, today).unwrap_err().name(), "bare-aktiv-avtale-avbrytes");
            let end = check_avslutt_avtale(&avtale, scalar("2026-01-10"), today);
            assert_eq!(end.unwrap_err().name(), "bare-aktiv-avtale-avsluttes");
        }
    }

    #[test]
    fn an_avtale_is_ended_with_a_last_day_that_is_over() {
        let end = |day| check_avslutt_avtale(&avtale(|_| {}), scalar(day), now().today());
        assert_eq!(end("2026-01-14"), Ok(()));
        assert_eq!(end("2026-01-15").unwrap_err().name(), "avtale-avsluttes-for-i-dag");
        assert_eq!(end("2024-12-31").unwrap_err().name(), "avtale-slutter-etter-start");
    }
}
