//! Commands that end, cancel or reopen a gjennomføring of kind AVTALE. Each publishes it.

#![allow(missing_docs, reason = "the names of the fields say what they are")]

use tiltak_schema::scalar::{GjennomforingId, LocalDate};

use super::{Command, Effect};
use crate::domain::kodeverk::GjennomforingStatus;
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{GjennomforingAggregate, Moment};

/// Ends a gjennomføring whose last day is over. Its status becomes AVSLUTTET, and it is closed for påmelding.
#[derive(Debug, Clone)]
pub struct EndGjennomforing {
    pub id: GjennomforingId,
}

impl Command for EndGjennomforing {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_avslutt(&it.gjennomforing, now.today())?;
        it.gjennomforing.status = GjennomforingStatus::Avsluttet;
        it.gjennomforing.apent_for_pamelding = false;
        Ok(it.published(now))
    }
}

/// Cancels a gjennomføring at a date, and closes it for påmelding. Its status becomes AVLYST if it has not started by
/// that date, else AVBRUTT.
#[derive(Debug, Clone)]
pub struct CancelGjennomforing {
    pub id: GjennomforingId,
    pub dato: LocalDate,
}

impl Command for CancelGjennomforing {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        let avbrudd = rules::avbryt(&it.gjennomforing, self.dato)?;
        it.gjennomforing.status = avbrudd.status;
        it.gjennomforing.slutt_dato = avbrudd.slutt_dato;
        it.gjennomforing.apent_for_pamelding = false;
        Ok(it.published(now))
    }
}

/// Reopens an ended gjennomføring with a new sluttDato. It stays closed for påmelding.
#[derive(Debug, Clone)]
pub struct ReopenGjennomforing {
    pub id: GjennomforingId,
    pub slutt_dato: LocalDate,
}

impl Command for ReopenGjennomforing {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_gjenapne(&it.gjennomforing, self.slutt_dato, now.today())?;
        it.gjennomforing.status = GjennomforingStatus::Gjennomfores;
        it.gjennomforing.slutt_dato = Some(self.slutt_dato);
        Ok(it.published(now))
    }
}
