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
