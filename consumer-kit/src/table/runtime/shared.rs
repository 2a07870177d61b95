//! The state that the threads and the handles of a table share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::{Duration, Instant, SystemTime};

use tiltak_schema::topic::Topic;
use tokio::sync::watch;

use crate::error::{Error, Kind};
use crate::health::{Health, Liveness};
use crate::table::changes::{Cause, Change, Queue};
use crate::table::core::Published;
use crate::table::core::last_records::{RowChange, Unreadable};
use crate::table::core::rows::Rows;
use crate::table::core::slot::Slot;
use crate::table::core::start::Start;
use crate::table::index::Indexing;
use crate::table::metrics::{Counters, Track};
use crate::table::snapshot::Snapshot;

/// See the module.
pub(crate) struct Shared<T: Topic> {
    pub(crate) topic: String,
    /// The moments of the core are counted from here.
    pub(crate) started: Instant,
    state: RwLock<State<T>>,
    pub(crate) start: OnceLock<Start>,
    pub(crate) status: watch::Sender<Status>,
    stop: AtomicBool,
}

/// What readers see: always the outcome of whole effects.
pub(crate) struct State<T: Topic> {
    pub(crate) rows: Rows<T>,
    pub(crate) unreadable: Arc<Unreadable<T>>,
    pub(crate) stale: u64,
    pub(crate) tombstones: u64,
    pub(crate) counters: Counters,
    pub(crate) tracks: BTreeMap<i32, Track>,
    pub(crate) liveness: Option<Liveness>,
    pub(crate) indexes: Vec<Weak<dyn Indexing<T>>>,
    pub(crate) subscribers: Vec<Weak<Queue<T>>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) ready: bool,
    pub(crate) failed: Option<Error>,
    pub(crate) closed: bool,
}

impl<T: Topic> Shared<T> {
    pub(crate) fn new(topic: String, rows: Rows<T>) -> Self {
        let state = State {
            rows,
            unreadable: Arc::default(),
            stale: 0,
            tombstones: 0,
            counters: Counters::default(),
            tracks: BTreeMap::new(),
            liveness: None,
            indexes: Vec::new(),
            subscribers: Vec::new(),
        };
        Self {
            topic,
            started: Instant::now(),
            state: RwLock::new(state),
            start: OnceLock::new(),
            status: watch::channel(Status::default()).0,
            stop: AtomicBool::new(false),
        }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self) -> Error {
        Kind::Ended { topic: self.topic.clone() }.into()
    }

    pub(crate) fn behind(&self, timeout: Duration) -> Error {
        let state = self.read();
        let lagging =
            state.tracks.iter().filter_map(|(partition, track)| track.lagging(*partition)).collect();
        Kind::Deadline { topic: self.topic.clone(), lagging, timeout }.into()
    }

    /// The table reads no more. The first reason stands.
    pub(crate) fn fail(&self, error: Error) {
        self.stop();
        tracing::error!(topic = self.topic, %error, "the table has stopped: what it holds stays, and is no longer updated");
        self.status.send_modify(|status| {
            status.failed.get_or_insert(error);
        });
        self.close_subscribers();
    }

    /// The threads have ended.
    pub(crate) fn close(&self) {
        self.status.send_modify(|status| status.closed = true);
        self.close_subscribers();
    }

    fn close_subscribers(&self) {
        for queue in self.write().subscribers.drain(..) {
            if let Some(queue) = queue.upgrade() {
                queue.close();
            }
        }
    }

    pub(crate) fn health(&self) -> Health {
        if let Some(error) = self.status.borrow().failed.clone() {
            return Health::Failed(error);
        }
        let now = self.started.elapsed();
        let state = self.read();
        match &state.liveness {
            Some(liveness) if liveness.is_stale(now) => Health::Stale {
                since: SystemTime::now().checked_sub(liveness.age(now)).unwrap_or(SystemTime::UNIX_EPOCH),
                reason: liveness.reason(),
            },
            _ => Health::Live,
        }
    }

    /// How long ago the brokers last confirmed the position.
    pub(crate) fn confirmed_age(&self) -> Duration {
        let now = self.started.elapsed();
        self.read().liveness.as_ref().map_or(now, |liveness| liveness.age(now))
    }

    /// Shows readers what the core has published.
    pub(crate) fn publish(&self, published: Published<T>) {
        let Published { rows, unreadable, stale, tombstones, counters, tracks, mut changes, is_bulk } =
            published;
        let mut state = self.write();
        if is_bulk && state.is_watched() {
            add_unlisted(&state.rows, &rows, &mut changes);
        }
        state.rows = rows;
        (state.unreadable, state.stale, state.tombstones) = (unreadable, stale, tombstones);
        (state.counters, state.tracks) = (counters, tracks);
        if state.is_watched() {
            for change in changes {
                state.announce(change);
            }
        }
    }
}

/// Adds the changes of rows that came in bulk, in the order of their offsets.
fn add_unlisted<T: Topic>(old: &Rows<T>, new: &Rows<T>, changes: &mut Vec<RowChange<T>>) {
    let listed: std::collections::HashSet<T::Key> = changes.iter().map(|change| change.key).collect();
    for key in old.differing(new) {
        if listed.contains(&key) {
            continue;
        }
        let Some(row) = new.slot(&key) else { continue };
        let (partition, offset) = (row.partition(), row.offset());
        let (old, new) = (old.slot(&key).cloned(), Some(row.clone()));
        changes.push(RowChange { key, old, new, partition, offset, cause: Cause::Upsert });
    }
    changes.sort_by_key(|change| (change.cause == Cause::Swept, change.offset));
}

impl<T: Topic> State<T> {
    pub(crate) fn snapshot(&self) -> Snapshot<T> {
        let loaded = self.tracks.iter().filter(|(_, track)| track.loaded);
        Snapshot::new(
            self.rows.clone(),
            loaded.map(|(partition, track)| (*partition, track.position)).collect(),
        )
    }

    fn is_watched(&self) -> bool {
        !self.indexes.is_empty() || !self.subscribers.is_empty()
    }

    /// Brings the indexes up to date, and tells the subscribers.
    fn announce(&mut self, change: RowChange<T>) {
        let RowChange { key, old, new, partition, offset, cause } = change;
        let entry = |row: Option<Slot<T>>| row.as_ref().and_then(Slot::entry).cloned();
        let (old, new) = (entry(old), entry(new));
        self.indexes.retain(|index| {
            let Some(index) = index.upgrade() else { return false };
            index.update(&key, old.as_deref(), new.as_deref());
            true
        });
        self.subscribers.retain(|subscriber| {
            let Some(queue) = subscriber.upgrade() else { return false };
            let (old, new) = (old.clone(), new.clone());
            queue.push(Change { key, old, new, partition, offset, cause });
            true
        });
    }
}
