//! The options of a run, and the handle that ends it early.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::fault::Fault;
use super::setting::{StoreKind, Subject};
use crate::kafka::Nodes;

const STEP: Duration = Duration::from_millis(20);

/// The options of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The path of this program, which starts itself again.
    pub program: PathBuf,
    /// The database.
    pub store: StoreKind,
    /// The number of nodes of the cluster.
    pub nodes: Nodes,
    /// The kinds of faults. If it is empty: all kinds that belong to such a run.
    pub only: Vec<Fault>,
    /// The number of faults.
    pub faults: usize,
    /// The seed. The same seed gives the same faults, but not at the same moments.
    pub seed: u64,
    /// The number of writers, which change entities at the same time. Each makes about 15 changes a second.
    pub writers: u64,
    /// The system under test.
    pub subject: Subject,
    /// The class path of the tests of `consumer-kit/jvm/kafka`. If it is given, the table on the JVM is a reader too.
    pub jvm_reader: Option<String>,
    /// The file for the history, in the format of Jepsen and Elle.
    pub history: Option<PathBuf>,
    /// The file for the journal: a line for each thing that the writers, the relay and the readers knew, in the order of time.
    pub journal: Option<PathBuf>,
}

/// A handle that ends a run early. A clone ends the same run.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the run.
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
