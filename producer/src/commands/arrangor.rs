//! Commands of an arrangør.

use tiltak_schema::scalar::Organisasjonsnummer;

use super::aggregate::ArrangorSlot;
use super::{Command, Effect};
use crate::domain::rules::BrokenRule;
use crate::domain::{Arrangor, Moment};

/// Creates or changes an arrangør. Publishes nothing: payloads have only its organisasjonsnummer, which is fixed.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct UpsertArrangor {
    pub organisasjonsnummer: Organisasjonsnummer,
    pub navn: String,
}

impl Command for UpsertArrangor {
    fn decide(&self, _: ArrangorSlot, _: Moment) -> Result<Effect, BrokenRule> {
        let Self { organisasjonsnummer, navn } = self.clone();
        Ok(Effect::SaveArrangor(Arrangor { organisasjonsnummer, navn }))
    }
}
