//! Scheduled work (`schema/WIRE.md`, section 5.1): fan-outs when they are due, and two daily jobs.
//!
//! Nothing here waits: the caller passes the time, as often as it likes. The database has the last run of each job,
//! so that missed runs are made up for after a stop, each with the day it was for.

mod fanout;
mod pamelding;
pub mod schedule;
mod status;

use tiltak_schema::scalar::{GjennomforingId, LocalDate};

use crate::commands::{BATCH, CommandError, CommandService};
use crate::domain::{Gjennomforing, Moment};
use crate::publish::PublishError;
use crate::store::{Selection, retrying};
use schedule::{Job, Run};

pub use fanout::{Fanouts, run_due_fanouts};
pub use pamelding::close_started;
pub use status::close_ended;

/// The outcome of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Gjennomføringer that were changed.
    pub changed: usize,
    /// Gjennomføringer that were not changed because they could not be published, with the reason.
    pub refused: Vec<(GjennomforingId, PublishError)>,
}

/// Runs each job for each day that is due and not done, in the order of their times.
///
/// A gjennomføring that is refused holds up no other and no later run; but the run is not done, and is made again the
/// next time, with those after it.
///
/// # Errors
/// Those of [`StoreError`](crate::StoreError). The earlier runs stand, and the one that failed is made again the next time.
pub async fn run_due(service: &CommandService, now: Moment) -> Result<Vec<(Run, Outcome)>, CommandError> {
    let last = last_runs(service, now).await?;
    let mut made = Vec::new();
    let mut all_done = true;
    for run in schedule::due(&last, now) {
        let outcome = match run.job {
            Job::Status => close_ended(service, run.day, now).await?,
            Job::Pamelding => close_started(service, run.day, now).await?,
        };
        all_done &= outcome.refused.is_empty();
        if all_done {
            mark_done(service, run).await?;
        }
        made.push((run, outcome));
    }
    Ok(made)
}

/// The last run of each job. One that lies ahead is set back.
async fn last_runs(
    service: &CommandService,
    now: Moment,
) -> Result<Vec<(Job, Option<LocalDate>)>, CommandError> {
    let (mut last, mut is_set_back) = (Vec::new(), false);
    let mut tx = service.store().begin().await?;
    for job in Job::ALL {
        let name = job.name();
        let mut day = tx.last_run(name).await?;
        if let Some(ahead) = day
            && let Some(back) = schedule::set_back(job, ahead, now)
        {
            tracing::warn!(
                job = name,
                noted = %ahead,
                today = %now.today(),
                "the last run of a job is noted for a day that is still to come: a clock was ahead; the latest run is made \
                 now, and noted in its place"
            );
            tx.set_run_back(name, ahead, back).await?;
            (day, is_set_back) = (Some(back), true);
        }
        last.push((job, day));
    }
    if is_set_back {
        tx.commit().await?;
    }
    Ok(last)
}

/// After the work: a run that is made twice changes nothing more, and one that is not made would be missed.
async fn mark_done(service: &CommandService, Run { job, day }: Run) -> Result<(), CommandError> {
    let mut tx = service.store().begin().await?;
    tx.run_done(job.name(), day).await?;
    Ok(tx.commit().await?)
}

/// Changes each gjennomføring of a selection that `change` says is to be changed, a page to a transaction, which is done
/// again as a whole after a conflict. What cannot be published is noted as refused, and nothing of it is written.
async fn change_each(
    service: &CommandService,
    selection: Selection,
    now: Moment,
    change: impl Fn(&mut Gjennomforing) -> bool,
) -> Result<Outcome, CommandError> {
    let mut outcome = Outcome::default();
    let mut after = None;
    loop {
        let (page, last) = retrying(|| change_page(service, selection, after, now, &change)).await?;
        outcome.changed += page.changed;
        outcome.refused.extend(page.refused);
        if last.is_none() {
            return Ok(outcome);
        }
        after = last;
    }
}

/// What became of a page, and the last id of it; none when there are no more.
async fn change_page(
    service: &CommandService,
    selection: Selection,
    after: Option<GjennomforingId>,
    now: Moment,
    change: &impl Fn(&mut Gjennomforing) -> bool,
) -> Result<(Outcome, Option<GjennomforingId>), CommandError> {
    let mut outcome = Outcome::default();
    let mut tx = service.store().begin().await?;
    let page = tx.gjennomforinger(selection, after, BATCH).await?;
    let last = page.last().map(|aggregate| aggregate.gjennomforing.id);
    for mut aggregate in page {
        if change(&mut aggregate.gjennomforing) {
            aggregate.gjennomforing.published_at(now);
            match service.save_and_publish(&mut tx, &aggregate).await {
                Ok(()) => outcome.changed += 1,
                Err(CommandError::Publish(refusal)) => {
                    outcome.refused.push((aggregate.gjennomforing.id, refusal));
                }
                Err(other) => return Err(other),
            }
        }
    }
    tx.commit().await?;
    Ok((outcome, last))
}
