//! The changes that staff and operators make.
//!
//! Each is one transaction that writes the entity and the records that the change gives. The records are built in
//! the transaction, so a state that cannot be published cannot be saved either. When changes at the same time were in
//! each other's way, the whole of it is done again.

use std::fmt::Display;

use tiltak_schema::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use tiltak_schema::scalar::{AvtaleId, Enhetsnummer, GjennomforingId, LocalDate};

use crate::domain::rules::{self, BrokenRule};
use crate::domain::{ArenaData, Avtale, Gjennomforing, Kind, Moment};
use crate::publish::{self, OutgoingRecord, PublishError};
use crate::store::{Joined, MayConflict, Selection, Store, StoreError, Transaction, retrying};

/// Gjennomføringer that a long change handles in one transaction.
pub(crate) const BATCH: u32 = 500;

/// A change that was refused. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A rule of the domain.
    #[error(transparent)]
    Rule(#[from] BrokenRule),
    /// The entity is not there.
    #[error("there is no {entity} {id}")]
    NotFound {
        /// The kind of entity.
        entity: &'static str,
        /// Its id.
        id: String,
    },
    /// A new entity has the id of another.
    #[error("there is a gjennomføring {0} already")]
    Exists(GjennomforingId),
    /// The new state cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommandError {
    fn not_found(entity: &'static str, id: impl Display) -> Self {
        Self::NotFound { entity, id: id.to_string() }
    }
}

impl MayConflict for CommandError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// The details of a gjennomføring that staff edit.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the payload")]
pub struct GjennomforingDetails {
    pub navn: String,
    pub oppstart: Oppstart,
    pub pamelding_type: PameldingType,
    pub start_dato: LocalDate,
    pub slutt_dato: Option<LocalDate>,
    pub antall_plasser: i32,
    pub deltidsprosent: f64,
    pub oppmote_sted: Option<String>,
}

impl GjennomforingDetails {
    /// The details that a gjennomføring has; `None` if it is an enkeltplass, which lacks most of them.
    pub fn of(gjennomforing: &Gjennomforing) -> Option<Self> {
        Some(Self {
            navn: gjennomforing.navn.clone()?,
            oppstart: gjennomforing.oppstart,
            pamelding_type: gjennomforing.pamelding_type,
            start_dato: gjennomforing.start_dato?,
            slutt_dato: gjennomforing.slutt_dato,
            antall_plasser: gjennomforing.antall_plasser?,
            deltidsprosent: gjennomforing.deltidsprosent?,
            oppmote_sted: gjennomforing.oppmote_sted.clone(),
        })
    }

    fn apply(self, gjennomforing: &mut Gjennomforing) {
        gjennomforing.navn = Some(self.navn);
        gjennomforing.oppstart = self.oppstart;
        gjennomforing.pamelding_type = self.pamelding_type;
        gjennomforing.start_dato = Some(self.start_dato);
        gjennomforing.slutt_dato = self.slutt_dato;
        gjennomforing.antall_plasser = Some(self.antall_plasser);
        gjennomforing.deltidsprosent = Some(self.deltidsprosent);
        gjennomforing.oppmote_sted = self.oppmote_sted;
    }
}

/// The details of an avtale that staff edit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct AvtaleDetails {
    pub navn: String,
    pub start_dato: LocalDate,
    pub slutt_dato: Option<LocalDate>,
    pub regioner: Vec<Enhetsnummer>,
}

impl AvtaleDetails {
    /// The details that an avtale has.
    pub fn of(avtale: &Avtale) -> Self {
        Self {
            navn: avtale.navn.clone(),
            start_dato: avtale.start_dato,
            slutt_dato: avtale.slutt_dato,
            regioner: avtale.regioner.clone(),
        }
    }
}

/// What is to be published again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relast {
    /// These gjennomføringer.
    Ids(Vec<GjennomforingId>),
    /// The gjennomføringer of a tiltakskode.
    Tiltakskode(Tiltakskode),
    /// The gjennomføringer under an avtale.
    Avtale(AvtaleId),
    /// Every gjennomføring.
    All,
}

