//! Creating and deleting topics.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminOptions, NewTopic, TopicReplication, TopicResult};
use rdkafka::producer::{FutureProducer, FutureRecord};
use uuid::Uuid;

use super::Broker;

const LIMIT: Duration = Duration::from_secs(15);
/// The replication factor that stands for the broker's own default.
const DEFAULT_REPLICATION: TopicReplication<'_> = TopicReplication::Fixed(-1);

/// Topic settings with which the cleaner compacts within seconds and removes tombstones as quickly.
///
/// Kafka never cleans the active segment: [`Broker::append_filler`] closes it.
pub const QUICK_COMPACTION: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("segment.ms", "200"),
    ("min.cleanable.dirty.ratio", "0.001"),
    ("min.compaction.lag.ms", "0"),
    ("delete.retention.ms", "500"),
];

/// A unique topic name: no other test and no other run against the same broker uses it.
///
/// # Example: names never meet
///
/// ```
/// use tiltak_tests::kafka::topic_name;
///
/// assert!(topic_name("tiltak").starts_with("tiltak-"));
/// assert_ne!(topic_name("tiltak"), topic_name("tiltak"));
/// ```
pub fn topic_name(base: &str) -> String {
    format!("{base}-{}", Uuid::new_v4().simple())
}

impl Broker {
    /// Creates a topic with `partitions` partitions and `settings` (`cleanup.policy`, …), and waits until every
    /// partition has a leader. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the broker refuses, or a partition has no leader after 15 s.
    pub async fn create_topic(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> Result<()> {
        let mut topic = NewTopic::new(name, partitions, DEFAULT_REPLICATION);
        for (setting, value) in settings {
            topic = topic.set(setting, value);
        }
        let results = self.admin.create_topics(&[topic], &options()).await?;
        accepted(results).with_context(|| format!("cannot create the topic {name}"))?;
        let start = Instant::now();
        while self.partitions_with_leader(name)? != usize::try_from(partitions)? {
            ensure!(start.elapsed() < LIMIT, "the topic {name} is not ready after {} s", LIMIT.as_secs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Deletes a topic.
    ///
    /// # Errors
    ///
    /// If the broker refuses, for instance because there is no such topic.
    pub async fn delete_topic(&self, name: &str) -> Result<()> {
        let results = self.admin.delete_topics(&[name], &options()).await?;
        accepted(results).with_context(|| format!("cannot delete the topic {name}"))
    }

    /// Appends a tombstone of a key that has no value, and returns the key and the offset. If the partition's active segment is older than
    /// `segment.ms`, this closes the segment, so that Kafka can clean it.
    ///
    /// # Errors
    ///
    /// If the broker does not confirm it within 15 s.
    pub async fn append_filler(&self, topic: &str, partition: i32) -> Result<(String, i64)> {
        let producer: FutureProducer =
            ClientConfig::new().set("bootstrap.servers", self.bootstrap_servers()).create()?;
        let key = Uuid::new_v4().to_string();
        let record = FutureRecord::<String, str>::to(topic).partition(partition).key(&key);
        let delivery = producer.send(record, LIMIT).await.map_err(|(error, _)| error)?;
        Ok((key, delivery.offset))
    }

    fn partitions_with_leader(&self, name: &str) -> Result<usize> {
        let metadata = self.admin.inner().fetch_metadata(Some(name), LIMIT)?;
        let partitions = metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions);
        Ok(partitions.filter(|partition| partition.error().is_none() && partition.leader() >= 0).count())
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT))
}

fn accepted(results: Vec<TopicResult>) -> Result<()> {
    for result in results {
        result.map_err(|(_, code)| anyhow!("{code}"))?;
    }
    Ok(())
}
