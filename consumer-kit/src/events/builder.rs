//! The settings of an event consumer.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tiltak_schema::topic::Topic;
use tokio::sync::oneshot;

use super::core::{BackOff, Core, Limits, OffsetReset};
use super::runtime::{Driver, Feed, GroupFeed, OnFailure, Options, Shared, SourceFeed, work};
use super::{Event, EventConsumer, HandlerFailure};
use crate::connection::Connection;
use crate::error::Error;
use crate::poison::{OnPoison, Poison};
use crate::source::Source;

/// How long the client may take to leave the group, before that goes on in the background.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The settings of an event consumer: see [`EventConsumer::builder`].
///
/// ```no_run
/// use std::time::Duration;
/// use tiltak_consumer_kit::{Connection, Event, EventConsumer, OnPoison};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # async fn save(_: Event<SisteTiltakstyperV3>) -> Result<(), std::io::Error> { Ok(()) }
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// let connection = Connection::from_env()?;
/// let consumer = EventConsumer::builder(connection.clone(), "my-app")
///     .concurrency(4)
///     .on_poison(OnPoison::DeadLetter(connection, "my-app-dead-letters".to_owned()))
///     .on_failure(|failure| eprintln!("{failure}"))
///     .start(save)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct EventBuilder<T: Topic> {
    origin: Origin,
    concurrency: usize,
    back_off: BackOff,
    on_failure: Option<Box<OnFailure>>,
    poison: OnPoison,
    max_records: usize,
    max_bytes: usize,
    refresh_interval: Duration,
    authorization_grace: Duration,
    shutdown_timeout: Duration,
    commit_interval: Duration,
    topic: std::marker::PhantomData<T>,
}

/// What is read.
enum Origin {
    Group { connection: Connection, group: String },
    Source { source: Box<dyn Source>, positions: BTreeMap<i32, i64> },
}

impl<T: Topic> EventBuilder<T> {
    pub(super) fn group(connection: Connection, group: String) -> Self {
        Self::new(Origin::Group { connection, group })
    }

    pub(super) fn source(source: Box<dyn Source>) -> Self {
        Self::new(Origin::Source { source, positions: BTreeMap::new() })
    }

    fn new(origin: Origin) -> Self {
        Self {
            origin,
            concurrency: 8,
            back_off: BackOff::new(Duration::from_millis(200), Duration::from_mins(1)),
            on_failure: None,
            poison: OnPoison::Stop,
            max_records: 1_000,
            max_bytes: 16_000_000,
            refresh_interval: Duration::from_secs(5),
            authorization_grace: Duration::from_mins(5),
            shutdown_timeout: Duration::from_secs(10),
            commit_interval: Duration::from_secs(1),
            topic: std::marker::PhantomData,
        }
    }

    /// Sets how many keys are handled at once, at least 1. Defaults to 8.
    #[must_use]
    pub fn concurrency(mut self, keys: usize) -> Self {
        self.concurrency = keys.max(1);
        self
    }

    /// Sets the pause before a record is handled again: `first` after the first failure, then doubled each time up to
    /// `longest`. The pause is a random part of that, between a half and the whole. Defaults to 200 ms and one
    /// minute.
    #[must_use]
    pub fn back_off(mut self, first: Duration, longest: Duration) -> Self {
        self.back_off = BackOff::new(first, longest);
        self
    }

    /// Sets the policy for undecodable records. Defaults to [`OnPoison::Stop`]: the consumer handles and commits what
    /// came before the record, as far as that goes within [`EventBuilder::shutdown_timeout`], and stops. It stops
    /// again after each restart, until it has a newer contract or another policy. With another policy the record
    /// counts as handled once it is put where the policy says, and later records of its key go on.
    ///
    /// A tombstone whose key cannot be read is passed over and counted under every policy, as in a table: nothing can
    /// have been kept under such a key, so nothing is lost.
    #[must_use]
    pub fn on_poison(mut self, policy: OnPoison) -> Self {
        self.poison = policy;
        self
    }