/// The changes, on one database.
#[derive(Debug, Clone)]
pub struct Producer {
    store: Store,
}

impl Producer {
    /// The changes on this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes a gjennomføring of kind AVTALE, whose tiltakstype and arrangør are those of the avtale.
    ///
    /// # Errors
    /// A rule that is broken, an avtale that is not there, an id that is taken.
    pub async fn create_gjennomforing(
        &self,
        id: GjennomforingId,
        avtale: AvtaleId,
        details: GjennomforingDetails,
        now: Moment,
    ) -> Result<(), CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            if tx.gjennomforing(id).await?.is_some() {
                return Err(CommandError::Exists(id));
            }
            let avtale = load_avtale(&mut tx, avtale).await?;
            let tiltakstype = tx
                .tiltakstype(avtale.tiltakstype)
                .await?
                .ok_or_else(|| CommandError::not_found("tiltakstype", avtale.tiltakstype))?;
            let arrangor = rules::active_arrangor(&avtale, now.today())?;
            let mut gjennomforing = Gjennomforing {
                id,
                kind: Kind::Avtale,
                tiltakstype: tiltakstype.id,
                arrangor,
                avtale: Some(avtale.id),
                lopenummer: Some(tx.next_lopenummer(now.today()).await?),
                status: GjennomforingStatus::Gjennomfores,
                oppstart: details.oppstart,
                pamelding_type: details.pamelding_type,
                navn: None,
                start_dato: None,
                slutt_dato: None,
                tilgjengelig_for_arrangor_dato: None,
                apent_for_pamelding: true,
                antall_plasser: None,
                deltidsprosent: None,
                oppmote_sted: None,
                arena: ArenaData::default(),
                ansvarlig_enhet: None,
                opprettet: now.instant(),
                oppdatert: now.instant(),
            };
            details.clone().apply(&mut gjennomforing);
            rules::check_new(&gjennomforing, &avtale, &tiltakstype, now.today())?;
            let joined = Joined { gjennomforing, tiltakstype, avtale: Some(avtale), kategorisering: None };
            save_and_publish(&mut tx, &joined).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Edits the details of a gjennomføring of kind AVTALE.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there.
    pub async fn edit_gjennomforing(
        &self,
        id: GjennomforingId,
        details: GjennomforingDetails,
        now: Moment,
    ) -> Result<(), CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut joined = load_gjennomforing(&mut tx, id).await?;
            let before = joined.gjennomforing.clone();
            details.clone().apply(&mut joined.gjennomforing);
            joined.gjennomforing.oppdatert = now.instant();
            rules::check_edit(
                &before,
                &joined.gjennomforing,
                joined.avtale.as_ref(),
                &joined.tiltakstype,
                now.today(),
            )?;
            save_and_publish(&mut tx, &joined).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Edits the details of an avtale, and publishes every gjennomføring under it again. Details that are the same
    /// as before change and publish nothing. Returns the number of gjennomføringer that are published.
    ///
    /// # Errors
    /// A rule that is broken, an avtale that is not there.
    pub async fn edit_avtale(
        &self,
        id: AvtaleId,
        details: AvtaleDetails,
        now: Moment,
    ) -> Result<usize, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut avtale = load_avtale(&mut tx, id).await?;
            if AvtaleDetails::of(&avtale) == details {
                return Ok(0);
            }
            let AvtaleDetails { navn, start_dato, slutt_dato, regioner } = details.clone();
            avtale = Avtale { navn, start_dato, slutt_dato, regioner, oppdatert: now.instant(), ..avtale };
            rules::check_avtale(&avtale)?;
            tx.save_avtale(&avtale).await?;
            let mut published = 0;
            let mut after = None;
            loop {
                let page = tx.gjennomforinger(Selection::Avtale(id), after, BATCH).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.gjennomforing.id);
                published += page.len();
                publish_all(&mut tx, &page).await?;
            }
            tx.commit().await?;
            Ok(published)
        })
        .await
    }

    /// Removes an enkeltplass that came from Arena.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there.
    pub async fn remove_gjennomforing(&self, id: GjennomforingId) -> Result<(), CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let joined = load_gjennomforing(&mut tx, id).await?;
            rules::check_removal(&joined.gjennomforing)?;
            tx.remove_gjennomforing(id).await?;
            tx.enqueue(&publish::removal(id)?).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Publishes again every tiltakstype that this system administers. Returns their number.
    ///
    /// # Errors
    /// A tiltakstype that cannot be published.
    pub async fn relast_tiltakstyper(&self) -> Result<usize, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let tiltakstyper = tx.tiltakstyper().await?;
            let records: Vec<OutgoingRecord> = tiltakstyper
                .iter()
                .filter_map(|tiltakstype| publish::tiltakstype(tiltakstype).transpose())
                .collect::<Result<_, _>>()?;
            tx.enqueue(&records).await?;
            tx.commit().await?;
            Ok(records.len())
        })
        .await
    }

    /// Publishes gjennomføringer again, some hundred to a transaction. `progress` is told how many there were so far;
    /// what it was told stays when a later one fails. Returns their number.
    ///
    /// # Errors
    /// A gjennomføring that cannot be published or is not there.
    pub async fn relast_gjennomforinger(
        &self,
        which: &Relast,
        mut progress: impl FnMut(usize),
    ) -> Result<usize, CommandError> {
        let selection = match which {
            Relast::Ids(ids) => return self.relast_ids(ids).await,
            Relast::Tiltakskode(kode) => Selection::Tiltakskode(*kode),
            Relast::Avtale(id) => {
                load_avtale(&mut self.store.begin().await?, *id).await?;
                Selection::Avtale(*id)
            }
            Relast::All => Selection::All,
        };
        let mut published = 0;
        let mut after = None;
        loop {
            let (count, last) = retrying(|| self.relast_page(selection, after)).await?;
            if last.is_none() {
                return Ok(published);
            }
            after = last;
            published += count;
            progress(published);
        }
    }

    /// Publishes a page again. Returns its size and the last id of it.
    async fn relast_page(
        &self,
        selection: Selection,
        after: Option<GjennomforingId>,
    ) -> Result<(usize, Option<GjennomforingId>), CommandError> {
        let mut tx = self.store.begin().await?;
        let page = tx.gjennomforinger(selection, after, BATCH).await?;
        publish_all(&mut tx, &page).await?;
        tx.commit().await?;
        Ok((page.len(), page.last().map(|joined| joined.gjennomforing.id)))
    }

    async fn relast_ids(&self, ids: &[GjennomforingId]) -> Result<usize, CommandError> {
        // In the order in which everybody locks them.
        let mut in_order = ids.to_vec();
        in_order.sort_unstable();
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            for id in &in_order {
                let joined = load_gjennomforing(&mut tx, *id).await?;
                publish_all(&mut tx, &[joined]).await?;
            }
            tx.commit().await?;
            Ok(ids.len())
        })
        .await
    }
}

async fn load_avtale(tx: &mut Transaction, id: AvtaleId) -> Result<Avtale, CommandError> {
    tx.avtale(id).await?.ok_or_else(|| CommandError::not_found("avtale", id))
}

async fn load_gjennomforing(tx: &mut Transaction, id: GjennomforingId) -> Result<Joined, CommandError> {
    tx.gjennomforing(id).await?.ok_or_else(|| CommandError::not_found("gjennomføring", id))
}

/// Saves a gjennomføring and puts the records of the change in the outbox.
pub(crate) async fn save_and_publish(tx: &mut Transaction, joined: &Joined) -> Result<(), CommandError> {
    tx.save_gjennomforing(&joined.gjennomforing).await?;
    publish_all(tx, std::slice::from_ref(joined)).await
}

async fn publish_all(tx: &mut Transaction, gjennomforinger: &[Joined]) -> Result<(), CommandError> {
    for joined in gjennomforinger {
        tx.enqueue(&publish::gjennomforing(joined.context())?).await?;
    }
    Ok(())
}
