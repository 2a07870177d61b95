//! Why a command is refused.

use std::fmt::Display;

use super::Precondition;
use crate::domain::Version;
use crate::domain::rules::BrokenRule;
use crate::publish::PublishError;
use crate::store::{MayConflict, StoreError};

/// Why a command was refused. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command breaks a rule of the domain.
    #[error(transparent)]
    Rule(#[from] BrokenRule),
    /// The entity is not stored.
    #[error("there is no {entity} {id}")]
    NotFound {
        /// The kind of entity.
        entity: &'static str,
        /// The id of the entity.
        id: String,
    },
    /// A new entity has the id of a stored one.
    #[error("there is a {entity} {id} already")]
    Exists {
        /// The kind of entity.
        entity: &'static str,
        /// The id.
        id: String,
    },
    /// The precondition does not hold: another version is stored, or none.
    #[error("the {entity} {id} has {}, expected {expected}; read it again", version(*found))]
    Stale {
        /// The kind of entity.
        entity: &'static str,
        /// The id of the entity.
        id: String,
        /// The precondition that the caller has sent.
        expected: Precondition,
        /// The stored version; `None` if the entity is not stored.
        found: Option<Version>,
    },
    /// The new state cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database has failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommandError {
    pub(super) fn not_found(entity: &'static str, id: impl Display) -> Self {
        Self::NotFound { entity, id: id.to_string() }
    }

    pub(super) fn exists(entity: &'static str, id: impl Display) -> Self {
        Self::Exists { entity, id: id.to_string() }
    }

    /// The name of the broken rule, if a rule is the reason.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Rule(broken) => Some(broken.name()),
            _ => None,
        }
    }
}

fn version(found: Option<Version>) -> String {
    found.map_or_else(|| "no version (it is not there)".to_owned(), |found| format!("version {found}"))
}

impl MayConflict for CommandError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl From<kafka_outbox::OutboxError> for CommandError {
    fn from(error: kafka_outbox::OutboxError) -> Self {
        Self::Store(error.into())
    }
}
