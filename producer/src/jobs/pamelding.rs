//! The påmelding job.

use tiltak_schema::scalar::LocalDate;

use super::{Outcome, change_each};
use crate::commands::{CommandError, CommandService};
use crate::domain::{Moment, rules};
use crate::store::Selection;

/// The påmelding job, at 23:55 in Norway. It closes gjennomføringer of kind AVTALE with oppstart FELLES and startDato
/// `today` for påmelding. A second run changes nothing.
///
/// # Errors
/// Those of [`StoreError`](crate::StoreError). The transactions of earlier gjennomføringer stand.
pub async fn close_started(
    service: &CommandService,
    today: LocalDate,
    now: Moment,
) -> Result<Outcome, CommandError> {
    change_each(service, Selection::StartsOn(today), now, |gjennomforing| {
        let closes = rules::closes_for_pamelding(gjennomforing, today);
        if closes {
            gjennomforing.apent_for_pamelding = false;
        }
        closes
    })
    .await
}
