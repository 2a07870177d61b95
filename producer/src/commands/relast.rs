//! Relast: publishing again what the database holds. It goes through the outbox like every change, so that it cannot
//! overtake one.

use tiltak_schema::kodeverk::Tiltakskode;
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};

use super::{BATCH, CommandError, Producer, load_avtale, load_gjennomforing};
use crate::publish::{self, OutgoingRecord};
use crate::store::{Selection, retrying};

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

impl Producer {
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

    /// Publishes everything again, the tiltakstyper first, since gjennomføringer refer to them. Returns the number of
    /// tiltakstyper and gjennomføringer. `progress` is told of the gjennomføringer.
    ///
    /// # Errors
    /// An entity that cannot be published.
    pub async fn relast_everything(&self, progress: impl FnMut(usize)) -> Result<usize, CommandError> {
        let tiltakstyper = self.relast_tiltakstyper().await?;
        Ok(tiltakstyper + self.relast_gjennomforinger(&Relast::All, progress).await?)
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
            let mut tx = self.store.begin().await?;
            let page = tx.gjennomforinger(selection, after, BATCH).await?;
            let Some(last) = page.last() else { return Ok(published) };
            after = Some(last.gjennomforing.id);
            self.publish_all(&mut tx, &page).await?;
            tx.commit().await?;
            published += page.len();
            progress(published);
        }
    }

    async fn relast_ids(&self, ids: &[GjennomforingId]) -> Result<usize, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            for id in ids {
                let joined = load_gjennomforing(&mut tx, *id).await?;
                self.publish_all(&mut tx, &[joined]).await?;
            }
            tx.commit().await?;
            Ok(ids.len())
        })
        .await
    }
}
