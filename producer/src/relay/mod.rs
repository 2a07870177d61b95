//! From the outbox to Kafka: in order, all topics of a change together, each record once.
//!
//! A batch of changes is one Kafka transaction, whose last record is the position of the last change, on a topic of its
//! own. So the position on Kafka is never ahead of or behind what is published, and a relay that begins takes it from
//! there. The order is that of [`Claim::next_batch`], which also parks what must not be sent.
//!
//! After any failure the producer is dropped and a new one made: that ends what the old one left open, and only then is
//! it known whether its last transaction counts.

mod contract;
mod error;
mod observe;
mod position;
mod reports;
mod session;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::store::{Batch, Claim, Limits, Store, StoreError, Taken};
use crate::topics::Cluster;

pub use error::{Reason, RelayError};
pub use observe::Observe;
use session::{Sender, Session, TRANSACTION_LIMIT};

/// How often the outbox is looked at when it is empty.
const IDLE: Duration = Duration::from_millis(5);
/// How long a relay that has failed waits before it tries again.
const RETRY: Duration = Duration::from_secs(1);
/// Failures in a row after which [`Relay::drain`] gives up.
const ATTEMPTS: u32 = 3;
/// How long a fenced relay waits for the mark of the one that has fenced it. None comes when the broker ended a
/// transaction that was open for too long.
const TAKEOVER: Duration = Duration::from_secs(3);

/// Where a test may interrupt a relay, as a crash would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The changes have a position; nothing is sent.
    Numbered,
    /// All records are acknowledged; the transaction is open.
    Sent,
    /// The transaction is committed; the database does not know.
    Committed,
}

/// How often a new producer was made, and why. A clone counts along.
#[derive(Debug, Clone, Default)]
pub struct Rebuilds(Arc<Mutex<BTreeMap<Reason, u64>>>);

impl Rebuilds {
    /// The counts. A reason that has not occurred is not there.
    pub fn by_reason(&self) -> BTreeMap<Reason, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, reason: Reason) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
    }
}

/// Publishes the outbox of a database. Another one that begins stops this one.
pub struct Relay {
    store: Store,
    sender: Sender,
    limits: Limits,
    /// None after a failure.
    session: Option<(Arc<Session>, Claim)>,
    /// Why there is none.
    lost: Option<Reason>,
    /// Up to here all is on Kafka.
    published: i64,
    /// Up to here it is known to be gone from the outbox.
    removed: i64,
    rebuilds: Rebuilds,
    observer: Arc<dyn Observe>,
    interrupt: Option<Point>,
}

impl Relay {
    /// Connects to the broker, checks the topics, stops the relay before this one, and reads how far it was.
    ///
    /// # Errors
    /// An unreachable broker within 10 s; a missing topic, a topic with another number of partitions; a position that
    /// is ahead of the database, or behind what it has forgotten.
    pub async fn connect(store: Store, cluster: Cluster) -> Result<Self, RelayError> {
        Self::connect_within(store, cluster, TRANSACTION_LIMIT).await
    }

    /// The same with another time after which the broker ends a transaction, instead of 15 s.
    ///
    /// # Errors
    /// Those of [`Relay::connect`].
    pub async fn connect_within(
        store: Store,
        cluster: Cluster,
        transaction_limit: Duration,
    ) -> Result<Self, RelayError> {
        let identity = store.identity().await?;
        let relay = uuid::Uuid::new_v4().to_string();
        let sender = Sender { cluster, identity, relay, transaction_limit };
        let mut relay = Self {
            store,
            sender,
            limits: Limits::default(),
            session: None,
            lost: None,
            published: 0,
            removed: 0,
            rebuilds: Rebuilds::default(),
            observer: Arc::new(()),
            interrupt: None,
        };
        relay.session().await?;
        Ok(relay)
    }

