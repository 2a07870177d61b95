//! The status job.

use tiltak_schema::kodeverk::GjennomforingStatus;
use tiltak_schema::scalar::LocalDate;

use super::{Outcome, save};
use crate::commands::{BATCH, CommandError, Producer};
use crate::domain::Moment;
use crate::store::Selection;

/// The status job, which runs at midnight in Norway: a gjennomføring of kind AVTALE whose sluttDato is before `today`
/// becomes AVSLUTTET and is closed for påmelding. Running it twice changes nothing more.
///
/// # Errors
/// What the database says. The transactions of earlier gjennomføringer stand.
pub async fn close_ended(
    producer: &Producer,
    today: LocalDate,
    now: Moment,
) -> Result<Outcome, CommandError> {
    let mut outcome = Outcome::default();
    let mut after = None;
    loop {
        let mut tx = producer.store().begin().await?;
        let page = tx.gjennomforinger(Selection::EndedBefore(today), after, BATCH).await?;
        let Some(last) = page.last() else { return Ok(outcome) };
        after = Some(last.gjennomforing.id);
        for mut joined in page {
            joined.gjennomforing.status = GjennomforingStatus::Avsluttet;
            joined.gjennomforing.apent_for_pamelding = false;
            joined.gjennomforing.published_at(now);
            save(producer, &mut tx, &joined, &mut outcome).await?;
        }
        tx.commit().await?;
    }
}
