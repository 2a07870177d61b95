//! A member of a consumer group as a feed.
//!
//! Each partition has a queue of its own. While too many of its records wait, the queue is not read: librdkafka stops
//! fetching when its queue is full, and delivers at once when it is read again. (After a `pause` it delivers nothing
//! for a second.) The queue is split off when the partition is assigned, before anything is fetched. The main queue
//! is read at each poll, because rebalances and errors come there.
//!
//! Rebalances are answered outside of the client's callback: when the core has decided where to begin, or when the
//! records in progress have ended. The client waits for the answer, and stays a member meanwhile.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Thread;
use std::time::Duration;

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::committer::Committer;
use super::feed::{Arrival, Feed, Sink};
use super::membership::{Membership, Rebalance, assign, unassign};
use super::watcher::Watcher;
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::events::core::{Commit, Committed, StartAt};
use crate::health::Moment;
use crate::source::{KafkaSource, RecordRef, headers, restore_brokers};

/// How long the coordinator may take to say what was committed.
const COMMITTED_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the client may take to move to another offset. It asks nobody.
const SEEK_TIMEOUT: Duration = Duration::from_secs(1);
/// Records that are taken from a partition before it is the next one's turn.
const IN_A_ROW: usize = 256;
/// What stands before the topic's id in the metadata of a committed offset.
const TOPIC_ID: &str = "tiltak.topic-id=";

/// A member of a consumer group. The queues go before the consumer, as the library wants it: the order of the fields.
pub(crate) struct GroupFeed {
    topic: String,
    connection: Connection,
    config: ClientConfig,
    reader: Thread,
    watcher: Watcher,
    committer: Committer<Membership>,
    queues: BTreeMap<i32, PartitionQueue<Membership>>,
    /// An assignment that is not answered yet, and where its partitions begin, as far as that is known.
    assigned: Option<BTreeMap<i32, Option<StartAt>>>,
    /// Places that the client has not moved to yet. Their partitions are not read meanwhile.
    seeks: BTreeMap<i32, StartAt>,
    consumer: Arc<BaseConsumer<Membership>>,
}

impl GroupFeed {
    /// Connects, and joins the group. Blocks; the thread that calls this is the one that reads.
    ///
    /// # Errors
    /// What a table's client says of the brokers and the topic; a setting that librdkafka does not know.
    pub(crate) fn open(
        connection: &Connection,
        topic: &str,
        group: &str,
        refresh_interval: Duration,
    ) -> Result<Self, Error> {
        let source = KafkaSource::open(connection, topic)?;
        let reader = std::thread::current();
        let watcher = Watcher::start(source, reader.clone())?;
        let committer = Committer::start(topic, reader.clone())?;
        let mut config = connection.group_config(group);
        let statistics_interval = refresh_interval.as_millis().clamp(100, 86_400_000);
        config
            .set("statistics.interval.ms", statistics_interval.to_string())
            .set_log_level(RDKafkaLogLevel::Warning);
        let consumer = join(connection, &config, topic, &reader)?;
        Ok(Self {
            topic: topic.to_owned(),
            connection: connection.clone(),
            config,
            reader,
            watcher,
            committer,
            queues: BTreeMap::new(),
            assigned: None,
            seeks: BTreeMap::new(),
            consumer,
        })
    }

    /// Hands over what the client has said beside records.
    fn hand_over_membership(&mut self, sink: &mut dyn Sink) {
        let (rebalances, group, reason) = {
            let mut events = self.consumer.context().events();
            let is_news = std::mem::take(&mut events.is_news);
            let reason = events.reason.clone().filter(|_| is_news);
            (std::mem::take(&mut events.rebalances), events.group.take(), reason)
        };
        for rebalance in rebalances {
            match rebalance {
                Rebalance::Assign(partitions) => self.split(partitions, sink),
                Rebalance::Revoke { partitions, is_lost } => {
                    sink.take(Arrival::Revoked { partitions, is_lost });
                }
            }
        }
        while let Some((partitions, outcome)) = self.committer.answer() {
            sink.take(Arrival::Committed { partitions, outcome });
        }
        if let Some(reason) = reason {
            sink.take(Arrival::ConnectionFailed { reason });
        }
        if let Some((is_member, trouble)) = group {
            restore_brokers(self.consumer.client(), &self.connection.brokers);
            sink.take(Arrival::Group { is_member, trouble });
        }
    }

    /// Gives each assigned partition a queue of its own.
    fn split(&mut self, partitions: Vec<i32>, sink: &mut dyn Sink) {
        for &partition in &partitions {
            let Some(mut queue) = self.consumer.split_partition_queue(&self.topic, partition) else {
                let cause = format!("the client has no queue for partition {partition}");
                sink.take(Arrival::Failed(Error::source_failed(&self.topic, cause)));
                return;
            };
            let reader = self.reader.clone();
            queue.set_nonempty_callback(move || reader.unpark());
            self.queues.insert(partition, queue);
        }
        self.assigned = Some(partitions.iter().map(|partition| (*partition, None)).collect());
        if partitions.is_empty() {
            // Nothing has to be decided.
            if let Err(error) = self.answer_assignment() {
                sink.take(Arrival::Failed(error));
            }
        }
        sink.take(Arrival::Assigned { partitions, at: None });
    }

