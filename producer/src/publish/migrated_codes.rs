//! The tiltakskoder whose gjennomføringer are published to Arena.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use tiltak_schema::view::WireEnum as _;

use crate::domain::kodeverk::Tiltakskode;

/// The tiltakskoder that are marked *migrert*: configuration, since it differs between environments.
///
/// # Example: no tiltakskode, and one
/// ```
/// use tiltak_producer::publish::MigratedCodes;
/// use tiltak_producer::domain::kodeverk::Tiltakskode;
///
/// let none: MigratedCodes = [].into_iter().collect();
/// let one: MigratedCodes = [Tiltakskode::Avklaring].into_iter().collect();
/// assert!(!none.contains(Tiltakskode::Avklaring) && one.contains(Tiltakskode::Avklaring));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigratedCodes(BTreeSet<Tiltakskode>);

impl MigratedCodes {
    /// The tiltakskoder that are migrert in production.
    pub fn production() -> Self {
        use Tiltakskode as T;
        [
            T::ArbeidsrettetRehabilitering,
            T::Avklaring,
            T::DigitaltOppfolgingstiltak,
            T::Jobbklubb,
            T::Oppfolging,
            T::ArbeidsforberedendeTrening,
            T::VarigTilrettelagtArbeidSkjermet,
            T::Arbeidsmarkedsopplaering,
            T::FagOgYrkesopplaering,
            T::GruppeArbeidsmarkedsopplaering,
            T::GruppeFagOgYrkesopplaering,
            T::NorskopplaeringGrunnleggendeFerdigheterFov,
            T::Studiespesialisering,
        ]
        .into_iter()
        .collect()
    }

    /// Whether gjennomføringer of this tiltakskode are published to Arena.
    pub fn contains(&self, tiltakskode: Tiltakskode) -> bool {
        self.0.contains(&tiltakskode)
    }
}

/// Separated by commas; of none, nothing.
impl fmt::Display for MigratedCodes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<&str> = self.0.iter().map(|code| code.as_str()).collect();
        out.write_str(&codes.join(","))
    }
}

/// As [`Display`](fmt::Display) writes them.
impl FromStr for MigratedCodes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let codes = text.split(',').map(str::trim).filter(|code| !code.is_empty());
        let unknown = || "expected tiltakskoder such as OPPFOLGING, separated by commas".to_owned();
        codes.map(|code| Tiltakskode::from_wire(code).ok_or_else(unknown)).collect()
    }
}

/// Those of production.
impl Default for MigratedCodes {
    fn default() -> Self {
        Self::production()
    }
}

impl FromIterator<Tiltakskode> for MigratedCodes {
    fn from_iter<I: IntoIterator<Item = Tiltakskode>>(tiltakskoder: I) -> Self {
        Self(tiltakskoder.into_iter().collect())
    }
}
