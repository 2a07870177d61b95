//! Edits of a gjennomføring that publish nothing, because no payload has the fields that they change (`schema/WIRE.md`,
//! section 5.1).

#![allow(missing_docs, reason = "the names of the fields say what they are")]

use tiltak_schema::scalar::GjennomforingId;

use super::{Command, Effect};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{GjennomforingAggregate, Moment, Ventetid};

/// Sets whether Nav's own pages show a gjennomføring.
#[derive(Debug, Clone)]
pub struct SetPublisert {
    pub id: GjennomforingId,
    pub publisert: bool,
}

impl Command for SetPublisert {
    fn decide(&self, mut it: GjennomforingAggregate, _: Moment) -> Result<Effect, BrokenRule> {
        rules::check_editable(&it.gjennomforing)?;
        it.gjennomforing.publisert = self.publisert;
        Ok(it.unpublished())
    }
}

/// Sets how long a participant waits, roughly; `None`: unknown.
#[derive(Debug, Clone)]
pub struct SetVentetid {
    pub id: GjennomforingId,
    pub ventetid: Option<Ventetid>,
}

impl Command for SetVentetid {
    fn decide(&self, mut it: GjennomforingAggregate, _: Moment) -> Result<Effect, BrokenRule> {
        rules::check_editable(&it.gjennomforing)?;
        it.gjennomforing.ventetid = self.ventetid;
        Ok(it.unpublished())
    }
}

/// Removes a contact person in Nav. It is no error if the person is not there.
#[derive(Debug, Clone)]
pub struct RemoveKontaktperson {
    pub id: GjennomforingId,
    pub kontaktperson: String,
}

impl Command for RemoveKontaktperson {
    fn decide(&self, mut it: GjennomforingAggregate, _: Moment) -> Result<Effect, BrokenRule> {
        rules::check_editable(&it.gjennomforing)?;
        it.gjennomforing.veilederinfo.kontaktpersoner.shift_remove(&self.kontaktperson);
        Ok(it.unpublished())
    }
}
