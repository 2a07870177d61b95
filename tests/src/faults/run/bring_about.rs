//! The faults, carried out on the processes of a run.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::children::TRANSACTION;
use super::state::Run;
use crate::faults::cluster::Aim;
use crate::faults::fault::{self, Fault};
use crate::faults::options::Stop;
use crate::faults::timeline::Timeline;

/// The transaction timeout of the relays that a fault stops for longer than that.
const SHORT_TRANSACTION: Duration = Duration::from_secs(4);
/// A transaction timeout that is longer than the broker is down. Kafka 4.3.1 must not end a transaction while a killed single node
/// starts. For some seconds the node finds no leader of its partitions, takes them for deleted, and skips the markers. The
/// transaction then stays open for ever on these partitions.
const PATIENT_TRANSACTION: Duration = Duration::from_mins(1);
/// The line that Kafka logs when it skips the markers.
const SKIPPED: &str = "these partitions are likely deleted already and hence can be skipped";
/// The time that the broker gets to abort a transaction after its timeout.
const CLEANUP: Duration = Duration::from_millis(1_500);

/// Kafka's own fault: see [`PATIENT_TRANSACTION`]. Nothing can be read past the transaction, so a run goes on after
/// its last comparison with another broker and another database.
#[derive(Debug, thiserror::Error)]
#[error("Kafka has left a transaction open for ever: {SKIPPED}")]
pub(super) struct LeftOpen;

impl Run {
    pub(super) fn bring_about(&mut self, fault: Fault) -> Result<()> {
        let before = fault::moment(&mut self.random, 50..600);
        self.look_after_relay()?;
        self.stop.sleep(before)?;
        match fault {
            Fault::RelayKilled => {
                // Else it is killed as it begins.
                if self.random.random_bool(0.7) {
                    self.let_work()?;
                }
                self.kill_relay()?;
                self.start_relay(TRANSACTION)?;
            }
            Fault::Ended(point) => self.end_relay_at(point.name())?,
            Fault::BrokerKilled => {
                self.kill_relay()?;
                self.start_relay(PATIENT_TRANSACTION)?;
                self.let_work()?;
                let away = fault::moment(&mut self.random, 0..1_500);
                let broker = self.kafka.own()?;
                broker.kill()?;
                self.stop.sleep(away)?;
                broker.start_again()?;
                ensure!(!broker.has_logged(SKIPPED)?, LeftOpen);
            }
            Fault::DatabaseKilled => self.database.crash()?,
            Fault::Promoted | Fault::HungAndPromoted => {
                let mut aim = aim(
                    &mut self.random,
                    &mut self.timeline,
                    &self.stop,
                    &self.prefix,
                    &self.transactional_id,
                );
                let hangs = fault == Fault::HungAndPromoted;
                self.database.fail_over(hangs, &mut aim)?;
                if hangs {
                    // Whom the old server never answers waits for ever: the limit is that of the service, not of a command.
                    self.restart_writers()?;
                }
            }
            Fault::TwoDown => self.two_down()?,
            Fault::LeaderKilled
            | Fault::CoordinatorKilled
            | Fault::ControllerKilled
            | Fault::TwoInTurn
            | Fault::NodeStopped
            | Fault::RollingRestart
            | Fault::StaleReplica
            | Fault::DiskFull
            | Fault::CutFromNode
            | Fault::NodesCut
            | Fault::CutOneWay
            | Fault::PacketsLost => {
                if self.random.random_bool(0.5) {
                    self.let_work()?;
                }
                let mut aim = aim(
                    &mut self.random,
                    &mut self.timeline,
                    &self.stop,
                    &self.prefix,
                    &self.transactional_id,
                );
                self.kafka.bring_about(fault, &mut aim)?;
                ensure!(!self.kafka.own()?.has_logged(SKIPPED)?, LeftOpen);
            }
            Fault::WritersKilled => self.restart_writers()?,
            Fault::TakenOver => {
                let first = self.ready_relay(TRANSACTION)?;
                self.start_relay(TRANSACTION)?;
                self.expect_replaced(first)?;
                self.let_work()?;
            }
            Fault::StoppedAndTakenOver => {
                let first = self.ready_relay(SHORT_TRANSACTION)?;
                first.signal("STOP")?;
                self.start_relay(TRANSACTION)?;
                self.stop.sleep(SHORT_TRANSACTION + CLEANUP)?;
                first.signal("CONT")?;
                self.expect_replaced(first)?;
            }
            Fault::Stopped => {
                let relay = self.ready_relay(SHORT_TRANSACTION)?;
                relay.signal("STOP")?;
                self.stop.sleep(SHORT_TRANSACTION + CLEANUP)?;
                relay.signal("CONT")?;
                self.relay = Some(relay);
            }
        }
        self.listen()
    }

    /// Takes two of three nodes down for longer than the transaction timeout. No batch may count as published meanwhile.
    fn two_down(&mut self) -> Result<()> {
        self.kill_relay()?;
        self.start_relay(SHORT_TRANSACTION)?;
        self.let_work()?;
        let (database, runtime) = (&self.database, self.runtime.as_ref().context("a runtime")?);
        let published = || runtime.block_on(database.published());
        let mut aim =
            aim(&mut self.random, &mut self.timeline, &self.stop, &self.prefix, &self.transactional_id);
        self.kafka.two_down(&mut aim, |stop| {
            // What was committed before is then known to be.
            stop.sleep(Duration::from_secs(1))?;
            let before = published()?;
            stop.sleep(SHORT_TRANSACTION + CLEANUP + Duration::from_secs(2))?;
            let after = published()?;
            ensure!(before == after, "{} batches count as published with one node of three", after - before);
            Ok(())
        })
    }
}

/// The [`Aim`] of a run whose other parts are borrowed.
fn aim<'a>(
    random: &'a mut ChaCha8Rng,
    timeline: &'a mut Timeline,
    stop: &'a Stop,
    prefix: &'a str,
    transactional_id: &'a str,
) -> Aim<'a> {
    Aim { random, stop, prefix, transactional_id, timeline }
}
