//! The status job.

use tiltak_schema::scalar::LocalDate;

use super::{Outcome, change_each};
use crate::commands::{CommandError, CommandService};
use crate::domain::Moment;
use crate::domain::kodeverk::GjennomforingStatus;
use crate::store::Selection;

/// The status job, at midnight in Norway. Gjennomføringer of kind AVTALE with status GJENNOMFORES and a sluttDato
/// before `today` become AVSLUTTET and are closed for påmelding. A second run changes nothing.
///
/// # Errors
/// Those of [`StoreError`](crate::StoreError). The transactions of earlier gjennomføringer stand.
pub async fn close_ended(
    service: &CommandService,
    today: LocalDate,
    now: Moment,
) -> Result<Outcome, CommandError> {
    change_each(service, Selection::EndedBefore(today), now, |gjennomforing| {
        gjennomforing.status = GjennomforingStatus::Avsluttet;
        gjennomforing.apent_for_pamelding = false;
        true
    })
    .await
}
