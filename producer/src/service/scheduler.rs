//! Running the jobs and fan-outs of a service when they are due.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::until;
use crate::app::{ANY_JOB, App, FANOUT, JobOutcome};
use crate::commands::{CommandError, CommandService};
use crate::domain::Moment;
use crate::jobs;

/// How long what is due may take: longer than it does. A server that is gone without a word would hold up all that is due
/// later.
const LIMIT: Duration = Duration::from_mins(10);

/// Looks whether something is due until the service is to stop; what is being done then is finished.
pub(super) async fn run_jobs(
    app: &App,
    service: &CommandService,
    tick: Duration,
    stopped: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stopped.borrow() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = until(stopped.clone()) => return,
        }
        let Some(now) = Moment::at(Timestamp::now()) else { continue };
        let Ok(done) = tokio::time::timeout(LIMIT, due_jobs(app, service, now)).await else {
            tracing::warn!("the database has not answered a job in time; it is run again");
            app.metrics().job(ANY_JOB, JobOutcome::Failed);
            continue;
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a job has failed; it is run again");
            app.metrics().job(ANY_JOB, JobOutcome::Failed);
        }
        let Ok(done) = tokio::time::timeout(LIMIT, due_fanouts(app, service, now)).await else {
            tracing::warn!("the database has not answered a fan-out in time; it is made again");
            app.metrics().job(FANOUT, JobOutcome::Failed);
            continue;
        };
        if let Err(error) = done {
            tracing::warn!(%error, "it is not known which avtaler are due; they are looked for again");
            app.metrics().job(FANOUT, JobOutcome::Failed);
        }
    }
}

async fn due_jobs(app: &App, service: &CommandService, now: Moment) -> Result<(), CommandError> {
    for (run, outcome) in jobs::run_due(service, now).await? {
        let job = run.job.name();
        let refused = !outcome.refused.is_empty();
        app.metrics().job(job, if refused { JobOutcome::Refused } else { JobOutcome::Done });
        // A run that is refused is made again at each tick.
        if outcome.changed > 0 || !refused {
            tracing::info!(job, day = %run.day, changed = outcome.changed, "a job has run");
        }
        for (id, error) in outcome.refused {
            tracing::warn!(job, day = %run.day, %id, %error, "a gjennomføring cannot be published as the job wants it");
        }
    }
    Ok(())
}

async fn due_fanouts(app: &App, service: &CommandService, now: Moment) -> Result<(), CommandError> {
    let fanouts = jobs::run_due_fanouts(service, now).await?;
    for _ in 0..fanouts.avtaler {
        app.metrics().job(FANOUT, JobOutcome::Done);
    }
    if fanouts.avtaler > 0 {
        tracing::info!(
            avtaler = fanouts.avtaler,
            gjennomforinger = fanouts.gjennomforinger,
            "avtaler have fanned out"
        );
    }
    for (avtale, error) in fanouts.refused {
        app.metrics().job(FANOUT, JobOutcome::Refused);
        tracing::warn!(%avtale, %error, "the fan-out of an avtale is refused; it stays due");
    }
    Ok(())
}
