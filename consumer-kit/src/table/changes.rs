//! The changes of a table, as a stream.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use tiltak_schema::topic::Topic;

use super::entry::Entry;

/// Changes that wait for a slow reader before they are merged.
pub(crate) const CAPACITY: usize = 10_000;

/// A change of a key in a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<T: Topic> {
    /// The record key.
    pub key: T::Key,
    /// The entry before the change.
    pub old: Option<Entry<T>>,
    /// The entry after the change.
    pub new: Option<Entry<T>>,
    /// The partition of the record that caused the change.
    pub partition: i32,
    /// The offset of that record. [`Cause::Swept`] has no record: this is the position at which the key was found to
    /// be gone.
    pub offset: i64,
    /// The cause of the change.
    pub cause: Cause,
}

/// Why a key changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A record with a value came.
    Upsert,
    /// A tombstone came.
    Tombstone,
    /// A rebuilt partition no longer has the key: its tombstone was removed before it was read.
    Swept,
    /// An undecodable record came. The old value is removed or marked as stale, as the policy says.
    Undecodable,
}

/// The changes of a table from the call on: see [`TableHandle::changes`](super::TableHandle::changes).
///
/// A slow reader neither holds up the table nor loses the outcome: 10,000 changes wait for it one by one, and beyond
/// that a change of a key that has one waiting is merged with it (the older `old`, the newer `new`). What waits is thus
/// never more than 10,000 changes and one for each key. Changes of one key keep their order; a merged one takes the place of the earlier.
/// The stream ends when the table is closed or fails; [`TableHandle::failure`](super::TableHandle::failure) says why.
///
/// ```no_run
/// # async fn show(table: tiltak_consumer_kit::Table<tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3>) {
/// let mut changes = table.changes();
/// while let Some(change) = changes.next().await {
///     println!("{} {:?}", change.key, change.cause);
/// }
/// # }
/// ```
pub struct Changes<T: Topic> {
    queue: Arc<Queue<T>>,
}

impl<T: Topic> Changes<T> {
    pub(crate) fn new(queue: Arc<Queue<T>>) -> Self {
        Self { queue }
    }

    /// The next change; `None` when the table is closed or has failed.
    pub async fn next(&mut self) -> Option<Change<T>> {
        std::future::poll_fn(|context| self.queue.poll(context)).await
    }

    /// The next change, if one waits.
    pub fn try_next(&mut self) -> Option<Change<T>> {
        self.queue.inner().pop()
    }
}

impl<T: Topic> Stream for Changes<T> {
    type Item = Change<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change<T>>> {
        self.queue.poll(context)
    }
}

pub(crate) struct Queue<T: Topic> {
    inner: Mutex<Inner<T>>,
    capacity: usize,
}

struct Inner<T: Topic> {
    waiting: VecDeque<Change<T>>,
    /// Changes that were taken: the number of the first that waits.
    taken: usize,
    /// The number of the last change of each key that waits.
    last: HashMap<T::Key, usize>,
    closed: bool,
    waker: Option<Waker>,
}

impl<T: Topic> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        let inner =
            Inner { waiting: VecDeque::new(), taken: 0, last: HashMap::new(), closed: false, waker: None };
        Self { inner: Mutex::new(inner), capacity }
    }

    pub(crate) fn push(&self, change: Change<T>) {
        let mut inner = self.inner();
        if inner.waiting.len() >= self.capacity
            && let Some(number) = inner.last.get(&change.key).copied()
            && let index = number - inner.taken
            && let Some(earlier) = inner.waiting.get_mut(index)
        {
            *earlier = Change { old: earlier.old.take(), ..change };
        } else {
            let number = inner.taken + inner.waiting.len();
            inner.last.insert(change.key, number);
            inner.waiting.push_back(change);
        }
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    pub(crate) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Option<Change<T>>> {
        let mut inner = self.inner();
        match inner.pop() {
            Some(change) => Poll::Ready(Some(change)),
            None if inner.closed => Poll::Ready(None),
            None => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Topic> Inner<T> {
    fn pop(&mut self) -> Option<Change<T>> {
        let change = self.waiting.pop_front()?;
        if self.last.get(&change.key) == Some(&self.taken) {
            self.last.remove(&change.key);
        }
        self.taken += 1;
        Some(change)
    }
}
