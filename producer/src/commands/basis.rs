//! What a command builds on.

use std::fmt::Display;

use super::CommandError;
use crate::domain::{Moment, Version};

/// What a command builds on: the time, and the version of the entity that its author saw, if they say so.
///
/// # Example: a change of what was version 3
/// ```
/// use tiltak_producer::Basis;
/// use tiltak_producer::domain::{Moment, Version};
///
/// let now = Moment::at("2026-03-16T08:00:00Z".parse()?).expect("a year after 0");
/// let basis = Basis::at(now).expecting(Version::new(3));
/// # let _ = basis;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    now: Moment,
    expected: Option<Version>,
}

impl Basis {
    /// This time, and whatever version there is.
    pub fn at(now: Moment) -> Self {
        Self { now, expected: None }
    }

    /// This version alone: a command that finds another one is refused.
    #[must_use]
    pub fn expecting(self, version: Version) -> Self {
        Self { expected: Some(version), ..self }
    }

    pub(super) fn now(self) -> Moment {
        self.now
    }

    pub(super) fn check(
        self,
        entity: &'static str,
        id: impl Display,
        found: Version,
    ) -> Result<(), CommandError> {
        check_version(self.expected, entity, id, found)
    }
}

/// The version that was found is the expected one, if one is expected.
pub(super) fn check_version(
    expected: Option<Version>,
    entity: &'static str,
    id: impl Display,
    found: Version,
) -> Result<(), CommandError> {
    match expected {
        Some(expected) if expected != found => {
            Err(CommandError::Stale { entity, id: id.to_string(), expected, found })
        }
        _ => Ok(()),
    }
}

/// Whatever version there is.
impl From<Moment> for Basis {
    fn from(now: Moment) -> Self {
        Self::at(now)
    }
}
