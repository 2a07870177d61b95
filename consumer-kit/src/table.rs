//! A topic as a table: for each key its latest value.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::Message;
use tiltak_schema::decode::DecodeError;
use tiltak_schema::topic::{ReadValue, Record, Topic};
use tiltak_schema::view::Read;
use tokio::sync::oneshot;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::log::behind;
use crate::source::Source;

/// How long the reading thread waits for a record before it looks for a request.
const STEP: Duration = Duration::from_millis(20);

/// The latest value of each key of a topic, kept up to date by a thread of its own. Dropping it ends the thread.
pub struct Table<T: Topic> {
    topic: String,
    state: Arc<RwLock<State<T>>>,
    requests: Sender<Request>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How to read a table: see [`Table::builder`].
#[derive(Debug, Clone)]
pub struct Builder<T: Topic> {
    connection: Connection,
    topic: std::marker::PhantomData<T>,
}

/// What a table has read since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Records.
    pub records: u64,
    /// Records with a value.
    pub upserts: u64,
    /// Records without one. A tombstone of a key that was not there is normal on a compacted topic.
    pub tombstones: u64,
}

struct State<T: Topic> {
    entries: BTreeMap<T::Key, Arc<ReadValue<T>>>,
    counters: Counters,
    failed: Option<Error>,
}

/// To be answered when the table has caught up.
struct Request {
    /// With the end that the log had at the start, or with the one that it has now.
    recapture: bool,
    limit: Duration,
    deadline: Instant,
    answer: oneshot::Sender<Result<(), Error>>,
}

impl<T: Topic> Builder<T> {
    /// With a setting of librdkafka, such as `security.protocol`.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.connection = self.connection.set(name, value);
        self
    }

    /// With a prefix to the topic's name.
    #[must_use]
    pub fn topic_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.connection = self.connection.topic_prefix(prefix);
        self
    }

    /// Connects, captures the end of the log, and starts to read from its beginning.
    ///
    /// # Errors
    /// An unreachable broker, a missing topic; within 10 s.
    pub async fn start(self) -> Result<Table<T>, Error> {
        let topic = self.connection.topic(T::NAME);
        let state = Arc::new(RwLock::new(State::<T> {
            entries: BTreeMap::new(),
            counters: Counters::default(),
            failed: None,
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let (requests, inbox) = channel();
        let (opened, is_open) = oneshot::channel();
        let reader =
            Reader { state: Arc::clone(&state), stop: Arc::clone(&stop), inbox, waiting: Vec::new() };
        let (connection, name) = (self.connection, topic.clone());
        let ended = || Kind::Ended { topic: topic.clone() };
        let thread = std::thread::Builder::new()
            .name(format!("table {topic}"))
            .spawn(move || match Source::open(&connection, &name) {
                Ok(source) => {
                    let _ = opened.send(Ok(()));
                    reader.run(source);
                }
                Err(error) => {
                    let _ = opened.send(Err(error));
                }
            })
            .map_err(|_| ended())?;
        is_open.await.map_err(|_| ended())??;
        Ok(Table { topic, state, requests, stop, thread: Some(thread) })
    }
}

impl<T: Topic> Table<T> {
    /// A table from these brokers: `host:port`, comma-separated.
    pub fn builder(brokers: impl Into<String>) -> Builder<T> {
        Self::from(Connection::new(brokers))
    }

    /// A table from a connection that several tables share the settings of.
    pub fn from(connection: Connection) -> Builder<T> {
        Builder { connection, topic: std::marker::PhantomData }
    }

    /// Waits until everything is read that was there when the table was started.
    ///
    /// # Errors
    /// A record that cannot be decoded, a broker that refuses, `limit` passed.
    pub async fn ready(&self, limit: Duration) -> Result<(), Error> {
        self.wait(false, limit).await
    }

    /// Waits until everything is read that is there now.
    ///
    /// # Errors
    /// As [`Table::ready`].
    pub async fn caught_up(&self, limit: Duration) -> Result<(), Error> {
        self.wait(true, limit).await
    }

    async fn wait(&self, recapture: bool, limit: Duration) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + limit;
        // When the thread has ended, the answer never comes and its reason stands in the state.
        let _ = self.requests.send(Request { recapture, limit, deadline, answer });
        match answered.await {
            Ok(result) => result,
            Err(_) => Err(self.failure().unwrap_or_else(|| Kind::Ended { topic: self.topic.clone() }.into())),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &T::Key) -> Option<Arc<ReadValue<T>>> {
        self.state().entries.get(key).cloned()
    }

    /// All keys with their values, as they are at one moment, in the order of the keys.
    pub fn snapshot(&self) -> BTreeMap<T::Key, Arc<ReadValue<T>>> {
        self.state().entries.clone()
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.state().entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What has been read.
    pub fn counters(&self) -> Counters {
        self.state().counters
    }

    /// Why the table reads no more, if it does not. What was read before stands.
    pub fn failure(&self) -> Option<Error> {
        self.state().failed.clone()
    }

    fn state(&self) -> RwLockReadGuard<'_, State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Topic> Drop for Table<T> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
struct Reader<T: Topic> {
    state: Arc<RwLock<State<T>>>,
    stop: Arc<AtomicBool>,
    inbox: Receiver<Request>,
    waiting: Vec<Request>,
}

impl<T: Topic> Reader<T> {
    fn run(mut self, mut source: Source) {
        while !self.stop.load(Ordering::Relaxed) {
            if let Err(error) = self.step(&mut source) {
                self.state().failed = Some(error.into());
                return;
            }
        }
    }

    fn step(&mut self, source: &mut Source) -> Result<(), Kind> {
        while let Ok(request) = self.inbox.try_recv() {
            match if request.recapture { source.capture() } else { Ok(()) } {
                Ok(()) => self.waiting.push(request),
                // The broker may be back later: whoever asked is told, and the table reads on.
                Err(error) => {
                    let _ = request.answer.send(Err(error.into()));
                }
            }
        }
        let topic = source.topic().to_owned();
        if let Some(message) = source.next(STEP)? {
            self.apply(&message).map_err(|cause| Kind::Undecodable {
                topic,
                partition: message.partition(),
                offset: message.offset(),
                key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
                cause: Box::new(cause),
            })?;
        }
        self.answer(source);
        Ok(())
    }

    fn apply(&self, message: &impl Message) -> Result<(), DecodeError> {
        let record = Record::<T, Read>::decode(message.key().unwrap_or_default(), message.payload())?;
        let mut state = self.state();
        state.counters.records += 1;
        match record {
            Record::Upsert { key, value } => {
                state.counters.upserts += 1;
                state.entries.insert(key, Arc::new(value));
            }
            Record::Tombstone { key } => {
                state.counters.tombstones += 1;
                state.entries.remove(&key);
            }
        }
        Ok(())
    }

    fn answer(&mut self, source: &Source) {
        let caught_up = source.has_caught_up();
        let now = Instant::now();
        for request in std::mem::take(&mut self.waiting) {
            if caught_up {
                let _ = request.answer.send(Ok(()));
            } else if now >= request.deadline {
                let _ = request.answer.send(Err(behind(source, request.limit).into()));
            } else {
                self.waiting.push(request);
            }
        }
    }

    fn state(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
