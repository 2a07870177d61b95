//! Event consumers: each record of a topic is passed to a handler, for readers with a database of their own.

mod builder;
mod core;
mod event;
mod failure;
mod handle;
mod metrics;
mod runtime;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tiltak_schema::topic::Topic;

pub use self::builder::EventBuilder;
pub use self::event::Event;
pub use self::failure::HandlerFailure;
pub use self::handle::EventHandle;
pub use self::metrics::{EventMetrics, EventPartition};

use self::runtime::{Shared, Status};
use crate::connection::Connection;
use crate::error::Error;
use crate::source::Source;

/// A member of a consumer group that passes each record to a handler, at least once.
///
/// ```no_run
/// use tiltak_consumer_kit::{Connection, Event, EventConsumer};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
/// use tiltak_schema::topic::Record;
///
/// async fn save(event: Event<SisteTiltakstyperV3>) -> Result<(), std::io::Error> {
///     match event.record() {
///         Record::Upsert { key, value } => println!("insert or update {key}: {}", value.navn),
///         Record::Tombstone { key } => println!("delete {key}, if it is there"),
///     }
///     Ok(())
/// }
///
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// let consumer = EventConsumer::builder(Connection::from_env()?, "my-app").start(save).await?;
/// println!("{}", consumer.failed().await); // it goes on until then
/// consumer.shutdown().await // when the application is told to stop
/// # }
/// ```
///
/// *At least once.* An offset is committed when every record before it is handled. After a crash, records that were handled
/// after the last commit are handled again. So a handler has to have the same outcome when it is called twice, as an
/// insert-or-update and a delete have. A handler that does more saves [`Event::partition`] and [`Event::offset`] with its
/// writes, and skips what it has.
///
/// *Order.* Records of one key come one after the other: the next one when the handler has returned `Ok`. Several keys are
/// handled at once ([`EventBuilder::concurrency`]). Between keys, partitions and topics there is no order.
///
/// *A failing handler*, or one that panics, is called again after a growing pause, for ever. Later records of the key wait;
/// other keys go on. While a record fails, nothing after it is committed, so more is handled again after a restart. If too many
/// records wait, no more of its partition are taken ([`EventBuilder::max_in_flight`]). A panic of the callback for failures, or of
/// the error's `Display`, does not change this.
///
/// *A new group* reads from the beginning of the log (`auto.offset.reset=earliest`). The log has the latest record of each key,
/// and those older ones that compaction has left. So a slow reader does not see every version of a value. A tombstone is kept
/// only for `delete.retention.ms` (a day): a group that was away for longer may keep rows of removed keys. It should then start
/// with a new name and an empty database, or use a [`Table`](crate::Table), which finds such keys.
///
/// *A revoked partition* is given up when its records in progress have ended and are committed, at most
/// [`EventBuilder::shutdown_timeout`] later. Records before the last one in progress are handled first, so nothing comes twice,
/// unless a record fails. Records that still wait are dropped here, and the other member handles them. A handler that has not
/// ended in time is dropped at its next `await`. With KIP-429 (`cooperative-sticky`) and KIP-848 (`group.protocol=consumer`) only
/// the partitions that move stop. A partition that the broker took from a silent member is not waited for: another member has it
/// already.
///
/// *Added partitions* give a key a second partition, and there is no order between the two.
///
/// *A recreated topic* of the same name is read from its beginning, and so is a log that was truncated below the position (an
/// unclean leader election). The consumer compares the topic's id at each metadata refresh
/// ([`EventBuilder::metadata_refresh_interval`]), and stores it with each committed offset, so it notices after a restart too. It
/// logs a warning and counts a reset ([`EventMetrics::resets`]). Records of the earlier log that are in progress no longer count.
/// Records that were deleted before they were read are counted and logged as well.
///
/// *A consumer that is cut off* (no broker, an expired certificate, a right that was taken away) keeps trying. After three
/// metadata refreshes without an answer it is [`Health::Stale`](crate::Health::Stale) and logs a warning, repeated at growing
/// intervals: see [`EventHandle::health`], [`EventHandle::is_live`] and [`EventMetrics::confirmed_age`].
///
/// *An open transaction* hides every record behind it. [`EventPartition::unstable`] counts them; the lag does not.
///
/// *Dropping* a consumer is like a crash: it finishes and commits nothing. [`EventConsumer::shutdown`] finishes and commits.
pub struct EventConsumer<T: Topic> {
    handle: EventHandle<T>,
    shutdown_timeout: Duration,
}

