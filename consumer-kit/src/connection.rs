//! Where a topic is read from.

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use crate::error::{Error, Kind};

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

/// Brokers: `host:port`, comma-separated.
impl From<&str> for Connection {
    fn from(brokers: &str) -> Self {
        Self::new(brokers)
    }
}

/// Brokers: `host:port`, comma-separated.
impl From<String> for Connection {
    fn from(brokers: String) -> Self {
        Self::new(brokers)
    }
}

/// What a reader sees of transactions (KIP-98).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Records of transactions that were committed, and records outside of transactions.
    #[default]
    ReadCommitted,
    /// Every record, also of transactions that are open or were aborted.
    ReadUncommitted,
}

impl Connection {
    /// A connection to these brokers: `host:port`, comma-separated.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), prefix: String::new(), settings: Vec::new() }
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
    /// let table = Table::<SisteTiltakstyperV3>::from(Connection::from_env()?).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// As [`Connection::from_env`], with the variables that `get` gives.
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
            })
        };
        let file = |name: &str, what: &str| {
            let path = variable(name, what)?;
            std::fs::File::open(&path).map_err(|cause| Kind::Setting {
                name: name.to_owned(),
                problem: format!("names {path}, which cannot be read: {cause}"),
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

    /// With a setting of librdkafka, such as `security.protocol`.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// With a prefix to the name of each topic.
    #[must_use]
    pub fn topic_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// What to see of transactions. Defaults to [`Isolation::ReadCommitted`].
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

    pub(crate) fn client_config(&self) -> ClientConfig {
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
            config.set(name, value);
        }
        config
            // Never joined: partitions are assigned by hand. librdkafka wants a name.
            .set("group.id", "tiltak-consumer-kit")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "error");
        config
    }

    /// What was set by hand.
    fn by_hand(&self, name: &str) -> Option<&str> {
        self.settings.iter().rfind(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Where a group begins that has committed nothing.
    pub(crate) fn offset_reset(&self) -> String {
        self.by_hand("auto.offset.reset").unwrap_or("earliest").to_owned()
    }

    /// For a member of a consumer group. What was set by hand stands, if it is no rule of the kit's.
    pub(crate) fn group_config(&self, group: &str) -> ClientConfig {
        let mut config = self.client_config();
        config.set("auto.offset.reset", self.offset_reset()).set("group.id", group);
        // The coordinator assigns the partitions of such a group (KIP-848), and the client refuses a setting about it.
        if self.by_hand("group.protocol") != Some("consumer") {
            let strategy = self.by_hand("partition.assignment.strategy").unwrap_or("cooperative-sticky");
            config.set("partition.assignment.strategy", strategy);
        }
        config
    }

    /// For a client that only sends: of the settings, those that a producer has too.
    pub(crate) fn producer_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "tiltak-consumer-kit");
        for (name, value) in &self.settings {
            if ["security.", "ssl.", "sasl.", "enable.ssl."].iter().any(|start| name.starts_with(start)) {
                config.set(name, value);
            }
        }
        config.set("enable.idempotence", "true").set("partitioner", "murmur2_random");
        config.set_log_level(RDKafkaLogLevel::Warning);
        config
    }
}
