//! The removal of a gjennomføring.

use tiltak_schema::scalar::GjennomforingId;

use super::{Command, Effect};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{GjennomforingAggregate, Moment};

/// Removes an enkeltplass that came from Arena, and publishes tombstones.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct RemoveGjennomforing {
    pub id: GjennomforingId,
}

impl Command for RemoveGjennomforing {
    fn decide(&self, it: GjennomforingAggregate, _: Moment) -> Result<Effect, BrokenRule> {
        rules::check_removal(&it.gjennomforing)?;
        Ok(Effect::RemoveGjennomforing(Box::new(it)))
    }
}
