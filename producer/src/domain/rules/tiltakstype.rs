//! The rules of a tiltakstype.

use super::{BrokenRule, Rule, becomes, demand, shown};
use crate::domain::Tiltakstype;

/// Checks a tiltakstype before it is saved. `before` is the stored one with its id, `same_code` the stored one with
/// its tiltakskode.
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
        Rule::TiltakskodeErFast,
        || becomes("tiltakskode", shown(before.map(|before| before.tiltakskode)), after.tiltakskode),
    )?;
    demand(same_code.is_none_or(|other| other.id == after.id), Rule::TiltakskodeErUnik, || {
        format!(
            "tiltakskode {} is that of tiltakstype {}",
            after.tiltakskode,
            shown(same_code.map(|other| other.id))
        )
    })
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::kodeverk::Tiltakskode;
    use crate::sample::tiltakstype;

    #[test]
    fn a_tiltakskode_belongs_to_one_tiltakstype_for_good() {
        let (oppfolging, avklaring) =
            (tiltakstype(Tiltakskode::Oppfolging), tiltakstype(Tiltakskode::Avklaring));
        let check = |before, same| check_tiltakstype(&oppfolging, before, same).err().map(|rule| rule.name());
        assert_eq!(check(None, None), None);
        assert_eq!(check(Some(&oppfolging), Some(&oppfolging)), None);
        assert_eq!(check(Some(&avklaring), None), Some("tiltakskode-er-fast"));
        assert_eq!(check(None, Some(&avklaring)), Some("tiltakskode-er-unik"));
    }
}