    /// Answers the assignment, if it is known where all of its partitions begin.
    fn answer_assignment(&mut self) -> Result<(), Error> {
        let Some(places) = &self.assigned else { return Ok(()) };
        let Some(places) = places.iter().map(|(it, at)| at.map(|at| (*it, at))).collect::<Option<Vec<_>>>()
        else {
            return Ok(());
        };
        let list = self.list(places).map_err(|cause| self.failed(cause))?;
        self.assigned = None;
        assign(&self.consumer, &list).map_err(|cause| self.failed(cause))
    }

    fn list(&self, places: impl IntoIterator<Item = (i32, StartAt)>) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        for (partition, at) in places {
            let offset = match at {
                StartAt::Offset(offset) => Offset::Offset(offset),
                StartAt::LogStart => Offset::Beginning,
                StartAt::LogEnd => Offset::End,
            };
            list.add_partition_offset(&self.topic, partition, offset)?;
        }
        Ok(list)
    }

    fn try_to_seek(&mut self) {
        if self.seeks.is_empty() {
            return;
        }
        let places = self.seeks.iter().map(|(partition, at)| (*partition, *at));
        let Ok(list) = self.list(places) else { return };
        let Ok(outcome) = self.consumer.seek_partitions(list, SEEK_TIMEOUT) else { return };
        let moved = outcome.elements();
        for element in moved.iter().filter(|it| it.error().is_ok()) {
            self.seeks.remove(&element.partition());
        }
    }

    /// Hands over the records of each partition that has room.
    fn hand_over_records(&self, sink: &mut dyn Sink) -> bool {
        let (mut any, mut ended) = (false, Vec::new());
        for (&partition, queue) in &self.queues {
            if self.seeks.contains_key(&partition) {
                continue;
            }
            for _ in 0..IN_A_ROW {
                if !sink.has_room(partition) {
                    break;
                }
                match queue.poll(Duration::ZERO) {
                    Some(Ok(message)) => hand_over(&message, sink),
                    Some(Err(KafkaError::PartitionEOF(partition))) => ended.push(partition),
                    Some(Err(cause)) => self.hand_over_error(Some(partition), cause, sink),
                    None => break,
                }
                any = true;
            }
        }
        if !ended.is_empty() {
            self.hand_over_ends(&ended, sink);
        }
        any
    }

    /// All records before the client's position have come. It is past control records, which are never handed out.
    fn hand_over_ends(&self, ended: &[i32], sink: &mut dyn Sink) {
        let positions = self.consumer.position().ok();
        for &partition in ended {
            let found = positions.as_ref().and_then(|it| it.find_partition(&self.topic, partition));
            let position = found.and_then(|it| match it.offset() {
                Offset::Offset(position) => Some(position),
                _ => None,
            });
            sink.take(Arrival::AtEnd { partition, position });
        }
    }

    fn hand_over_error(&self, partition: Option<i32>, cause: KafkaError, sink: &mut dyn Sink) {
        let is_fatal = matches!(cause, KafkaError::MessageConsumptionFatal(_));
        match (cause.rdkafka_error_code(), partition) {
            (Some(Code::GroupAuthorizationFailed), _) => {
                sink.take(Arrival::GroupForbidden { has_left: is_fatal });
            }
            // The client has given up its partitions, and tells nobody.
            _ if is_fatal => sink.take(Arrival::Lost(self.failed(cause))),
            (Some(Code::InconsistentGroupProtocol), _) => sink.take(Arrival::Failed(self.failed(cause))),
            (Some(Code::TopicAuthorizationFailed), partition) => sink.take(Arrival::Forbidden { partition }),
            (Some(Code::AutoOffsetReset | Code::OffsetOutOfRange | Code::NoOffset), Some(partition)) => {
                sink.take(Arrival::OutOfRange { partition });
            }
            // The library gets over the rest by itself.
            _ => tracing::debug!(topic = self.topic, partition, %cause, "an error that passes"),
        }
    }

    fn failed(&self, cause: KafkaError) -> Error {
        let topic = self.topic.clone();
        let kind = match self.consumer.client().fatal_error() {
            Some((_, reason)) => Kind::Fatal { topic, cause: Box::new(cause), reason },
            None => Kind::Kafka { topic, cause },
        };
        kind.into()
    }

    /// Nobody answers rebalances any more. What is to be answered is.
    fn stop_answering(&mut self) {
        self.consumer.context().is_closing.store(true, Ordering::SeqCst);
        self.queues.clear();
        if let Some(places) = self.assigned.take()
            && let Ok(list) = self.list(places.into_keys().map(|partition| (partition, StartAt::LogEnd)))
        {
            let _ = assign(&self.consumer, &list);
        }
    }
}

