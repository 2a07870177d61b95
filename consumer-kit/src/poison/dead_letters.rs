//! The dead-letter topic.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{
    BorrowedMessage, DeliveryResult, Header, Headers as _, Message, OwnedHeaders, OwnedMessage,
};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use sha2::{Digest as _, Sha256};
use tiltak_schema::decode::DecodeError;

use crate::connection::Connection;
use crate::error::Kind;
use crate::source::{RecordRef, restore_brokers};

/// How long a letter may take, unless the connection says something else.
const DELIVERY_TIMEOUT_MS: &str = "30000";
/// Bytes and letters that may be on their way. A letter that is larger goes alone.
const MAX_IN_FLIGHT_BYTES: usize = 32 << 20;
const MAX_IN_FLIGHT: usize = 20_000;
/// The client answers a poll only when its time is over, so it is short where reports are about to come.
const FIRST_POLLS: Duration = Duration::from_millis(1);
const LATER_POLLS: Duration = Duration::from_millis(20);
/// From then on a broker that is away is waited for.
const SOON: Duration = Duration::from_millis(200);
/// How often a client that delivers nothing is looked at.
const RESTORE_INTERVAL: Duration = Duration::from_secs(1);

/// A topic that records are sent to: see [`OnPoison::DeadLetter`](super::OnPoison::DeadLetter).
pub(crate) struct DeadLetters {
    producer: BaseProducer<Reports>,
    brokers: String,
    topic: String,
}

/// How a letter is sent.
///
/// A broker refuses a batch as a whole, and does not say for the sake of which letter. So each letter of a batch that is
/// too large is sent again alone, and one that is too large alone goes without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    InBatch,
    Alone,
    WithoutValue,
}

/// What comes back with the report of a letter.
struct Ticket {
    attempt: Attempt,
    bytes: usize,
}

/// The reports of letters.
#[derive(Default)]
struct Reports(Mutex<State>);

#[derive(Default)]
struct State {
    in_flight: usize,
    in_flight_bytes: usize,
    /// Letters that were too large, and how they were sent.
    too_large: Vec<(Attempt, OwnedMessage)>,
    /// The first letter that failed, in words, and why.
    failed: Option<(String, KafkaError)>,
    /// Why there is no connection.
    disconnected: Option<String>,
}

impl DeadLetters {
    pub(super) fn open(connection: &Connection, topic: String) -> Result<Self, Kind> {
        let mut config = connection.producer_config();
        let mut default = |names: [&str; 2], value: &str| {
            if !names.iter().any(|name| connection.by_hand(name).is_some()) {
                config.set(names[0], value);
            }
        };
        default(["delivery.timeout.ms", "message.timeout.ms"], DELIVERY_TIMEOUT_MS);
        default(["compression.type", "compression.codec"], "lz4");
        config.remove("request.required.acks");
        config.remove("enable.gapless.guarantee");
        config
            .set("acks", "all")
            // A letter that comes twice does no harm, and a producer without a sequence has no fatal errors.
            .set("enable.idempotence", "false")
            .set("delivery.report.only.error", "false")
            // The greatest that the client takes: the topic has the limit. Memory is bounded by what is in flight.
            .set("message.max.bytes", "1000000000")
            .set("queue.buffering.max.kbytes", "2097151");
        let producer = config
            .create_with_context(Reports::default())
            .map_err(|cause| connection.refused(&topic, cause))?;
        Ok(Self { producer, brokers: connection.brokers.clone(), topic })
    }

    pub(super) fn put(&self, topic: &str, record: &RecordRef<'_>, cause: &DecodeError) -> Result<(), Kind> {
        let (partition, offset) = (record.partition.to_string(), record.offset.to_string());
        let headers = [
            ("tiltak.topic", topic),
            ("tiltak.partition", &partition),
            ("tiltak.offset", &offset),
            ("tiltak.pointer", cause.pointer()),
            ("tiltak.expected", cause.expected()),
            ("tiltak.found", cause.found()),
        ];
        let headers = headers.into_iter().fold(OwnedHeaders::new_with_capacity(8), with_header);
        self.make_room(size(record.key, record.value))?;
        self.send(Attempt::InBatch, record.key, record.value, headers)
    }

