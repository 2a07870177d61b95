//! The cluster: its topics, and whether this command may write to it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use rdkafka::admin::{AdminClient, AdminOptions, ConfigEntry, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use tiltak_schema::topic::TopicInfo;

use super::cli::Connect;
use crate::connection::Connection;
use crate::error::{Error, Kind};

/// How long a broker may take to answer, if the user gives it so much.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(50);
/// How near a name has to be to be suggested.
const NEAR: f64 = 0.85;

const TLS_VARIABLES: [&str; 3] = ["KAFKA_CA_PATH", "KAFKA_CERTIFICATE_PATH", "KAFKA_PRIVATE_KEY_PATH"];

/// A cluster that answers.
pub(super) struct Cluster {
    pub(super) connection: Connection,
    settings: Vec<(String, String)>,
    /// Where the brokers say that they are.
    hosts: Vec<String>,
    topics: BTreeMap<String, TopicLayout>,
    limit: Duration,
}

/// A topic as the brokers describe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TopicLayout {
    pub(super) partitions: i32,
    /// The fewest that a partition has.
    pub(super) replicas: i32,
}

impl Cluster {
    /// Connects, and asks what topics there are.
    pub(super) fn connect(connect: &Connect) -> anyhow::Result<Self> {
        let connection = connection(connect, |name| std::env::var(name).ok())?;
        let limit = connect.limit().min(ANSWER_LIMIT);
        let mut cluster = Self {
            connection,
            settings: connect.settings.clone(),
            hosts: Vec::new(),
            topics: BTreeMap::new(),
            limit,
        };
        cluster.refresh()?;
        Ok(cluster)
    }

    pub(super) fn brokers(&self) -> &str {
        &self.connection.brokers
    }

    pub(super) fn broker_count(&self) -> i32 {
        i32::try_from(self.hosts.len()).unwrap_or(i32::MAX).max(1)
    }

    pub(super) fn topic(&self, name: &str) -> String {
        self.connection.topic(name)
    }

    /// The topic with this name, without prefix.
    pub(super) fn layout(&self, name: &str) -> Option<TopicLayout> {
        self.topics.get(&self.topic(name)).copied()
    }

    /// As [`Cluster::layout`], or an error that says which topic may be meant.
    pub(super) fn existing(&self, name: &str) -> anyhow::Result<TopicLayout> {
        self.layout(name).ok_or_else(|| {
            let topic = self.topic(name);
            let hint = self.hint(name, &topic);
            anyhow!("the topic {topic} does not exist on {}{hint}", self.brokers())
        })
    }

    fn hint(&self, name: &str, topic: &str) -> String {
        let near = |there: &&String| strsim::jaro_winkler(there, topic);
        let prefixed = self.topics.keys().filter(|there| there.ends_with(name));
        if let Some(there) = prefixed.max_by(|a, b| near(a).total_cmp(&near(b))) {
            let prefix = there.strip_suffix(name).unwrap_or_default();
            return format!("; {there} does: use --topic-prefix '{prefix}'");
        }
        match self.topics.keys().max_by(|a, b| near(a).total_cmp(&near(b))) {
            Some(nearest) if near(&nearest) > NEAR => format!("; there is a topic {nearest}"),
            _ if self.topics.is_empty() => "; it has no topics: `tiltak-kit seed` creates them".to_owned(),
            _ => "; `tiltak-kit seed` creates it on a local broker".to_owned(),
        }
    }

    /// A broker that is not on this machine, if there is one.
    pub(super) fn remote_host(&self) -> Option<&str> {
        remote_host(self.brokers(), &self.hosts)
    }

