//! Invented arrangører and avtaler.

use jiff::Span;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use tiltak_schema::scalar::{AvtaleId, LocalDate, Organisasjonsnummer};

use super::tiltakstyper::days_before;
use super::{id, scalar};
use crate::domain::{
    Arrangor, Avtale, AvtaleVeilederinfo, Moment, Personvern, Prismodell, Tiltakstype, Version,
};

const ARRANGORER: usize = 40;
/// Numbers of Nav's regions.
const REGIONER: [&str; 6] = ["0200", "0300", "0400", "1000", "1500", "1900"];

pub(super) fn arrangorer() -> impl Iterator<Item = Arrangor> {
    (0..ARRANGORER).map(|number| Arrangor {
        organisasjonsnummer: organisasjonsnummer(number),
        navn: format!("Arrangør {number} AS"),
    })
}

/// Starts with 0, which no real one does.
fn organisasjonsnummer(number: usize) -> Organisasjonsnummer {
    scalar(&format!("{:09}", 12_000_000 + 37 * number))
}

pub(super) fn arrangor(rng: &mut ChaCha8Rng) -> Organisasjonsnummer {
    organisasjonsnummer(rng.random_range(0..ARRANGORER))
}

/// The first one is active and without an end, so that there is one to edit.
pub(super) fn invent(
    rng: &mut ChaCha8Rng,
    tiltakstyper: &[Tiltakstype],
    count: usize,
    now: Moment,
) -> Vec<Avtale> {
    tiltakstyper
        .iter()
        .cycle()
        .take(count)
        .enumerate()
        .map(|(number, tiltakstype)| {
            let ends = number > 0 && rng.random_bool(0.7);
            let regions = rng.random_range(1..=2);
            Avtale {
                id: AvtaleId::new(id("avtale", number)),
                navn: format!("Avtale {number} om {}", tiltakstype.navn.to_lowercase()),
                tiltakstype: tiltakstype.id,
                arrangor: Some(arrangor(rng)),
                start_dato: day(now, -rng.random_range(400..900)),
                slutt_dato: ends.then(|| day(now, rng.random_range(30..700))),
                avbrutt: false,
                regioner: REGIONER.sample(rng, regions).map(|number| scalar(number)).collect(),
                opprettet: days_before(now, rng.random_range(900..1_000)),
                oppdatert: days_before(now, rng.random_range(1..300)),
                personvern: Personvern::default(),
                veilederinfo: AvtaleVeilederinfo::default(),
                prismodell: Prismodell::default(),
                version: Version::FIRST,
            }
        })
        .collect()
}

/// A day counted from today.
pub(super) fn day(now: Moment, days: i64) -> LocalDate {
    LocalDate::new(now.today().date().saturating_add(Span::new().days(days))).unwrap_or(now.today())
}