    /// Waits until every letter is on the broker.
    pub(super) fn flush(&self) -> Result<(), Kind> {
        loop {
            self.poll_while(|state| state.in_flight > 0);
            let mut state = self.state();
            if let Some((record, cause)) = state.failed.take() {
                let reason = state.disconnected.take();
                drop(state);
                return Err(self.error(&record, cause, reason));
            }
            let Some((attempt, letter)) = state.too_large.pop() else { return Ok(()) };
            drop(state);
            self.send_again(attempt, &letter)?;
        }
    }

    /// Waits until a letter of this size may be sent.
    fn make_room(&self, bytes: usize) -> Result<(), Kind> {
        if self.state().needs_flush() {
            return self.flush();
        }
        self.poll_while(|state| {
            let is_full =
                state.in_flight_bytes + bytes > MAX_IN_FLIGHT_BYTES || state.in_flight >= MAX_IN_FLIGHT;
            state.in_flight > 0 && is_full && !state.needs_flush()
        });
        Ok(())
    }

    /// Sends a letter that was too large in another way.
    fn send_again(&self, attempt: Attempt, letter: &OwnedMessage) -> Result<(), Kind> {
        let headers = letter.headers().cloned().unwrap_or_else(OwnedHeaders::new);
        match attempt {
            Attempt::InBatch => self.send(Attempt::Alone, letter.key(), letter.payload(), headers),
            _ => self.send_without_value(letter.key(), letter.payload().unwrap_or_default(), headers),
        }
    }

    fn send_without_value(
        &self,
        key: Option<&[u8]>,
        value: &[u8],
        headers: OwnedHeaders,
    ) -> Result<(), Kind> {
        let (size, hash) = (value.len().to_string(), hex(&Sha256::digest(value)));
        let what_is_missing = [("tiltak.value.size", &*size), ("tiltak.value.sha256", &*hash)];
        let headers = what_is_missing.into_iter().fold(headers, with_header);
        self.send(Attempt::WithoutValue, key, None, headers)
    }

    /// Hands a letter to the client.
    fn send(
        &self,
        attempt: Attempt,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
    ) -> Result<(), Kind> {
        let bytes = size(key, value);
        let mut letter =
            BaseRecord::with_opaque_to(&self.topic, Box::new(Ticket { attempt, bytes })).headers(headers);
        (letter.key, letter.payload) = (key, value);
        self.state().sent(bytes);
        let (cause, letter) = loop {
            match self.producer.send(letter) {
                Ok(()) => return Ok(()),
                // The connection may allow fewer on their way.
                Err((cause, same)) if is_full(&cause) && self.state().in_flight > 1 => {
                    letter = same;
                    self.producer.poll(FIRST_POLLS);
                }
                Err(refused) => break refused,
            }
        };
        self.state().reported(bytes);
        if is_too_large(&cause) && attempt != Attempt::WithoutValue {
            let headers = letter.headers.unwrap_or_else(OwnedHeaders::new);
            return self.send_without_value(key, value.unwrap_or_default(), headers);
        }
        Err(self.error("a letter", cause, None))
    }

    /// Takes reports for as long as it is needed. Each letter is reported in the end: after the delivery timeout, if not
    /// before.
    fn poll_while(&self, is_needed: impl Fn(&State) -> bool) {
        let (start, mut restore_after) = (Instant::now(), SOON);
        while is_needed(&self.state()) {
            let waited = start.elapsed();
            if waited >= restore_after {
                restore_brokers(self.producer.client(), &self.brokers);
                restore_after = waited + RESTORE_INTERVAL;
            }
            self.producer.poll(if waited < SOON { FIRST_POLLS } else { LATER_POLLS });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.producer.context().state()
    }

    fn error(&self, record: &str, cause: KafkaError, disconnected: Option<String>) -> Kind {
        let advice = match cause.rdkafka_error_code() {
            Some(Code::InvalidRecord) => {
                "; a dead-letter topic must not be compacted: one that is takes no record without a key"
                    .to_owned()
            }
            Some(Code::TopicAuthorizationFailed) => {
                "; the application needs write access to the topic (its ACL)".to_owned()
            }
            Some(Code::MessageTimedOut) => {
                disconnected.map_or_else(String::new, |reason| format!("; no connection: {reason}"))
            }
            _ => String::new(),
        };
        let problem = format!("{record}: {cause}{advice}");
        Kind::Quarantine { place: self.topic.clone(), problem, cause: Arc::new(cause) }
    }
}

impl State {
    fn sent(&mut self, bytes: usize) {
        self.in_flight += 1;
        self.in_flight_bytes += bytes;
    }

