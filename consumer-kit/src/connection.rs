//! The connection to a Kafka cluster: brokers, client settings, topic prefix.

use std::sync::Arc;

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;

use crate::error::{Error, Kind};

/// Settings of librdkafka that only a consumer has.
const CONSUMER_SETTINGS: &[&str] = &[
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "consume.callback.max.messages",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.partition.eof",
    "fetch.error.backoff.ms",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "offset.store.method",
    "offset.store.path",
    "offset.store.sync.interval.ms",
    "queued.max.messages.kbytes",
    "queued.min.messages",
];

/// Settings of librdkafka that only a member of a consumer group has.
const GROUP_SETTINGS: &[&str] = &[
    "coordinator.query.interval.ms",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.protocol.type",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "max.poll.interval.ms",
    "partition.assignment.strategy",
    "session.timeout.ms",
];

/// Settings of librdkafka that only a producer has.
const PRODUCER_SETTINGS: &[&str] = &[
    "acks",
    "batch.num.messages",
    "batch.size",
    "compression.codec",
    "compression.level",
    "compression.type",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "linger.ms",
    "message.send.max.retries",
    "message.timeout.ms",
    "partitioner",
    "produce.offset.report",
    "queue.buffering.backpressure.threshold",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "queuing.strategy",
    "request.required.acks",
    "request.timeout.ms",
    "retries",
    "sticky.partitioning.linger.ms",
    "transaction.timeout.ms",
    "transactional.id",
];

/// An OpenSSL that is linked in does not know where this machine keeps the authorities that it trusts: the client looks
/// in the usual places.
const LINKED_IN: &[(&str, &str)] =
    if cfg!(feature = "static-tls") { &[("ssl.ca.location", "probe")] } else { &[] };

/// The brokers, the client's settings and the names of the topics.
///
/// ```
/// use tiltak_consumer_kit::Connection;
///
/// let connection = Connection::new("localhost:9092").set("client.rack", "a").topic_prefix("test-");
/// # let _ = connection;
/// ```
#[derive(Debug, Clone)]
pub struct Connection {
    pub(crate) brokers: String,
    pub(crate) prefix: String,
    settings: Vec<(String, String)>,
}

/// A connection to these brokers: see [`Connection::new`].
impl From<&str> for Connection {
    fn from(brokers: &str) -> Self {
        Self::new(brokers)
    }
}

/// A connection to these brokers: see [`Connection::new`].
impl From<String> for Connection {
    fn from(brokers: String) -> Self {
        Self::new(brokers)
    }
}

/// What a reader sees of transactions (KIP-98).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Only records of committed transactions, and records outside of transactions.
    #[default]
    ReadCommitted,
    /// Every record, also of transactions that are open or were aborted.
    ReadUncommitted,
}

impl Connection {
    /// A connection to these brokers: `host:port`, comma-separated.
    pub fn new(brokers: impl Into<String>) -> Self {
        let settings =
            LINKED_IN.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { brokers: brokers.into(), prefix: String::new(), settings }
    }

