//! The changes that staff and operators make: one file an entity.
//!
//! Each is one transaction that writes the entity and the records that the change gives. The records are built in
//! the transaction, so a state that cannot be published cannot be saved either. Every command of an entity takes a
//! [`Basis`] and gives the [`Version`] that the entity then has.

mod arrangor;
mod avtale;
mod basis;
mod enkeltplass;
mod error;
mod gjennomforing;
mod kategorisering;
mod precondition;
mod relast;
mod removal;
mod status;
mod tiltakstype;
mod unpublished;

use tiltak_schema::scalar::{AvtaleId, GjennomforingId, LocalDate, Organisasjonsnummer, TiltakstypeId};

use crate::domain::rules::BrokenRule;
use crate::domain::{Avtale, Tiltakstype, Version};
use crate::publish::{self, Migrert, OutgoingRecord, PublishError};
use crate::store::{Joined, Store, Transaction, retrying};
use crate::traceparent::TraceParent;

pub(crate) use avtale::due;
pub use avtale::{AvtaleDetails, FANOUT_DELAY, NewAvtale};
pub use basis::Basis;
pub use enkeltplass::{EnkeltplassDetails, NewEnkeltplass};
pub use error::CommandError;
pub use gjennomforing::GjennomforingDetails;
pub use precondition::{Precondition, Versions};
pub use relast::Relast;
pub use tiltakstype::TiltakstypeDetails;

/// Gjennomføringer that a long change handles in one transaction.
pub(crate) const BATCH: u32 = 500;

/// The changes, on one database.
#[derive(Debug, Clone)]
pub struct Producer {
    store: Store,
    migrert: Migrert,
}

impl Producer {
    /// The changes on this database, with the tiltakskoder that are *migrert* in production.
    pub fn new(store: Store) -> Self {
        Self { store, migrert: Migrert::production() }
    }

    /// With these tiltakskoder *migrert*.
    #[must_use]
    pub fn with_migrert(self, migrert: Migrert) -> Self {
        Self { migrert, ..self }
    }

    /// The same changes, made by a request with this trace.
    #[must_use]
    pub fn traced(&self, traceparent: &TraceParent) -> Self {
        Self { store: self.store.traced(traceparent), migrert: self.migrert.clone() }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The tiltakskoder that are *migrert*.
    pub(crate) fn migrert(&self) -> &Migrert {
        &self.migrert
    }

    /// Changes a gjennomføring and publishes it.
    async fn change_gjennomforing(
        &self,
        id: GjennomforingId,
        basis: Basis,
        change: impl Fn(&mut Joined, LocalDate) -> Result<(), BrokenRule>,
    ) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut joined = load_gjennomforing(&mut tx, id).await?;
            basis.check("gjennomføring", id, joined.gjennomforing.version)?;
            change(&mut joined, basis.now().today())?;
            joined.gjennomforing.published_at(basis.now());
            self.save_and_publish(&mut tx, &joined).await?;
            tx.commit().await?;
            Ok(joined.gjennomforing.version)
        })
        .await
    }

    /// Saves a gjennomføring and puts the records of the change in the outbox. What cannot be published is refused
    /// before anything is written.
    pub(crate) async fn save_and_publish(
        &self,
        tx: &mut Transaction,
        joined: &Joined,
    ) -> Result<(), CommandError> {
        let records = self.records(joined)?;
        tx.save_gjennomforing(&joined.gjennomforing).await?;
        tx.enqueue(records);
        Ok(())
    }

    pub(crate) fn records(&self, joined: &Joined) -> Result<Vec<OutgoingRecord>, PublishError> {
        publish::gjennomforing(joined.context(), &self.migrert)
    }

    pub(crate) fn publish_all(
        &self,
        tx: &mut Transaction,
        gjennomforinger: &[Joined],
    ) -> Result<(), CommandError> {
        for joined in gjennomforinger {
            tx.enqueue(self.records(joined)?);
        }
        Ok(())
    }
}

async fn load_tiltakstype(tx: &mut Transaction, id: TiltakstypeId) -> Result<Tiltakstype, CommandError> {
    tx.tiltakstype(id).await?.ok_or_else(|| CommandError::not_found("tiltakstype", id))
}

async fn load_avtale(tx: &mut Transaction, id: AvtaleId) -> Result<Avtale, CommandError> {
    tx.avtale(id).await?.ok_or_else(|| CommandError::not_found("avtale", id))
}

async fn load_gjennomforing(tx: &mut Transaction, id: GjennomforingId) -> Result<Joined, CommandError> {
    tx.gjennomforing(id).await?.ok_or_else(|| CommandError::not_found("gjennomføring", id))
}

async fn require_arrangor(tx: &mut Transaction, id: &Organisasjonsnummer) -> Result<(), CommandError> {
    tx.arrangor(id).await?.map(drop).ok_or_else(|| CommandError::not_found("arrangør", id))
}

async fn require_new(tx: &mut Transaction, id: GjennomforingId) -> Result<(), CommandError> {
    match tx.gjennomforing(id).await? {
        Some(_) => Err(CommandError::exists("gjennomføring", id)),
        None => Ok(()),
    }
}
