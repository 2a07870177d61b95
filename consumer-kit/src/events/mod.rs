//! A topic as events: each record is handed to a handler, for readers that keep what they need in a database of their own.

mod back_off;
mod builder;
mod driver;
mod event;
mod metrics;
mod shared;
mod tracker;
mod worker;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use tiltak_schema::topic::Topic;

pub use self::builder::EventBuilder;
pub use self::event::Event;
pub use self::metrics::{EventMetrics, EventPartition, HandlerFailure};

use self::shared::{Shared, Status};
use crate::connection::Connection;
use crate::error::Error;

/// A member of a consumer group that hands each record to a handler, at least once.
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
/// let consumer = EventConsumer::from(Connection::from_env()?, "my-app").start(save).await?;
/// println!("{}", consumer.failed().await); // it goes on until then
/// consumer.shutdown().await // when the application is told to stop
/// # }
/// ```
///
/// *At least once.* An offset is committed when every record before it was handled. What was handled after the last commit
/// is handled again after a crash, so a handler has to give the same outcome when it is called twice, as an insert-or-update
/// and a delete do. A handler that does more than that saves [`Event::partition`] and [`Event::offset`] with its writes and
/// passes over what it has.
///
/// *Order.* Records of one key come one after the other, the next when the handler gave `Ok`. Several keys are handled at
/// once ([`EventBuilder::concurrency`]). Between keys, partitions and topics there is no order.
///
/// *A handler that fails*, or panics, is called again after a pause that grows, for ever. Later records of the key wait behind
/// it; other keys go on. While a record fails, nothing after it is committed, so that more is handled again after a
/// restart; when too many wait, its partition is paused.
///
/// *A new group* reads from the beginning of the log (`auto.offset.reset=earliest`): the latest record of each key is there,
/// and older ones as far as compaction has left them. Compaction means that a reader that is slow does not see every
/// version of a value. A tombstone is kept for `delete.retention.ms` (a day) only: a group that was away for longer may keep
/// rows of keys that are gone. It should then start with a new name and an empty database, or use a
/// [`Table`](crate::Table), which finds them.
///
/// *Partitions that move* to another member (KIP-429, `cooperative-sticky`: only those that move are stopped) are left when
/// what is being handled of them has ended, at most [`EventBuilder::drain_limit`] later, and is committed. Then the other
/// member goes on; what waits is forgotten here. A handler that has not ended by then is dropped at its next `await`.
/// Partitions that were taken from a member which was silent for too long are not waited for: the broker has given
/// them away already.
///
/// *Partitions that are added* give a key a second one, and the order between the two is not kept.
///
/// Dropping it is like a crash: nothing is finished, nothing committed. [`EventConsumer::shutdown`] is the other way.
pub struct EventConsumer<T: Topic> {
    shared: Arc<Shared<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Topic> EventConsumer<T> {
    /// A consumer from these brokers (`host:port`, comma-separated), in this group.
    pub fn builder(brokers: impl Into<String>, group: impl Into<String>) -> EventBuilder<T> {
        Self::from(Connection::new(brokers), group)
    }

    /// A consumer from a connection, in this group. By convention the group has the application's name; all members of a
    /// group read one topic, with the same settings.
    pub fn from(connection: Connection, group: impl Into<String>) -> EventBuilder<T> {
        EventBuilder::new(connection, group.into())
    }

    /// Waits until the consumer stops by itself, and says why: a record that cannot be decoded, a right that is missing.
    pub async fn failed(&self) -> Error {
        let mut status = self.shared.status.subscribe();
        let closed = status.wait_for(|it| it.closed).await.map(|status| status.clone());
        closed.ok().and_then(|status| status.failed).unwrap_or_else(|| self.ended())
    }

    /// Why the consumer reads no more, if it has stopped by itself.
    pub fn failure(&self) -> Option<Error> {
        self.shared.status.borrow().failed.clone()
    }

    /// How the consumer is.
    pub fn metrics(&self) -> EventMetrics {
        self.shared.metrics()
    }

    /// Hands out no more records, waits for what is being handled ([`EventBuilder::drain_limit`]), commits, and leaves the
    /// group.
    ///
    /// # Errors
    /// Why it had stopped before, or why the offsets could not be committed: then the last records are handled again.
    pub async fn shutdown(mut self) -> Result<(), Error> {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut status = self.shared.status.subscribe();
        let Status { failed, .. } =
            status.wait_for(|it| it.closed).await.map(|status| status.clone()).unwrap_or_default();
        if let Some(thread) = self.thread.take() {
            // It has said its last word: this takes no time.
            let _ = thread.join();
        }
        failed.map_or(Ok(()), Err)
    }

    fn ended(&self) -> Error {
        Error::source_failed(&self.shared.topic, "the consumer is closed")
    }
}

impl<T: Topic> Drop for EventConsumer<T> {
    fn drop(&mut self) {
        self.shared.abandon.store(true, Ordering::Relaxed);
    }
}
