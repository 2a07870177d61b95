//! The settings of a relay: cluster, topics, validator, timeouts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;

use crate::validation::RecordValidator;

/// How long a broker may take to answer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);

/// How a key is assigned a partition: librdkafka's setting `partitioner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Partitioner {
    /// murmur2, as the Java client; any partition for a null key.
    #[default]
    Murmur2Random,
    /// CRC32, librdkafka's own default.
    ConsistentRandom,
    /// FNV-1a, as Sarama does.
    Fnv1aRandom,
}

/// A topic that records may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSettings {
    /// The name of the topic on the cluster.
    pub name: String,
    /// The number of partitions that the topic must have; another number would move keys to other partitions. `None`:
    /// any number.
    pub partitions: Option<i32>,
}

/// The settings of a [`Relay`](crate::Relay).
#[derive(Clone)]
pub struct RelayConfig {
    pub(crate) client: ClientConfig,
    pub(crate) topics: BTreeMap<String, TopicSettings>,
    pub(crate) checkpoint_topic: String,
    pub(crate) transactional_id_prefix: String,
    pub(crate) transaction_timeout: Duration,
    pub(crate) partitioner: Partitioner,
    pub(crate) validator: Arc<dyn RecordValidator>,
    pub(crate) holder: String,
}

impl RelayConfig {
    /// Settings with librdkafka's configuration (`bootstrap.servers`, TLS) and the topics that may be sent to, each
    /// under its name in the application. The checkpoint topic must have one partition and be compacted.
    pub fn new(
        client: ClientConfig,
        topics: impl IntoIterator<Item = (String, TopicSettings)>,
        checkpoint_topic: impl Into<String>,
    ) -> Self {
        Self {
            client,
            topics: topics.into_iter().collect(),
            checkpoint_topic: checkpoint_topic.into(),
            transactional_id_prefix: "kafka-outbox-".to_owned(),
            transaction_timeout: Duration::from_secs(15),
            partitioner: Partitioner::default(),
            validator: Arc::new(|_: &crate::OutboxRecord| Ok(())),
            holder: format!("process {}", std::process::id()),
        }
    }

    /// Sets a validator. Changes with a record that it refuses are parked. Defaults to none.
    #[must_use]
    pub fn validator(mut self, validator: impl RecordValidator + 'static) -> Self {
        self.validator = Arc::new(validator);
        self
    }

    /// Sets the partitioner. Defaults to [`Partitioner::Murmur2Random`].
    #[must_use]
    pub fn partitioner(mut self, partitioner: Partitioner) -> Self {
        self.partitioner = partitioner;
        self
    }

    /// Sets the prefix of the `transactional.id`, before the database's identity. Defaults to `kafka-outbox-`.
    #[must_use]
    pub fn transactional_id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.transactional_id_prefix = prefix.into();
        self
    }

    /// Sets the time after which the broker aborts an open transaction. Defaults to 15 s.
    #[must_use]
    pub fn transaction_timeout(mut self, timeout: Duration) -> Self {
        self.transaction_timeout = timeout;
        self
    }

    /// Sets the name that other processes see while this relay holds the lease. Defaults to `process` and its number.
    #[must_use]
    pub fn holder(mut self, holder: impl Into<String>) -> Self {
        self.holder = holder.into();
        self
    }
}

impl Partitioner {
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::Murmur2Random => "murmur2_random",
            Self::ConsistentRandom => "consistent_random",
            Self::Fnv1aRandom => "fnv1a_random",
        }
    }
}
