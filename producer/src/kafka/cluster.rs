//! The topics on a cluster: names, settings, creation and checks.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::{Metadata, MetadataTopic};
use tiltak_schema::topic::TopicConfig;

use super::diagnosis::{self, TlsProblem};
use super::tls::Tls;

/// The topic that says how far the relay of each database is: key the database's identity, value `{"position": …}`.
const CHECKPOINT_TOPIC: &str = "tiltak-producer-checkpoint-v1";
/// Read to its end at each start, so compaction has to keep it short.
const CHECKPOINT_CONFIG: TopicConfig = TopicConfig {
    partitions: 1,
    replication_factor: 3,
    settings: &[
        ("cleanup.policy", "compact"),
        ("min.insync.replicas", "2"),
        ("min.cleanable.dirty.ratio", "0.1"),
        ("segment.bytes", "1048576"),
    ],
};

/// How long a broker may take to answer.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(8);

/// How long a broker may take to tell the settings of topics.
const SETTINGS_LIMIT: Duration = Duration::from_secs(2);

/// A Kafka cluster, with the prefix of the topic names on it.
///
/// ```
/// let cluster = tiltak_producer::kafka::Cluster::new("localhost:9092").with_prefix("try-");
/// assert_eq!(cluster.topic("siste-tiltakstyper-v3"), "try-siste-tiltakstyper-v3");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    brokers: String,
    prefix: String,
    tls: Option<Tls>,
}

/// Why the cluster or its topics cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No broker answers.
    #[error("no Kafka broker answers at {brokers} within {} s: {cause}", ANSWER_LIMIT.as_secs())]
    Unreachable {
        /// The brokers' address.
        brokers: String,
        /// The error of librdkafka.
        cause: KafkaError,
    },
    /// A broker answers, but TLS keeps the connection from being established.
    #[error("no connection to the Kafka broker at {brokers}: {}; librdkafka says: {reason}", problem.advice())]
    Tls {
        /// The brokers' address.
        brokers: String,
        /// The problem with TLS.
        problem: TlsProblem,
        /// The message of librdkafka.
        reason: String,
    },
    /// A topic is missing.
    #[error("the topic {topic} does not exist on {brokers}; `tiltak-producer create-topics` creates it")]
    MissingTopic {
        /// The topic.
        topic: String,
        /// The brokers' address.
        brokers: String,
    },
    /// A topic has another number of partitions than its contract; keys would move to other partitions.
    #[error("the topic {topic} has {found} partitions, expected {expected}")]
    Partitions {
        /// The topic.
        topic: String,
        /// Number of partitions in the contract.
        expected: i32,
        /// Number of partitions on the cluster.
        found: usize,
    },
    /// The user lacks a right on a topic.
    #[error(
        "the right {right} on the topic {topic} is missing: give it to the user that connects to {brokers} ({code})"
    )]
    Forbidden {
        /// The right, as Kafka calls it.
        right: &'static str,
        /// The topic.
        topic: String,
        /// The brokers' address.
        brokers: String,
        /// The broker's code.
        code: RDKafkaErrorCode,
    },
    /// The broker refuses a request on a topic.
    #[error("the broker refuses to create the topic {topic}: {code}")]
    Refused {
        /// The topic.
        topic: String,
        /// The broker's code.
        code: RDKafkaErrorCode,
    },
    /// An error of librdkafka.
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
}

