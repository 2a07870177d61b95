//! What a command builds on.

use std::fmt::Display;

use super::{CommandError, Precondition};
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    now: Moment,
    precondition: Precondition,
}

impl Basis {
    /// This time, and whatever version there is.
    pub fn at(now: Moment) -> Self {
        Self { now, precondition: Precondition::default() }
    }

    /// This version alone, or what else is demanded: a command that finds another one is refused.
    #[must_use]
    pub fn expecting(self, precondition: impl Into<Precondition>) -> Self {
        Self { precondition: precondition.into(), ..self }
    }

    pub(super) fn now(&self) -> Moment {
        self.now
    }

    /// Of an entity that is there.
    pub(super) fn check(
        &self,
        entity: &'static str,
        id: impl Display,
        found: Version,
    ) -> Result<(), CommandError> {
        self.precondition.check(entity, id, Some(found))
    }

    pub(super) fn precondition(&self) -> &Precondition {
        &self.precondition
    }
}

/// Whatever version there is.
impl From<Moment> for Basis {
    fn from(now: Moment) -> Self {
        Self::at(now)
    }
}

impl From<&Basis> for Basis {
    fn from(basis: &Basis) -> Self {
        basis.clone()
    }
}
