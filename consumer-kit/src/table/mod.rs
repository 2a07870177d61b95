//! A topic as a table: for each key its latest value.

mod applier;
mod builder;
mod changes;
mod decoder;
mod driver;
mod entry;
mod found;
mod index;
mod load;
mod metrics;
#[cfg(feature = "progress-bar")]
mod progress_bar;
mod rows;
mod slot;
mod start;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use foldhash::fast::RandomState;
use tiltak_schema::topic::{ReadValue, Topic};
use tokio::sync::{oneshot, watch};

pub use self::builder::Builder;
pub use self::changes::{Cause, Change, Changes};
pub use self::entry::{Entry, Stale};
pub use self::index::Index;
pub use self::metrics::{Counters, Metrics, PartitionMetrics, Progress};
pub use self::rows::Snapshot;
pub use self::start::{Reason, Start};
pub use crate::poison::{Earlier, OnPoison};

use self::changes::{CAPACITY, Queue};
use self::driver::Request;
use self::index::{IndexMap, Indexing};
use self::metrics::Track;
use self::rows::Rows;
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::source::{KafkaSource, Source};

/// The latest value of each key of a topic, kept up to date by threads of its own.
///
/// It reads all partitions without a consumer group and commits nothing. Partitions that are added later are picked up
/// within seconds; a topic that was deleted and made anew is read anew, and so is a partition whose log no longer holds
/// the position (records before it were deleted), and everything after the broker was away for longer than tombstones are kept: what was in the table stays until that is done, and keys that are not
/// found again are then removed ([`Cause::Swept`]).
///
/// After partitions were added a key may have records on two. The one with the later timestamp stands, of equal ones that
/// of the higher partition; a tombstone counts for as long as it is in the log.
///
/// Dropping it stops the threads and waits for them, a fraction of a second; [`Table::close`] does not block meanwhile.
///
/// ```no_run
/// use std::time::Duration;
/// use tiltak_consumer_kit::{Connection, Table};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// let table = Table::<SisteTiltakstyperV3>::from(Connection::from_env()?).start().await?;
/// table.ready(Duration::from_secs(60)).await?;
/// println!("{} tiltakstyper", table.len());
/// table.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Table<T: Topic> {
    shared: Arc<Shared<T>>,
    requests: Sender<Request>,
    thread: Option<JoinHandle<()>>,
}

/// What the threads and the handles of a table share.
pub(crate) struct Shared<T: Topic> {
    topic: String,
    state: RwLock<State<T>>,
    start: OnceLock<Start>,
    /// A seeded bug.
    #[cfg(test)]
    sweeps_nothing: AtomicBool,
    status: watch::Sender<Status>,
    stop: AtomicBool,
}

pub(crate) struct State<T: Topic> {
    pub(crate) rows: Rows<T>,
    unreadable: HashMap<T::Key, Stale, RandomState>,
    stale: u64,
    counters: Counters,
    tracks: BTreeMap<i32, Track>,
    indexes: Vec<Weak<dyn Indexing<T>>>,
    subscribers: Vec<Weak<Queue<T>>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    ready: bool,
    failed: Option<Error>,
    closed: bool,
}

impl<T: Topic> Table<T> {
    /// A table from these brokers: `host:port`, comma-separated.
    pub fn builder(brokers: impl Into<String>) -> Builder<T> {
        Self::from(Connection::new(brokers))
    }

    /// A table from a connection that several tables share the settings of.
    pub fn from(connection: Connection) -> Builder<T> {
        let topic = connection.topic(T::NAME);
        Builder::new(
            topic.clone(),
            Box::new(move || {
                let mut source = KafkaSource::open(&connection, &topic)?;
                source.settings();
                Ok(Box::new(source) as Box<dyn Source>)
            }),
        )
    }

    /// A table over a source, such as that of a [`MemoryLog`](crate::source::MemoryLog).
    pub fn over(source: impl Source + 'static) -> Builder<T> {
        Builder::new(source.topic().to_owned(), Box::new(move || Ok(Box::new(source) as Box<dyn Source>)))
    }

    /// Waits until everything is read that was there when the table was started.
    ///
    /// # Errors
    /// A record that cannot be decoded, a broker that refuses, `limit` passed: then the error names each partition that is
    /// behind, and waiting again goes on from there.
    pub async fn ready(&self, limit: Duration) -> Result<(), Error> {
        let mut status = self.shared.status.subscribe();
        let settled = status.wait_for(|it| it.ready || it.failed.is_some() || it.closed);
        match tokio::time::timeout(limit, settled).await {
            Ok(Ok(status)) => match &status.failed {
                Some(error) => Err(error.clone()),
                None if status.closed => Err(self.shared.ended()),
                None => Ok(()),
            },
            Ok(Err(_)) => Err(self.shared.ended()),
            Err(_) => Err(self.shared.behind(limit)),
        }
    }

    /// What the table began with: nothing, or what an earlier one had kept.
    pub fn started(&self) -> &Start {
        self.shared.start.get().unwrap_or(&Start::Fresh)
    }

