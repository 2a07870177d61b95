//! The broker: a real one, or librdkafka's mock in this process.

use std::time::Duration;

use anyhow::{Result, ensure};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use tiltak_consumer_kit::{Connection, log};
use tiltak_producer::kafka::Cluster;

/// How long the topics of a real broker may take to be looked at.
const LIMIT: Duration = Duration::from_secs(30);

/// The broker of the demo. Dropping it ends the mock.
pub(crate) struct DemoCluster {
    topics: Cluster,
    prefix: String,
    name: String,
    _mock: Option<MockCluster<'static, DefaultProducerContext>>,
}

impl DemoCluster {
    /// A real cluster with the topics created, which must be empty; or a mock.
    pub(crate) async fn start(brokers: Option<&str>, prefix: &str) -> Result<Self> {
        let Some(brokers) = brokers else { return Self::mock(prefix) };
        let topics = Cluster::new(brokers).with_prefix(prefix);
        topics.create_topics().await?;
        let cluster = Self { topics, prefix: prefix.to_owned(), name: brokers.to_owned(), _mock: None };
        for topic in tiltak_schema::topics() {
            let connection = cluster.connection();
            let records =
                tokio::task::spawn_blocking(move || log::read(&connection, topic.name, LIMIT)).await??;
            ensure!(
                records.is_empty(),
                "the topic {} holds records already, so it could not equal the database; choose another \
                 --topic-prefix",
                cluster.topics.topic(topic.name)
            );
        }
        Ok(cluster)
    }

    fn mock(prefix: &str) -> Result<Self> {
        let mock = MockCluster::new(1)?;
        let topics = Cluster::new(mock.bootstrap_servers()).with_prefix(prefix);
        for topic in tiltak_schema::topics() {
            mock.create_topic(&topics.topic(topic.name), topic.config.partitions, 1)?;
        }
        mock.create_topic(&topics.checkpoint_topic(), 1, 1)?;
        let name = "mock cluster in this process".to_owned();
        Ok(Self { topics, prefix: prefix.to_owned(), name, _mock: Some(mock) })
    }

    /// The cluster as the producer sees it.
    pub(crate) fn topics(&self) -> &Cluster {
        &self.topics
    }

    /// The cluster as a reader sees it.
    pub(crate) fn connection(&self) -> Connection {
        Connection::new(self.topics.brokers()).topic_prefix(&self.prefix)
    }

    /// What the report calls it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}
