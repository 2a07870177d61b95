//! The relay, from the outbox to Kafka: in order, all topics of a change together, each record once.
//!
//! A batch of changes is one Kafka transaction. Its last record is the checkpoint: the batch's sequence number, on a topic of
//! its own. The database has the number and the batch's changes before the transaction is committed (see `ledger`). So
//! wherever a relay ends, the next one knows whether the batch is published.
//!
//! After any failure the relay discards its producer and makes a new one. That ends the old producer's transaction;
//! only then is it known whether the transaction was committed.

mod checkpoint;
mod config;
mod delivery;
mod error;
mod observer;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::batch::{Batch, BatchLimits};
use crate::dialect::Dialect;
use crate::error::OutboxError;
use crate::lease::{Lease, Published};
use crate::ledger::Reconciliation;
use crate::outbox::Outbox;
use crate::scan_floor::ScanFloor;
use crate::wait::Waiter;

pub use config::{Partitioner, RelayConfig, TopicSettings};
pub use error::{RelayError, RestartReason};
pub use observer::{PublishedBatch, RelayObserver};
use session::Session;

/// How often an idle relay looks at the outbox and renews its lease.
const IDLE: Duration = Duration::from_secs(3);
/// How long a relay that has failed waits before it tries again.
const RETRY: Duration = Duration::from_secs(1);
/// Failures in a row after which [`Relay::drain`] gives up.
const ATTEMPTS: u32 = 3;
/// How long a relay that the broker has fenced waits to see in the database whether another relay did it.
const TAKEOVER: Duration = Duration::from_secs(1);

/// How long the database may take for one step of the relay: longer than any of its statements, and shorter than TCP
/// waits for a server that has disappeared.
const DATABASE: Duration = Duration::from_secs(35);

macro_rules! failpoints {
    ($($(#[$doc:meta])* $point:ident = $name:literal,)+) => {
        /// A point at which a test may interrupt a relay, as a crash would.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Failpoint { $($(#[$doc])* $point,)+ }

        impl Failpoint {
            /// All of them, in the order in which a batch comes to them.
            pub const ALL: &'static [Self] = &[$(Self::$point,)+];

            /// A word for it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$point => $name,)+ }
            }
        }
    };
}

failpoints! {
    /// All records but the last are acknowledged; the transaction is open.
    HalfSent = "half-sent",
    /// The batch has its sequence number; its records may or may not be sent.
    Sequenced = "sequenced",
    /// All records are acknowledged; the transaction is open.
    Sent = "sent",
    /// The commit is requested and not answered: for a while it may be visible on some partitions, or on none.
    Committing = "committing",
    /// The transaction is committed; the database does not know it yet.
    Committed = "committed",
}

/// Whether something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Nothing,
    Perhaps,
}

/// How often the Kafka producer was replaced, by reason. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Restarts(Arc<Mutex<BTreeMap<RestartReason, u64>>>);

impl Restarts {
    /// The counts by reason. A reason that has not occurred is left out.
    pub fn by_reason(&self) -> BTreeMap<RestartReason, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, reason: RestartReason) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
    }
}

/// Publishes the outbox of a database. When another relay of the database connects, this one stops with an error.
pub struct Relay {
    outbox: Outbox,
    config: Arc<RelayConfig>,
    limits: BatchLimits,
    /// The lease, kept after a failure: a relay that has lost the lease must not acquire it again as if it were new.
    lease: Option<Lease>,
    /// `None` after a failure.
    session: Option<Arc<Session>>,
    /// The batch that is committed and not pruned. It is pruned with the next batch, or when nothing waits.
    committed: Option<Published>,
    floor: ScanFloor,
    /// After the broker has refused a record of a batch: changes up to this id are sent one by one.
    alone_through: Option<i64>,
    /// When the lease was renewed last.
    renewed: Instant,
    waiter: Waiter,
    restarts: Restarts,
    observer: Arc<dyn RelayObserver>,
    failpoint: Option<Failpoint>,
}

