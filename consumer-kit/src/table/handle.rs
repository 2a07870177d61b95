//! The owner of a table, and the handles that read it.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use tiltak_schema::topic::{ReadValue, Topic};
use tokio::sync::oneshot;

use super::changes::{CAPACITY, Changes, Queue};
use super::core::start::Start;
use super::entry::{Entry, StaleValue};
use super::index::{Index, IndexMap, Indexing};
use super::metrics::{Counters, Metrics};
use super::runtime::{Message, Shared};
use super::snapshot::Snapshot;
use crate::error::Error;
use crate::health::Health;

/// The latest value of each key of a topic, kept up to date by threads of its own.
///
/// A `Table` owns the threads: [`Table::close`] or dropping it ends them. [`Table::handle`] returns cheap, cloneable
/// [`TableHandle`]s for the parts of a program. A `Table` has the methods of its handle.
///
/// # Reading
/// A table reads all partitions without a consumer group, and commits nothing. It finds added partitions at the next metadata
/// refresh.
///
/// # Rebuilds
/// A partition is rebuilt if the topic was deleted and recreated, if its log no longer holds the position, or if tombstones may
/// have been removed before they were read, because the brokers were away for longer than `delete.retention.ms`. Its rows stay
/// until it is read again. Then keys that were not met are removed ([`Cause::Swept`](super::Cause)).
///
/// # Which record counts
/// Within a partition, the last offset of a key decides. After partitions were added, a key may have records on two. Then the
/// last record of each partition is compared: the later timestamp decides, and between equal timestamps the higher partition. A
/// tombstone or an undecodable record decides like any other. So the table depends neither on the order in which partitions are
/// read nor on restarts. For that, a table of several partitions remembers tombstones as long as the topic keeps them, at most
/// 100,000 (about 10 MB). With one partition it remembers none.
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
/// use tiltak_consumer_kit::{Connection, Table};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// let table = Table::<SisteTiltakstyperV3>::builder(Connection::from_env()?).start().await?;
/// table.ready(Duration::from_secs(60)).await?;
/// println!("{} tiltakstyper", table.len());
/// table.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Table<T: Topic> {
    handle: TableHandle<T>,
    thread: Option<JoinHandle<()>>,
}

/// A handle that reads a [`Table`], cheap to clone. After the table is closed it still shows what was read, and waits
/// end with [`Error::is_ended`].
///
/// ```
/// use std::time::Duration;
/// use tiltak_consumer_kit::{MemoryLog, Table, TableHandle};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// async fn count(tiltakstyper: TableHandle<SisteTiltakstyperV3>) -> usize {
///     tiltakstyper.len()
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tiltak_consumer_kit::Error> {
/// let log = MemoryLog::new("siste-tiltakstyper-v3", 2);
/// let table = Table::over(log.source()).start().await?;
/// table.ready(Duration::from_secs(10)).await?;
/// assert_eq!(count(table.handle()).await, 0);
/// # Ok(())
/// # }
/// ```
pub struct TableHandle<T: Topic> {
    shared: Arc<Shared<T>>,
    messages: Sender<Message>,
}

impl<T: Topic> Table<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, messages: Sender<Message>, thread: JoinHandle<()>) -> Self {
        Self { handle: TableHandle { shared, messages }, thread: Some(thread) }
    }

    /// A handle that reads this table, for another part of the program.
    pub fn handle(&self) -> TableHandle<T> {
        self.handle.clone()
    }

    /// Stops reading, and waits until the threads have ended. Handles still show what was read.
    pub async fn close(mut self) {
        self.handle.stop();
        let mut status = self.handle.shared.status.subscribe();
        let _ = status.wait_for(|it| it.closed).await;
        if let Some(thread) = self.thread.take() {
            // It has said its last word: this takes no time.
            let _ = thread.join();
        }
    }
}

/// Stops the threads and waits for them, a fraction of a second; [`Table::close`] does not block meanwhile.
impl<T: Topic> Drop for Table<T> {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<T: Topic> Deref for Table<T> {
    type Target = TableHandle<T>;

    fn deref(&self) -> &TableHandle<T> {
        &self.handle
    }
}

impl<T: Topic> Clone for TableHandle<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), messages: self.messages.clone() }
    }
}

impl<T: Topic> TableHandle<T> {
    fn stop(&self) {
        self.shared.stop();
        // The thread may have ended by itself.
        let _ = self.messages.send(Message::Stop);
    }

    /// Waits until everything is read that was published when the table was started.
    ///
    /// # Errors
    /// - The table has stopped: the error of [`TableHandle::failed`].
    /// - The table was closed: [`Error::is_ended`].
    /// - `timeout` passed: [`Error::is_deadline`] names each partition that is behind. Waiting again goes on from there.
    pub async fn ready(&self, timeout: Duration) -> Result<(), Error> {
        let mut status = self.shared.status.subscribe();
        let settled = status.wait_for(|it| it.ready || it.failed.is_some() || it.closed);
        match tokio::time::timeout(timeout, settled).await {
            Ok(Ok(status)) => match &status.failed {
                Some(error) => Err(error.clone()),
                None if status.closed => Err(self.shared.ended()),
                None => Ok(()),
            },
            Ok(Err(_)) => Err(self.shared.ended()),
            Err(_) => Err(self.shared.behind(timeout)),
        }
    }