    /// Waits until everything is read that was published before this call: also records that were committed behind a
    /// transaction which is still open, so that it has to end in time.
    ///
    /// # Errors
    /// As [`Table::ready`].
    pub async fn barrier(&self, limit: Duration) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        // When the threads have ended, the answer never comes and the reason stands in the status.
        let _ = self.requests.send(Request { answer });
        match tokio::time::timeout(limit, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(self.failure().unwrap_or_else(|| self.shared.ended())),
            Err(_) => Err(self.failure().unwrap_or_else(|| self.shared.behind(limit))),
        }
    }

    /// The entry of a key.
    pub fn get(&self, key: &T::Key) -> Option<Entry<T>> {
        self.shared.read().rows.get(key).cloned()
    }

    /// All keys with their entries as they are now, in no order. It is that of a [`Table::snapshot`].
    pub fn iter(&self) -> impl Iterator<Item = (T::Key, Entry<T>)> {
        self.snapshot().into_iter()
    }

    /// All keys with their values, as they are at one moment, and the offsets of that moment.
    pub fn snapshot(&self) -> Snapshot<T> {
        self.shared.read().snapshot()
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.shared.read().rows.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys without a value, whose last record cannot be decoded: see [`OnPoison`].
    pub fn unreadable(&self) -> BTreeMap<T::Key, Stale> {
        self.shared.read().unreadable.iter().map(|(key, stale)| (*key, stale.clone())).collect()
    }

    /// Finds rows by what a function gives for their values, one index key or several, and keeps that up to date until the
    /// index is dropped.
    pub fn index<K, I>(&self, keys_of: impl Fn(&ReadValue<T>) -> I + Send + Sync + 'static) -> Index<T, K>
    where
        K: Eq + Hash + Send + Sync + 'static,
        I: IntoIterator<Item = K>,
    {
        let map = Arc::new(IndexMap::new(Box::new(move |value| keys_of(value).into_iter().collect())));
        // What was kept is decoded now, while others may read, and not while they have to wait.
        self.snapshot().iter().for_each(drop);
        let mut state = self.shared.write();
        for (key, entry) in state.rows.iter() {
            let value: &ReadValue<T> = entry;
            map.update(key, None, Some(value));
        }
        let indexing: Arc<dyn Indexing<T>> = Arc::<IndexMap<T, K>>::clone(&map);
        state.indexes.push(Arc::downgrade(&indexing));
        drop(state);
        Index::new(Arc::clone(&self.shared), map)
    }

    /// What happens to the table from now on. Before it is ready, each key that a partition holds comes as one change when
    /// the partition has caught up.
    pub fn changes(&self) -> Changes<T> {
        self.snapshot_and_changes().1
    }

    /// What is there now, and what happens from exactly then on.
    pub fn snapshot_and_changes(&self) -> (Snapshot<T>, Changes<T>) {
        let queue = Arc::new(Queue::new(CAPACITY));
        let mut state = self.shared.write();
        state.subscribers.push(Arc::downgrade(&queue));
        let snapshot = state.snapshot();
        drop(state);
        let status = self.shared.status.borrow();
        if status.closed || status.failed.is_some() {
            queue.close();
        }
        (snapshot, Changes::new(queue))
    }

    /// What has been read.
    pub fn counters(&self) -> Counters {
        self.shared.read().counters
    }

    /// How the table is.
    pub fn metrics(&self) -> Metrics {
        let state = self.shared.read();
        Metrics {
            counters: state.counters,
            keys: state.rows.len() as u64,
            bytes: state.rows.bytes(),
            stale: state.stale,
            unreadable: state.unreadable.len() as u64,
            partitions: state.tracks.iter().map(|(partition, track)| track.metrics(*partition)).collect(),
        }
    }

    /// Why the table reads no more, if it does not. What was read before stands.
    pub fn failure(&self) -> Option<Error> {
        self.shared.status.borrow().failed.clone()
    }

    /// Stops reading, and waits until the threads have ended. What was read can no longer be asked for.
    pub async fn close(mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut status = self.shared.status.subscribe();
        let _ = status.wait_for(|it| it.closed).await;
        if let Some(thread) = self.thread.take() {
            // It has said its last word: this takes no time.
            let _ = thread.join();
        }
    }
}

impl<T: Topic> Drop for Table<T> {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<T: Topic> Shared<T> {
    fn new(topic: String, rows: Rows<T>) -> Self {
        let state = State {
            rows,
            unreadable: HashMap::default(),
            stale: 0,
            counters: Counters::default(),
            tracks: BTreeMap::new(),
            indexes: Vec::new(),
            subscribers: Vec::new(),
        };
        let (status, _) = watch::channel(Status::default());
        Self {
            topic,
            state: RwLock::new(state),
            start: OnceLock::new(),
            #[cfg(test)]
            sweeps_nothing: AtomicBool::new(false),
            status,
            stop: AtomicBool::new(false),
        }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn ended(&self) -> Error {
        Kind::Ended { topic: self.topic.clone() }.into()
    }

    fn behind(&self, limit: Duration) -> Error {
        let state = self.read();
        let lagging =
            state.tracks.iter().filter_map(|(partition, track)| track.lagging(*partition)).collect();
        Kind::Deadline { topic: self.topic.clone(), lagging, timeout: limit }.into()
    }

    fn fail(&self, error: Error) {
        self.status.send_modify(|status| status.failed = Some(error));
        self.close_subscribers();
    }

    fn close_subscribers(&self) {
        for queue in self.write().subscribers.drain(..) {
            if let Some(queue) = queue.upgrade() {
                queue.close();
            }
        }
    }
}

impl<T: Topic> State<T> {
    fn snapshot(&self) -> Snapshot<T> {
        let loaded = self.tracks.iter().filter(|(_, track)| track.loaded);
        Snapshot::new(
            self.rows.clone(),
            loaded.map(|(partition, track)| (*partition, track.position)).collect(),
        )
    }
}
