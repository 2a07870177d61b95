//! Two tables as one: each gjennomføring with its tiltakstype.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tiltak_schema::tiltaksgjennomforing_v2::{SisteTiltaksgjennomforingerV2, TiltaksgjennomforingV2};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::{ReadValue, Topic};
use tiltak_schema::view::Read;

use crate::error::Error;
use crate::table::{Change, Changes, Entry, Index, Snapshot, TableHandle};

type KeyOf<T, K> = Arc<dyn Fn(&ReadValue<T>) -> Option<K> + Send + Sync>;

/// A table whose rows refer to rows of another table. It borrows both tables: closing a join closes neither, and
/// closing a table ends the changes of its joins.
///
/// A join is computed at each call, from the present rows of the two tables. So it does not matter which topic is read first. If
/// the row that a left row refers to is missing, [`JoinedEntry::right`] is `None` until it comes.
///
/// # Example: each gjennomføring with its tiltakstype
///
/// ```
/// use std::time::Duration;
/// use tiltak_consumer_kit::{GjennomforingerMedTiltakstype, MemoryLog, Table};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tiltak_consumer_kit::Error> {
/// let (gjennomforinger, tiltakstyper) = (MemoryLog::new("g", 2), MemoryLog::new("t", 2));
/// let gjennomforinger = Table::over(gjennomforinger.source()).start().await?;
/// let tiltakstyper = Table::over(tiltakstyper.source()).start().await?;
/// let joined = GjennomforingerMedTiltakstype::of_tables(&gjennomforinger, &tiltakstyper);
/// joined.ready(Duration::from_secs(10)).await?;
/// for (id, row) in joined.iter() {
///     match row.right() {
///         Some(tiltakstype) => println!("{id} {} ({:?})", tiltakstype.navn, tiltakstype.arena_kode),
///         None => println!("{id}: its tiltakstype is not there yet"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Join<L: Topic, R: Topic, K> {
    left: TableHandle<L>,
    right: TableHandle<R>,
    left_by: Index<L, K>,
    right_by: Index<R, K>,
    left_key: KeyOf<L, K>,
    right_key: KeyOf<R, K>,
}

/// Each gjennomføring of `siste-tiltaksgjennomforinger-v2`, with the tiltakstype of `siste-tiltakstyper-v3` that has
/// its tiltakskode, and so with its code in Arena.
///
/// A tiltakskode that this version does not know is joined too, and so is a variant, if it has the property `tiltakskode`.
pub type GjennomforingerMedTiltakstype = Join<SisteTiltaksgjennomforingerV2, SisteTiltakstyperV3, String>;

impl GjennomforingerMedTiltakstype {
    /// The join of these two tables.
    pub fn of_tables(
        gjennomforinger: &TableHandle<SisteTiltaksgjennomforingerV2>,
        tiltakstyper: &TableHandle<SisteTiltakstyperV3>,
    ) -> Self {
        Self::new(gjennomforinger, tiltakskode, tiltakstyper, |it| Some(it.tiltakskode.as_str().to_owned()))
    }
}

fn tiltakskode(gjennomforing: &TiltaksgjennomforingV2<Read>) -> Option<String> {
    let tiltakskode = match gjennomforing {
        TiltaksgjennomforingV2::Gruppe(it) => it.tiltakskode.as_str(),
        TiltaksgjennomforingV2::Enkeltplass(it) => it.tiltakskode.as_str(),
        TiltaksgjennomforingV2::Unknown(it) => it.properties().get("tiltakskode")?.as_str()?,
    };
    Some(tiltakskode.to_owned())
}

/// A row with the row that it refers to.
pub struct JoinedEntry<L: Topic, R: Topic> {
    left: Entry<L>,
    right: Option<Entry<R>>,
}

/// Two tables as one, as they were at one moment: see [`Join::snapshot`].
pub struct JoinSnapshot<L: Topic, R: Topic, K> {
    left: Snapshot<L>,
    right: Snapshot<R>,
    by_key: HashMap<K, R::Key>,
    left_key: KeyOf<L, K>,
}

/// A change of a row, or of the row that it refers to: see [`Join::changes`].
pub struct JoinChange<L: Topic, R: Topic> {
    /// The record key of the row.
    pub key: L::Key,
    /// The present row; `None` if it is gone.
    pub now: Option<JoinedEntry<L, R>>,
}

