//! What the reading thread, the workers and the handles of an event consumer share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant, SystemTime};

use tiltak_schema::topic::Topic;
use tokio::sync::{Notify, watch};

use super::attempt::Cancel;
use crate::error::Error;
use crate::events::core::{Core, Progress, Ticket};
use crate::events::event::Received;
use crate::events::failure::HandlerFailure;
use crate::events::metrics::EventMetrics;
use crate::health::{Health, Moment};

/// How long a worker that has nothing to do sleeps when nobody wakes it.
const IDLE: Duration = Duration::from_hours(1);

pub(crate) type OnFailure = dyn Fn(&HandlerFailure) + Send + Sync;
/// The core, of typed keys.
pub(crate) type CoreOf<T> = Core<<T as Topic>::Key, Arc<Received<T>>>;
pub(crate) type TicketOf<T> = Ticket<<T as Topic>::Key>;

pub(crate) struct Shared<T: Topic> {
    pub(crate) topic: String,
    start: Instant,
    state: Mutex<State<T>>,
    /// There may be something to handle.
    ready: Notify,
    pub(crate) status: watch::Sender<Status>,
    /// The handle asks for an end: what is being handled is waited for.
    stop: AtomicBool,
    /// The handle is gone: nothing is waited for, and nothing committed.
    abandon: AtomicBool,
    reader: OnceLock<Thread>,
    on_failure: Option<Box<OnFailure>>,
}

struct State<T: Topic> {
    core: CoreOf<T>,
    /// Workers that have found nothing to do.
    idle: usize,
    /// What each worker handles: of which partition.
    workers: Vec<Worker>,
}

#[derive(Clone)]
struct Worker {
    partition: Option<i32>,
    is_idle: bool,
    cancel: Arc<Cancel>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) failed: Option<Error>,
    pub(crate) closed: bool,
}

/// What came of a record.
pub(crate) enum Outcome {
    Handled,
    /// To be handled again after this time.
    Failed(Duration),
    /// Ended from outside.
    Abandoned,
}

