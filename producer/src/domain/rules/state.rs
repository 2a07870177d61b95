//! The rules of a state: what holds of a gjennomføring as it is, however it came to be. An import is checked with
//! them. Rules of a change are not among them, such as that only a gjennomføring with status GJENNOMFORES is edited.

use tiltak_schema::scalar::LocalDate;

use super::gjennomforing::{check_order, check_running_end, check_under_avtale};
use super::{BrokenRule, Rule, becomes, check_stengt, demand, oppstart, shown};
use crate::domain::kodeverk::GjennomforingStatus as Status;
use crate::domain::{Avtale, Egenskap, Gjennomforing, Kind, Tiltakstype};

/// Checks that a gjennomføring may be in this state on a day. What comes from Arena is always accepted: the rules do not
/// bind it (`schema/WIRE.md`, section 6).
///
/// # Errors
/// The rule that is broken.
pub fn check_state(
    gjennomforing: &Gjennomforing,
    avtale: Option<&Avtale>,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    match gjennomforing.kind {
        Kind::Arena => Ok(()),
        Kind::Avtale => check_gruppe(gjennomforing, avtale, tiltakstype, today),
        Kind::Enkeltplass => check_enkeltplass(gjennomforing, tiltakstype),
    }
}

/// Checks that an imported state of an avtale may replace the stored one.
///
/// # Errors
/// The rule that is broken.
pub fn check_replaced_avtale(before: &Avtale, after: &Avtale) -> Result<(), BrokenRule> {
    demand(before.tiltakstype == after.tiltakstype, Rule::AvtalensTiltakstypeErFast, || {
        becomes("tiltakstype", before.tiltakstype, after.tiltakstype)
    })?;
    demand(!before.avbrutt || after.avbrutt, Rule::AvbruttAvtaleForblirAvbrutt, || {
        "the avtale is AVBRUTT, and would not be any longer".to_owned()
    })
}

/// Checks that an imported state of a gjennomføring may replace the stored one.
///
/// # Errors
/// The rule that is broken.
pub fn check_replaced_gjennomforing(before: &Gjennomforing, after: &Gjennomforing) -> Result<(), BrokenRule> {
    demand(before.kind == after.kind, Rule::SlagErFast, || {
        becomes("kind", before.kind.as_str(), after.kind.as_str())
    })?;
    demand(before.tiltakstype == after.tiltakstype, Rule::TiltakstypeErFast, || {
        becomes("tiltakstype", before.tiltakstype, after.tiltakstype)
    })?;
    demand(before.kind == Kind::Arena || before.arrangor == after.arrangor, Rule::ArrangorErFast, || {
        becomes("arrangør", &before.arrangor, &after.arrangor)
    })
}

fn check_gruppe(
    it: &Gjennomforing,
    avtale: Option<&Avtale>,
    tiltakstype: &Tiltakstype,
    today: LocalDate,
) -> Result<(), BrokenRule> {
    let avtale = avtale.ok_or_else(|| BrokenRule::new(Rule::HarAvtale, "the gjennomføring has no avtale"))?;
    demand(avtale.tiltakstype == it.tiltakstype, Rule::TiltakstypeErAvtalens, || {
        format!("the tiltakstype is {}, and that of the avtale {}", it.tiltakstype, avtale.tiltakstype)
    })?;
    check_under_avtale(it, avtale, tiltakstype)?;
    check_stengt(&it.stengt)?;
    demand(
        it.status == Status::Gjennomfores || !it.apent_for_pamelding,
        Rule::BareGjennomforesErApen,
        || format!("the gjennomføring is open for påmelding, and its status is {}", it.status),
    )?;
    match it.status {
        Status::Gjennomfores => check_running_end(it.slutt_dato, today),
        Status::Avsluttet => {
            demand(it.slutt_dato.is_some_and(|end| end < today), Rule::AvsluttesEtterSluttDato, || {
                format!("sluttDato {} is not before today, {today}", shown(it.slutt_dato))
            })
        }
        Status::Avbrutt => demand(it.slutt_dato.is_some(), Rule::AvbruttHarSluttDato, || {
            "the gjennomføring is AVBRUTT, and sluttDato is not set".to_owned()
        }),
        Status::Avlyst => Ok(()),
    }
}

