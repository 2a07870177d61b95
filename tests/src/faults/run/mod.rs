//! A fault run: starts all processes, causes the faults, and checks the result.

mod bring_about;
mod checkpoint;
mod children;
mod state;

use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tiltak_producer::CommandService;
use tiltak_producer::jobs::run_due_fanouts;

use self::bring_about::LeftOpen;
use self::children::{LIMIT, TRANSACTION};
use self::state::Run;
use super::bug::Bug;
use super::checker::Verdict;
use super::fault::Fault;
use super::options::{Options, Stop};
use super::report::Report;
use super::setting::{StoreKind, Subject};
use super::tables::last_values;
use super::writers::later;
use super::{expected, history, journal, tables};

/// The number of faults between two comparisons.
const CHECKPOINT: usize = 10;

/// A run that ended before its end.
#[derive(Debug, thiserror::Error)]
#[error("{cause:#}")]
pub struct Unfinished {
    /// What the last comparison has found.
    pub checked: Box<Report>,
    cause: anyhow::Error,
}

/// Runs, and returns the report. `progress` gets each fault before the run causes it. Blocks: do not call it from asynchronous code.
///
/// # Errors
/// Java or PostgreSQL is missing. [`Unfinished`]: a process does not do its step within a minute, or the run was stopped.
pub fn run(options: &Options, stop: &Stop, mut progress: impl FnMut(usize, Fault)) -> Result<Report> {
    if options.subject == Subject::Small(Some(Bug::NaiveCursor)) && options.store == StoreKind::Sqlite {
        bail!("a naive cursor does no harm on SQLite, which has one writer: try it on PostgreSQL");
    }
    let begun = Instant::now();
    let mut report = Report::default();
    loop {
        let runtime = tokio::runtime::Runtime::new()?;
        let mut run = runtime.block_on(Run::begin(options, stop))?;
        run.runtime = Some(runtime);
        let outcome = run.all(report.faults.values().sum(), &mut progress);
        match outcome {
            Err(error) if error.is::<LeftOpen>() => {
                report.add(std::mem::take(&mut run.checked));
                report.begun_anew += 1;
            }
            outcome => {
                run.write()?;
                report.seconds = begun.elapsed().as_secs();
                if let Err(cause) = outcome {
                    report.add(std::mem::take(&mut run.checked));
                    return Err(Unfinished { checked: Box::new(report), cause }.into());
                }
                report.add(std::mem::take(&mut run.report));
                return Ok(report);
            }
        }
    }
}

impl Run {
    /// The faults of the plan that are not `done`.
    fn all(&mut self, done: usize, mut progress: impl FnMut(usize, Fault)) -> Result<()> {
        // This process has no connection of its own while there are faults.
        if let Some(store) = self.store.take() {
            self.wait(async move {
                store.close().await;
                Ok(())
            })?;
        }
        let plan = self.setting.plan(self.options.faults, &mut self.random);
        self.kafka.wait_until_well(self.options.nodes)?;
        self.start_writers()?;
        self.start_relay(TRANSACTION)?;
        for (done, fault) in plan.into_iter().enumerate().skip(done) {
            self.stop.check()?;
            if fault == Fault::BrokerKilled && self.report.faults != self.checked.faults {
                // Kafka may leave a transaction open, past which nothing can be read.
                self.checkpoint()?;
            }
            progress(done, fault);
            *self.report.faults.entry(fault.name()).or_default() += 1;
            self.readers.disturb(&mut self.random, &mut self.timeline)?;
            self.timeline.note("fault", json!({ "begins": fault.name() }));
            self.bring_about(fault)?;
            self.timeline.note("fault", json!({ "is over": fault.name() }));
            let small = matches!(self.options.subject, Subject::Small(_));
            if small || (done + 1) % CHECKPOINT == 0 {
                self.checkpoint()?;
            }
        }
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        if let Some(mut writers) = self.writers.take() {
            let said = writers.finish(LIMIT, &self.stop).with_context(|| self.errors())?;
            self.hear(&said);
        }
        let store = self.runtime()?.block_on(self.database.open())?;
        let producer = CommandService::new(store);
        self.wait(async move {
            let fanouts = run_due_fanouts(&producer, later()?).await?;
            ensure!(fanouts.refused.is_empty(), "a fan-out was refused");
            Ok(())
        })?;
        self.report.waited = self.wait(self.database.waiting())?;
        self.drain()?;
        self.settle()?;
        if self.options.subject == Subject::Small(Some(Bug::SilentWrite)) {
            let url = self.database.url();
            self.wait(async move { journal::write_silently(&url).await })?;
        }
        self.compare(true)?;
        let (url, connection) = (self.database.url(), self.connection());
        let (database, kit) =
            self.wait(async move { Ok((expected::read(&url).await?, tables::read(&connection).await?)) })?;
        let on_topics = last_values(self.independent.records());
        let mut verdict = Verdict::default();
        verdict.differences(|it| &mut it.table_not_database, "table-not-database", &on_topics, &database);
        verdict.differences(|it| &mut it.reader, "reader-differs: a table", &kit, &on_topics);
        self.add(verdict);
        Ok(())
    }

    /// Writes the files that were asked for.
    fn write(&self) -> Result<()> {
        if let Some(file) = &self.options.journal {
            self.timeline.write(file, &self.events)?;
        }
        match &self.options.history {
            Some(file) => history::write(file, &self.events, self.independent.records()),
            None => Ok(()),
        }
    }
}
