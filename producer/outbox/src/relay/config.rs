//! What a relay is to be told of the cluster.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;

use crate::validation::RecordValidator;

/// How long a broker may take to answer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);

/// How a key is given a partition, as librdkafka's setting `partitioner` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Partitioner {
    /// As the Java client does: murmur2, and any partition for a null key.
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
    /// How many partitions it has to have: with another number, a key would be on another partition than before. `None`:
    /// any number.
    pub partitions: Option<i32>,
}

/// What a relay is to be told of the cluster.
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
    /// A relay that connects with these settings of librdkafka (`bootstrap.servers`, TLS) and sends to these topics, each
    /// under the name that the application calls it by. The checkpoint topic has one partition and is compacted.
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

    /// The same with a validator: what it refuses is parked. Defaults to none.
    #[must_use]
    pub fn validator(mut self, validator: impl RecordValidator + 'static) -> Self {
        self.validator = Arc::new(validator);
        self
    }

    /// The same with a partitioner. Defaults to [`Partitioner::Murmur2Random`].
    #[must_use]
    pub fn partitioner(mut self, partitioner: Partitioner) -> Self {
        self.partitioner = partitioner;
        self
    }

    /// The same with what stands before the database's identity in the `transactional.id`. Defaults to `kafka-outbox-`.
    #[must_use]
    pub fn transactional_id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.transactional_id_prefix = prefix.into();
        self
    }

    /// The same with the time after which the broker ends a transaction. Defaults to 15 s.
    #[must_use]
    pub fn transaction_timeout(mut self, timeout: Duration) -> Self {
        self.transaction_timeout = timeout;
        self
    }

    /// The same with the name by which other processes know this one. Defaults to `process` and its number.
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
