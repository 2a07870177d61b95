//! Relast: publishing again what the database holds. A relast goes through the outbox like every change, so it cannot
//! overtake one.

use std::time::{Duration, Instant};

use tiltak_schema::scalar::{AvtaleId, GjennomforingId};

use super::service::BATCH;
use super::{Aggregate, CommandError, CommandService};
use crate::domain::kodeverk::Tiltakskode;
use crate::domain::{Avtale, GjennomforingAggregate};
use crate::publish::{self, OutgoingRecord};
use crate::store::{Selection, retrying};

/// Number of pending records from which a relast waits for the relay. An edit that is made during the relast waits
/// behind them: a few batches.
const BACKLOG: usize = 6_000;
/// How long the outbox may stay the same before a relast concludes that no relay is at work.
const NO_RELAY: Duration = Duration::from_secs(2);
/// How often a waiting relast looks at the outbox.
const STEP: Duration = Duration::from_millis(20);

/// The selection of a relast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relast {
    /// The gjennomføringer with these ids.
    Ids(Vec<GjennomforingId>),
    /// The gjennomføringer of a tiltakskode.
    Tiltakskode(Tiltakskode),
    /// The gjennomføringer under an avtale.
    Avtale(AvtaleId),
    /// Every gjennomføring.
    All,
}

impl CommandService {
    /// Publishes again every tiltakstype that Tiltaksadministrasjon administers. Returns their number.
    ///
    /// # Errors
    /// A tiltakstype that cannot be published.
    pub async fn relast_tiltakstyper(&self) -> Result<usize, CommandError> {
        retrying(|| async {
            let mut tx = self.store().begin().await?;
            let tiltakstyper = tx.tiltakstyper().await?;
            let records: Vec<OutgoingRecord> = tiltakstyper
                .iter()
                .filter_map(|tiltakstype| publish::tiltakstype(tiltakstype).transpose())
                .collect::<Result<_, _>>()?;
            let count = records.len();
            tx.enqueue(records);
            tx.commit().await?;
            Ok(count)
        })
        .await
    }

    /// Publishes everything again: first the tiltakstyper, which gjennomføringer refer to, then all gjennomføringer.
    /// Returns the number of both. `progress` gets the number of gjennomføringer so far.
    ///
    /// # Errors
    /// An entity that cannot be published.
    pub async fn relast_everything(&self, progress: impl FnMut(usize)) -> Result<usize, CommandError> {
        let tiltakstyper = self.relast_tiltakstyper().await?;
        Ok(tiltakstyper + self.relast_gjennomforinger(&Relast::All, progress).await?)
    }

    /// Publishes gjennomføringer again, some hundred in each transaction. Returns their number. `progress` gets the
    /// number so far. When a transaction fails, the earlier ones stand.
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
                Avtale::load(&mut self.store().begin().await?, *id).await?;
                Selection::Avtale(*id)
            }
            Relast::All => Selection::All,
        };
        let mut published = 0;
        let mut after = None;
        let mut relay_at_work = true;
        loop {
            let page = retrying(|| self.relast_page(selection, after)).await?;
            let Some((count, last)) = page else { return Ok(published) };
            after = Some(last);
            published += count;
            progress(published);
            if relay_at_work {
                relay_at_work = self.give_way().await?;
            }
        }
    }

    /// The gjennomføringer after an id, as one change. Gives their number and the last id.
    async fn relast_page(
        &self,
        selection: Selection,
        after: Option<GjennomforingId>,
    ) -> Result<Option<(usize, GjennomforingId)>, CommandError> {
        let mut tx = self.store().begin().await?;
        let page = tx.gjennomforinger(selection, after, BATCH).await?;
        let Some(last) = page.last() else { return Ok(None) };
        self.publish_all(&mut tx, &page)?;
        tx.commit().await?;
        Ok(Some((page.len(), last.gjennomforing.id)))
    }

    /// Waits while much waits in the outbox, so that an edit made meanwhile is not far behind. Gives false when nothing is
    /// taken out of the outbox: there is no relay, and nobody to wait for.
    async fn give_way(&self) -> Result<bool, CommandError> {
        let mut waiting = self.store().outbox().record_count().await?;
        let mut since = Instant::now();
        while waiting > BACKLOG {
            if since.elapsed() > NO_RELAY {
                return Ok(false);
            }
            tokio::time::sleep(STEP).await;
            let left = self.store().outbox().record_count().await?;
            if left < waiting {
                since = Instant::now();
            }
            waiting = left;
        }
        Ok(true)
    }

    async fn relast_ids(&self, ids: &[GjennomforingId]) -> Result<usize, CommandError> {
        retrying(|| async {
            let mut tx = self.store().begin().await?;
            for id in ids {
                let aggregate = GjennomforingAggregate::load(&mut tx, *id).await?;
                self.publish_all(&mut tx, &[aggregate])?;
            }
            tx.commit().await?;
            Ok(ids.len())
        })
        .await
    }
}
