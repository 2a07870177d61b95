//! What the thread that reads, the workers and the handle of an event consumer share.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tiltak_schema::topic::Topic;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::event::Received;
use super::metrics::{EventMetrics, EventPartition, HandlerFailure};
use super::tracker::{Moment, Ticket, Tracker};
use crate::error::Error;

/// How long a worker that has nothing to do sleeps when nobody wakes it.
const IDLE: Duration = Duration::from_hours(1);
/// How often handlers that are to end are told so.
const ABORT_STEP: Duration = Duration::from_millis(20);
/// How long a handler may take to end after it was told so: it ends where it awaits something.
const ABORT_LIMIT: Duration = Duration::from_secs(2);

pub(crate) type OnFailure = dyn Fn(&HandlerFailure) + Send + Sync;

pub(crate) struct Shared<T: Topic> {
    pub(crate) topic: String,
    pub(crate) group: String,
    start: Instant,
    state: Mutex<State<T>>,
    /// A handler has ended.
    ended: Condvar,
    /// There may be something to handle.
    ready: Notify,
    pub(crate) status: watch::Sender<Status>,
    /// No new records.
    pub(crate) stop: AtomicBool,
    /// Nothing is waited for, and nothing committed.
    pub(crate) abandon: AtomicBool,
    on_failure: Option<Box<OnFailure>>,
}

pub(crate) struct State<T: Topic> {
    pub(crate) tracker: Tracker<Arc<Received<T>>>,
    running: HashMap<(i32, i64), AbortHandle>,
    counters: EventMetrics,
    /// The end of each partition's log.
    pub(crate) ends: BTreeMap<i32, i64>,
    /// Partitions that were at their end, and nothing has come since.
    pub(crate) at_end: BTreeSet<i32>,
    pub(crate) paused: BTreeSet<i32>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) failed: Option<Error>,
    pub(crate) closed: bool,
}

impl<T: Topic> Shared<T> {
    pub(crate) fn new(topic: String, group: String, on_failure: Option<Box<OnFailure>>) -> Self {
        let state = State {
            tracker: Tracker::new(),
            running: HashMap::new(),
            counters: EventMetrics::default(),
            ends: BTreeMap::new(),
            at_end: BTreeSet::new(),
            paused: BTreeSet::new(),
        };
        Self {
            topic,
            group,
            start: Instant::now(),
            state: Mutex::new(state),
            ended: Condvar::new(),
            ready: Notify::new(),
            status: watch::channel(Status::default()).0,
            stop: AtomicBool::new(false),
            abandon: AtomicBool::new(false),
            on_failure,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        self.start.elapsed()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.status.borrow().closed
    }

    /// Ends the workers.
    pub(crate) fn close(&self, failed: Option<Error>) {
        self.status.send_modify(|status| {
            status.closed = true;
            status.failed = failed;
        });
        self.ready.notify_waiters();
    }

    pub(crate) fn push(&self, received: Received<T>, key: &[u8], size: usize) {
        let (partition, offset) = (received.partition, received.offset);
        let mut state = self.state();
        state.at_end.remove(&partition);
        state.tracker.push(partition, offset, key, Arc::new(received), size);
        drop(state);
        self.ready.notify_one();
    }

    pub(crate) fn count_undecodable(&self) {
        self.state().counters.undecodable += 1;
    }

    /// The next record, or how long to wait for one.
    pub(crate) fn take(&self) -> Result<(Ticket, Arc<Received<T>>), Duration> {
        let now = self.now();
        let mut state = self.state();
        let Some(taken) = state.tracker.take(now) else {
            return Err(state.tracker.next_retry().map_or(IDLE, |at| at.saturating_sub(now)));
        };
        if state.tracker.is_any_ready() {
            self.ready.notify_one();
        }
        Ok(taken)
    }

    pub(crate) fn ready(&self) -> &Notify {
        &self.ready
    }

    pub(crate) fn running(&self, ticket: &Ticket, handle: AbortHandle) {
        self.state().running.insert((ticket.partition, ticket.offset), handle);
    }

    pub(crate) fn done(&self, ticket: &Ticket) {
        let mut state = self.state();
        state.running.remove(&(ticket.partition, ticket.offset));
        if state.tracker.done(ticket) {
            state.counters.handled += 1;
        }
        drop(state);
        self.ready.notify_one();
        self.ended.notify_all();
    }

    pub(crate) fn failed(&self, ticket: &Ticket, again_in: Duration, cause: String) {
        let again = self.now() + again_in;
        let mut state = self.state();
        state.running.remove(&(ticket.partition, ticket.offset));
        state.counters.retried += u64::from(state.tracker.failed(ticket, again));
        drop(state);
        if let Some(on_failure) = &self.on_failure {
            on_failure(&HandlerFailure {
                topic: self.topic.clone(),
                partition: ticket.partition,
                offset: ticket.offset,
                key: String::from_utf8_lossy(&ticket.key).into_owned(),
                attempts: ticket.attempt,
                again_in,
                cause,
            });
        }
        self.ready.notify_one();
        self.ended.notify_all();
    }

    pub(crate) fn abandoned(&self, ticket: &Ticket) {
        let now = self.now();
        let mut state = self.state();
        state.running.remove(&(ticket.partition, ticket.offset));
        state.counters.abandoned += 1;
        state.tracker.failed(ticket, now);
        drop(state);
        self.ended.notify_all();
    }

    /// Waits until all that has come is handled.
    pub(crate) fn finish_all(&self, limit: Duration) {
        let waiting = |state: &mut State<T>| {
            let tracker = &state.tracker;
            tracker.partitions().any(|partition| tracker.waiting(partition).0 > 0)
        };
        let abandon = || self.abandon.load(Ordering::Relaxed);
        let _ = self.ended.wait_timeout_while(self.state(), limit, |state| !abandon() && waiting(state));
    }

    /// Hands out no more records of these partitions, and waits until what is under way has ended; after the limit it is
    /// ended.
    pub(crate) fn quiet(&self, partitions: &[i32], limit: Duration) {
        let mut state = self.state();
        for partition in partitions {
            state.tracker.halt(*partition);
        }
        let in_flight = |state: &State<T>| partitions.iter().any(|it| state.tracker.in_flight(*it) > 0);
        let waited = self.ended.wait_timeout_while(state, limit, |state| in_flight(state));
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let deadline = Instant::now() + ABORT_LIMIT;
        while in_flight(&state) && Instant::now() < deadline {
            for ((partition, _), handle) in &state.running {
                if partitions.contains(partition) {
                    handle.abort();
                }
            }
            let waited = self.ended.wait_timeout(state, ABORT_STEP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(crate) fn metrics(&self) -> EventMetrics {
        let state = self.state();
        let tracker = &state.tracker;
        let partitions = tracker.partitions().map(|partition| {
            let handled_before = tracker.done_before(partition);
            let end = if state.at_end.contains(&partition) {
                tracker.position(partition)
            } else {
                state.ends.get(&partition).copied()
            };
            EventPartition {
                partition,
                handled_before: handled_before.unwrap_or(-1),
                lag: handled_before.zip(end).map_or(-1, |(handled, end)| (end - handled).max(0)),
                waiting: tracker.waiting(partition).0 as u64,
                failing: tracker.retrying(partition) as u64,
                paused: state.paused.contains(&partition),
            }
        });
        EventMetrics { partitions: partitions.collect(), ..state.counters.clone() }
    }
}
