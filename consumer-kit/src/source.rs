//! A topic as a stream of records, from the beginning, without a consumer group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::connection::Connection;
use crate::error::Kind;
use crate::progress::Progress;

/// How long a broker may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(8);
/// How often a broker is asked about a topic that it does not know yet.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// How long a topic may be unknown: a cluster needs a moment to know a new one everywhere.
const NEW_TOPIC: Duration = Duration::from_secs(2);
/// How long a partition may be without the leader that its metadata name: a new or moved one takes a moment.
const NEW_LEADER: Duration = Duration::from_secs(8);

/// Reads one topic. A consumer of its own: the end of a partition is reported without the topic's name.
pub(crate) struct Source {
    consumer: BaseConsumer,
    topic: String,
    progress: BTreeMap<i32, Progress>,
}

impl Source {
    /// Connects, captures the end of each partition, and starts at its beginning.
    pub(crate) fn open(connection: &Connection, topic: &str) -> Result<Self, Kind> {
        let kafka = |cause| Kind::Kafka { topic: topic.to_owned(), cause };
        let consumer: BaseConsumer = connection.client_config().create().map_err(kafka)?;
        let partitions = partitions(&consumer, connection, topic)?;
        let mut source = Self { consumer, topic: topic.to_owned(), progress: BTreeMap::new() };
        for partition in partitions {
            let (start, end) = source.watermarks(partition)?;
            source.progress.insert(partition, Progress::new(start, end));
        }
        source.assign()?;
        Ok(source)
    }

    /// Captures the end of each partition anew.
    pub(crate) fn capture(&mut self) -> Result<(), Kind> {
        let partitions: Vec<i32> = self.progress.keys().copied().collect();
        for partition in partitions {
            let (_, end) = self.watermarks(partition)?;
            if let Some(progress) = self.progress.get_mut(&partition) {
                progress.aim(end);
            }
        }
        // Assigned anew, so that an end of the partition that was queued before the capture is forgotten.
        self.assign()
    }

    fn watermarks(&self, partition: i32) -> Result<(i64, i64), Kind> {
        let start = Instant::now();
        loop {
            match self.consumer.fetch_watermarks(&self.topic, partition, ANSWER_LIMIT) {
                Err(cause) if lacks_leader(&cause) && start.elapsed() < NEW_LEADER => {
                    std::thread::sleep(ASK_AGAIN);
                }
                answer => return answer.map_err(|cause| self.kafka(cause)),
            }
        }
    }

    fn assign(&self) -> Result<(), Kind> {
        let mut assignment = TopicPartitionList::new();
        for (partition, progress) in &self.progress {
            assignment
                .add_partition_offset(&self.topic, *partition, Offset::Offset(progress.position))
                .map_err(|cause| self.kafka(cause))?;
        }
        self.consumer.assign(&assignment).map_err(|cause| self.kafka(cause))
    }

    /// The next record, if one comes within `limit`. The progress counts it as read.
    pub(crate) fn next(&mut self, limit: Duration) -> Result<Option<BorrowedMessage<'_>>, Kind> {
        match self.consumer.poll(limit) {
            None => Ok(None),
            Some(Ok(message)) => {
                if let Some(progress) = self.progress.get_mut(&message.partition()) {
                    progress.read(message.offset());
                }
                Ok(Some(message))
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                if let Some(progress) = self.progress.get_mut(&partition) {
                    progress.end();
                }
                Ok(None)
            }
            Some(Err(cause)) if is_passing(&cause) => Ok(None),
            Some(Err(cause)) => Err(Kind::Kafka { topic: self.topic.clone(), cause }),
        }
    }

    /// Partitions with their progress.
    pub(crate) fn progress(&self) -> &BTreeMap<i32, Progress> {
        &self.progress
    }

    pub(crate) fn has_caught_up(&self) -> bool {
        self.progress.values().all(Progress::has_caught_up)
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    fn kafka(&self, cause: KafkaError) -> Kind {
        Kind::Kafka { topic: self.topic.clone(), cause }
    }
}

fn partitions(consumer: &BaseConsumer, connection: &Connection, topic: &str) -> Result<Vec<i32>, Kind> {
    let start = Instant::now();
    loop {
        let metadata = consumer.fetch_metadata(Some(topic), ANSWER_LIMIT).map_err(|cause| {
            Kind::Unreachable { brokers: connection.brokers.clone(), limit: ANSWER_LIMIT, cause }
        })?;
        let found: Vec<i32> = metadata
            .topics()
            .iter()
            .filter(|it| it.name() == topic && it.error().is_none())
            .flat_map(|it| it.partitions().iter().map(rdkafka::metadata::MetadataPartition::id))
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
        if start.elapsed() > NEW_TOPIC {
            return Err(Kind::MissingTopic { topic: topic.to_owned(), brokers: connection.brokers.clone() });
        }
        std::thread::sleep(ASK_AGAIN);
    }
}

/// Answers of a broker that does not lead the partition, not yet or no longer.
fn lacks_leader(error: &KafkaError) -> bool {
    use rdkafka::error::RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::ReplicaNotAvailable
                | Code::UnknownTopicOrPartition
        )
    )
}

/// Errors after which librdkafka goes on by itself.
fn is_passing(error: &KafkaError) -> bool {
    use rdkafka::error::RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::OperationTimedOut | Code::Resolve)
    )
}
