//! Preconditions of a change: `If-Match` and `If-None-Match` (RFC 9110, sections 13.1.1 and 13.1.2).

use std::fmt::{self, Display};

use super::{CommandError, StoredEntity};
use crate::domain::Version;

/// The precondition that a caller sets on the stored version of an entity. Defaults to none.
///
/// # Example: one of two versions
/// ```
/// use tiltak_producer::domain::Version;
/// use tiltak_producer::{Precondition, Versions};
///
/// let seen = vec![Version::new(3), Version::new(4)];
/// let precondition = Precondition { if_match: Some(Versions::OneOf(seen)), ..Precondition::default() };
/// assert!(precondition.holds(Some(Version::new(4))));
/// assert!(!precondition.holds(Some(Version::new(5))) && !precondition.holds(None));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// The stored version has to be among these.
    pub if_match: Option<Versions>,
    /// The stored version must not be among these.
    pub if_none_match: Option<Versions>,
}

/// A set of versions, to compare the stored version with. An entity that is not stored has no version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// Every version: the entity is stored.
    Any,
    /// One of these versions; an empty list holds for no version.
    OneOf(Vec<Version>),
}

impl Versions {
    fn contain(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

impl Precondition {
    /// Whether the precondition holds. `stored` is the version of the entity; `None` if it is not stored.
    pub fn holds(&self, stored: Option<Version>) -> bool {
        let is_among = |versions: &Versions| stored.is_some_and(|stored| versions.contain(stored));
        self.if_match.as_ref().is_none_or(is_among) && !self.if_none_match.as_ref().is_some_and(is_among)
    }

    pub(super) fn check(&self, stored: StoredEntity) -> Result<(), CommandError> {
        if self.holds(stored.version) {
            return Ok(());
        }
        let StoredEntity { entity, id, version: found } = stored;
        Err(CommandError::Stale { entity, id, expected: self.clone(), found })
    }
}

/// This version alone.
impl From<Version> for Precondition {
    fn from(version: Version) -> Self {
        Self { if_match: Some(Versions::OneOf(vec![version])), if_none_match: None }
    }
}

/// What is expected, for people: `version 3`, `one that is there`, `none`.
impl Display for Precondition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { if_match, if_none_match } = self;
        match (if_match, if_none_match) {
            (None, None) => out.write_str("any version or none"),
            (Some(versions), None) => versions.fmt(out),
            (None, Some(Versions::Any)) => out.write_str("none"),
            (None, Some(versions)) => write!(out, "another than {versions}"),
            (Some(versions), Some(others)) => write!(out, "{versions}, and another than {others}"),
        }
    }
}

impl Display for Versions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => out.write_str("any version"),
            Self::OneOf(versions) if versions.is_empty() => out.write_str("a version that does not exist"),
            Self::OneOf(versions) => {
                let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
                write!(out, "version {}", versions.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of(versions: &[i64]) -> Versions {
        Versions::OneOf(versions.iter().copied().map(Version::new).collect())
    }

    #[test]
    fn a_precondition_holds_of_the_versions_that_rfc_9110_says() {
        let (any, none) = (Some(Versions::Any), None::<Versions>);
        // Of each, whether it holds of an entity that is not there, of version 1, and of version 2.
        for (if_match, if_none_match, expected) in [
            (none.clone(), none.clone(), [true, true, true]),
            (any.clone(), none.clone(), [false, true, true]),
            (Some(one_of(&[])), none.clone(), [false, false, false]),
            (Some(one_of(&[2])), none.clone(), [false, false, true]),
            (Some(one_of(&[1, 2])), none.clone(), [false, true, true]),
            (none.clone(), any.clone(), [true, false, false]),
            (none.clone(), Some(one_of(&[2])), [true, true, false]),
            (none.clone(), Some(one_of(&[])), [true, true, true]),
            (any.clone(), any.clone(), [false, false, false]),
            (any, Some(one_of(&[2])), [false, true, false]),
        ] {
            let precondition = Precondition { if_match, if_none_match };
            let holds = [None, Some(1), Some(2)].map(|stored| precondition.holds(stored.map(Version::new)));
            assert_eq!(holds, expected, "{precondition:?}");
        }
    }

    #[test]
    fn what_is_expected_is_said_in_words() {
        let said = |if_match, if_none_match| Precondition { if_match, if_none_match }.to_string();
        assert_eq!(said(Some(one_of(&[3])), None), "version 3");
        assert_eq!(said(Some(one_of(&[3, 4])), None), "version 3 or 4");
        assert_eq!(said(Some(one_of(&[])), None), "a version that does not exist");
        assert_eq!(said(Some(Versions::Any), None), "any version");
        assert_eq!(said(None, Some(Versions::Any)), "none");
        assert_eq!(said(None, Some(one_of(&[3]))), "another than version 3");
    }
}
