//! The relay of this service: the crate `kafka-outbox` with the four topics, and their contracts as validator.

mod contract;
mod standby;

use std::time::Duration;

use kafka_outbox::{BatchLimits, Failpoint, RelayConfig, RelayObserver, Restarts, TopicSettings};

use crate::kafka::{Cluster, ClusterError};
use crate::store::{Store, StoreError};

pub use standby::until_free;

/// Why publishing stopped. Changes that were not published are still in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The cluster or its topics cannot be used.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The database has failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The checkpoint does not fit the database. An operator has to act.
    #[error("{0}: `tiltak-producer reset-checkpoint` and `relast everything`")]
    Checkpoint(kafka_outbox::RelayError),
    /// Any other error of the outbox.
    #[error(transparent)]
    Outbox(kafka_outbox::RelayError),
}

impl RelayError {
    /// Whether a retry cannot help, so that an operator has to act.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Checkpoint(error) | Self::Outbox(error) => error.is_final(),
            Self::Store(error) => matches!(error, StoreError::OtherVersion { .. }),
            Self::Cluster(_) => false,
        }
    }

    /// Whether another relay of the same database has acquired the lease.
    pub fn is_taken_over(&self) -> bool {
        matches!(self, Self::Outbox(kafka_outbox::RelayError::TakenOver))
    }

    /// In the words of this service.
    fn new(error: kafka_outbox::RelayError, cluster: &Cluster) -> Self {
        use kafka_outbox::RelayError as E;
        let brokers = || cluster.brokers().to_owned();
        match error {
            E::Unreachable { cause } => Self::Cluster(cluster.unreachable(cause)),
            E::MissingTopic { topic } => ClusterError::MissingTopic { topic, brokers: brokers() }.into(),
            E::Partitions { topic, expected, found } => {
                ClusterError::Partitions { topic, expected, found }.into()
            }
            E::Kafka(cause) => ClusterError::Kafka(cause).into(),
            E::Outbox(error) => StoreError::from(error).into(),
            E::CheckpointAhead { .. } | E::CheckpointBehind { .. } => Self::Checkpoint(error),
            other => Self::Outbox(other),
        }
    }
}

/// Publishes the outbox of a database. When another relay of the database connects, this one stops with an error.
pub struct Relay {
    inner: kafka_outbox::Relay,
    cluster: Cluster,
}

impl Relay {
    /// Connects to the cluster, checks the topics, takes the lease from the relay before, and prunes what that relay
    /// has published.
    ///
    /// # Errors
    /// An unreachable broker within 10 s; a missing topic or right, a topic with another number of partitions; a
    /// checkpoint that is ahead of the database, or behind what it has pruned.
    pub async fn connect(store: Store, cluster: Cluster) -> Result<Self, RelayError> {
        let config = config(&cluster);
        Self::connect_with(store, cluster, config).await
    }

    /// Connects as [`Relay::connect`], with another time after which the broker aborts an open transaction than 15 s.
    ///
    /// # Errors
    /// Those of [`Relay::connect`].
    pub async fn connect_within(
        store: Store,
        cluster: Cluster,
        transaction_timeout: Duration,
    ) -> Result<Self, RelayError> {
        let config = config(&cluster).transaction_timeout(transaction_timeout);
        Self::connect_with(store, cluster, config).await
    }

    async fn connect_with(store: Store, cluster: Cluster, config: RelayConfig) -> Result<Self, RelayError> {
        match kafka_outbox::Relay::connect(store.outbox().clone(), config).await {
            Ok(inner) => Ok(Self { inner, cluster }),
            Err(error) => Err(RelayError::new(error, &cluster)),
        }
    }

    /// Sets the bounds of a batch. Defaults to those of [`BatchLimits`].
    #[must_use]
    pub fn with_limits(self, limits: BatchLimits) -> Self {
        Self { inner: self.inner.with_limits(limits), ..self }
    }

    /// Sets an observer, for logs and metrics. Defaults to none.
    #[must_use]
    pub fn observed_by(self, observer: std::sync::Arc<dyn RelayObserver>) -> Self {
        Self { inner: self.inner.observed_by(observer), ..self }
    }

    /// Counts of how often the Kafka producer was replaced.
    pub fn restarts(&self) -> Restarts {
        self.inner.restarts()
    }

    /// Ends the relay like a crash when the next batch comes to this point, for tests of faults.
    pub fn interrupt_at(&mut self, failpoint: Failpoint) {
        self.inner.interrupt_at(failpoint);
    }

    /// Publishes until nothing waits but parked changes. `progress` gets the number of records published so far.
    /// Returns their number. After a failure the relay makes a new producer and goes on; it gives up after three
    /// failures in a row.
    ///
    /// # Errors
    /// The last of several failures in a row, or one that is final.
    pub async fn drain(&mut self, progress: impl FnMut(usize)) -> Result<usize, RelayError> {
        self.inner.drain(progress).await.map_err(|error| RelayError::new(error, &self.cluster))
    }

    /// Publishes what comes into the outbox until `stop` completes, then finishes the current batch. After a failure
    /// it calls `trouble`, makes a new producer and goes on.
    ///
    /// # Errors
    /// A failure that is final: another relay has taken over, or the checkpoint does not fit the database.
    pub async fn run(
        &mut self,
        stop: impl Future<Output = ()>,
        trouble: impl FnMut(&kafka_outbox::RelayError),
    ) -> Result<(), RelayError> {
        self.inner.run(stop, trouble).await.map_err(|error| RelayError::new(error, &self.cluster))
    }

    /// Releases the lease, so that another relay need not wait until it expires.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close(self) -> Result<(), RelayError> {
        self.inner.close().await.map_err(|error| RelayError::new(error, &self.cluster))
    }
}

/// The four topics as they are called on a cluster, and the contract as validator.
fn config(cluster: &Cluster) -> RelayConfig {
    let topics = tiltak_schema::topics().into_iter().map(|topic| {
        let settings =
            TopicSettings { name: cluster.topic(topic.name), partitions: Some(topic.config.partitions) };
        (topic.name.to_owned(), settings)
    });
    RelayConfig::new(cluster.client_config(), topics, cluster.checkpoint_topic())
        .transactional_id_prefix(cluster.topic("tiltak-producer-"))
        .validator(contract::check)
}