impl Cluster {
    /// The cluster of these brokers: `host:port`, comma-separated.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), prefix: String::new(), tls: None }
    }

    /// Sets the prefix of topic names, so that several environments can share a cluster. Defaults to none.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the files of TLS with a client certificate. Defaults to no TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: impl Into<Option<Tls>>) -> Self {
        self.tls = tls.into();
        self
    }

    /// The brokers: `host:port`, comma-separated.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The name of a topic on this cluster.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The name of the checkpoint topic. It has one partition and is compacted; readers do not need it.
    pub fn checkpoint_topic(&self) -> String {
        self.topic(CHECKPOINT_TOPIC)
    }

    /// The four topics and the checkpoint topic.
    fn wanted(&self) -> Vec<(String, TopicConfig)> {
        let four = tiltak_schema::topics().into_iter().map(|topic| (self.topic(topic.name), topic.config));
        four.chain([(self.checkpoint_topic(), CHECKPOINT_CONFIG)]).collect()
    }

    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "tiltak-producer")
            // A broker that may do so would make a topic that is missing, with settings of its own.
            .set("allow.auto.create.topics", "false");
        if let Some(tls) = &self.tls {
            tls.apply(&mut config);
        }
        config
    }

    /// Why no broker has answered. Waits some seconds for a TLS error in the client's log.
    pub(crate) fn unreachable(&self, cause: KafkaError) -> ClusterError {
        let brokers = self.brokers.clone();
        let problem = if self.tls.is_some() {
            diagnosis::with_tls(&self.client_config())
        } else {
            diagnosis::speaks_tls(&brokers).then(|| (TlsProblem::TlsExpected, cause.to_string()))
        };
        match problem {
            Some((problem, reason)) => ClusterError::Tls { brokers, problem, reason },
            None => ClusterError::Unreachable { brokers, cause },
        }
    }

    /// Creates the missing ones of the four topics, with the settings of their contracts, and the checkpoint topic.
    /// On a cluster with fewer brokers than the contract has replicas, topics get one replica on each broker; brokers that
    /// are away count. Returns the names of the created topics.
    ///
    /// # Errors
    /// An unreachable broker, a refusal, a topic with another number of partitions.
    pub async fn create_topics(&self) -> Result<Vec<String>, ClusterError> {
        let admin: AdminClient<DefaultClientContext> = self.client_config().create()?;
        let mut created = Vec::new();
        for (name, config) in self.wanted() {
            let metadata = self.describe(&admin, &name)?;
            match self.check(&metadata, &name, &config) {
                Err(ClusterError::MissingTopic { .. }) => {}
                there => {
                    there?;
                    continue;
                }
            }
            // Not as many as are there now: one of them may be away, and a topic keeps the number that it begins with.
            let mut answer = self.create_topic(&admin, &name, &config, config.replication_factor).await?;
            if answer == Err(RDKafkaErrorCode::InvalidReplicationFactor) {
                let brokers = i32::try_from(metadata.brokers().len()).unwrap_or(i32::MAX).max(1);
                let fewer = config.replication_factor.min(brokers);
                answer = self.create_topic(&admin, &name, &config, fewer).await?;
            }
            match answer {
                Ok(()) => created.push(name.clone()),
                Err(RDKafkaErrorCode::TopicAlreadyExists) => {}
                Err(
                    code @ (RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed),
                ) => return Err(self.forbidden("Create", name, code)),
                Err(code) => return Err(ClusterError::Refused { topic: name, code }),
            }
            self.wait_for(&admin, &name, &config).await?;
        }
        Ok(created)
    }

    /// Asks for a topic with so many replicas, of which all but one have to be in sync. The answer of the broker.
    async fn create_topic(
        &self,
        admin: &AdminClient<DefaultClientContext>,
        name: &str,
        config: &TopicConfig,
        replicas: i32,
    ) -> Result<Result<(), RDKafkaErrorCode>, ClusterError> {
        let in_sync = (replicas - 1).max(1).to_string();
        let mut topic = NewTopic::new(name, config.partitions, TopicReplication::Fixed(replicas));
        for (setting, value) in config.settings {
            let value = if *setting == "min.insync.replicas" { in_sync.as_str() } else { value };
            topic = topic.set(setting, value);
        }
        let options =
            AdminOptions::new().operation_timeout(Some(ANSWER_LIMIT)).request_timeout(Some(ANSWER_LIMIT));
        let results = admin.create_topics(&[topic], &options).await?;
        Ok(results.into_iter().try_for_each(|result| result.map(drop).map_err(|(_, code)| code)))
    }

    /// A topic that was just created is not known everywhere at once.
    async fn wait_for(
        &self,
        admin: &AdminClient<DefaultClientContext>,
        name: &str,
        config: &TopicConfig,
    ) -> Result<(), ClusterError> {
        let deadline = tokio::time::Instant::now() + ANSWER_LIMIT;
        loop {
            match self.check(&self.describe(admin, name)?, name, config) {
                Err(ClusterError::MissingTopic { .. }) if tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                result => return result,
            }
        }
    }

    /// Asked by name: a list of all topics leaves out those that the user may not see.
    fn describe(
        &self,
        admin: &AdminClient<DefaultClientContext>,
        name: &str,
    ) -> Result<Metadata, ClusterError> {
        admin.inner().fetch_metadata(Some(name), ANSWER_LIMIT).map_err(|cause| self.unreachable(cause))
    }

    fn forbidden(&self, right: &'static str, topic: String, code: RDKafkaErrorCode) -> ClusterError {
        ClusterError::Forbidden { right, topic, brokers: self.brokers.clone(), code }
    }

    /// The value of a setting on each of the four topics, or why it is unknown. Waits at most 2 s.
    ///
    /// # Errors
    /// A broker that does not answer in time.
    pub(crate) async fn topic_setting(
        &self,
        setting: &str,
    ) -> Result<Vec<(&'static str, Result<String, ClusterError>)>, ClusterError> {
        let admin: AdminClient<DefaultClientContext> = self.client_config().create()?;
        let names = tiltak_schema::topics().map(|topic| (topic.name, self.topic(topic.name)));
        let resources: Vec<_> = names.iter().map(|(_, name)| ResourceSpecifier::Topic(name)).collect();
        let options = AdminOptions::new().request_timeout(Some(SETTINGS_LIMIT));
        let described = admin.describe_configs(&resources, &options).await?;
        let values = names.into_iter().zip(described).map(|((topic, name), config)| {
            let value = match config {
                Ok(config) => config
                    .get(setting)
                    .and_then(|entry| entry.value.clone())
                    .ok_or(ClusterError::Kafka(KafkaError::AdminOp(RDKafkaErrorCode::InvalidConfig))),
                Err(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => {
                    Err(self.forbidden("DescribeConfigs", name, code))
                }
                Err(code) => Err(ClusterError::Kafka(KafkaError::AdminOp(code))),
            };
            (topic, value)
        });
        Ok(values.collect())
    }

    /// The topic is there and has the right number of partitions.
    fn check(&self, metadata: &Metadata, name: &str, config: &TopicConfig) -> Result<(), ClusterError> {
        let topic = metadata.topics().iter().find(|it| it.name() == name);
        let code = topic.and_then(MetadataTopic::error).map(RDKafkaErrorCode::from);
        if let Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) = code {
            return Err(self.forbidden("Describe", name.to_owned(), code));
        }
        let found = topic.map_or(0, |topic| topic.partitions().len());
        let (topic, expected) = (name.to_owned(), config.partitions);
        match found {
            0 => Err(ClusterError::MissingTopic { topic, brokers: self.brokers.clone() }),
            _ if usize::try_from(expected) != Ok(found) => {
                Err(ClusterError::Partitions { topic, expected, found })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_the_checkpoint_topic_says_what_create_topics_makes() {
        let manifest = include_str!("../../nais/topics/tiltak-producer-checkpoint-v1.yaml");
        let says = |line: &str| assert!(manifest.lines().any(|it| it.trim() == line), "no {line:?}");
        says(&format!("name: {CHECKPOINT_TOPIC}"));
        says(&format!("partitions: {}", CHECKPOINT_CONFIG.partitions));
        says(&format!("replication: {}", CHECKPOINT_CONFIG.replication_factor));
        says("cleanupPolicy: compact");
        says("minimumInSyncReplicas: 2");
        says("minCleanableDirtyRatioPercent: 10%");
    }
}