    /// The connection that nais gives an application: `KAFKA_BROKERS`, and TLS with the files that `KAFKA_CA_PATH`,
    /// `KAFKA_CERTIFICATE_PATH` and `KAFKA_PRIVATE_KEY_PATH` name (PEM).
    ///
    /// # Errors
    /// A variable that is not set, or a file that cannot be read.
    ///
    /// ```no_run
    /// use tiltak_consumer_kit::{Connection, Table};
    /// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
    ///
    /// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
    /// let table = Table::<SisteTiltakstyperV3>::builder(Connection::from_env()?).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// The connection that [`Connection::from_env`] gives, with the variables from `get`.
    ///
    /// # Errors
    /// A variable that is not set, or a file that cannot be read.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str, what: &str| {
            get(name).filter(|value| !value.is_empty()).ok_or_else(|| Kind::Setting {
                name: name.to_owned(),
                problem: format!(
                    "is not set: expected {what}, which nais sets for an application with `kafka.pool`"
                ),
                cause: None,
            })
        };
        let file = |name: &str, what: &str| {
            let path = variable(name, what)?;
            std::fs::File::open(&path).map_err(|cause| Kind::Setting {
                name: name.to_owned(),
                problem: format!("names {path}, which cannot be read: {cause}"),
                cause: Some(Arc::new(cause)),
            })?;
            Ok::<_, Kind>(path)
        };
        let brokers = variable("KAFKA_BROKERS", "the brokers as host:port, comma-separated")?;
        Ok(Self::new(brokers)
            .set("security.protocol", "ssl")
            .set("ssl.ca.location", file("KAFKA_CA_PATH", "the file of the authority's certificate")?)
            .set("ssl.certificate.location", file("KAFKA_CERTIFICATE_PATH", "the file of the certificate")?)
            .set("ssl.key.location", file("KAFKA_PRIVATE_KEY_PATH", "the file of the private key")?))
    }

    /// Sets a setting of librdkafka, such as `security.protocol`. Each client gets only the settings that it has: a
    /// consumer none of a producer, a table none of a group, the producer of dead letters none of a consumer.
    ///
    /// A name that librdkafka does not know, or a value that it refuses, is an error when the client is made
    /// ([`Error::is_setting`]).
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Sets the prefix of topic names. Defaults to none.
    #[must_use]
    pub fn topic_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets which records of transactions are read. Defaults to [`Isolation::ReadCommitted`].
    #[must_use]
    pub fn isolation(self, isolation: Isolation) -> Self {
        self.set(
            "isolation.level",
            match isolation {
                Isolation::ReadCommitted => "read_committed",
                Isolation::ReadUncommitted => "read_uncommitted",
            },
        )
    }

    pub(crate) fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Which records of transactions are read.
    pub(crate) fn isolation_level(&self) -> Isolation {
        match self.by_hand("isolation.level") {
            Some(level) if level.eq_ignore_ascii_case("read_uncommitted") => Isolation::ReadUncommitted,
            _ => Isolation::ReadCommitted,
        }
    }

    /// The value that was last set by hand, if there is one.
    pub(crate) fn by_hand(&self, name: &str) -> Option<&str> {
        self.settings.iter().rfind(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// What every reader begins with: the kit's defaults, and what was set by hand of the settings that it has.
    fn consumer_config(&self, is_foreign: impl Fn(&str) -> bool) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "tiltak-consumer-kit")
            .set("isolation.level", "read_committed")
            // How long the broker holds back the answer that there is no more.
            .set("fetch.wait.max.ms", "100")
            // Records that wait in the client, in kB, and how soon more are fetched once there is room again. The
            // default of a second starves whoever takes records as fast as they come.
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.queue.backoff.ms", "5")
            // The library connects to one broker at a time, half of this after the last.
            .set("reconnect.backoff.ms", "20")
            .set("reconnect.backoff.max.ms", "2000")
            // A record may be larger than the default of 100 MB.
            .set("receive.message.max.bytes", "1000000000")
            .set("topic.metadata.refresh.interval.ms", "30000");
        for (name, value) in &self.settings {
            if !PRODUCER_SETTINGS.contains(&name.as_str()) && !is_foreign(name) {
                config.set(name, value);
            }
        }
        config
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true");
        config
    }

    /// The client settings of a reader without a group.
    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = self.consumer_config(|name| GROUP_SETTINGS.contains(&name));
        config
            // Never joined: partitions are assigned by hand. librdkafka wants a name.
            .set("group.id", "tiltak-consumer-kit")
            .set("auto.offset.reset", "error");
        config
    }

    /// The setting `auto.offset.reset`: where a group begins that has committed nothing.
    pub(crate) fn offset_reset(&self) -> String {
        self.by_hand("auto.offset.reset").unwrap_or("earliest").to_owned()
    }

    /// The client settings of a member of a consumer group. Settings by hand override the kit's, except those that
    /// the kit relies on.
    pub(crate) fn group_config(&self, group: &str) -> ClientConfig {
        let mut config = self.consumer_config(|_| false);
        let mut default = |name: &str, value: &str| {
            config.set(name, self.by_hand(name).unwrap_or(value));
        };
        default("auto.offset.reset", "earliest");
        default("statistics.interval.ms", "5000");
        // Under the new protocol (KIP-848) the broker assigns partitions, and the client refuses the setting.
        if self.by_hand("group.protocol").is_none_or(|it| it.eq_ignore_ascii_case("classic")) {
            default("partition.assignment.strategy", "cooperative-sticky");
        }
        config.set("group.id", group);
        config
    }

    /// The client settings of a producer. Settings by hand override the kit's, except those that the kit relies on.
    pub(crate) fn producer_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "tiltak-consumer-kit")
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random");
        let is_foreign = |name: &str| {
            CONSUMER_SETTINGS.contains(&name)
                || GROUP_SETTINGS.contains(&name)
                // Transactions are not begun here.
                || ["transactional.id", "transaction.timeout.ms"].contains(&name)
        };
        for (name, value) in &self.settings {
            if !is_foreign(name) {
                config.set(name, value);
            }
        }
        config.set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// The error of a client that could not be created.
    pub(crate) fn refused(&self, topic: &str, cause: KafkaError) -> Kind {
        let (name, problem) = match &cause {
            KafkaError::ClientConfig(_, problem, name, _) if problem.contains("OpenSSL not available") => {
                let problem = "asks for TLS, which this program was built without: enable the feature `tls` \
                               of tiltak-consumer-kit";
                (name.clone(), problem.to_owned())
            }
            KafkaError::ClientConfig(_, problem, name, _) => {
                (format!("the setting {name}"), format!("is refused by the Kafka client: {problem}"))
            }
            KafkaError::ClientCreation(problem) => (
                format!("the connection to {}", self.brokers),
                format!("has settings that the Kafka client refuses: {problem}"),
            ),
            _ => return Kind::Kafka { topic: topic.to_owned(), cause },
        };
        Kind::Setting { name, problem, cause: Some(Arc::new(cause)) }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::consumer::BaseConsumer;
    use rdkafka::producer::BaseProducer;

    use super::*;

    fn connection() -> Connection {
        Connection::new("localhost:9092")
    }

    #[test]
    fn each_client_is_given_the_settings_that_it_has() {
        let connection = connection()
            .set("socket.timeout.ms", "5000")
            .set("fetch.min.bytes", "7")
            .set("linger.ms", "3")
            .set("session.timeout.ms", "9000");
        let given = |config: &ClientConfig, name: &str| config.get(name).map(str::to_owned);
        let clients =
            [connection.client_config(), connection.group_config("my-group"), connection.producer_config()];
        let of_each = |name: &str| clients.each_ref().map(|config| given(config, name).is_some());
        assert_eq!(of_each("socket.timeout.ms"), [true, true, true]);
        assert_eq!(of_each("fetch.min.bytes"), [true, true, false]);
        assert_eq!(of_each("linger.ms"), [false, false, true]);
        assert_eq!(of_each("session.timeout.ms"), [false, true, false]);
        assert_eq!(of_each("isolation.level"), [true, true, false]);
    }

    #[test]
    fn only_an_openssl_that_is_linked_in_looks_for_the_authorities_of_the_machine_unless_they_are_named() {
        let trusted = |connection: &Connection| {
            [connection.client_config(), connection.producer_config()]
                .map(|config| config.get("ssl.ca.location").map(str::to_owned))
        };
        let expected = cfg!(feature = "static-tls").then(|| "probe".to_owned());
        assert_eq!(trusted(&connection()), [expected.clone(), expected]);
        let named = connection().set("ssl.ca.location", "ca.pem");
        assert_eq!(trusted(&named), [Some("ca.pem".to_owned()), Some("ca.pem".to_owned())]);
    }

    #[test]
    fn the_new_group_protocol_is_not_refused_over_a_setting_of_the_kits_own() {
        let connection = connection().set("group.protocol", "consumer");
        for name in [
            "partition.assignment.strategy",
            "session.timeout.ms",
            "heartbeat.interval.ms",
            "group.protocol.type",
        ] {
            assert_eq!(connection.group_config("my-group").get(name), None, "{name}");
        }
        let member: Result<BaseConsumer, _> = connection.group_config("my-group").create();
        assert!(member.is_ok(), "{:?}", member.err());
        let table: Result<BaseConsumer, _> = connection.client_config().create();
        assert!(table.is_ok(), "{:?}", table.err());
    }

    #[test]
    fn the_classic_group_protocol_moves_few_partitions_unless_something_else_is_set() {
        let strategy = |connection: &Connection| {
            connection.group_config("my-group").get("partition.assignment.strategy").map(str::to_owned)
        };
        assert_eq!(strategy(&connection()).as_deref(), Some("cooperative-sticky"));
        let by_hand = connection().set("partition.assignment.strategy", "range");
        assert_eq!(strategy(&by_hand).as_deref(), Some("range"));
    }

    #[test]
    fn an_unknown_setting_and_a_bad_value_are_refused_and_named() {
        for (name, value) in [("fetch.wait.max.sm", "100"), ("fetch.wait.max.ms", "soon")] {
            let connection = connection().set(name, value);
            let refused = connection.client_config().create::<BaseConsumer>().err().unwrap();
            let error = Error::from(connection.refused("my-topic", refused));
            assert!(error.is_setting());
            let text = error.to_string();
            assert!(text.starts_with(&format!("the setting {name} is refused")), "{text}");
            assert!(std::error::Error::source(&error).unwrap().is::<KafkaError>());
        }
        // A producer does not have the second one.
        assert!(
            connection().set("fetch.wait.max.ms", "soon").producer_config().create::<BaseProducer>().is_ok()
        );
        assert!(connection().set("linger.sm", "1").producer_config().create::<BaseProducer>().is_err());
    }

    #[test]
    fn the_isolation_that_was_set_last_stands() {
        assert_eq!(connection().isolation_level(), Isolation::ReadCommitted);
        let connection = connection().isolation(Isolation::ReadUncommitted);
        assert_eq!(connection.isolation_level(), Isolation::ReadUncommitted);
        assert_eq!(
            connection.isolation(Isolation::ReadCommitted).isolation_level(),
            Isolation::ReadCommitted
        );
    }
}