    fn reported(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.in_flight_bytes = self.in_flight_bytes.saturating_sub(bytes);
    }

    /// Whether something has to be done about a letter before more are sent.
    fn needs_flush(&self) -> bool {
        self.failed.is_some() || !self.too_large.is_empty()
    }
}

impl Reports {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Reports {
    // What the library prints of its own accord would be noise in a team's log.
    fn log(&self, _level: RDKafkaLogLevel, _facility: &str, _message: &str) {}

    fn error(&self, error: KafkaError, reason: &str) {
        // "All brokers are down" follows each reason, and says nothing.
        if error.rdkafka_error_code() != Some(Code::AllBrokersDown) {
            self.state().disconnected = Some(reason.to_owned());
        }
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        let mut state = self.state();
        state.reported(ticket.bytes);
        match result {
            Ok(_) => state.disconnected = None,
            Err((cause, letter)) if is_too_large(cause) && ticket.attempt != Attempt::WithoutValue => {
                state.too_large.push((ticket.attempt, letter.detach()));
            }
            Err((cause, letter)) => {
                state.failed.get_or_insert_with(|| (origin(letter), cause.clone()));
            }
        }
    }
}

/// Where the record of a letter was.
fn origin(letter: &BorrowedMessage<'_>) -> String {
    let header = |name: &str| {
        let value = letter.headers().and_then(|all| all.iter().find(|it| it.key == name)?.value);
        String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
    };
    let [topic, partition, offset] = ["tiltak.topic", "tiltak.partition", "tiltak.offset"].map(header);
    format!("{topic}, partition {partition}, offset {offset}")
}

fn with_header(headers: OwnedHeaders, (key, value): (&str, &str)) -> OwnedHeaders {
    headers.insert(Header { key, value: Some(value) })
}

fn size(key: Option<&[u8]>, value: Option<&[u8]>) -> usize {
    key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len)
}

fn is_too_large(cause: &KafkaError) -> bool {
    cause.rdkafka_error_code() == Some(Code::MessageSizeTooLarge)
}

fn is_full(cause: &KafkaError) -> bool {
    cause.rdkafka_error_code() == Some(Code::QueueFull)
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::mocking::MockCluster;
    use rdkafka::{Offset, TopicPartitionList};
    use tiltak_schema::decode;
    use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

    use super::*;

    /// A key and a value.
    type Bytes<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

    #[test]
    fn a_tombstone_arrives_as_one_and_null_is_not_empty() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("letters", 1, 1).unwrap();
        let connection = Connection::new(cluster.bootstrap_servers());
        let letters = DeadLetters::open(&connection, "letters".to_owned()).unwrap();
        let cause = decode::optional_key::<SisteTiltakstyperV3>(None).unwrap_err();
        let records: [Bytes<'_>; 4] =
            [(Some(b"key"), None), (None, Some(b"value")), (Some(b""), Some(b"")), (None, None)];

        for (offset, (key, value)) in (0..).zip(records) {
            let record = RecordRef { partition: 0, offset, timestamp: 0, key, value };
            letters.put("my-topic", &record, &cause).unwrap();
        }
        letters.flush().unwrap();

        let consumer: BaseConsumer = connection.client_config().create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("letters", 0, Offset::Beginning).unwrap();
        consumer.assign(&list).unwrap();
        let (start, mut arrived) = (Instant::now(), Vec::new());
        while arrived.len() < records.len() && start.elapsed() < Duration::from_secs(20) {
            if let Some(Ok(letter)) = consumer.poll(Duration::from_millis(100)) {
                arrived.push((letter.key().map(<[u8]>::to_vec), letter.payload().map(<[u8]>::to_vec)));
            }
        }
        let owned = |(key, value): Bytes<'_>| (key.map(<[u8]>::to_vec), value.map(<[u8]>::to_vec));
        assert_eq!(arrived, records.map(owned));
    }

    #[test]
    fn hexadecimal_has_two_digits_for_each_byte() {
        assert_eq!(hex(&[0x00, 0x0a, 0xff]), "000aff");
    }
}
