//! One client of the library, and what it says beside its events.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::queue::{self, Queue, Told};
use crate::connection::Connection;
use crate::error::Kind;

/// What the library logs the failure of a connection as.
const CONNECTION_FAILED: &str = "FAIL";
/// What may be wrong when a broker ends a connection at the first request.
const WANTS_TLS: &str = "; it may want TLS (`Connection::from_env`, or the setting security.protocol)";
/// The id of a topic that the library has not asked for yet.
const NO_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// A consumer whose log is read too. Given back before the consumer, as the library wants it: the order of the fields.
pub(super) struct Client {
    log: Option<Queue>,
    consumer: BaseConsumer<Watch>,
}

impl Client {
    pub(super) fn new(connection: &Connection, topic: &str, config: &ClientConfig) -> Result<Self, Kind> {
        let mut config = config.clone();
        let debug = config.get("debug").map_or_else(|| "topic".to_owned(), |debug| format!("{debug},topic"));
        config.set("debug", debug).set_log_level(RDKafkaLogLevel::Debug);
        let consumer: BaseConsumer<Watch> = config.create_with_context(Watch::new(topic)).map_err(|cause| match cause {
            KafkaError::ClientConfig(_, problem, name, _) if problem.contains("OpenSSL not available") => {
                let problem = "asks for TLS, which this program was built without: enable the feature `tls` \
                               of tiltak-consumer-kit";
                Kind::Setting { name, problem: problem.to_owned() }
            }
            KafkaError::ClientConfig(_, problem, name, _) => Kind::Setting { name, problem },
            KafkaError::ClientCreation(problem) => {
                Kind::Setting { name: format!("the connection to {}", connection.brokers), problem }
            }
            cause => Kind::Kafka { topic: topic.to_owned(), cause },
        })?;
        let log = queue::log_of(&consumer);
        // What it has logged by now is among the events, and would be printed.
        let _ = consumer.poll(Duration::ZERO);
        Ok(Self { log, consumer })
    }

    /// Takes what waits: see [`queue::take`].
    pub(super) fn take(&self, most: usize, limit: Duration, each: impl FnMut(Told<'_>)) -> usize {
        queue::take(&self.consumer, most, limit, each)
    }

    /// The topic's id, as far as the library has told it.
    pub(super) fn topic_id(&self) -> Option<String> {
        self.listen();
        self.consumer.context().heard().id.clone()
    }

    /// Why there is no connection.
    pub(super) fn reason(&self) -> Option<(Code, String)> {
        self.listen();
        self.consumer.context().heard().reason.clone()
    }

    /// Takes what was logged.
    pub(super) fn listen(&self) {
        let watch = self.consumer.context();
        for (what, message) in self.log.iter().flat_map(Queue::lines) {
            watch.hear(&what, &message);
        }
    }
}

impl Deref for Client {
    type Target = BaseConsumer<Watch>;

    fn deref(&self) -> &BaseConsumer<Watch> {
        &self.consumer
    }
}

/// Keeps what the client says beside its events: why there is no connection, and the topic's id.
pub(super) struct Watch {
    /// How the line begins that tells the id.
    line: String,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    id: Option<String>,
    reason: Option<(Code, String)>,
}

impl Watch {
    fn new(topic: &str) -> Self {
        Self { line: format!("Topic {topic} changed id from "), heard: Mutex::default() }
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, what: &str, message: &str) {
        if what == CONNECTION_FAILED {
            self.hear_failure(message);
        } else {
            self.hear_id(message);
        }
    }

    fn hear_id(&self, message: &str) {
        let Some((_, rest)) = message.split_once(&self.line) else { return };
        let Some((_, id)) = rest.split_once(" to ") else { return };
        if !id.starts_with(NO_ID) {
            self.heard().id = Some(id.trim_end().trim_end_matches('=').to_owned());
        }
    }

    /// Not every failure comes as an error: that of a client without TLS at a port with it is only logged.
    fn hear_failure(&self, message: &str) {
        let mut heard = self.heard();
        if heard.reason.as_ref().is_none_or(|(code, _)| *code == Code::AllBrokersDown) {
            let text = message.split_once("]: ").map_or(message, |(_thread, text)| text);
            let advice = if text.contains("in state APIVERSION_QUERY") { WANTS_TLS } else { "" };
            heard.reason = Some((Code::BrokerTransportFailure, format!("{}{advice}", text.trim_end())));
        }
    }
}

impl ClientContext for Watch {
    // What is logged before the log has a queue of its own. Only errors come as events; what the library prints of its
    // own accord would be noise in a team's log.
    fn log(&self, _level: RDKafkaLogLevel, fac: &str, message: &str) {
        self.hear(fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        let mut heard = self.heard();
        // "All brokers are down" follows each reason, and says nothing.
        if code != Code::AllBrokersDown || heard.reason.is_none() {
            heard.reason = Some((code, reason.to_owned()));
        }
    }
}

impl ConsumerContext for Watch {}

#[cfg(test)]
mod tests {
    use super::Watch;

    #[test]
    fn the_id_of_the_topic_is_heard_and_of_no_other() {
        let watch = Watch::new("my-topic");
        let id = || watch.heard().id.clone();
        watch.hear_id(
            "[thrd:main]: Topic other changed id from AAAAAAAAAAAAAAAAAAAAAA to C8pKj9e1QlmVcDpYtG8yCw",
        );
        watch.hear_id("Topic my-topic changed id from C8pKj9e1QlmVcDpYtG8yCw to AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(id(), None);
        watch.hear_id(
            "[thrd:main]: Topic my-topic changed id from AAAAAAAAAAAAAAAAAAAAAA to C8pKj9e1QlmVcDpYtG8yCw",
        );
        assert_eq!(id().as_deref(), Some("C8pKj9e1QlmVcDpYtG8yCw"));
    }
}