    /// Reads the cluster's metadata again.
    pub(super) fn refresh(&mut self) -> anyhow::Result<()> {
        let mut config = self.connection.client_config();
        config.remove("group.id");
        let consumer: BaseConsumer<LastError> =
            config.create_with_context(LastError::default()).map_err(setting_error)?;
        let metadata = match consumer.fetch_metadata(None, self.limit) {
            Ok(metadata) => metadata,
            Err(cause) => return Err(Error::from(self.unreachable(&consumer, &cause)).into()),
        };
        self.hosts = metadata.brokers().iter().map(|broker| broker.host().to_owned()).collect();
        let there = metadata.topics().iter().filter(|topic| topic.error().is_none());
        self.topics = there
            .map(|topic| {
                let partitions = topic.partitions();
                let replicas = partitions.iter().map(|it| it.replicas().len()).min().unwrap_or(0);
                let layout = TopicLayout {
                    partitions: i32::try_from(partitions.len()).unwrap_or(i32::MAX),
                    replicas: i32::try_from(replicas).unwrap_or(i32::MAX),
                };
                (topic.name().to_owned(), layout)
            })
            .collect();
        Ok(())
    }

    fn unreachable(&self, consumer: &BaseConsumer<LastError>, cause: &KafkaError) -> Kind {
        // The reason comes as an event of its own.
        let start = Instant::now();
        while start.elapsed() < 4 * STEP {
            let _ = consumer.poll(STEP);
        }
        let brokers = self.brokers().to_owned();
        match consumer.context().0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some((Code::SSL | Code::Authentication, cause)) => Kind::Untrusted { brokers, cause },
            Some((_, cause)) => Kind::Unreachable { brokers, timeout: self.limit, cause },
            None => Kind::Unreachable { brokers, timeout: self.limit, cause: cause.to_string() },
        }
    }

    /// Creates a topic with the settings of its contract, and with as many replicas as there are brokers for.
    pub(super) fn create(&mut self, topic: &TopicInfo) -> anyhow::Result<()> {
        let name = self.topic(topic.name);
        let expected = Expected::of(topic, self.broker_count());
        let mut new =
            NewTopic::new(&name, topic.config.partitions, TopicReplication::Fixed(expected.replicas));
        for (setting, value) in &expected.settings {
            new = new.set(setting, value);
        }
        let admin = self.admin()?;
        let results = block_on(admin.create_topics(&[new], &self.options()))?
            .with_context(|| format!("the topic {name} could not be created"))?;
        for result in results {
            match result {
                Ok(_) | Err((_, Code::TopicAlreadyExists)) => {}
                Err((_, code)) => {
                    return Err(anyhow!("the broker refuses to create the topic {name}: {code}"));
                }
            }
        }
        // A new topic is not known everywhere at once.
        let start = Instant::now();
        while self.layout(topic.name).is_none_or(|it| it.partitions < topic.config.partitions) {
            anyhow::ensure!(start.elapsed() < self.limit, "the topic {name} was created and is not there");
            std::thread::sleep(STEP);
            self.refresh()?;
        }
        Ok(())
    }

    /// The settings of a topic by name; `None` if they may not be asked for.
    pub(super) fn settings(&self, name: &str) -> anyhow::Result<Option<Vec<ConfigEntry>>> {
        let topic = self.topic(name);
        let admin = self.admin()?;
        let resource = ResourceSpecifier::Topic(&topic);
        let answers = block_on(admin.describe_configs([&resource], &self.options()))?
            .with_context(|| format!("the settings of {topic} could not be asked for"))?;
        match answers.into_iter().next() {
            Some(Ok(resource)) => Ok(Some(resource.entries)),
            None | Some(Err(Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed)) => Ok(None),
            Some(Err(code)) => Err(anyhow!("the settings of {topic} could not be asked for: {code}")),
        }
    }

    /// For a client that sends, with the settings of the user.
    pub(super) fn producer_config(&self) -> ClientConfig {
        let mut config = self.connection.producer_config();
        for (name, value) in &self.settings {
            config.set(name, value);
        }
        config
    }

    fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        let mut config = self.connection.client_config();
        config.remove("group.id");
        config.create().map_err(setting_error)
    }

    fn options(&self) -> AdminOptions {
        AdminOptions::new().request_timeout(Some(self.limit)).operation_timeout(Some(self.limit))
    }
}