impl Relay {
    /// Connects to the broker, checks the topics, acquires the lease from the relay before, and prunes what that
    /// relay has published.
    ///
    /// # Errors
    /// A broker that does not answer within 8 s; a missing topic or right, a topic with another number of partitions; a
    /// checkpoint that is ahead of the database, or behind what it has pruned.
    pub async fn connect(outbox: Outbox, config: RelayConfig) -> Result<Self, RelayError> {
        let mut relay = Self {
            waiter: Waiter::new(outbox.clone()),
            outbox,
            config: Arc::new(config),
            limits: BatchLimits::default(),
            lease: None,
            session: None,
            committed: None,
            floor: ScanFloor::new(),
            alone_through: None,
            renewed: Instant::now(),
            restarts: Restarts::default(),
            observer: Arc::new(()),
            failpoint: None,
        };
        relay.begin().await?;
        Ok(relay)
    }

    /// Sets the bounds of a batch. Defaults to those of [`BatchLimits`].
    #[must_use]
    pub fn with_limits(mut self, limits: BatchLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets an observer, for logs and metrics. Defaults to none.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn RelayObserver>) -> Self {
        Self { observer, ..self }
    }

    /// Counts of how often the Kafka producer was replaced.
    pub fn restarts(&self) -> Restarts {
        self.restarts.clone()
    }

    /// Ends the relay like a crash when the next batch comes to this point, for tests of faults.
    pub fn interrupt_at(&mut self, failpoint: Failpoint) {
        self.failpoint = Some(failpoint);
    }

