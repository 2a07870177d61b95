//! The rules of a tiltakstype.

use super::{BrokenRule, demand};
use crate::domain::Tiltakstype;

/// A tiltakstype may be saved, where `before` is what stands there with its id, and `same_code` what has its tiltakskode.
///
/// # Errors
/// The rule that is broken.
pub fn check_tiltakstype(
    after: &Tiltakstype,
    before: Option<&Tiltakstype>,
    same_code: Option<&Tiltakstype>,
) -> Result<(), BrokenRule> {
    demand(
        before.is_none_or(|before| before.tiltakskode == after.tiltakskode),
        "tiltakskode-er-fast",
        "the tiltakskode of a tiltakstype is fixed",
    )?;
    demand(
        same_code.is_none_or(|other| other.id == after.id),
        "tiltakskode-er-unik",
        "no two tiltakstyper have the same tiltakskode",
    )
}

#[cfg(test)]
mod tests {
    use tiltak_schema::kodeverk::Tiltakskode;

    use super::*;
    use crate::sample::tiltakstype;

    #[test]
    fn a_tiltakskode_belongs_to_one_tiltakstype_for_good() {
        let (oppfolging, avklaring) =
            (tiltakstype(Tiltakskode::Oppfolging), tiltakstype(Tiltakskode::Avklaring));
        let check = |before, same| check_tiltakstype(&oppfolging, before, same).err().map(|rule| rule.name);
        assert_eq!(check(None, None), None);
        assert_eq!(check(Some(&oppfolging), Some(&oppfolging)), None);
        assert_eq!(check(Some(&avklaring), None), Some("tiltakskode-er-fast"));
        assert_eq!(check(None, Some(&avklaring)), Some("tiltakskode-er-unik"));
    }
}
