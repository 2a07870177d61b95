//! What a run is asked to do, and how it is told to end early.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::fault::Fault;
use super::setting::{StoreKind, Subject};
use crate::kafka::Nodes;

const STEP: Duration = Duration::from_millis(20);

/// What a run does.
#[derive(Debug, Clone)]
pub struct Options {
    /// This program, which starts itself again.
    pub program: PathBuf,
    /// The database.
    pub store: StoreKind,
    /// The nodes of the cluster.
    pub nodes: Nodes,
    /// Only faults of these kinds; of all that belong to such a run if it is empty.
    pub only: Vec<Fault>,
    /// How many faults there are.
    pub faults: usize,
    /// The same number gives the same faults, but not at the same moments.
    pub seed: u64,
    /// What is tried.
    pub subject: Subject,
    /// The class path of the tests of `consumer-kit/jvm/kafka`, whose table then follows too.
    pub jvm_reader: Option<String>,
    /// Where the history goes, in the form of Jepsen and Elle.
    pub history: Option<PathBuf>,
    /// Where the journal goes: a line for whatever the writers, the relay and the readers knew, in the order of time.
    pub journal: Option<PathBuf>,
}

/// Tells a run to end early. A clone tells the same one.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Tells it.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(!self.0.load(Ordering::Relaxed), "interrupted");
        Ok(())
    }

    pub(super) fn sleep(&self, time: Duration) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < time {
            self.check()?;
            std::thread::sleep(STEP.min(time.saturating_sub(start.elapsed())));
        }
        Ok(())
    }
}