    /// Publishes until nothing waits but parked changes. `progress` gets the number of records published so far.
    /// Returns their number. After a failure the relay makes a new producer and goes on; it gives up after three
    /// failures in a row.
    ///
    /// # Errors
    /// The last of several failures in a row, or one that is final.
    pub async fn drain(&mut self, mut progress: impl FnMut(usize)) -> Result<usize, RelayError> {
        let mut published = 0;
        let mut failures = 0;
        loop {
            let before = published;
            match self.publish(&mut published, &mut progress, || false).await {
                Ok(()) => return Ok(published),
                Err(error) if error.is_final() => return Err(error),
                // The record is found and parked.
                Err(RelayError::Refused { .. }) => {}
                Err(error) => {
                    failures = if published > before { 1 } else { failures + 1 };
                    if failures == ATTEMPTS {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Publishes what comes into the outbox until `stop` completes, then finishes the current batch. After a failure
    /// it calls `trouble`, makes a new producer and goes on.
    ///
    /// # Errors
    /// A failure that is final: another relay has taken over, or the checkpoint does not fit the database.
    pub async fn run(
        &mut self,
        stop: impl Future<Output = ()>,
        mut trouble: impl FnMut(&RelayError),
    ) -> Result<(), RelayError> {
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let mut stop = pin!(async move {
            stop.await;
            stopping.send_replace(true);
            std::future::pending::<()>().await;
        });
        let mut work = pin!(async {
            while !*stopped.borrow() {
                self.waiter.look();
                let is_stopped = stopped.clone();
                let wait = match self.publish(&mut 0, &mut |_| {}, || *is_stopped.borrow()).await {
                    Ok(()) => {
                        self.observer.caught_up();
                        None
                    }
                    Err(error) if error.is_final() => return Err(error),
                    // The record is found and parked.
                    Err(RelayError::Refused { .. }) => Some(Duration::ZERO),
                    Err(error) => {
                        trouble(&error);
                        Some(RETRY)
                    }
                };
                let until_stopped = stopped.wait_for(|stopped| *stopped);
                let waiting = async {
                    match wait {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => self.waiter.wait(IDLE).await,
                    }
                };
                tokio::select! {
                    _ = until_stopped => {}
                    () = waiting => {}
                }
            }
            Ok(())
        });
        tokio::select! {
            () = &mut stop => {}
            result = &mut work => return result,
        }
        Ok(())
    }

    /// Publishes until nothing waits.
    async fn publish(
        &mut self,
        published: &mut usize,
        progress: &mut impl FnMut(usize),
        stop: impl Fn() -> bool,
    ) -> Result<(), RelayError> {
        while self.pass(published, progress, &stop).await? == Waiting::Perhaps {}
        Ok(())
    }

    /// Publishes batch after batch. While one is sent and committed, the next is read and validated.
    async fn pass(
        &mut self,
        published: &mut usize,
        progress: &mut impl FnMut(usize),
        stop: &impl Fn() -> bool,
    ) -> Result<Waiting, RelayError> {
        let (session, lease) = self.begin().await?;
        let mut ready = self.next_batch(&lease, &self.unpruned()).await?;
        while let Some(batch) = ready.take() {
            let batch = Arc::new(batch);
            let start = Instant::now();
            let mut under_way: BTreeSet<i64> = batch.changes.iter().copied().collect();
            under_way.extend(self.unpruned());
            let work = publish_batch(&session, &lease, &batch, self.committed.as_ref(), self.failpoint);
            let ahead = async { if stop() { Ok(None) } else { self.next_batch(&lease, &under_way).await } };
            let (sequence, ahead) = tokio::join!(work, ahead);
            let sequence = match sequence {
                Ok(sequence) => sequence,
                Err(error) => return Err(self.fail(error, session, &lease, &batch).await),
            };
            let records = batch.records.len();
            *published += records;
            progress(*published);
            let transaction = start.elapsed();
            let now = Timestamp::now().as_microsecond();
            let waits = batch.appended_at.iter().map(|at| Duration::from_micros(now.abs_diff(*at))).collect();
            self.observer.published(&PublishedBatch { sequence, records, transaction, waits });
            self.renewed = Instant::now();
            self.floor.published();
            self.committed = Some(Published { sequence, changes: batch.changes.clone() });
            if self.alone_through.is_some_and(|last| batch.changes.last().is_some_and(|id| *id >= last)) {
                // From here on with a producer that sends many records in a request again.
                self.alone_through = None;
                self.session = None;
                break;
            }
            ready = ahead?;
            if ready.is_none() && !stop() {
                ready = self.next_batch(&lease, &self.unpruned()).await?;
            }
            self.raise_floor().await?;
        }
        if let Some(committed) = &self.committed {
            answered(lease.prune(committed)).await?;
            self.committed = None;
        } else if self.renewed.elapsed() >= IDLE {
            answered(lease.renew()).await?;
            self.renewed = Instant::now();
        }
        self.raise_floor().await?;
        Ok(if self.session.is_none() && !stop() { Waiting::Perhaps } else { Waiting::Nothing })
    }

    /// The ids of the changes that are published and still in the outbox.
    fn unpruned(&self) -> BTreeSet<i64> {
        self.committed.iter().flat_map(|published| published.changes.iter().copied()).collect()
    }

    async fn raise_floor(&mut self) -> Result<(), RelayError> {
        if self.outbox.dialect == Dialect::Postgres && self.floor.is_due(Instant::now()) {
            answered(self.floor.look(&self.outbox)).await?;
        }
        Ok(())
    }

    async fn next_batch(
        &self,
        lease: &Lease,
        under_way: &BTreeSet<i64>,
    ) -> Result<Option<Batch>, RelayError> {
        let limits = match self.alone_through {
            Some(_) => BatchLimits { records: 1, ..self.limits },
            None => self.limits,
        };
        let next = lease.next_batch(under_way, self.floor.id(), limits, &self.config.validator);
        Ok(answered(next).await?)
    }

    /// Discards the producer, and counts the reason. A change that the broker refused for one of its records is
    /// parked.
    async fn fail(
        &mut self,
        error: RelayError,
        session: Arc<Session>,
        lease: &Lease,
        batch: &Batch,
    ) -> RelayError {
        if matches!(error, RelayError::Interrupted(_)) {
            self.session = None;
            return error;
        }
        let reason = RestartReason::of(&error, session.fatal());
        self.restarts.count(reason);
        self.observer.restarted(reason, &error);
        let both = (self.session.take(), session);
        // librdkafka gives up what is in its queues, which may take a moment.
        if let Err(error) = spawn_blocking(move || drop(both)).await {
            return error.into();
        }
        if reason == RestartReason::Fenced && self.is_taken_over(lease).await {
            return RelayError::TakenOver;
        }
        if let RelayError::Refused { change, reason } = &error {
            // Among others in one request, the record may be refused for their sake.
            if batch.changes.len() > 1 || self.alone_through.is_none() {
                self.alone_through = batch.changes.last().copied();
            } else {
                self.alone_through = None;
                if let Err(error) = answered(lease.park(*change, reason.clone())).await {
                    return error.into();
                }
            }
        }
        error
    }

    /// Whether another relay has acquired the lease. A relay that fences another has written to the database first.
    async fn is_taken_over(&self, lease: &Lease) -> bool {
        let start = Instant::now();
        while start.elapsed() < TAKEOVER {
            match answered(lease.renew()).await {
                Err(OutboxError::Fenced) => return true,
                Ok(()) => return false,
                Err(_) => tokio::time::sleep(TAKEOVER / 10).await,
            }
        }
        false
    }

    /// The producer and the lease, new ones after a failure.
    async fn begin(&mut self) -> Result<(Arc<Session>, Lease), RelayError> {
        if let (Some(session), Some(lease)) = (&self.session, &self.lease) {
            return Ok((Arc::clone(session), lease.clone()));
        }
        if let Some(lease) = &self.lease {
            answered(lease.renew()).await?;
        }
        let identity = answered(self.outbox.identity()).await?;
        let (config, alone) = (Arc::clone(&self.config), self.alone_through.is_some());
        // The broker and the topics first: a relay that cannot publish must not stop one that can.
        let session = spawn_blocking(move || Session::connect(config, identity, alone)).await??;
        let session = Arc::new(session);
        // Then the database, so that the relay before this one, when it is fenced, finds why.
        let lease = match self.lease.take() {
            Some(lease) => lease,
            None => answered(self.outbox.acquire(&self.config.holder)).await?,
        };
        self.lease = Some(lease.clone());
        let beginning = Arc::clone(&session);
        let checkpoint = spawn_blocking(move || beginning.begin()).await??;
        let topic = self.config.checkpoint_topic.clone();
        match answered(lease.reconcile(checkpoint)).await? {
            Reconciliation::Published(_) => {}
            Reconciliation::Ahead { checkpoint, sequence } => {
                return Err(RelayError::CheckpointAhead { topic, checkpoint, sequence });
            }
            Reconciliation::Behind { checkpoint, published } => {
                return Err(RelayError::CheckpointBehind { topic, checkpoint, published });
            }
        }
        self.committed = None;
        self.floor = ScanFloor::new();
        self.observer.began(checkpoint);
        self.session = Some(Arc::clone(&session));
        Ok((session, lease))
    }

    /// Releases the lease, so that another relay need not wait until it expires.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close(self) -> Result<(), RelayError> {
        if let Some(lease) = &self.lease {
            answered(lease.release()).await?;
        }
        Ok(())
    }
}

/// The result of a step on the database, which has to answer within [`DATABASE`].
async fn answered<T>(step: impl Future<Output = Result<T, OutboxError>>) -> Result<T, OutboxError> {
    match tokio::time::timeout(DATABASE, step).await {
        Ok(done) => done,
        Err(elapsed) => Err(OutboxError::Database(sqlx::Error::Io(elapsed.into()))),
    }
}

/// Sends a batch and gives it its sequence number, at the same time; then commits it with its checkpoint.
async fn publish_batch(
    session: &Arc<Session>,
    lease: &Lease,
    batch: &Arc<Batch>,
    committed: Option<&Published>,
    failpoint: Option<Failpoint>,
) -> Result<i64, RelayError> {
    let interrupted = |at| if failpoint == Some(at) { Err(RelayError::Interrupted(at)) } else { Ok(()) };
    let (sending, sent) = (Arc::clone(session), Arc::clone(batch));
    let half = failpoint == Some(Failpoint::HalfSent);
    let sending = spawn_blocking(move || if half { sending.send_half(&sent) } else { sending.send(&sent) });
    let (sent, sequence) = tokio::join!(sending, answered(lease.sequence(batch, committed)));
    sent??;
    let sequence = sequence?;
    interrupted(Failpoint::HalfSent)?;
    interrupted(Failpoint::Sequenced)?;
    let committing = Arc::clone(session);
    spawn_blocking(move || {
        committing.send_checkpoint(sequence)?;
        match failpoint {
            Some(point @ Failpoint::Sent) => Err(RelayError::Interrupted(point)),
            Some(point @ Failpoint::Committing) => {
                committing.ask_to_commit();
                Err(RelayError::Interrupted(point))
            }
            _ => committing.commit(),
        }
    })
    .await??;
    interrupted(Failpoint::Committed)?;
    Ok(sequence)
}
