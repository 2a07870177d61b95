use super::*;
use crate::domain::kodeverk::{
    GjennomforingStatus as Status, Kurstype, Oppstart, PameldingType, Tiltakskode,
};
use crate::domain::{
    Avtale, Gjennomforing, GjennomforingAggregate, Kategorisering, Kind, StengtPeriode, Tiltakstype,
    Utdanningslop,
};
use crate::sample::{aggregate, now, scalar, tiltakstype};

type Checked = Result<(), BrokenRule>;

const AVTALE: Tiltakskode = Tiltakskode::Avklaring;
const ENKELTPLASS: Tiltakskode = Tiltakskode::EnkeltplassArbeidsmarkedsopplaering;
const OTHER: &str = "00000000-0000-4000-8000-0000000000ff";

fn changed(code: Tiltakskode, change: impl FnOnce(&mut GjennomforingAggregate)) -> GjennomforingAggregate {
    let mut it = aggregate(code);
    change(&mut it);
    it
}

fn avtale(change: impl FnOnce(&mut Avtale)) -> Avtale {
    let mut avtale = aggregate(AVTALE).avtale.unwrap();
    change(&mut avtale);
    avtale
}

/// An edit of a gjennomføring under an avtale.
fn edit(code: Tiltakskode, change: impl FnOnce(&mut Gjennomforing)) -> Checked {
    let (before, after) = (aggregate(code), changed(code, |it| change(&mut it.gjennomforing)));
    let avtale = after.avtale.as_ref();
    check_edit(&before.gjennomforing, &after.gjennomforing, avtale, &after.tiltakstype, now().today())
}

fn running(change: impl FnOnce(&mut Gjennomforing)) -> Gjennomforing {
    changed(AVTALE, |it| change(&mut it.gjennomforing)).gjennomforing
}

fn enkeltplass(change: impl FnOnce(&mut Gjennomforing)) -> Gjennomforing {
    let enkeltplass = |it: &mut Gjennomforing| {
        (it.kind, it.oppstart, it.avtale) = (Kind::Enkeltplass, Oppstart::Enkeltplass, None);
        change(it);
    };
    changed(ENKELTPLASS, |it| enkeltplass(&mut it.gjennomforing)).gjennomforing
}

fn new_enkeltplass(code: Tiltakskode, change: impl FnOnce(&mut Gjennomforing)) -> Checked {
    check_new_enkeltplass(&enkeltplass(change), &tiltakstype(code), now().today())
}

fn state(change: impl FnOnce(&mut GjennomforingAggregate)) -> Checked {
    let it = changed(AVTALE, change);
    check_state(&it.gjennomforing, it.avtale.as_ref(), &it.tiltakstype, now().today())
}

fn kategorisering(code: Tiltakskode, kurstype: Option<Kurstype>, has_lop: bool) -> Checked {
    let utdanningslop = has_lop
        .then(|| Utdanningslop { utdanningsprogram: scalar(OTHER), utdanninger: [].into_iter().collect() });
    check_kategorisering(&Kategorisering { kurstype, utdanningslop, ..Kategorisering::default() }, code)
}