/// No job ends an enkeltplass, so one may be GJENNOMFORES after its last day.
fn check_enkeltplass(it: &Gjennomforing, tiltakstype: &Tiltakstype) -> Result<(), BrokenRule> {
    demand(
        tiltakstype.egenskaper.contains(&Egenskap::StotterEnkeltplasser),
        Rule::TiltakstypenStotterEnkeltplasser,
        || format!("tiltakskode {} has no enkeltplasser", tiltakstype.tiltakskode),
    )?;
    demand(it.avtale.is_none(), Rule::EnkeltplassUtenAvtale, || {
        format!("the enkeltplass has avtale {}", shown(it.avtale))
    })?;
    check_order(it.start_dato, it.slutt_dato)?;
    demand(it.antall_plasser.is_none_or(|places| places > 0), Rule::AntallPlasserOverNull, || {
        format!("antallPlasser is {}, not greater than 0", shown(it.antall_plasser))
    })?;
    oppstart::check_enkeltplass(it.oppstart, it.pamelding_type, tiltakstype)
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::GjennomforingAggregate;
    use crate::domain::kodeverk::{Oppstart, PameldingType, Tiltakskode};
    use crate::sample::{aggregate, now, scalar};

    /// What is said of a gjennomføring from 1 January to 30 June, on 15 January, after a change of it.
    fn broken(change: impl Fn(&mut GjennomforingAggregate)) -> Option<&'static str> {
        let mut it = aggregate(Tiltakskode::Jobbklubb);
        change(&mut it);
        let state = check_state(&it.gjennomforing, it.avtale.as_ref(), &it.tiltakstype, now().today());
        state.err().map(|rule| rule.name())
    }

    fn ended(it: &mut Gjennomforing, status: Status, end: Option<&str>) {
        it.status = status;
        it.apent_for_pamelding = false;
        it.slutt_dato = end.map(scalar);
    }

    #[test]
    fn each_status_has_the_dates_that_lead_to_it() {
        let with = |status, end| broken(|it| ended(&mut it.gjennomforing, status, end));
        assert_eq!(broken(|_| {}), None);
        assert_eq!(with(Status::Gjennomfores, None), None);
        assert_eq!(with(Status::Gjennomfores, Some("2026-01-14")), Some("slutt-dato-ikke-passert"));
        assert_eq!(with(Status::Avsluttet, Some("2026-01-14")), None);
        assert_eq!(with(Status::Avsluttet, Some("2026-01-15")), Some("avsluttes-etter-slutt-dato"));
        assert_eq!(with(Status::Avsluttet, None), Some("avsluttes-etter-slutt-dato"));
        assert_eq!(with(Status::Avbrutt, Some("2026-01-02")), None);
        assert_eq!(with(Status::Avbrutt, None), Some("avbrutt-har-slutt-dato"));
        assert_eq!(with(Status::Avlyst, None), None);
    }

    #[test]
    fn a_gruppe_belongs_to_its_avtale_and_starts_under_it() {
        assert_eq!(broken(|it| it.avtale = None), Some("har-avtale"));
        let other = |it: &mut GjennomforingAggregate| {
            it.avtale.as_mut().unwrap().tiltakstype = scalar("00000000-0000-4000-8000-0000000000ff");
        };
        assert_eq!(broken(other), Some("tiltakstype-er-avtalens"));
        let early =
            |it: &mut GjennomforingAggregate| it.gjennomforing.start_dato = Some(scalar("2024-12-31"));
        assert_eq!(broken(early), Some("starter-etter-avtalen"));
        let open = |it: &mut GjennomforingAggregate| {
            ended(&mut it.gjennomforing, Status::Avlyst, None);
            it.gjennomforing.apent_for_pamelding = true;
        };
        assert_eq!(broken(open), Some("bare-gjennomfores-er-apen"));
        let none = |it: &mut GjennomforingAggregate| it.gjennomforing.antall_plasser = Some(0);
        assert_eq!(broken(none), Some("antall-plasser-over-null"));
    }

    #[test]
    fn an_enkeltplass_is_of_a_tiltakstype_that_has_them_and_of_no_avtale() {
        let enkeltplass = |code, change: fn(&mut Gjennomforing)| {
            let mut it = aggregate(code);
            it.gjennomforing.kind = Kind::Enkeltplass;
            it.gjennomforing.avtale = None;
            it.gjennomforing.oppstart = Oppstart::Enkeltplass;
            it.gjennomforing.pamelding_type = PameldingType::DirekteVedtak;
            change(&mut it.gjennomforing);
            check_state(&it.gjennomforing, None, &it.tiltakstype, now().today()).err().map(|rule| rule.name())
        };
        let code = Tiltakskode::EnkeltplassArbeidsmarkedsopplaering;
        assert_eq!(enkeltplass(code, |_| {}), None);
        assert_eq!(enkeltplass(code, |it| it.slutt_dato = Some(scalar("2026-01-02"))), None);
        assert_eq!(enkeltplass(Tiltakskode::Jobbklubb, |_| {}), Some("tiltakstypen-stotter-enkeltplasser"));
        let avtale =
            |it: &mut Gjennomforing| it.avtale = Some(scalar("00000000-0000-4000-8000-00000000000a"));
        assert_eq!(enkeltplass(code, avtale), Some("enkeltplass-uten-avtale"));
        let backwards = |it: &mut Gjennomforing| it.slutt_dato = Some(scalar("2025-12-31"));
        assert_eq!(enkeltplass(code, backwards), Some("slutter-etter-start"));
    }

    #[test]
    fn what_comes_from_arena_is_as_arena_has_it() {
        let arena = |it: &mut GjennomforingAggregate| {
            it.gjennomforing.kind = Kind::Arena;
            it.gjennomforing.antall_plasser = Some(0);
            it.avtale = None;
        };
        assert_eq!(broken(arena), None);
    }

    #[test]
    fn who_runs_what_is_fixed_and_an_avtale_stays_avbrutt() {
        let GjennomforingAggregate { gjennomforing, avtale, .. } = aggregate(Tiltakskode::Jobbklubb);
        let replaced = |change: fn(&mut Gjennomforing)| {
            let mut after = gjennomforing.clone();
            change(&mut after);
            check_replaced_gjennomforing(&gjennomforing, &after).err().map(|rule| rule.name())
        };
        assert_eq!(replaced(|it| it.navn = None), None);
        assert_eq!(replaced(|it| it.kind = Kind::Arena), Some("slag-er-fast"));
        assert_eq!(replaced(|it| it.arrangor = scalar("974567989")), Some("arrangor-er-fast"));
        let avtale = avtale.unwrap();
        let stopped = Avtale { avbrutt: true, ..avtale.clone() };
        assert!(check_replaced_avtale(&avtale, &stopped).is_ok());
        assert_eq!(
            check_replaced_avtale(&stopped, &avtale).unwrap_err().name(),
            "avbrutt-avtale-forblir-avbrutt"
        );
    }
}