impl Feed for GroupFeed {
    fn poll(&mut self, timeout: Duration, sink: &mut dyn Sink) {
        while let Some(polled) = self.consumer.poll(Duration::ZERO) {
            match polled {
                Ok(message) => hand_over(&message, sink),
                Err(cause) => self.hand_over_error(None, cause, sink),
            }
        }
        self.hand_over_membership(sink);
        match self.watcher.answer() {
            Ok(None) => {}
            Ok(Some(answer)) => {
                sink.take(Arrival::Described { asked: answer.asked, outcome: answer.outcome });
            }
            Err(()) => {
                let cause = "the thread that describes the topic has panicked";
                sink.take(Arrival::Failed(Error::source_failed(&self.topic, cause)));
            }
        }
        self.try_to_seek();
        if !self.hand_over_records(sink) {
            std::thread::park_timeout(timeout);
        }
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<Committed>>, Error> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.topic, *partition);
        }
        let found = self.consumer.committed_offsets(list, COMMITTED_TIMEOUT);
        let found = found.map_err(|cause| self.failed(cause))?;
        let mut committed = BTreeMap::new();
        for element in found.elements() {
            element.error().map_err(|cause| self.failed(cause))?;
            let offset = match element.offset() {
                Offset::Offset(offset) => Some(Committed { offset, topic_id: topic_id(&element) }),
                _ => None,
            };
            committed.insert(element.partition(), offset);
        }
        Ok(committed)
    }

    fn start(&mut self, places: &BTreeMap<i32, StartAt>) -> Result<(), Error> {
        for (partition, at) in self.assigned.iter_mut().flatten() {
            *at = places.get(partition).copied().or(*at);
        }
        self.answer_assignment()
    }

    fn seek(&mut self, places: &BTreeMap<i32, StartAt>) {
        self.seeks.extend(places.iter().filter(|(partition, _)| self.queues.contains_key(partition)));
        self.try_to_seek();
    }

    fn release(&mut self, partitions: &[i32]) {
        self.queues.retain(|partition, _| !partitions.contains(partition));
        self.seeks.retain(|partition, _| !partitions.contains(partition));
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.topic, *partition);
        }
        if let Err(cause) = unassign(&self.consumer, &list) {
            tracing::warn!(topic = self.topic, %cause, "partitions could not be given back");
        }
    }

    fn commit(&mut self, commits: &[Commit]) -> Result<(), Error> {
        let failed = |cause| Kind::Kafka { topic: self.topic.clone(), cause };
        let mut list = TopicPartitionList::new();
        for Commit { partition, offset, topic_id } in commits {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset)).map_err(failed)?;
            if let Some(id) = topic_id
                && let Some(mut element) = list.find_partition(&self.topic, *partition)
            {
                element.set_metadata(format!("{TOPIC_ID}{id}"));
            }
        }
        self.committer.ask(&self.consumer, list);
        Ok(())
    }

    fn describe(&mut self, asked: Moment) {
        self.watcher.ask(asked);
    }

    fn rejoin(&mut self) -> Result<(), Error> {
        self.stop_answering();
        self.seeks.clear();
        self.consumer = join(&self.connection, &self.config, &self.topic, &self.reader)?;
        Ok(())
    }
}

impl Drop for GroupFeed {
    fn drop(&mut self) {
        self.stop_answering();
    }
}

fn join(
    connection: &Connection,
    config: &ClientConfig,
    topic: &str,
    reader: &Thread,
) -> Result<Arc<BaseConsumer<Membership>>, Error> {
    let failed = |cause| connection.refused(topic, cause);
    let membership = Membership::new(topic);
    let mut consumer: BaseConsumer<_> = config.create_with_context(membership).map_err(failed)?;
    let reader = reader.clone();
    consumer.set_nonempty_callback(move || reader.unpark());
    consumer.subscribe(&[topic]).map_err(failed)?;
    Ok(Arc::new(consumer))
}

fn hand_over(message: &BorrowedMessage<'_>, sink: &mut dyn Sink) {
    let record = RecordRef {
        partition: message.partition(),
        offset: message.offset(),
        timestamp: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key(),
        value: message.payload(),
    };
    sink.take(Arrival::Record(record, headers(message)));
}

/// The topic that a committed offset is of. Whoever else commits for the group may put anything there, also what is no
/// UTF-8, which the bindings panic at.
fn topic_id(element: &TopicPartitionListElem<'_>) -> Option<String> {
    let metadata = catch_unwind(AssertUnwindSafe(|| element.metadata().to_owned())).ok()?;
    metadata.strip_prefix(TOPIC_ID).map(str::to_owned)
}