    /// The same with other bounds on a batch.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with somebody who is told what it does.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observe>) -> Self {
        observer.began(self.published);
        Self { observer, ..self }
    }

    /// How often a new producer was made.
    pub fn rebuilds(&self) -> Rebuilds {
        self.rebuilds.clone()
    }

    /// Ends as in a crash when the next batch comes to this point: for tests of faults.
    pub fn interrupt_at(&mut self, point: Point) {
        self.interrupt = Some(point);
    }

    /// Publishes until nothing waits but parked changes. `progress` is told how many records are published so far.
    /// Returns their number. After a failure it makes a new producer and goes on, a few times.
    ///
    /// # Errors
    /// The last of several failures in a row, or one that is final.
    pub async fn drain(&mut self, mut progress: impl FnMut(usize)) -> Result<usize, RelayError> {
        let mut published = 0;
        let mut failures = 0;
        loop {
            match self.pass(&mut published, &mut progress, || false).await {
                Ok(()) => return Ok(published),
                Err(error) if error.is_final() => return Err(error),
                Err(error) => {
                    failures += 1;
                    if failures == ATTEMPTS {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Publishes what comes into the outbox until `stop` is there; then the batch at hand is finished. After a failure it
    /// tells `trouble`, makes a new producer and goes on.
    ///
    /// # Errors
    /// A failure that is final: another relay has taken over, or the position does not fit the database.
    pub async fn run(
        &mut self,
        stop: impl Future<Output = ()>,
        mut trouble: impl FnMut(&RelayError),
    ) -> Result<(), RelayError> {
        let (stopping, stopped) = tokio::sync::watch::channel(false);
        let stop = async move {
            stop.await;
            stopping.send_replace(true);
            std::future::pending::<()>().await;
        };
        let work = async {
            let mut until_stopped = stopped.clone();
            while !*stopped.borrow() {
                let wait = match self.pass(&mut 0, &mut |_| {}, || *stopped.borrow()).await {
                    Ok(()) => {
                        self.observer.caught_up();
                        IDLE
                    }
                    Err(error) if error.is_final() => return Err(error),
                    Err(error) => {
                        trouble(&error);
                        RETRY
                    }
                };
                let _ = tokio::time::timeout(wait, until_stopped.wait_for(|stopped| *stopped)).await;
            }
            Ok(())
        };
        let (stop, work) = (pin!(stop), pin!(work));
        tokio::select! {
            () = stop => Ok(()),
            result = work => result,
        }
    }

    /// Publishes until nothing waits.
    async fn pass(
        &mut self,
        published: &mut usize,
        progress: &mut impl FnMut(usize),
        stop: impl Fn() -> bool,
    ) -> Result<(), RelayError> {
        let result = self.publish(published, progress, stop).await;
        match (result, &self.session) {
            // The broker has fenced this one's producer, or will.
            (Err(error @ RelayError::Store(StoreError::Overtaken)), Some((session, _))) => {
                let session = Arc::clone(session);
                Err(self.lose(error, session).await)
            }
            (result, _) => result,
        }
    }

    /// Publishes batch after batch. While one is sent, the next is judged, and the one behind it is taken from the outbox.
    async fn publish(
        &mut self,
        published: &mut usize,
        progress: &mut impl FnMut(usize),
        stop: impl Fn() -> bool,
    ) -> Result<(), RelayError> {
        let (session, claim) = self.session().await?;
        let mut ready = self.next_batch(&claim, self.published).await?;
        let mut behind = None;
        while let Some(batch) = ready.take() {
            if self.interrupt == Some(Point::Numbered) {
                return Err(self.lose(RelayError::Interrupted(Point::Numbered), session).await);
            }
            let batch = Arc::new(batch);
            let (sending, sent, interrupt) = (Arc::clone(&session), Arc::clone(&batch), self.interrupt);
            let sending = tokio::task::spawn_blocking(move || {
                let start = Instant::now();
                sending.publish(&sent, interrupt).map(|()| start.elapsed())
            });
            let ahead = if stop() {
                Ok((None, None))
            } else {
                self.ahead(&claim, batch.position, behind.take()).await
            };
            let took = match sending.await.map_err(RelayError::from).flatten() {
                Ok(took) => took,
                Err(error) => return Err(self.lose(error, session).await),
            };
            self.published = batch.position;
            *published += batch.rows.len();
            self.observer.published(batch.position, batch.rows.len(), took);
            progress(*published);
            (ready, behind) = ahead?;
            if ready.is_none() && !stop() {
                ready = self.next_batch(&claim, self.published).await?;
            }
        }
        if self.removed < self.published {
            claim.remove_published(self.published).await?;
            self.removed = self.published;
        }
        Ok(())
    }

    async fn next_batch(&self, claim: &Claim, after: i64) -> Result<Option<Batch>, StoreError> {
        claim.next_batch(after, self.published, self.limits, contract::check).await
    }

    /// The batch after a position, and what comes behind it and is not judged yet. The one was `taken` the last time.
    async fn ahead(
        &self,
        claim: &Claim,
        position: i64,
        taken: Option<Taken>,
    ) -> Result<(Option<Batch>, Option<Taken>), StoreError> {
        let take = |after| claim.take(after, self.published, self.limits, contract::check);
        let taken = match taken {
            Some(taken) => taken,
            None => match take(position).await? {
                Some(taken) => taken,
                None => return Ok((None, None)),
            },
        };
        let last = taken.last;
        let (judged, behind) = tokio::join!(taken.judge(contract::check), take(last));
        if let Some(batch) = judged? {
            return Ok((Some(batch), behind?));
        }
        // What is parked may have keys of what comes behind it, which loses its number too.
        claim.park(position, contract::check).await?;
        Ok((self.next_batch(claim, position).await?, None))
    }

    /// Drops the producer, and counts why.
    async fn lose(&mut self, error: RelayError, session: Arc<Session>) -> RelayError {
        if !matches!(error, RelayError::Interrupted(_)) {
            let reason = Reason::of(&error, session.fatal());
            self.rebuilds.count(reason);
            self.observer.lost(reason, &error);
            self.lost = Some(reason);
        }
        let both = (self.session.take(), session);
        // librdkafka gives up what is in its queues, which may take a moment.
        let dropped = tokio::task::spawn_blocking(move || drop(both)).await;
        dropped.err().map_or(error, RelayError::from)
    }

    /// The producer, or a new one.
    async fn session(&mut self) -> Result<(Arc<Session>, Claim), RelayError> {
        if let Some(session) = &self.session {
            return Ok(session.clone());
        }
        if let Some(reason) = self.lost {
            let sender = self.sender.clone();
            if tokio::task::spawn_blocking(move || taken_over(&sender, reason)).await?? {
                return Err(RelayError::TakenOver);
            }
        }
        let sender = self.sender.clone();
        let (session, position) = tokio::task::spawn_blocking(move || Session::open(sender)).await??;
        let known = self.store.last_position().await?;
        if position > known {
            let topic = self.sender.cluster.position_topic();
            return Err(RelayError::PositionAhead { topic, published: position, known });
        }
        let forgotten = self.store.forgotten_position().await?;
        if position < forgotten {
            let topic = self.sender.cluster.position_topic();
            return Err(RelayError::PositionBehind { topic, published: position, forgotten });
        }
        let claim = self.store.claim().await?;
        let session = Arc::new(session);
        let claiming = Arc::clone(&session);
        if let Err(error) = tokio::task::spawn_blocking(move || claiming.claim(position)).await? {
            return Err(self.lose(error, session).await);
        }
        self.published = position;
        self.lost = None;
        self.observer.began(position);
        Ok(self.session.insert((session, claim)).clone())
    }
}

/// Whether another relay has begun. One that has just fenced this one may need a moment to say so.
fn taken_over(sender: &Sender, reason: Reason) -> Result<bool, RelayError> {
    const STEP: Duration = Duration::from_millis(100);
    let start = Instant::now();
    loop {
        if sender.is_taken_over()? {
            return Ok(true);
        }
        if reason != Reason::Fenced || start.elapsed() > TAKEOVER {
            return Ok(false);
        }
        std::thread::sleep(STEP);
    }
}