    /// Sets what is called each time that a handler fails, to be logged. Defaults to nothing.
    #[must_use]
    pub fn on_failure(mut self, callback: impl Fn(&HandlerFailure) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Box::new(callback));
        self
    }

    /// Sets the bounds on records of a partition that are fetched and not yet handled: their number, and the bytes of
    /// their keys and values. At a bound no more are taken, until half of them are handled. One record may exceed the
    /// bytes. Defaults to 1,000 records and 16 MB. The client library also holds up to 16 MB of each partition that
    /// it has fetched ahead.
    #[must_use]
    pub fn max_in_flight(mut self, records: usize, bytes: usize) -> Self {
        self.max_records = records.max(1);
        self.max_bytes = bytes.max(1);
        self
    }

    /// Sets how long a shutdown may take, and how long handlers may go on when their partition goes to another
    /// member. Handlers that still run after nine tenths of the time are dropped at their next `await`. It has to be
    /// well below `max.poll.interval.ms` (five minutes). Defaults to 10 s.
    #[must_use]
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Sets the interval between commits of offsets. Offsets are also committed when a partition is revoked and at
    /// the end. Defaults to 1 s.
    #[must_use]
    pub fn commit_interval(mut self, interval: Duration) -> Self {
        self.commit_interval = interval;
        self
    }

    /// Sets how often the brokers are asked about the topic: whether it is still the same one, where its partitions end, and
    /// whether they still serve this consumer. A consumer that gets no answer for three intervals is
    /// [`Health::Stale`](crate::Health::Stale). Defaults to 5 s.
    #[must_use]
    pub fn metadata_refresh_interval(mut self, interval: Duration) -> Self {
        self.refresh_interval = interval;
        self
    }

    /// Sets how long the right to read the topic or the group may be missing after it was there, before the consumer stops.
    /// Until then it asks again at each metadata refresh. A right that is missing from the beginning stops it at once.
    /// Defaults to 5 minutes.
    #[must_use]
    pub fn authorization_grace(mut self, grace: Duration) -> Self {
        self.authorization_grace = grace;
        self
    }

    /// Sets the offsets at which a consumer over a source begins; partitions without one begin at the log start. A
    /// member of a group ignores this: it begins at the committed offsets. Defaults to none.
    #[must_use]
    pub fn positions(mut self, offsets: impl IntoIterator<Item = (i32, i64)>) -> Self {
        if let Origin::Source { positions, .. } = &mut self.origin {
            positions.extend(offsets);
        }
        self
    }

    /// Joins the group, and passes each record to the handler, which runs on the tokio runtime of this call.
    ///
    /// # Errors
    /// An unreachable broker, one that is not trusted, a missing topic, one that may not be read; within 10 s. A setting
    /// that librdkafka does not know.
    pub async fn start<H, F, E>(self, handler: H) -> Result<EventConsumer<T>, Error>
    where
        H: Fn(Event<T>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let begun = Instant::now();
        let limits = Limits {
            max_records: self.max_records,
            max_bytes: self.max_bytes,
            refresh_interval: self.refresh_interval,
            authorization_grace: self.authorization_grace,
            offset_reset: match &self.origin {
                Origin::Group { connection, .. } => OffsetReset::parse(&connection.offset_reset()),
                Origin::Source { .. } => OffsetReset::Earliest,
            },
        };
        let options = Options {
            group: match &self.origin {
                Origin::Group { group, .. } => group.clone(),
                Origin::Source { .. } => String::new(),
            },
            brokers: match &self.origin {
                Origin::Group { connection, .. } => connection.brokers.clone(),
                Origin::Source { .. } => String::new(),
            },
            refresh_interval: self.refresh_interval,
            shutdown_timeout: self.shutdown_timeout,
            commit_interval: self.commit_interval,
        };
        let topic = match &self.origin {
            Origin::Group { connection, .. } => connection.topic(T::NAME),
            Origin::Source { source, .. } => source.topic().to_owned(),
        };
        let core = Core::new(limits, begun.elapsed());
        let shared = Arc::new(Shared::new(topic.clone(), core, begun, self.on_failure));
        let (opened, is_open) = oneshot::channel();
        let ended = || Error::source_failed(&topic, "the thread that reads could not be started");
        let (origin, policy, of_thread) = (self.origin, self.poison, Arc::clone(&shared));
        std::thread::Builder::new()
            .name(format!("events {}", T::NAME))
            .spawn(move || read(origin, policy, options, &of_thread, opened))
            .map_err(|_| ended())?;
        is_open.await.map_err(|_| ended())??;
        let handler = Arc::new(handler);
        for _ in 0..self.concurrency {
            tokio::spawn(work(Arc::clone(&shared), Arc::clone(&handler), self.back_off.clone()));
        }
        Ok(EventConsumer::new(shared, self.shutdown_timeout.saturating_add(2 * CLOSE_TIMEOUT)))
    }
}

/// The thread that reads. Whatever happens to it, the handles are told.
fn read<T: Topic>(
    origin: Origin,
    policy: OnPoison,
    options: Options,
    shared: &Arc<Shared<T>>,
    opened: oneshot::Sender<Result<(), Error>>,
) {
    let reading = || {
        let driver = match open(origin, policy, options, shared) {
            Ok(driver) => driver,
            Err(error) => {
                let _ = opened.send(Err(error));
                return None;
            }
        };
        if opened.send(Ok(())).is_err() {
            shared.abandon();
        }
        let (failed, feed) = driver.run();
        shared.cancel_all();
        close(feed);
        failed
    };
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(reading)).unwrap_or_else(|_| {
        let cause = "the thread that reads has panicked; this is a bug of tiltak-consumer-kit";
        Some(Error::source_failed(&shared.topic, cause))
    });
    if let Some(error) = &failed {
        tracing::error!(topic = shared.topic, %error, "the consumer has stopped");
    }
    shared.close(failed);
}

fn open<T: Topic>(
    origin: Origin,
    policy: OnPoison,
    options: Options,
    shared: &Arc<Shared<T>>,
) -> Result<Driver<T>, Error> {
    let feed: Box<dyn Feed> = match origin {
        Origin::Group { connection, group } => {
            Box::new(GroupFeed::open(&connection, &shared.topic, &group, options.refresh_interval)?)
        }
        Origin::Source { source, positions } => Box::new(SourceFeed::open(source, positions)?),
    };
    let poison = Poison::new(policy)?;
    Ok(Driver::new(Arc::clone(shared), feed, poison, options))
}

/// Leaves the group. If no broker answers, that goes on without anybody waiting for it.
fn close(feed: Box<dyn Feed>) {
    let (tell, is_closed) = mpsc::channel();
    let closing = std::thread::Builder::new().name("events closing".to_owned()).spawn(move || {
        drop(feed);
        let _ = tell.send(());
    });
    if closing.is_ok() {
        let _ = is_closed.recv_timeout(CLOSE_TIMEOUT);
    }
}