/// What a topic should be on a cluster of so many brokers.
pub(super) struct Expected {
    pub(super) replicas: i32,
    pub(super) settings: Vec<(&'static str, String)>,
}

impl Expected {
    pub(super) fn of(topic: &TopicInfo, brokers: i32) -> Self {
        let replicas = topic.config.replication_factor.min(brokers);
        let is_small = replicas < topic.config.replication_factor;
        let settings = topic.config.settings.iter().map(|(name, value)| {
            let value = match *name {
                "min.insync.replicas" if is_small => (replicas - 1).max(1).to_string(),
                _ => (*value).to_owned(),
            };
            (*name, value)
        });
        Self { replicas, settings: settings.collect() }
    }
}

fn connection(connect: &Connect, get: impl Fn(&str) -> Option<String>) -> anyhow::Result<Connection> {
    let is_set = |name: &&str| get(name).is_some_and(|value| !value.is_empty());
    let mut connection = if !connect.no_tls && TLS_VARIABLES.iter().any(is_set) {
        Connection::from_variables(|name| match name {
            "KAFKA_BROKERS" => Some(connect.brokers.clone()),
            name => get(name),
        })
        .map_err(|error| anyhow!("{error} (--no-tls connects without TLS)"))?
    } else {
        Connection::new(&connect.brokers)
    };
    for (name, value) in &connect.settings {
        connection = connection.set(name, value);
    }
    Ok(connection.topic_prefix(&connect.topic_prefix))
}

pub(super) fn setting_error(error: KafkaError) -> anyhow::Error {
    match error {
        KafkaError::ClientConfig(_, problem, name, _) => anyhow!("the setting {name}: {problem}"),
        KafkaError::ClientCreation(problem) => anyhow!("the settings do not go together: {problem}"),
        cause => cause.into(),
    }
}

pub(super) fn block_on<F: Future>(future: F) -> anyhow::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

/// A broker that is not on this machine, if there is one: one that was given, or one that those name, as a broker
/// behind a tunnel does.
pub(super) fn remote_host<'a>(given: &'a str, named: &'a [String]) -> Option<&'a str> {
    let given = given.split(',').map(|broker| {
        let broker = broker.trim().rsplit("://").next().unwrap_or_default();
        broker.rsplit_once(':').map_or(broker, |(host, _)| host)
    });
    given.chain(named.iter().map(String::as_str)).find(|host| !is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Why there is no connection.
#[derive(Default)]
struct LastError(Mutex<Option<(Code, String)>>);

impl ClientContext for LastError {
    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // "All brokers are down" follows each reason, and says nothing.
        if code != Code::AllBrokersDown || heard.is_none() {
            *heard = Some((code, reason.to_owned()));
        }
    }
}

impl ConsumerContext for LastError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_this_machine() {
        for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "LOCALHOST"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["kafka", "10.0.0.1", "localhost.example.com", "0.0.0.0", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_broker_is_distant_by_what_was_given_and_by_what_the_brokers_say() {
        let named = |host: &str| [host.to_owned()];
        assert_eq!(remote_host("localhost:9092,[::1]:9093", &named("127.0.0.1")), None);
        assert_eq!(remote_host("PLAINTEXT://localhost:9092", &[]), None);
        assert_eq!(remote_host("localhost:9092, kafka:9092", &[]), Some("kafka"));
        let tunnel = named("prod.example.com");
        assert_eq!(remote_host("localhost:9092", &tunnel), Some("prod.example.com"));
    }

    #[test]
    fn a_small_cluster_gets_fewer_replicas_and_the_real_one_what_the_contract_says() {
        let [topic, ..] = tiltak_schema::topics();
        let min = |expected: &Expected| {
            expected.settings.iter().find(|(name, _)| *name == "min.insync.replicas").unwrap().1.clone()
        };
        let one = Expected::of(&topic, 1);
        assert_eq!((one.replicas, min(&one).as_str()), (1, "1"));
        let six = Expected::of(&topic, 6);
        assert_eq!((six.replicas, min(&six).as_str()), (3, "2"));
    }
}
