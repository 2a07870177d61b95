//! The executor of commands.

use tiltak_schema::scalar::{AvtaleId, Organisasjonsnummer};

use super::aggregate::no_version;
use super::avtale::due;
use super::{Aggregate, Command, CommandError, Effect, Precondition};
use crate::domain::{Avtale, Gjennomforing, GjennomforingAggregate, Kind, Moment, Tiltakstype, Version};
use crate::publish::{self, MigratedCodes, OutgoingRecord, PublishError};
use crate::store::{Selection, Store, Transaction, retrying};
use crate::traceparent::TraceParent;

/// How many gjennomføringer a long change handles in one transaction.
pub(crate) const BATCH: u32 = 500;

/// The executor of commands on one database.
#[derive(Debug, Clone)]
pub struct CommandService {
    store: Store,
    migrated: MigratedCodes,
}

impl CommandService {
    /// An executor on this database, with the tiltakskoder that are *migrert* in production.
    pub fn new(store: Store) -> Self {
        Self { store, migrated: MigratedCodes::production() }
    }

    /// Sets the tiltakskoder that are *migrert*.
    #[must_use]
    pub fn with_migrated(self, migrated: MigratedCodes) -> Self {
        Self { migrated, ..self }
    }

    /// An executor whose records carry this trace.
    #[must_use]
    pub fn traced(&self, traceparent: &TraceParent) -> Self {
        Self { store: self.store.traced(traceparent), migrated: self.migrated.clone() }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Executes a command without a precondition. Returns the entity's version afterwards: the last one of a removed
    /// entity, and 0 of an arrangør, which has no versions.
    ///
    /// # Errors
    /// A rule that is broken; an entity that is not there, or one that is there and should be new; a state that cannot be
    /// published; those of [`StoreError`](crate::StoreError). Nothing of the command was written, unless the connection was
    /// lost as it was committed: then that is not known.
    pub async fn execute<C: Command>(&self, command: C, now: Moment) -> Result<Version, CommandError> {
        self.execute_if(&Precondition::default(), command, now).await
    }

    /// Executes a command if the precondition holds for the stored version.
    ///
    /// # Errors
    /// Those of [`CommandService::execute`], and [`CommandError::Stale`] if the precondition does not hold.
    pub async fn execute_if<C: Command>(
        &self,
        precondition: &Precondition,
        command: C,
        now: Moment,
    ) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let state = C::Aggregate::load(&mut tx, command.key()).await?;
            precondition.check(state.stored())?;
            let effect = command.decide(state, now)?;
            if let Effect::Unchanged(version) = effect {
                return Ok(version);
            }
            let version = self.write(&mut tx, effect, now).await?;
            tx.commit().await?;
            Ok(version)
        })
        .await
    }

    /// Writes an effect and the records that it gives. What cannot be published is refused.
    async fn write(
        &self,
        tx: &mut Transaction,
        effect: Effect,
        now: Moment,
    ) -> Result<Version, CommandError> {
        match effect {
            Effect::Unchanged(version) => Ok(version),
            Effect::PublishGjennomforing(mut it) => {
                if it.gjennomforing.version == Version::FIRST {
                    complete_new(tx, &mut it.gjennomforing, now).await?;
                }
                self.save_and_publish(tx, &it).await?;
                Ok(it.gjennomforing.version)
            }
            Effect::PublishKategorisering(it) => {
                let id = it.gjennomforing.id;
                match &it.kategorisering {
                    Some(kategorisering) => tx.save_kategorisering(id, kategorisering).await?,
                    None => tx.remove_kategorisering(id).await?,
                }
                self.save_and_publish(tx, &it).await?;
                Ok(it.gjennomforing.version)
            }
            Effect::SaveGjennomforing(it) => {
                tx.save_gjennomforing(&it.gjennomforing).await?;
                Ok(it.gjennomforing.version)
            }
            Effect::RemoveGjennomforing(it) => {
                let id = it.gjennomforing.id;
                tx.remove_gjennomforing(id).await?;
                tx.enqueue(publish::removal(id)?);
                Ok(it.gjennomforing.version)
            }
            Effect::PublishAvtale(avtale) => {
                save_and_fan_out(tx, &avtale, now).await?;
                self.check_fan_out(tx, avtale.id).await?;
                Ok(avtale.version)
            }
            Effect::FanOutAvtale(avtale) => {
                save_and_fan_out(tx, &avtale, now).await?;
                Ok(avtale.version)
            }
            Effect::SaveAvtale(avtale) => {
                tx.save_avtale(&avtale).await?;
                Ok(avtale.version)
            }
            Effect::SaveTiltakstype(tiltakstype) => {
                self.tiltakstype_record(&tiltakstype)?;
                tx.save_tiltakstype(&tiltakstype).await?;
                Ok(tiltakstype.version)
            }
            Effect::SaveArrangor(arrangor) => {
                tx.save_arrangor(&arrangor).await?;
                Ok(no_version())
            }
        }
    }

    /// Refuses now what the fan-out would refuse later, when nobody is there to mend it.
    async fn check_fan_out(&self, tx: &mut Transaction, id: AvtaleId) -> Result<(), CommandError> {
        let mut after = None;
        loop {
            let page = tx.gjennomforinger(Selection::Avtale(id), after, BATCH).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.gjennomforing.id);
            for aggregate in &page {
                self.records(aggregate)?;
            }
        }
    }

    /// The record of a tiltakstype, if Tiltaksadministrasjon administers it. Refuses a migrert tiltakstype without a
    /// code in Arena, which its gjennomføringer need.
    pub(crate) fn tiltakstype_record(
        &self,
        tiltakstype: &Tiltakstype,
    ) -> Result<Option<OutgoingRecord>, PublishError> {
        if self.migrated.contains(tiltakstype.tiltakskode) && tiltakstype.arena_kode.is_none() {
            return Err(PublishError::NoArenaCode(tiltakstype.tiltakskode));
        }
        publish::tiltakstype(tiltakstype)
    }

    /// Saves a gjennomføring and appends its records to the outbox. If it cannot be published, nothing is written.
    pub(crate) async fn save_and_publish(
        &self,
        tx: &mut Transaction,
        aggregate: &GjennomforingAggregate,
    ) -> Result<(), CommandError> {
        let records = self.records(aggregate)?;
        tx.save_gjennomforing(&aggregate.gjennomforing).await?;
        tx.enqueue(records);
        Ok(())
    }

    pub(crate) fn records(
        &self,
        aggregate: &GjennomforingAggregate,
    ) -> Result<Vec<OutgoingRecord>, PublishError> {
        publish::gjennomforing(aggregate, &self.migrated)
    }

    pub(crate) fn publish_all(
        &self,
        tx: &mut Transaction,
        gjennomforinger: &[GjennomforingAggregate],
    ) -> Result<(), CommandError> {
        for aggregate in gjennomforinger {
            tx.enqueue(self.records(aggregate)?);
        }
        Ok(())
    }
}

/// Of a new gjennomføring: its arrangør is there, and under an avtale it has the next number.
async fn complete_new(
    tx: &mut Transaction,
    new: &mut Gjennomforing,
    now: Moment,
) -> Result<(), CommandError> {
    require_arrangor(tx, &new.arrangor).await?;
    if new.kind == Kind::Avtale {
        new.lopenummer = Some(tx.next_lopenummer(now.today()).await?);
    }
    Ok(())
}

async fn save_and_fan_out(tx: &mut Transaction, avtale: &Avtale, now: Moment) -> Result<(), CommandError> {
    if let Some(arrangor) = &avtale.arrangor {
        require_arrangor(tx, arrangor).await?;
    }
    tx.save_avtale(avtale).await?;
    Ok(tx.schedule_fanout(avtale.id, due(now)).await?)
}

async fn require_arrangor(tx: &mut Transaction, id: &Organisasjonsnummer) -> Result<(), CommandError> {
    tx.arrangor(id).await?.map(drop).ok_or_else(|| CommandError::not_found("arrangør", id))
}
