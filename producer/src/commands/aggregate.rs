//! The states that commands are decided on, and how they are loaded.

use tiltak_schema::scalar::{AvtaleId, GjennomforingId, Organisasjonsnummer, TiltakstypeId};

use super::{Aggregate, CommandError, Effect, StoredEntity};
use crate::domain::kodeverk::Tiltakskode;
use crate::domain::{Arrangor, Avtale, GjennomforingAggregate, Moment, Tiltakstype, Version};
use crate::store::Transaction;

impl Aggregate for GjennomforingAggregate {
    type Key = GjennomforingId;

    async fn load(tx: &mut Transaction, id: GjennomforingId) -> Result<Self, CommandError> {
        tx.gjennomforing(id).await?.ok_or_else(|| CommandError::not_found("gjennomføring", id))
    }

    fn stored(&self) -> StoredEntity {
        let (id, version) = (self.gjennomforing.id.to_string(), Some(self.gjennomforing.version));
        StoredEntity { entity: "gjennomføring", id, version }
    }
}

impl GjennomforingAggregate {
    /// A change that is published.
    pub(super) fn published(mut self, now: Moment) -> Effect {
        self.gjennomforing.published_at(now);
        Effect::PublishGjennomforing(Box::new(self))
    }

    /// A change that is not published.
    pub(super) fn unpublished(mut self) -> Effect {
        self.gjennomforing.changed_unseen();
        Effect::SaveGjennomforing(Box::new(self))
    }
}

impl Aggregate for Avtale {
    type Key = AvtaleId;

    async fn load(tx: &mut Transaction, id: AvtaleId) -> Result<Self, CommandError> {
        tx.avtale(id).await?.ok_or_else(|| CommandError::not_found("avtale", id))
    }

    fn stored(&self) -> StoredEntity {
        StoredEntity { entity: "avtale", id: self.id.to_string(), version: Some(self.version) }
    }
}

/// A free id for an avtale, with the tiltakstype that the new avtale refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct AvtaleVacancy {
    /// The free id.
    pub id: AvtaleId,
    /// The tiltakstype of the new avtale.
    pub tiltakstype: Tiltakstype,
}

impl Aggregate for AvtaleVacancy {
    type Key = (AvtaleId, TiltakstypeId);

    async fn load(tx: &mut Transaction, (id, tiltakstype): Self::Key) -> Result<Self, CommandError> {
        if tx.avtale(id).await?.is_some() {
            return Err(CommandError::exists("avtale", id));
        }
        Ok(Self { id, tiltakstype: load_tiltakstype(tx, tiltakstype).await? })
    }

    fn stored(&self) -> StoredEntity {
        StoredEntity { entity: "avtale", id: self.id.to_string(), version: None }
    }
}

/// A free id for a gjennomføring, with the avtale and tiltakstype that the new one refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct GjennomforingVacancy {
    /// The free id.
    pub id: GjennomforingId,
    /// The avtale of the new gjennomføring.
    pub avtale: Avtale,
    /// The tiltakstype of the avtale.
    pub tiltakstype: Tiltakstype,
}

impl Aggregate for GjennomforingVacancy {
    type Key = (GjennomforingId, AvtaleId);

    async fn load(tx: &mut Transaction, (id, avtale): Self::Key) -> Result<Self, CommandError> {
        require_new(tx, id).await?;
        let avtale = Avtale::load(tx, avtale).await?;
        let tiltakstype = load_tiltakstype(tx, avtale.tiltakstype).await?;
        Ok(Self { id, avtale, tiltakstype })
    }

    fn stored(&self) -> StoredEntity {
        StoredEntity { entity: "gjennomføring", id: self.id.to_string(), version: None }
    }
}

/// A free id for an enkeltplass, with the tiltakstype that the new one refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct EnkeltplassVacancy {
    /// The free id.
    pub id: GjennomforingId,
    /// The tiltakstype of the new enkeltplass.
    pub tiltakstype: Tiltakstype,
}

impl Aggregate for EnkeltplassVacancy {
    type Key = (GjennomforingId, TiltakstypeId);

    async fn load(tx: &mut Transaction, (id, tiltakstype): Self::Key) -> Result<Self, CommandError> {
        require_new(tx, id).await?;
        Ok(Self { id, tiltakstype: load_tiltakstype(tx, tiltakstype).await? })
    }

    fn stored(&self) -> StoredEntity {
        StoredEntity { entity: "gjennomføring", id: self.id.to_string(), version: None }
    }
}

/// The place of a tiltakstype: the stored one, if there is one, and the one that has its tiltakskode.
#[derive(Debug, Clone, PartialEq)]
pub struct TiltakstypeSlot {
    /// The id.
    pub id: TiltakstypeId,
    /// The tiltakstype with this id.
    pub stored: Option<Tiltakstype>,
    /// The stored tiltakstype with the tiltakskode that the new state has.
    pub same_code: Option<Tiltakstype>,
}

impl Aggregate for TiltakstypeSlot {
    type Key = (TiltakstypeId, Tiltakskode);

    async fn load(tx: &mut Transaction, (id, kode): Self::Key) -> Result<Self, CommandError> {
        Ok(Self { id, stored: tx.tiltakstype(id).await?, same_code: tx.tiltakstype_of(kode).await? })
    }

    fn stored(&self) -> StoredEntity {
        let version = self.stored.as_ref().map(|stored| stored.version);
        StoredEntity { entity: "tiltakstype", id: self.id.to_string(), version }
    }
}

/// The place of an arrangør: the stored one, if there is one. An arrangør has no versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrangorSlot {
    /// The id.
    pub organisasjonsnummer: Organisasjonsnummer,
    /// The arrangør with this id.
    pub stored: Option<Arrangor>,
}

/// The version that stands for an arrangør, which has none.
pub(super) fn no_version() -> Version {
    Version::new(0)
}

impl Aggregate for ArrangorSlot {
    type Key = Organisasjonsnummer;

    async fn load(tx: &mut Transaction, organisasjonsnummer: Self::Key) -> Result<Self, CommandError> {
        let stored = tx.arrangor_for_update(&organisasjonsnummer).await?;
        Ok(Self { organisasjonsnummer, stored })
    }

    fn stored(&self) -> StoredEntity {
        let version = self.stored.as_ref().map(|_| no_version());
        StoredEntity { entity: "arrangør", id: self.organisasjonsnummer.to_string(), version }
    }
}

async fn load_tiltakstype(tx: &mut Transaction, id: TiltakstypeId) -> Result<Tiltakstype, CommandError> {
    tx.tiltakstype(id).await?.ok_or_else(|| CommandError::not_found("tiltakstype", id))
}

async fn require_new(tx: &mut Transaction, id: GjennomforingId) -> Result<(), CommandError> {
    match tx.gjennomforing(id).await? {
        Some(_) => Err(CommandError::exists("gjennomføring", id)),
        None => Ok(()),
    }
}
