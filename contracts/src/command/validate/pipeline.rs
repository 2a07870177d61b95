//! Checking on many threads, and reporting in the order of the input.
//!
//! A thread reads batches and gives each to the next thread that is free, with a channel for its answer. The answers'
//! receivers go through a queue of their own, in the order of the input, to whoever reports. That queue is short: when
//! the report or one batch takes long, reading waits, so the memory in use does not depend on the size of the input.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::Context;

use super::batches::{Batch, Batches};
use super::check::{self, Checked};
use super::{Report, Totals};
use crate::contract::Contract;

/// More threads than that find nothing sooner, and millions cannot be started.
const MOST_JOBS: usize = 256;

/// A batch, and where its answer goes.
type Work = (Batch, SyncSender<Checked>);
/// The answers in the order of the input, and what ended it early.
type Answers = Receiver<io::Result<Receiver<Checked>>>;

/// Checks each line of `input` on `jobs` threads (at most 256), reports every finding in the order of the lines, and
/// returns the totals. The report does not depend on the number of threads.
///
/// A failing report ends the run at once; a thread that waits for input then ends when there is some.
///
/// # Errors
/// The input cannot be read, the threads cannot be started, or `report` fails.
pub fn run(
    contract: &Arc<Contract>,
    input: impl Read + Send + 'static,
    jobs: NonZeroUsize,
    report: &mut impl Report,
) -> anyhow::Result<Totals> {
    let (answers, threads) = start(contract, input, jobs.get().min(MOST_JOBS))
        .with_context(|| format!("cannot start {jobs} jobs"))?;
    let mut totals = Totals::default();
    for answer in answers {
        let checked = answer?.recv().context("a job ended before its work was done")?;
        checked.findings.iter().try_for_each(|finding| report.finding(finding))?;
        totals += checked.totals;
        report.progress(checked.bytes, &totals)?;
    }
    // The threads have nothing left to do, unless reading has panicked.
    anyhow::ensure!(
        threads.into_iter().all(|thread| thread.join().is_ok()),
        "a job ended before its work was done"
    );
    Ok(totals)
}

fn start(
    contract: &Arc<Contract>,
    input: impl Read + Send + 'static,
    jobs: usize,
) -> io::Result<(Answers, Vec<JoinHandle<()>>)> {
    let waiting = jobs + 1;
    let (work, queue) = sync_channel::<Work>(waiting);
    let (in_order, answers) = sync_channel(waiting);
    let queue = Arc::new(Mutex::new(queue));
    let mut threads = Vec::new();
    for _ in 0..jobs {
        let (contract, queue) = (Arc::clone(contract), Arc::clone(&queue));
        let job = thread::Builder::new().name("check".to_owned());
        threads.push(job.spawn(move || check_all(&contract, &queue))?);
    }
    let reader = thread::Builder::new().name("read".to_owned());
    threads.push(reader.spawn(move || read_all(Batches::new(input), &work, &in_order))?);
    Ok((answers, threads))
}

fn read_all<R: Read>(
    mut batches: Batches<R>,
    work: &SyncSender<Work>,
    in_order: &SyncSender<io::Result<Receiver<Checked>>>,
) {
    loop {
        let batch = match batches.next() {
            Ok(Some(batch)) => batch,
            Ok(None) => return,
            Err(error) => {
                let _ = in_order.send(Err(error));
                return;
            }
        };
        let (answer, checked) = sync_channel(1);
        // Nobody listens any more: the run has ended.
        if in_order.send(Ok(checked)).is_err() || work.send((batch, answer)).is_err() {
            return;
        }
    }
}

fn check_all(contract: &Contract, queue: &Mutex<Receiver<Work>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((batch, answer)) = next else { return };
        if answer.send(check::batch(contract, &batch)).is_err() {
            return;
        }
    }
}
