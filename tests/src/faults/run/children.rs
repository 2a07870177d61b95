//! The relays and the writers of a run: starts and kills them, and waits for them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rand::RngExt as _;
use serde_json::json;

use super::state::Run;
use crate::faults::processes::Process;
use crate::faults::protocol::TAKEN_OVER;
use crate::faults::setting::Subject;
use crate::network::Host;

/// The time that a process gets for a step that the run waits for.
/// Longer than the 40 s for which a relay waits for an open transaction.
pub(super) const LIMIT: Duration = Duration::from_mins(3);
/// The time that a replaced small relay gets to notice it.
const SMALL_LIMIT: Duration = Duration::from_secs(8);
const STEP: Duration = Duration::from_millis(20);
/// The transaction timeout of all other relays.
pub(super) const TRANSACTION: Duration = Duration::from_secs(15);
/// The number of relays that may fail before the rest is published.
const DRAINS: usize = 5;

impl Run {
    /// Starts the relay, and lets it work for a moment.
    pub(super) fn let_work(&mut self) -> Result<()> {
        if let Some(relay) = &mut self.relay {
            relay.wait_until_ready(LIMIT, &self.stop)?;
        }
        let moment = Duration::from_millis(self.random.random_range(100..600));
        self.stop.sleep(moment)
    }

    /// A relay that has begun and has worked for a moment.
    pub(super) fn ready_relay(&mut self, transaction: Duration) -> Result<Process> {
        self.kill_relay()?;
        for _ in 0..DRAINS {
            let mut relay = self.new_relay(transaction, false)?;
            if relay.wait_until_ready(LIMIT, &self.stop)? {
                let moment = Duration::from_millis(self.random.random_range(20..300));
                self.stop.sleep(moment)?;
                return Ok(relay);
            }
            self.report.started_again += 1;
        }
        bail!("the relay does not begin; {}", self.errors())
    }

    pub(super) fn start_relay(&mut self, transaction: Duration) -> Result<()> {
        self.relay = Some(self.new_relay(transaction, false)?);
        self.timeline.note("relay", json!("is started"));
        Ok(())
    }

    fn new_relay(&self, transaction: Duration, drain: bool) -> Result<Process> {
        let mut arguments = vec![
            "child".to_owned(),
            match self.options.subject {
                Subject::Relay => "relay",
                Subject::Small(_) => "small-relay",
            }
            .to_owned(),
            format!("--brokers={}", self.brokers()),
            format!("--prefix={}", self.prefix),
            format!("--transaction-ms={}", transaction.as_millis()),
        ];
        if let Subject::Small(Some(bug)) = self.options.subject {
            arguments.push(format!("--bug={}", bug.name()));
        }
        if drain {
            arguments.push("--drain".to_owned());
        }
        let (host, errors) = (self.kafka.relay_host(), self.error_file()?);
        Process::start(host, &self.options.program, &arguments, &self.database.location(), errors)
    }

    /// Starts the relay again if it has ended.
    pub(super) fn look_after_relay(&mut self) -> Result<()> {
        if let Some(relay) = &mut self.relay
            && relay.ended()?.is_some()
        {
            self.report.started_again += 1;
            self.start_relay(TRANSACTION)?;
        }
        Ok(())
    }

    pub(super) fn kill_relay(&mut self) -> Result<()> {
        if let Some(mut relay) = self.relay.take() {
            for line in relay.kill()? {
                self.timeline.hear("relay", &line);
            }
            self.timeline.note("relay", json!("is killed"));
        }
        Ok(())
    }

    /// Ends the relay at a fail point, in the next batch after it has begun.
    pub(super) fn end_relay_at(&mut self, point: &str) -> Result<()> {
        let mut relay = match self.relay.take() {
            Some(relay) => relay,
            None => self.new_relay(TRANSACTION, false)?,
        };
        relay.tell(point);
        relay.wait(LIMIT, &self.stop).with_context(|| self.errors())?;
        self.start_relay(TRANSACTION)
    }

    /// Checks that one of two relays ends by itself. It is the first relay, unless that one made a new producer before the second
    /// had begun: a stopped relay may hold a lock in the database. A small relay may have a bug by which neither ends.
    pub(super) fn expect_replaced(&mut self, mut first: Process) -> Result<()> {
        let small = matches!(self.options.subject, Subject::Small(_));
        let limit = if small { SMALL_LIMIT } else { LIMIT };
        let start = Instant::now();
        let status = loop {
            if let Some(status) = first.ended()? {
                break Some(status);
            }
            if let Some(second) = &mut self.relay
                && let Some(status) = second.ended()?
            {
                self.relay = Some(first);
                break Some(status);
            }
            if start.elapsed() > limit {
                break None;
            }
            self.stop.sleep(STEP)?;
        };
        if !small {
            let status = status.with_context(|| format!("two relays are at work; {}", self.errors()))?;
            ensure!(
                status.code() == Some(i32::from(TAKEN_OVER)),
                "a relay that was replaced ended with {status}; {}",
                self.errors()
            );
        }
        self.report.replaced += usize::from(status.is_some());
        Ok(())
    }

    /// Publishes everything that waits in the outbox.
    pub(super) fn drain(&mut self) -> Result<()> {
        self.kill_relay()?;
        for _ in 0..DRAINS {
            let mut relay = self.new_relay(TRANSACTION, true)?;
            if relay.wait(2 * LIMIT, &self.stop).with_context(|| self.errors())?.success() {
                return Ok(());
            }
            self.report.started_again += 1;
        }
        bail!("the rest could not be published; {}", self.errors())
    }

    pub(super) fn restart_writers(&mut self) -> Result<()> {
        if let Some(mut writers) = self.writers.take() {
            let said = writers.kill()?;
            self.hear(&said);
        }
        self.start_writers()
    }

    pub(super) fn start_writers(&mut self) -> Result<()> {
        let first = self.events.iter().map(|event| event.number).max().unwrap_or(0) + 1;
        let arguments = [
            "child".to_owned(),
            "write".to_owned(),
            format!("--seed={}", self.options.seed),
            format!("--first={first}"),
            format!("--writers={}", self.options.writers),
        ];
        let (host, errors) = (Host::default(), self.error_file()?);
        let writers =
            Process::start(&host, &self.options.program, &arguments, &self.database.location(), errors)?;
        self.writers = Some(writers);
        Ok(())
    }
}
