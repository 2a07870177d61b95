//! One client of librdkafka: what a reader asks of it, and nothing more.
//!
//! The crate `rdkafka` has no safe form of batches, of its log queue, nor of some requests about topics. They are called
//! here, and nothing else in the package is unsafe.
#![expect(unsafe_code, reason = "the library's functions have no safe form; see each block")]

mod admin;
mod brokers;
mod error_code;
mod headers;
mod messages;
mod queue;

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_void};
use std::time::Duration;

use rdkafka::bindings::{rd_kafka_clusterid, rd_kafka_mem_free, rd_kafka_t};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::metadata::MetadataBroker;
use rdkafka::{Offset, TopicPartitionList};

use self::admin::Pending;
pub(super) use self::admin::{OffsetSpec, Offsets, RequestError, TopicMetadata};
pub(crate) use self::brokers::restore_brokers;
pub(super) use self::error_code::ErrorCode;
pub(crate) use self::headers::headers;
pub(super) use self::messages::ConsumerEvent;
use self::queue::{LogLine, Queue};
use crate::connection::Connection;
use crate::error::Kind;

/// A consumer without a group that reads one topic.
///
/// Only what a reader needs can be called. A commit above all cannot: its reply would come through the queue of the
/// records, where a batch loses it.
pub(super) struct Client {
    // Queues have to be given back before their client: the order of the fields.
    log: Option<Queue>,
    settings: Option<Pending<BTreeMap<String, String>>>,
    messages: Option<Queue>,
    consumer: BaseConsumer<Silent>,
    brokers: String,
    topic: String,
}

/// Prints nothing: what the library logs of its own accord would be noise in a team's log.
struct Silent;

impl ClientContext for Silent {
    fn log(&self, _level: RDKafkaLogLevel, _facility: &str, _message: &str) {}
    fn error(&self, _error: rdkafka::error::KafkaError, _reason: &str) {}
}

impl ConsumerContext for Silent {}

impl Client {
    pub(super) fn new(connection: &Connection, topic: &str) -> Result<Self, Kind> {
        let mut config: ClientConfig = connection.client_config();
        config.set_log_level(RDKafkaLogLevel::Info);
        let consumer: BaseConsumer<Silent> =
            config.create_with_context(Silent).map_err(|cause| connection.refused(topic, cause))?;
        let native = consumer.client().native_ptr();
        // SAFETY: the client lives as long as the consumer, which outlives its queues.
        let (log, messages) = unsafe { (Queue::of_log(native), Queue::of_consumer(native)) };
        // What it has logged by now is among the events, and would be printed.
        let _ = consumer.poll(Duration::ZERO);
        let (brokers, topic) = (connection.brokers.clone(), topic.to_owned());
        Ok(Self { log, settings: None, messages, consumer, brokers, topic })
    }

    fn native(&self) -> *mut rd_kafka_t {
        self.consumer.client().native_ptr()
    }

    /// A broker that answers.
    pub(super) fn any_broker(&self, timeout: Duration) -> Result<i32, RequestError> {
        restore_brokers(self.consumer.client(), &self.brokers);
        let metadata = self.consumer.fetch_metadata(Some(&self.topic), timeout);
        let metadata = metadata.map_err(|cause| cause.rdkafka_error_code().unwrap_or(Code::Fail))?;
        let broker = match metadata.orig_broker_id() {
            // One of those that the connection names, whose number was not known when it was asked.
            ..0 => metadata.brokers().first().map(MetadataBroker::id),
            broker => Some(broker),
        };
        broker.ok_or_else(|| Code::AllBrokersDown.into())
    }

    /// Asks a broker for the topic's id, partitions and rights.
    pub(super) fn describe_topic(
        &self,
        broker: i32,
        timeout: Duration,
    ) -> Result<TopicMetadata, RequestError> {
        // SAFETY: the client lives as long as this, which outlives the answer.
        unsafe { admin::describe_topic(self.native(), broker, &self.topic, timeout) }?.wait()
    }

    /// Asks the leaders for offsets of these partitions, for one of each kind: they answer in that order.
    pub(super) fn list_offsets(
        &self,
        partitions: &[i32],
        specs: &[OffsetSpec],
        timeout: Duration,
    ) -> Result<Vec<Offsets>, RequestError> {
        let asked = self.ask_for_offsets(partitions, specs, timeout)?;
        asked.iter().map(Pending::wait).collect()
    }