impl<T: Topic> Shared<T> {
    pub(crate) fn new(
        topic: String,
        core: CoreOf<T>,
        start: Instant,
        on_failure: Option<Box<OnFailure>>,
    ) -> Self {
        Self {
            topic,
            start,
            state: Mutex::new(State { core, idle: 0, workers: Vec::new() }),
            ready: Notify::new(),
            status: watch::channel(Status::default()).0,
            stop: AtomicBool::new(false),
            abandon: AtomicBool::new(false),
            reader: OnceLock::new(),
            on_failure,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Moment {
        self.start.elapsed()
    }

    /// Asks the core, and wakes the workers if there is something for them.
    pub(crate) fn with_core<A>(&self, ask: impl FnOnce(&mut CoreOf<T>) -> A) -> A {
        let mut state = self.state();
        let answer = ask(&mut state.core);
        let has_work = state.idle > 0 && state.core.is_any_ready();
        drop(state);
        if has_work {
            self.ready.notify_one();
        }
        answer
    }

    // The reading thread.

    /// The thread that calls this is the one that reads.
    pub(crate) fn reads_here(&self) {
        let _ = self.reader.set(std::thread::current());
    }

    pub(crate) fn wake_reader(&self) {
        if let Some(reader) = self.reader.get() {
            reader.unpark();
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake_reader();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn abandon(&self) {
        self.abandon.store(true, Ordering::Relaxed);
        self.wake_reader();
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandon.load(Ordering::Relaxed)
    }

    /// Ends the handlers that are at work on these partitions, at their next `await`.
    pub(crate) fn cancel(&self, concerns: impl Fn(i32) -> bool) {
        for worker in &self.state().workers {
            if worker.partition.is_some_and(&concerns) {
                worker.cancel.cancel();
            }
        }
    }

    /// Hands out nothing more, and ends every handler that is still at work.
    pub(crate) fn cancel_all(&self) {
        // In this order: else a worker could take again what it was told to leave.
        self.with_core(Core::stop_all);
        self.cancel(|_| true);
    }

    /// Ends the workers.
    pub(crate) fn close(&self, failed: Option<Error>) {
        self.cancel_all();
        self.status.send_modify(|status| {
            status.closed = true;
            status.failed = failed;
        });
        self.ready.notify_waiters();
    }

    // The workers.

    pub(crate) fn is_closed(&self) -> bool {
        self.status.borrow().closed
    }

    pub(crate) fn ready(&self) -> &Notify {
        &self.ready
    }

    /// A worker begins: its number, and what tells it to end a handler.
    pub(crate) fn add_worker(&self) -> (usize, Arc<Cancel>) {
        let mut state = self.state();
        let cancel = Arc::new(Cancel::default());
        state.workers.push(Worker { partition: None, is_idle: false, cancel: Arc::clone(&cancel) });
        (state.workers.len() - 1, cancel)
    }

    /// Takes what came of a worker's last record, and gives it the next one, or says how long to wait for one.
    pub(crate) fn next(
        &self,
        worker: usize,
        last: Option<(&TicketOf<T>, &Outcome)>,
    ) -> Result<(TicketOf<T>, Arc<Received<T>>), Duration> {
        // Asked for only where it matters: a handler that does nothing takes less time than the clock.
        let now = || self.now();
        let mut state = self.state();
        let State { core, idle, workers } = &mut *state;
        let progress = match last {
            None => Progress::Nothing,
            Some((ticket, Outcome::Handled)) => core.done(ticket),
            Some((ticket, Outcome::Failed(again_in))) => core.failed(ticket, now().saturating_add(*again_in)),
            Some((ticket, Outcome::Abandoned)) => core.abandoned(ticket, now()),
        };
        let taken = core.take(if core.next_retry().is_some() { now() } else { Moment::ZERO });
        if let Some(worker) = workers.get_mut(worker) {
            worker.partition = taken.as_ref().map(|(ticket, _)| ticket.partition);
            worker.cancel.clear();
            *idle = *idle + usize::from(taken.is_none()) - usize::from(worker.is_idle);
            worker.is_idle = taken.is_none();
        }
        let has_more_work = *idle > 0 && core.is_any_ready();
        let wait = core.next_retry().map_or(IDLE, |at| at.saturating_sub(now()));
        drop(state);
        if has_more_work {
            self.ready.notify_one();
        }
        if progress == Progress::Matters {
            self.wake_reader();
        }
        taken.ok_or(wait)
    }

    /// A worker goes with a record in its hand.
    pub(crate) fn give_back(&self, worker: usize, ticket: &TicketOf<T>) {
        let now = self.now();
        let mut state = self.state();
        let State { core, idle, workers } = &mut *state;
        if let Some(worker) = workers.get_mut(worker) {
            worker.partition = None;
            *idle -= usize::from(std::mem::take(&mut worker.is_idle));
        }
        core.given_back(ticket, now);
        drop(state);
        self.ready.notify_one();
        self.wake_reader();
    }

    pub(crate) fn tell_failure(&self, failure: impl FnOnce(&str) -> HandlerFailure) {
        if let Some(on_failure) = &self.on_failure {
            on_failure(&failure(&self.topic));
        }
    }

    // The handles.

    pub(crate) fn metrics(&self) -> EventMetrics {
        let now = self.now();
        self.state().core.metrics(now)
    }

    pub(crate) fn health(&self) -> Health {
        if let Some(error) = self.status.borrow().failed.clone() {
            return Health::Failed(error);
        }
        let now = self.now();
        let state = self.state();
        let liveness = state.core.liveness();
        if !liveness.is_stale(now) {
            return Health::Live;
        }
        let since = SystemTime::now().checked_sub(liveness.age(now)).unwrap_or(SystemTime::UNIX_EPOCH);
        Health::Stale { since, reason: liveness.reason() }
    }

    pub(crate) fn is_live(&self, max_age: Duration) -> bool {
        let is_closed = self.status.borrow().closed;
        let now = self.now();
        !is_closed && self.state().core.liveness().age(now) <= max_age
    }
}