    /// How the table started: from nothing, resumed, or rebuilt.
    pub fn started(&self) -> &Start {
        self.shared.start.get().unwrap_or(&Start::Fresh)
    }

    /// Waits until everything is read that was published before this call, also records behind a transaction that is
    /// still open. That transaction has to end within `timeout`.
    ///
    /// # Errors
    /// As [`TableHandle::ready`]. The error of a timeout says how much is behind an open transaction.
    pub async fn barrier(&self, timeout: Duration) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let _ = self.messages.send(Message::Barrier(answer));
        let answered = async {
            match answered.await {
                Ok(result) => result,
                // The threads end, or have ended: the reason will stand in the status.
                Err(_) => Err(self.failed().await),
            }
        };
        match tokio::time::timeout(timeout, answered).await {
            Ok(result) => result,
            Err(_) => Err(self.failure().unwrap_or_else(|| self.shared.behind(timeout))),
        }
    }

    /// The entry of a key.
    pub fn get(&self, key: &T::Key) -> Option<Entry<T>> {
        self.shared.read().rows.get(key).cloned()
    }

    /// All keys with their present entries, in the order of the keys: those of a [snapshot](Self::snapshot).
    pub fn iter(&self) -> impl Iterator<Item = (T::Key, Entry<T>)> {
        self.snapshot().into_iter()
    }

    /// All keys with their entries at one moment, and the offsets of that moment.
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

    /// The keys without a value because their last record cannot be decoded: see [`OnPoison`](crate::OnPoison).
    pub fn unreadable(&self) -> BTreeMap<T::Key, StaleValue> {
        self.shared.read().unreadable.iter().map(|(key, stale)| (*key, stale.clone())).collect()
    }

    /// Indexes rows by a function of their values, which returns one index key or several. The index is kept up to
    /// date until it is dropped. A panic of the function stops the table ([`Error::is_panicked`]).
    pub fn index<K, I>(&self, keys_of: impl Fn(&ReadValue<T>) -> I + Send + Sync + 'static) -> Index<T, K>
    where
        K: Eq + Hash + Send + Sync + 'static,
        I: IntoIterator<Item = K>,
    {
        let map = Arc::new(IndexMap::new(Box::new(move |value| keys_of(value).into_iter().collect())));
        // What was restored is decoded now, while others may read, and not while they have to wait.
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

    /// The changes of the table from now on. Before the table is ready, each key of a partition comes as one change
    /// when the partition has caught up.
    pub fn changes(&self) -> Changes<T> {
        self.snapshot_and_changes().1
    }

    /// A snapshot, and the changes from exactly that moment on.
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

    /// Counts of what has been read.
    pub fn counters(&self) -> Counters {
        self.shared.read().counters
    }

    /// Metrics of the table, for an exporter.
    pub fn metrics(&self) -> Metrics {
        let confirmed_age = self.shared.confirmed_age();
        let state = self.shared.read();
        Metrics {
            counters: state.counters,
            keys: state.rows.len() as u64,
            bytes: state.rows.bytes(),
            stale: state.stale,
            unreadable: state.unreadable.len() as u64,
            confirmed_age,
            tombstones_remembered: state.tombstones,
            partitions: state.tracks.iter().map(|(partition, track)| track.metrics(*partition)).collect(),
        }
    }

    /// Whether the brokers still serve the table: [`Health::Stale`] when they have not confirmed its position for three
    /// metadata refresh intervals.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Whether the brokers confirmed the table's position within `max_age`, and the table has not stopped: for a
    /// health check. The brokers are asked at every metadata refresh, so `max_age` should be several times that.
    pub fn is_live(&self, max_age: Duration) -> bool {
        let status = self.shared.status.borrow();
        let ended = status.failed.is_some() || status.closed;
        drop(status);
        !ended && self.shared.confirmed_age() <= max_age
    }

    /// Waits until the table stops by itself, and returns why: an undecodable record, a right that stays missing, a
    /// store that cannot be written, a panic in the application's code. Closing the table ends the wait with
    /// [`Error::is_ended`].
    pub async fn failed(&self) -> Error {
        let mut status = self.shared.status.subscribe();
        let ended = status.wait_for(|it| it.failed.is_some() || it.closed).await.map(|it| it.failed.clone());
        ended.ok().flatten().unwrap_or_else(|| self.shared.ended())
    }

    /// The error with which the table has stopped by itself, if it has. Its rows stay readable.
    pub fn failure(&self) -> Option<Error> {
        self.shared.status.borrow().failed.clone()
    }
}
