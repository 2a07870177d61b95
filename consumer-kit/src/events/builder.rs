//! How to read events.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tiltak_schema::topic::Topic;
use tokio::sync::oneshot;

use super::back_off::BackOff;
use super::driver::{Driver, Options};
use super::shared::{OnFailure, Shared};
use super::worker::work;
use super::{Event, EventConsumer, HandlerFailure};
use crate::connection::Connection;
use crate::error::Error;
use crate::poison::OnPoison;

/// How to read events: see [`EventConsumer::builder`].
///
/// ```no_run
/// use std::time::Duration;
/// use tiltak_consumer_kit::{Connection, Event, EventConsumer, OnPoison};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # async fn save(_: Event<SisteTiltakstyperV3>) -> Result<(), std::io::Error> { Ok(()) }
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// let connection = Connection::from_env()?;
/// let consumer = EventConsumer::from(connection.clone(), "my-app")
///     .concurrency(4)
///     .on_poison(OnPoison::DeadLetter(connection, "my-app-dead-letters".to_owned()))
///     .on_failure(|failure| eprintln!("{failure}"))
///     .start(save)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct EventBuilder<T: Topic> {
    connection: Connection,
    group: String,
    concurrency: usize,
    back_off: BackOff,
    on_failure: Option<Box<OnFailure>>,
    options: Options,
    topic: std::marker::PhantomData<T>,
}

impl<T: Topic> EventBuilder<T> {
    pub(crate) fn new(connection: Connection, group: String) -> Self {
        Self {
            connection,
            group,
            concurrency: 8,
            back_off: BackOff::new(Duration::from_millis(200), Duration::from_mins(1)),
            on_failure: None,
            options: Options {
                poison: OnPoison::Stop,
                most_waiting: 1_000,
                most_bytes: 16_000_000,
                drain_limit: Duration::from_secs(10),
                commit_every: Duration::from_secs(1),
            },
            topic: std::marker::PhantomData,
        }
    }

    /// How many keys are handled at once, at least 1. Defaults to 8.
    #[must_use]
    pub fn concurrency(mut self, keys: usize) -> Self {
        self.concurrency = keys.max(1);
        self
    }

    /// How long to wait before a record is handled again: `first` after the first failure, then doubled each time up to
    /// `longest`, and of that by chance between a half and the whole. Defaults to 200 ms and one minute.
    #[must_use]
    pub fn back_off(mut self, first: Duration, longest: Duration) -> Self {
        self.back_off = BackOff::new(first, longest);
        self
    }

    /// What is done with a record that cannot be decoded. Defaults to [`OnPoison::Stop`]: what came before it is handled
    /// and committed as far as that goes within [`EventBuilder::drain_limit`], and the consumer stops, here and after each
    /// restart, until it has a newer contract or another policy. With the others the record counts as handled once it is
    /// put where the policy says, and its key's later records go on.
    #[must_use]
    pub fn on_poison(mut self, policy: OnPoison) -> Self {
        self.options.poison = policy;
        self
    }

    /// Calls this each time that a handler fails, to be logged. Defaults to nothing.
    #[must_use]
    pub fn on_failure(mut self, callback: impl Fn(&HandlerFailure) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Box::new(callback));
        self
    }

    /// How many records of a partition, and how many bytes of keys and values, may wait before no more are fetched. One
    /// record more may come. Fetching goes on when half of them are handled. Defaults to 1,000 records and 16 MB; the
    /// client library holds up to 16 MB more of what it has fetched ahead.
    #[must_use]
    pub fn most_waiting(mut self, records: usize, bytes: usize) -> Self {
        self.options.most_waiting = records.max(1);
        self.options.most_bytes = bytes;
        self
    }

    /// How long handlers may take to end when a partition goes or the consumer is shut down. It has to be well below
    /// `max.poll.interval.ms` (five minutes). Defaults to 10 s.
    #[must_use]
    pub fn drain_limit(mut self, limit: Duration) -> Self {
        self.options.drain_limit = limit;
        self
    }

    /// How often offsets are committed, besides when a partition goes and at the end. Defaults to 1 s.
    #[must_use]
    pub fn commit_every(mut self, interval: Duration) -> Self {
        self.options.commit_every = interval;
        self
    }

    /// Joins the group, and hands each record to the handler, which runs on the tokio runtime of this call.
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
        let Self { connection, group, concurrency, back_off, on_failure, options, .. } = self;
        let shared = Arc::new(Shared::new(connection.topic(T::NAME), group, on_failure));
        let (opened, is_open) = oneshot::channel();
        let ended = || Error::source_failed(T::NAME, "the thread that reads could not be started");
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name(format!("events {}", T::NAME))
            .spawn(move || match Driver::open(&connection, of_thread, options) {
                Ok(driver) => driver.run(opened),
                Err(error) => {
                    let _ = opened.send(Err(error));
                }
            })
            .map_err(|_| ended())?;
        is_open.await.map_err(|_| ended())??;
        let handler = Arc::new(handler);
        for _ in 0..concurrency {
            tokio::spawn(work(Arc::clone(&shared), Arc::clone(&handler), back_off.clone()));
        }
        Ok(EventConsumer { shared, thread: Some(thread) })
    }
}