impl<L: Topic, R: Topic, K: Clone + Eq + Hash + Send + Sync + 'static> Join<L, R, K> {
    /// A join of other tables, such as projections. A left row refers to the right row for which both functions give
    /// the same value; `None` refers to nothing.
    ///
    /// Should several rows of the right table have the same, the one with the youngest record is taken, of equally young
    /// ones that with the greater key.
    pub fn new(
        left: &TableHandle<L>,
        left_key: impl Fn(&ReadValue<L>) -> Option<K> + Send + Sync + 'static,
        right: &TableHandle<R>,
        right_key: impl Fn(&ReadValue<R>) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        let (left_key, right_key): (KeyOf<L, K>, KeyOf<R, K>) = (Arc::new(left_key), Arc::new(right_key));
        let (of_left, of_right) = (Arc::clone(&left_key), Arc::clone(&right_key));
        let left_by = left.index(move |value| of_left(value));
        let right_by = right.index(move |value| of_right(value));
        Self { left: left.clone(), right: right.clone(), left_by, right_by, left_key, right_key }
    }

    /// The left table.
    pub fn left(&self) -> &TableHandle<L> {
        &self.left
    }

    /// The right table, to which rows refer.
    pub fn right(&self) -> &TableHandle<R> {
        &self.right
    }

    /// Waits until both tables have read everything that was published when they were started.
    ///
    /// # Errors
    /// As [`TableHandle::ready`], of the first that fails.
    pub async fn ready(&self, limit: Duration) -> Result<(), Error> {
        let start = tokio::time::Instant::now();
        self.left.ready(limit).await?;
        self.right.ready(limit.saturating_sub(start.elapsed())).await
    }

    /// Waits until both tables have read everything that was published before this call.
    ///
    /// # Errors
    /// As [`TableHandle::barrier`], of the first that fails.
    pub async fn barrier(&self, limit: Duration) -> Result<(), Error> {
        let (mut left, mut right) = (Box::pin(self.left.barrier(limit)), Box::pin(self.right.barrier(limit)));
        let (mut left_done, mut right_done) = (false, false);
        poll_fn(|context| {
            if !left_done && let Poll::Ready(result) = left.as_mut().poll(context) {
                left_done = true;
                result?;
            }
            if !right_done && let Poll::Ready(result) = right.as_mut().poll(context) {
                right_done = true;
                result?;
            }
            if left_done && right_done { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await
    }

    /// The row of a key.
    pub fn get(&self, key: &L::Key) -> Option<JoinedEntry<L, R>> {
        let left = self.left.get(key)?;
        let right = (self.left_key)(&left).and_then(|key| self.find(&key));
        Some(JoinedEntry { left, right })
    }

    fn find(&self, key: &K) -> Option<Entry<R>> {
        let found = self.right_by.get(key).into_iter();
        found.max_by_key(|(key, entry)| (entry.recency(), *key)).map(|(_, entry)| entry)
    }

    /// The rows that refer to no stored row, in the order of their keys. That is normal until the tables are
    /// [ready](Self::ready). Afterwards a row of the right table is late or gone.
    pub fn unmatched(&self) -> Vec<(L::Key, Entry<L>)> {
        let rows = self.iter().filter(|(_, row)| row.right.is_none());
        rows.map(|(key, row)| (key, row.left)).collect()
    }

    /// All rows as they are now, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (L::Key, JoinedEntry<L, R>)> {
        let snapshot = self.snapshot();
        let mut rows: Vec<_> = snapshot.iter().map(|(key, row)| (*key, row)).collect();
        rows.sort_by_key(|(key, _)| *key);
        rows.into_iter()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Both tables as they are now. They are taken one right after the other: nothing orders the two topics.
    pub fn snapshot(&self) -> JoinSnapshot<L, R, K> {
        let (left, right) = (self.left.snapshot(), self.right.snapshot());
        let mut youngest: HashMap<K, ((i64, i32), R::Key)> = HashMap::new();
        for (key, entry) in right.iter() {
            if let Some(by) = (self.right_key)(entry) {
                let candidate = (entry.recency(), *key);
                youngest.entry(by).and_modify(|it| *it = (*it).max(candidate)).or_insert(candidate);
            }
        }
        let by_key = youngest.into_iter().map(|(by, (_, key))| (by, key)).collect();
        JoinSnapshot { left, right, by_key, left_key: Arc::clone(&self.left_key) }
    }

    /// The keys of rows that change from now on, each with the row at the time of delivery. A change of a right row
    /// comes once for each row that refers to it. A row that changes quickly may come twice with the same value; the
    /// last one delivered for a key is the present one.
    pub fn changes(&self) -> JoinChanges<'_, L, R, K> {
        let (left, right) = (self.left.changes(), self.right.changes());
        JoinChanges {
            join: self,
            left,
            right,
            waiting: VecDeque::new(),
            left_ended: false,
            right_ended: false,
        }
    }

    fn referring(&self, change: &Change<R>) -> Vec<L::Key> {
        let key = |entry: &Option<Entry<R>>| entry.as_ref().and_then(|it| (self.right_key)(it));
        let (old, new) = (key(&change.old), key(&change.new));
        let other = new.filter(|new| old.as_ref() != Some(new));
        let keys = old.into_iter().chain(other).flat_map(|key| self.left_by.get(&key));
        keys.map(|(key, _)| key).collect()
    }

    /// Waits until one of the tables stops, and returns why: see [`TableHandle::failed`].
    pub async fn failed(&self) -> Error {
        let (mut left, mut right) = (Box::pin(self.left.failed()), Box::pin(self.right.failed()));
        poll_fn(|context| match left.as_mut().poll(context) {
            Poll::Ready(error) => Poll::Ready(error),
            Poll::Pending => right.as_mut().poll(context),
        })
        .await
    }
}

/// The changes of a [`Join`]: see [`Join::changes`]. They end when one of the tables is closed or fails.
pub struct JoinChanges<'j, L: Topic, R: Topic, K> {
    join: &'j Join<L, R, K>,
    left: Changes<L>,
    right: Changes<R>,
    waiting: VecDeque<L::Key>,
    left_ended: bool,
    right_ended: bool,
}

