//! The tiltakstyper of the real system.

use std::path::Path;

use indexmap::IndexSet;
use jiff::SignedDuration;
use serde::Deserialize;
use tiltak_schema::scalar::{Instant, TiltakstypeId};
use tiltak_schema::view::WireEnum;

use super::{SeedError, Tiltakstyper};
use crate::domain::kodeverk::{Innsatsgruppe, Tiltakskode};
use crate::domain::{
    DeltakerRegistreringInnhold, Egenskap, Innholdselement, Moment, System, Tiltakstype, Version,
};

const EMBEDDED: &str = include_str!("data/tiltakstyper.json");
const INNHOLDSELEMENTER: &str = include_str!("data/innholdselementer.csv");
const LEDETEKST: &str = "Deltakeren får hjelp til det som er valgt her.";
/// Elements that one tiltakstype offers.
const ELEMENTS: usize = 4;

/// A tiltakstype as the file has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    id: TiltakstypeId,
    navn: String,
    tiltakskode: Tiltakskode,
    system: System,
    arena_kode: Option<String>,
    /// A file may say it, but the configuration decides: see [`MigratedCodes`](crate::publish::MigratedCodes).
    #[serde(rename = "migrert", default)]
    _migrert: bool,
    egenskaper: IndexSet<Egenskap>,
}

pub(super) fn read(path: Option<&Path>, now: Moment) -> Result<Tiltakstyper, SeedError> {
    let Some(path) = path else { return parse("tiltakstyper.json", EMBEDDED, now) };
    let text =
        std::fs::read_to_string(path).map_err(|cause| SeedError::Read { path: path.to_owned(), cause })?;
    parse(&path.display().to_string(), &text, now)
}

fn parse(file: &str, text: &str, now: Moment) -> Result<Tiltakstyper, SeedError> {
    let entries: Vec<Entry> = serde_json::from_str(text).map_err(|error| SeedError::Malformed {
        file: file.to_owned(),
        line: error.line(),
        column: error.column(),
        message: what(&error),
    })?;
    let elements = innholdselementer();
    let all: Vec<Tiltakstype> = entries
        .into_iter()
        .enumerate()
        .map(|(number, entry)| tiltakstype(number, entry, &elements, now))
        .collect();
    let with = |egenskap| {
        let found: Vec<Tiltakstype> = all
            .iter()
            .filter(|tiltakstype| {
                tiltakstype.system == System::Tiltaksadministrasjon
                    && tiltakstype.egenskaper.contains(&egenskap)
            })
            .cloned()
            .collect();
        (!found.is_empty()).then_some(found)
    };
    let missing = |needed| SeedError::TooFew { file: file.to_owned(), needed };
    Ok(Tiltakstyper {
        avtaler: with(Egenskap::StotterAvtaler)
            .ok_or_else(|| missing("of TILTAKSADMINISTRASJON has STOTTER_AVTALER"))?,
        enkeltplasser: with(Egenskap::StotterEnkeltplasser)
            .ok_or_else(|| missing("of TILTAKSADMINISTRASJON has STOTTER_ENKELTPLASSER"))?,
        all,
    })
}

/// The message of serde_json without the position at its end.
fn what(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.clone(), |(what, _)| what.to_owned())
}

fn tiltakstype(number: usize, entry: Entry, elements: &[Innholdselement], now: Moment) -> Tiltakstype {
    let groups = Innsatsgruppe::ALL.iter().copied().skip(number % Innsatsgruppe::ALL.len());
    let egenskaper = entry.egenskaper;
    let innhold = egenskaper.contains(&Egenskap::KreverDirekteVedtak).then(|| DeltakerRegistreringInnhold {
        innholdselementer: elements.iter().cycle().skip(number).take(ELEMENTS).cloned().collect(),
        ledetekst: LEDETEKST.to_owned(),
    });
    let ours = entry.system == System::Tiltaksadministrasjon;
    Tiltakstype {
        id: entry.id,
        navn: entry.navn,
        tiltakskode: entry.tiltakskode,
        system: entry.system,
        arena_kode: entry.arena_kode,
        innsatsgrupper: if ours { groups.collect() } else { IndexSet::new() },
        deltaker_registrering_innhold: innhold,
        egenskaper,
        opprettet: days_before(now, 1_400),
        oppdatert: days_before(now, 100),
        version: Version::FIRST,
    }
}

fn innholdselementer() -> Vec<Innholdselement> {
    INNHOLDSELEMENTER
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','))
        .map(|(code, text)| Innholdselement {
            innholdskode: code.to_owned(),
            tekst: text.trim_matches('"').to_owned(),
        })
        .collect()
}

/// The same time of day some days earlier; now itself if there is none.
pub(super) fn days_before(now: Moment, days: i64) -> Instant {
    let earlier = now.instant().timestamp().checked_sub(SignedDuration::from_hours(24 * days));
    earlier.ok().and_then(Instant::new).unwrap_or_else(|| now.instant())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Moment {
        Moment::at("2026-03-16T08:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn eighteen_of_the_twenty_nine_real_tiltakstyper_are_ours() {
        let tiltakstyper = read(None, now()).unwrap();
        assert_eq!(tiltakstyper.all.len(), Tiltakskode::ALL.len());
        let ours = tiltakstyper.all.iter().filter(|it| it.system == System::Tiltaksadministrasjon);
        assert_eq!(ours.count(), 18);
    }

    #[test]
    fn a_malformed_file_is_refused_with_line_and_column() {
        let error = |text| parse("own.json", text, now()).err().unwrap().to_string();
        insta::assert_snapshot!(error("[\n  {\"id\": 1}\n]"), @"own.json:2:10: invalid type: integer `1`, expected a UUID of 36 lower-case characters");
        insta::assert_snapshot!(error("[{"), @"own.json:1:2: EOF while parsing an object");
        insta::assert_snapshot!(error("[]"), @"own.json: no tiltakstype of TILTAKSADMINISTRASJON has STOTTER_AVTALER");
    }
}
