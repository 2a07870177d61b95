//! The jobs that run at a time of day (wire contract, section 5).

use tiltak_schema::kodeverk::GjennomforingStatus;

use crate::commands::{BATCH, CommandError, save_and_publish};
use crate::domain::Moment;
use crate::store::{Selection, Store, retrying};

/// The status job, which runs at midnight in Norway: a gjennomføring of kind AVTALE whose sluttDato has passed becomes
/// AVSLUTTET and is closed for påmelding. Returns how many did. Running it twice changes nothing more.
///
/// # Errors
/// A gjennomføring that cannot be published, and what the database says. The transactions of earlier gjennomføringer
/// stand.
pub async fn close_ended(store: &Store, now: Moment) -> Result<usize, CommandError> {
    let mut closed = 0;
    loop {
        match retrying(|| close_page(store, now)).await? {
            0 => return Ok(closed),
            count => closed += count,
        }
    }
}

async fn close_page(store: &Store, now: Moment) -> Result<usize, CommandError> {
    let mut tx = store.begin().await?;
    let mut ended = tx.gjennomforinger(Selection::EndedBefore(now.today()), None, BATCH).await?;
    for joined in &mut ended {
        joined.gjennomforing.status = GjennomforingStatus::Avsluttet;
        joined.gjennomforing.apent_for_pamelding = false;
        joined.gjennomforing.oppdatert = now.instant();
        save_and_publish(&mut tx, joined).await?;
    }
    tx.commit().await?;
    Ok(ended.len())
}