impl<T: Topic> EventConsumer<T> {
    /// A consumer in this group, from a connection or from brokers (`host:port`, comma-separated). By convention the
    /// group has the application's name. All members of a group read the same topic with the same settings.
    pub fn builder(connection: impl Into<Connection>, group: impl Into<String>) -> EventBuilder<T> {
        EventBuilder::group(connection.into(), group.into())
    }

    /// A consumer over a source, for the test of a handler. It has no group, and reads all partitions from the log
    /// start or from [`EventBuilder::positions`]. Its commits are kept in memory
    /// ([`EventPartition::committable_offset`]). Records of a source have no headers.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use tiltak_consumer_kit::{Event, EventConsumer, MemoryLog};
    /// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
    ///
    /// static DELETED: AtomicUsize = AtomicUsize::new(0);
    ///
    /// async fn delete(_: Event<SisteTiltakstyperV3>) -> Result<(), std::io::Error> {
    ///     DELETED.fetch_add(1, Ordering::Relaxed);
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tiltak_consumer_kit::Error> {
    /// let log = MemoryLog::new("siste-tiltakstyper-v3", 1);
    /// log.append(0, b"59a64a02-efdd-471d-9529-356ff5553a5d", None);
    /// let consumer = EventConsumer::over(log.source()).start(delete).await?;
    /// while consumer.metrics().handled < 1 {
    ///     tokio::task::yield_now().await;
    /// }
    /// assert_eq!(consumer.metrics().partitions[0].committable_offset, Some(1));
    /// consumer.shutdown().await?;
    /// assert_eq!(DELETED.load(Ordering::Relaxed), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn over(source: impl Source + 'static) -> EventBuilder<T> {
        EventBuilder::source(Box::new(source))
    }

    fn new(shared: Arc<Shared<T>>, shutdown_timeout: Duration) -> Self {
        Self { handle: EventHandle::new(shared), shutdown_timeout }
    }

    /// A handle for health and metrics. It does not keep the consumer alive.
    pub fn handle(&self) -> EventHandle<T> {
        self.handle.clone()
    }

    /// Stops handling further records, waits for those in progress, commits, and leaves the group, within
    /// [`EventBuilder::shutdown_timeout`].
    ///
    /// # Errors
    /// Why it had stopped before, or that the offsets could not be committed in time: then the last records are handled
    /// again.
    pub async fn shutdown(self) -> Result<(), Error> {
        let shared = &self.handle.shared;
        shared.stop();
        let mut status = shared.status.subscribe();
        let closed = tokio::time::timeout(self.shutdown_timeout, status.wait_for(|it| it.closed)).await;
        let Ok(closed) = closed else {
            let cause = "the consumer could not be shut down in time; the last records may be handled again";
            return Err(Error::source_failed(&shared.topic, cause));
        };
        let Status { failed, .. } = closed.map(|status| status.clone()).unwrap_or_default();
        failed.map_or(Ok(()), Err)
    }
}

impl<T: Topic> Deref for EventConsumer<T> {
    type Target = EventHandle<T>;

    fn deref(&self) -> &EventHandle<T> {
        &self.handle
    }
}

impl<T: Topic> Drop for EventConsumer<T> {
    fn drop(&mut self) {
        self.handle.shared.abandon();
    }
}
