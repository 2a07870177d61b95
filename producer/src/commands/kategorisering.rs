//! The command that sets the kategorisering of a gjennomføring.

use tiltak_schema::scalar::GjennomforingId;

use super::{Command, Effect};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{GjennomforingAggregate, Kategorisering, Kind, Moment};

/// Sets or removes the kategorisering of a gjennomføring: the kind of training that it gives. Publishes the
/// gjennomføring, since this is an edit of its details.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct SetKategorisering {
    pub id: GjennomforingId,
    pub kategorisering: Option<Kategorisering>,
}

impl Command for SetKategorisering {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        match it.gjennomforing.kind {
            Kind::Enkeltplass => rules::check_editable_enkeltplass(&it.gjennomforing)?,
            Kind::Avtale | Kind::Arena => rules::check_editable(&it.gjennomforing)?,
        }
        if let Some(kategorisering) = &self.kategorisering {
            rules::check_kategorisering(kategorisering, it.tiltakstype.tiltakskode)?;
        }
        it.kategorisering.clone_from(&self.kategorisering);
        it.gjennomforing.published_at(now);
        Ok(Effect::PublishKategorisering(Box::new(it)))
    }
}
