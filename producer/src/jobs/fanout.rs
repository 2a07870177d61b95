//! The fan-out: publishing the gjennomføringer under an avtale that was edited.

use tiltak_schema::scalar::AvtaleId;

use super::schedule;
use crate::commands::{BATCH, CommandError, CommandService};
use crate::domain::Moment;
use crate::store::{Selection, retrying};

/// The outcome of the fan-outs that were due.
#[derive(Debug, Default)]
pub struct Fanouts {
    /// Avtaler whose gjennomføringer were published.
    pub avtaler: usize,
    /// Gjennomføringer that were published.
    pub gjennomforinger: usize,
    /// Avtaler whose fan-out was refused, with the reason. They stay due.
    pub refused: Vec<(AvtaleId, CommandError)>,
}

/// Publishes every gjennomføring under each avtale whose fan-out is due, in its present state. Each avtale is one
/// transaction, which also removes the note that the fan-out is due. So a fan-out is neither lost nor done twice,
/// wherever the process ends. A refused fan-out does not hold up the others.
///
/// # Errors
/// A database that does not say which are due.
pub async fn run_due_fanouts(service: &CommandService, now: Moment) -> Result<Fanouts, CommandError> {
    let due = due(service, now).await?;
    let mut fanouts = Fanouts::default();
    for avtale in due {
        match retrying(|| fan_out(service, avtale, now)).await {
            Ok(Some(published)) => {
                fanouts.avtaler += 1;
                fanouts.gjennomforinger += published;
            }
            Ok(None) => {}
            Err(refusal) => fanouts.refused.push((avtale, refusal)),
        }
    }
    Ok(fanouts)
}

/// The avtaler that are due, also those that a clock noted for later that was ahead.
async fn due(service: &CommandService, now: Moment) -> Result<Vec<AvtaleId>, CommandError> {
    let mut tx = service.store().begin().await?;
    let recalled = match schedule::latest_fanout(now) {
        Some(latest) => tx.recall_fanouts(latest, now.instant()).await?,
        None => Vec::new(),
    };
    let due = tx.due_fanouts(now.instant()).await?;
    if !recalled.is_empty() {
        tx.commit().await?;
    }
    for (avtale, noted) in recalled {
        tracing::warn!(
            %avtale,
            %noted,
            "a fan-out is noted for a time that is too far ahead: a clock was ahead; it is made now"
        );
    }
    Ok(due)
}

/// The number of gjennomføringer; `None` if another has done it.
async fn fan_out(
    service: &CommandService,
    avtale: AvtaleId,
    now: Moment,
) -> Result<Option<usize>, CommandError> {
    let mut tx = service.store().begin().await?;
    // The avtale is locked first, as in an edit, and the note is taken before anything else is read: an edit that this
    // fan-out does not see leaves its own note.
    tx.avtale(avtale).await?;
    if !tx.take_fanout(avtale, now.instant()).await? {
        return Ok(None);
    }
    let mut published = 0;
    let mut after = None;
    loop {
        let page = tx.gjennomforinger(Selection::Avtale(avtale), after, BATCH).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.gjennomforing.id);
        published += page.len();
        service.publish_all(&mut tx, &page)?;
    }
    tx.commit().await?;
    Ok(Some(published))
}