    /// Both at once, the offsets first: while records are fetched, an answer waits behind theirs on the same connection
    /// for as long as the broker holds that back, and two answers in turn wait twice as long.
    pub(super) fn describe_topic_with_offsets(
        &self,
        broker: i32,
        partitions: &[i32],
        specs: &[OffsetSpec],
        timeout: Duration,
    ) -> Result<(TopicMetadata, Vec<Offsets>), RequestError> {
        let asked = self.ask_for_offsets(partitions, specs, timeout)?;
        let topic = self.describe_topic(broker, timeout)?;
        let offsets: Result<_, _> = asked.iter().map(Pending::wait).collect();
        Ok((topic, offsets?))
    }

    fn ask_for_offsets(
        &self,
        partitions: &[i32],
        specs: &[OffsetSpec],
        timeout: Duration,
    ) -> Result<Vec<Pending<Offsets>>, RequestError> {
        let ask = |&spec: &OffsetSpec| {
            let partitions = partitions.iter().copied();
            // SAFETY: the client lives as long as this, which outlives the answers.
            unsafe { admin::list_offsets(self.native(), &self.topic, partitions, spec, timeout) }
        };
        specs.iter().map(ask).collect()
    }

    /// The topic's settings, once they have come. The first call asks a broker for them; no call waits.
    pub(super) fn settings(
        &mut self,
        broker: i32,
        timeout: Duration,
    ) -> Option<Result<BTreeMap<String, String>, RequestError>> {
        if self.settings.is_none() {
            // SAFETY: the client lives as long as this, which gives the answer's queue back first.
            match unsafe { admin::describe_configs(self.native(), broker, &self.topic, timeout) } {
                Ok(asked) => self.settings = Some(asked),
                Err(error) => return Some(Err(error)),
            }
        }
        self.settings.as_ref().and_then(Pending::now)
    }

    /// The id of the cluster, as the brokers told it last.
    pub(super) fn cluster_id(&self) -> Option<String> {
        // SAFETY: the client is alive. What is returned is null or a text that ends with a zero, to be freed by the caller.
        unsafe {
            let id: *mut c_char = rd_kafka_clusterid(self.native(), 0);
            if id.is_null() {
                return None;
            }
            let copy = CStr::from_ptr(id).to_string_lossy().into_owned();
            rd_kafka_mem_free(self.native(), id.cast::<c_void>());
            Some(copy)
        }
    }

    /// Reads these partitions from these offsets on, and no others. Returns when those that were read before have stopped.
    pub(super) fn assign(&self, positions: &BTreeMap<i32, i64>) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in positions {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset))?;
        }
        self.consumer.assign(&list)?;
        // Taken away once more while it stops, by the next assignment or the client's end, a partition aborts the process
        // (librdkafka's issue 5573, in all versions to 2.15.0). The library's thread works through its queue in order: it
        // has stopped them all before the first answer, and has noted that before the second.
        for _ in 0..2 {
            self.consumer.assignment()?;
        }
        Ok(())
    }

    /// The next offset of each partition, as the library has it.
    pub(super) fn positions(&self) -> Vec<(i32, i64)> {
        let Ok(list) = self.consumer.position() else { return Vec::new() };
        let position = |(partition, offset)| match offset {
            Offset::Offset(offset) => Some((partition, offset)),
            _ => None,
        };
        list.elements().iter().filter_map(|it| position((it.partition(), it.offset()))).collect()
    }

    /// Takes up to `most` events. Waits for at most `timeout` until there are so many. Returns how many there were.
    pub(super) fn take(&self, most: usize, timeout: Duration, each: impl FnMut(ConsumerEvent<'_>)) -> usize {
        self.messages.as_ref().map_or(0, |queue| messages::take(queue, most, timeout, each))
    }

    /// The error that the client can never get over, and its reason, if there was one.
    pub(super) fn fatal_error(&self) -> Option<(ErrorCode, String)> {
        // SAFETY: the client is alive.
        unsafe { ErrorCode::fatal(self.native()) }
    }

    /// The next line that was logged. Waits for at most `timeout`.
    pub(super) fn log_line(&self, timeout: Duration) -> Option<LogLine> {
        self.log.as_ref()?.poll(timeout)?.log_line()
    }

    /// Makes the client fail for good.
    #[cfg(test)]
    pub(super) fn fail(&self, code: rdkafka::types::RDKafkaRespErr) {
        // SAFETY: the client is alive, and the text ends with a zero.
        let _ = unsafe {
            rdkafka::bindings::rd_kafka_test_fatal_error(self.native(), code, c"made by a test".as_ptr())
        };
    }
}