/// A change that breaks the rule, and what staff are told. When you add a rule, add a case.
#[expect(clippy::too_many_lines, reason = "one case a rule")]
fn broken(rule: Rule) -> (Checked, &'static str) {
    let today = now().today();
    match rule {
        Rule::TiltakstypenStotterAvtaler => (
            check_new_avtale(&avtale(|_| {}), &tiltakstype(Tiltakskode::HoyereUtdanning)),
            "tiltakskode HOYERE_UTDANNING has no avtaler",
        ),
        Rule::AvtaleSlutterEtterStart => (
            check_avtale(&avtale(|it| it.slutt_dato = Some(scalar("2024-12-31")))),
            "sluttDato 2024-12-31 of the avtale is before its startDato, 2025-01-01",
        ),
        Rule::BareAktivAvtaleAvbrytes => {
            (check_avbryt_avtale(&avtale(|it| it.avbrutt = true), today), "the avtale is AVBRUTT, not AKTIV")
        }
        Rule::BareAktivAvtaleAvsluttes => (
            check_avslutt_avtale(&avtale(|it| it.arrangor = None), today, today),
            "the avtale is UTKAST, not AKTIV",
        ),
        Rule::AvtaleAvsluttesForIDag => (
            check_avslutt_avtale(&avtale(|_| {}), today, today),
            "the last day 2026-01-15 is not before today, 2026-01-15",
        ),
        Rule::AvtaleErAktiv => (
            active_arrangor(&avtale(|it| it.slutt_dato = Some(scalar("2026-01-14"))), today).map(drop),
            "the avtale is AVSLUTTET, not AKTIV",
        ),
        Rule::ArrangorErFast => (
            edit(AVTALE, |it| it.arrangor = scalar("987654321")),
            "the arrangør is 123456785, and would become 987654321",
        ),
        Rule::BareGjennomforesRedigeres => (
            check_editable(&running(|it| it.status = Status::Avlyst)),
            "the status is AVLYST, not GJENNOMFORES",
        ),
        Rule::StengtPeriodeSlutterEtterStart => (
            check_stengt(&[StengtPeriode {
                fra: scalar("2026-07-31"),
                til: scalar("2026-07-01"),
                beskrivelse: String::new(),
            }]),
            "the closed period from 2026-07-31 ends on 2026-07-01",
        ),
        Rule::BareEnkeltplassFraArenaFjernes => {
            (check_removal(&running(|_| {})), "the gjennomføring is of kind AVTALE with oppstart LOPENDE")
        }
        Rule::BareAvtaleRedigeres => (
            check_editable(&running(|it| it.kind = Kind::Arena)),
            "the gjennomføring is of kind ARENA, not AVTALE",
        ),
        Rule::SluttDatoIkkePassert => (
            edit(AVTALE, |it| it.slutt_dato = Some(scalar("2026-01-02"))),
            "sluttDato 2026-01-02 is before today, 2026-01-15",
        ),
        Rule::SlutterEtterStart => (
            edit(AVTALE, |it| it.start_dato = Some(scalar("2026-07-01"))),
            "sluttDato 2026-06-30 is before startDato, 2026-07-01",
        ),
        Rule::StartDatoErSatt => (edit(AVTALE, |it| it.start_dato = None), "startDato is not set"),
        Rule::StarterEtterAvtalen => (
            edit(AVTALE, |it| it.start_dato = Some(scalar("2024-12-31"))),
            "startDato 2024-12-31 is before the startDato of the avtale, 2025-01-01",
        ),
        Rule::AntallPlasserOverNull => {
            (edit(AVTALE, |it| it.antall_plasser = Some(0)), "antallPlasser is 0, not greater than 0")
        }
        Rule::HarAvtale => (state(|it| it.avtale = None), "the gjennomføring has no avtale"),
        Rule::TiltakstypenStotterEnkeltplasser => {
            (new_enkeltplass(Tiltakskode::Jobbklubb, |_| {}), "tiltakskode JOBBKLUBB has no enkeltplasser")
        }
        Rule::BareEnkeltplassRedigeres => (
            check_editable_enkeltplass(&running(|_| {})),
            "the gjennomføring is of kind AVTALE, not ENKELTPLASS",
        ),
        Rule::GruppeErIkkeEnkeltplass => (
            edit(AVTALE, |it| it.oppstart = Oppstart::Enkeltplass),
            "oppstart is ENKELTPLASS, not LOPENDE or FELLES",
        ),
        Rule::FellesTrengerGodkjenning => (
            edit(Tiltakskode::GruppeFagOgYrkesopplaering, |it| it.oppstart = Oppstart::Felles),
            "påmelding is DIREKTE_VEDTAK with oppstart FELLES, not TRENGER_GODKJENNING",
        ),
        Rule::KreverDirekteVedtak => (
            edit(AVTALE, |it| it.oppstart = Oppstart::Felles),
            "oppstart is FELLES and påmelding DIREKTE_VEDTAK, not LOPENDE and DIREKTE_VEDTAK",
        ),
        Rule::LopendeKreverDirekteVedtak => (
            edit(Tiltakskode::GruppeFagOgYrkesopplaering, |it| {
                it.pamelding_type = PameldingType::TrengerGodkjenning;
            }),
            "påmelding is TRENGER_GODKJENNING with oppstart LOPENDE, not DIREKTE_VEDTAK",
        ),
        Rule::EnkeltplassHarOppstartEnkeltplass => (
            new_enkeltplass(ENKELTPLASS, |it| it.oppstart = Oppstart::Felles),
            "oppstart is FELLES, not ENKELTPLASS",
        ),
        Rule::EnkeltplassKreverDirekteVedtak => (
            new_enkeltplass(ENKELTPLASS, |it| it.pamelding_type = PameldingType::TrengerGodkjenning),
            "påmelding is TRENGER_GODKJENNING, not DIREKTE_VEDTAK",
        ),
        Rule::BareGjennomforesAvsluttes => (
            check_avslutt(&running(|it| it.status = Status::Avbrutt), today),
            "the status is AVBRUTT, not GJENNOMFORES",
        ),
        Rule::AvsluttesEtterSluttDato => (
            check_avslutt(&running(|it| it.slutt_dato = None), today),
            "sluttDato (not set) is not before today, 2026-01-15",
        ),
        Rule::BareGjennomforesAvbrytes => (
            avbryt(&running(|it| it.status = Status::Avsluttet), today).map(drop),
            "the status is AVSLUTTET, not GJENNOMFORES",
        ),
        Rule::AvbrytesForSluttDato => (
            avbryt(&running(|_| {}), scalar("2026-06-30")).map(drop),
            "the date 2026-06-30 is not before sluttDato, 2026-06-30",
        ),
        Rule::BareAvsluttetGjenapnes => {
            (check_gjenapne(&running(|_| {}), today, today), "the status is GJENNOMFORES, not AVSLUTTET")
        }
        Rule::KategoriseringAvOpplaering => (
            kategorisering(Tiltakskode::Oppfolging, None, false),
            "tiltakskode OPPFOLGING has no kategorisering",
        ),
        Rule::UtdanningslopTilYrkesfag => (
            kategorisering(Tiltakskode::Studiespesialisering, None, true),
            "tiltakskode STUDIESPESIALISERING has no utdanningsløp",
        ),
        Rule::KurstypeTilAmo => (
            kategorisering(Tiltakskode::FagOgYrkesopplaering, Some(Kurstype::Norskopplaering), false),
            "tiltakskode FAG_OG_YRKESOPPLAERING has no kurstype",
        ),
        Rule::KurstypePasserTiltakskoden => (
            kategorisering(Tiltakskode::Arbeidsmarkedsopplaering, Some(Kurstype::Norskopplaering), false),
            "tiltakskode ARBEIDSMARKEDSOPPLAERING does not have kurstype NORSKOPPLAERING",
        ),
        Rule::TiltakskodeErFast => (
            check_tiltakstype(&tiltakstype(AVTALE), Some(&tiltakstype(ENKELTPLASS)), None),
            "the tiltakskode is ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING, and would become AVKLARING",
        ),
        Rule::TiltakskodeErUnik => {
            let other = Tiltakstype { id: scalar(OTHER), ..tiltakstype(AVTALE) };
            let said = "tiltakskode AVKLARING is that of tiltakstype 00000000-0000-4000-8000-0000000000ff";
            (check_tiltakstype(&tiltakstype(AVTALE), None, Some(&other)), said)
        }
        Rule::AvtalensTiltakstypeErFast => {
            let before = avtale(|it| it.tiltakstype = scalar("00000000-0000-4000-8000-0000000000fe"));
            let said = "the tiltakstype is 00000000-0000-4000-8000-0000000000fe, and would become \
                 00000000-0000-4000-8000-0000000000ff";
            (check_replaced_avtale(&before, &avtale(|it| it.tiltakstype = scalar(OTHER))), said)
        }
        Rule::AvbruttAvtaleForblirAvbrutt => (
            check_replaced_avtale(&avtale(|it| it.avbrutt = true), &avtale(|_| {})),
            "the avtale is AVBRUTT, and would not be any longer",
        ),
        Rule::SlagErFast => (
            check_replaced_gjennomforing(&running(|_| {}), &running(|it| it.kind = Kind::Arena)),
            "the kind is AVTALE, and would become ARENA",
        ),
        Rule::TiltakstypeErFast => {
            let before = running(|it| it.tiltakstype = scalar("00000000-0000-4000-8000-0000000000fe"));
            let said = "the tiltakstype is 00000000-0000-4000-8000-0000000000fe, and would become \
                 00000000-0000-4000-8000-0000000000ff";
            (check_replaced_gjennomforing(&before, &running(|it| it.tiltakstype = scalar(OTHER))), said)
        }
        Rule::TiltakstypeErAvtalens => {
            let others = state(|it| {
                it.gjennomforing.tiltakstype = scalar("00000000-0000-4000-8000-0000000000fe");
                it.avtale.as_mut().unwrap().tiltakstype = scalar(OTHER);
            });
            let said = "the tiltakstype is 00000000-0000-4000-8000-0000000000fe, and that of the avtale \
                 00000000-0000-4000-8000-0000000000ff";
            (others, said)
        }
        Rule::BareGjennomforesErApen => (
            state(|it| it.gjennomforing.status = Status::Avlyst),
            "the gjennomføring is open for påmelding, and its status is AVLYST",
        ),
        Rule::AvbruttHarSluttDato => (
            state(|it| {
                let it = &mut it.gjennomforing;
                (it.status, it.apent_for_pamelding, it.slutt_dato) = (Status::Avbrutt, false, None);
            }),
            "the gjennomføring is AVBRUTT, and sluttDato is not set",
        ),
        Rule::EnkeltplassUtenAvtale => (
            check_state(
                &enkeltplass(|it| it.avtale = Some(scalar(OTHER))),
                None,
                &tiltakstype(ENKELTPLASS),
                today,
            ),
            "the enkeltplass has avtale 00000000-0000-4000-8000-0000000000ff",
        ),
    }
}

#[test]
fn each_rule_that_is_registered_is_broken_by_a_change_and_says_what_was_found() {
    for rule in Rule::ALL {
        let (checked, found) = broken(*rule);
        assert_eq!(checked, Err(BrokenRule::new(*rule, found)), "{}", rule.name());
    }
}

#[test]
fn no_two_rules_have_the_same_name() {
    let mut names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Rule::ALL.len());
}
