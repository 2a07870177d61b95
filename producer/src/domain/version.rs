//! The version of an entity, for optimistic locking.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many times an entity has been written. Whoever changes one may say which version they saw, and is refused if
/// another change came in between.
///
/// ```
/// use tiltak_producer::domain::Version;
///
/// assert_eq!(Version::FIRST.next(), Version::new(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Version(i64);

impl Version {
    /// That of an entity that is new.
    pub const FIRST: Self = Self(1);

    /// The version with this number.
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number, from 1.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The version after the next change.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// That of an entity that is new, and of one that was stored before there were versions.
impl Default for Version {
    fn default() -> Self {
        Self::FIRST
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
