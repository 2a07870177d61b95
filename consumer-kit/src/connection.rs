//! Where a topic is read from.

use rdkafka::config::ClientConfig;

/// The brokers, the client's settings and the names of the topics.
#[derive(Debug, Clone)]
pub struct Connection {
    pub(crate) brokers: String,
    pub(crate) prefix: String,
    settings: Vec<(String, String)>,
}

impl Connection {
    /// A connection to these brokers: `host:port`, comma-separated.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), prefix: String::new(), settings: Vec::new() }
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

    pub(crate) fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "tiltak-consumer-kit")
            .set("isolation.level", "read_committed");
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
}