impl<L: Topic, R: Topic, K: Clone + Eq + Hash + Send + Sync + 'static> JoinChanges<'_, L, R, K> {
    /// The next change; `None` when one of the tables is closed or has failed.
    pub async fn next(&mut self) -> Option<JoinChange<L, R>> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<JoinChange<L, R>>> {
        loop {
            if let Some(key) = self.waiting.pop_front() {
                return Poll::Ready(Some(JoinChange { key, now: self.join.get(&key) }));
            }
            let mut any = false;
            if !self.left_ended
                && let Poll::Ready(change) = Pin::new(&mut self.left).poll_next(context)
            {
                any = true;
                self.left_ended = change.is_none();
                self.waiting.extend(change.map(|it| it.key));
            }
            if !self.right_ended
                && let Poll::Ready(change) = Pin::new(&mut self.right).poll_next(context)
            {
                any = true;
                self.right_ended = change.is_none();
                self.waiting.extend(change.iter().flat_map(|it| self.join.referring(it)));
            }
            match (any, self.left_ended || self.right_ended) {
                (true, _) => {}
                (false, true) => return Poll::Ready(None),
                (false, false) => return Poll::Pending,
            }
        }
    }
}

impl<L: Topic, R: Topic, K: Clone + Eq + Hash + Send + Sync + 'static> Stream for JoinChanges<'_, L, R, K>
where
    Self: Unpin,
{
    type Item = JoinChange<L, R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<JoinChange<L, R>>> {
        self.poll(context)
    }
}

impl<L: Topic, R: Topic> JoinedEntry<L, R> {
    /// The row.
    pub fn left(&self) -> &Entry<L> {
        &self.left
    }

    /// The row that it refers to, if there is one.
    pub fn right(&self) -> Option<&Entry<R>> {
        self.right.as_ref()
    }
}

impl JoinedEntry<SisteTiltaksgjennomforingerV2, SisteTiltakstyperV3> {
    /// The code of the tiltakstype in Arena, if the tiltakstype is there and has one.
    pub fn arena_kode(&self) -> Option<&str> {
        self.right.as_ref()?.arena_kode.as_deref()
    }
}

impl<L: Topic, R: Topic, K: Eq + Hash> JoinSnapshot<L, R, K> {
    /// The row of a key.
    pub fn get(&self, key: &L::Key) -> Option<JoinedEntry<L, R>> {
        self.left.get(key).map(|left| self.join(left))
    }

    /// The rows, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&L::Key, JoinedEntry<L, R>)> {
        self.left.iter().map(|(key, left)| (key, self.join(left)))
    }

    /// The left table, with its offsets.
    pub fn left(&self) -> &Snapshot<L> {
        &self.left
    }

    /// The right table, with its offsets.
    pub fn right(&self) -> &Snapshot<R> {
        &self.right
    }

    fn join(&self, left: &Entry<L>) -> JoinedEntry<L, R> {
        let right = (self.left_key)(left).and_then(|key| self.right.get(self.by_key.get(&key)?));
        JoinedEntry { left: left.clone(), right: right.cloned() }
    }
}

impl<L: Topic, R: Topic> Clone for JoinedEntry<L, R> {
    fn clone(&self) -> Self {
        Self { left: self.left.clone(), right: self.right.clone() }
    }
}

impl<L: Topic, R: Topic> PartialEq for JoinedEntry<L, R> {
    fn eq(&self, other: &Self) -> bool {
        self.left == other.left && self.right == other.right
    }
}

/// The places alone: payloads may hold personal data, and what is formatted ends up in logs.
impl<L: Topic, R: Topic> fmt::Debug for JoinedEntry<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinedEntry").field("left", &self.left).field("right", &self.right).finish()
    }
}

impl<L: Topic, R: Topic> fmt::Debug for JoinChange<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinChange").field("key", &self.key).field("now", &self.now).finish()
    }
}

#[cfg(test)]
mod tests;
