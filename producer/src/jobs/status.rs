//! The status job.

use tiltak_schema::scalar::LocalDate;

use super::{Outcome, change_each};
use crate::commands::{CommandError, CommandService};
use crate::domain::Moment;
use crate::domain::kodeverk::GjennomforingStatus;
use crate::store::Selection;

/// The status job, which runs at midnight in Norway: a gjennomføring of kind AVTALE whose sluttDato is before `today`
/// becomes AVSLUTTET and is closed for påmelding. Running it twice changes nothing more.
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
