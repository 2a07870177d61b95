//! The thread that reads for an event consumer: a member of the group.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::view::Read;
use tokio::sync::oneshot;

use super::event::Received;
use super::shared::Shared;
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::poison::{OnPoison, Poison};
use crate::source::{KafkaSource, RecordRef};

/// How long a poll may block: so long it takes to see that a partition may go on.
const STEP: Duration = Duration::from_millis(20);

/// How to read.
pub(crate) struct Options {
    pub(crate) poison: OnPoison,
    pub(crate) most_waiting: usize,
    pub(crate) most_bytes: usize,
    pub(crate) drain_limit: Duration,
    pub(crate) commit_every: Duration,
}

/// Hears of partitions that come and go.
struct Membership<T: Topic> {
    shared: Arc<Shared<T>>,
    drain_limit: Duration,
}

pub(crate) struct Driver<T: Topic> {
    shared: Arc<Shared<T>>,
    brokers: String,
    consumer: BaseConsumer<Membership<T>>,
    poison: Poison,
    options: Options,
}

impl<T: Topic> Driver<T> {
    /// Connects, and joins the group. Blocks.
    pub(crate) fn open(
        connection: &Connection,
        shared: Arc<Shared<T>>,
        options: Options,
    ) -> Result<Self, Error> {
        // What is wrong with the broker or the topic is told by the client of a table.
        KafkaSource::open(connection, &shared.topic)?;
        let poison = Poison::new(options.poison.clone())?;
        let failed = |cause| Kind::Kafka { topic: shared.topic.clone(), cause };
        let membership = Membership { shared: Arc::clone(&shared), drain_limit: options.drain_limit };
        let mut config = connection.group_config(&shared.group);
        config.set_log_level(RDKafkaLogLevel::Warning);
        let consumer: BaseConsumer<_> = config
            .create_with_context(membership)
            .map_err(|cause| connection.refused(&shared.topic, cause))?;
        consumer.subscribe(&[&shared.topic]).map_err(failed)?;
        Ok(Self { shared, brokers: connection.brokers.clone(), consumer, poison, options })
    }

    /// Reads until it is stopped.
    pub(crate) fn run(mut self, opened: oneshot::Sender<Result<(), Error>>) {
        if opened.send(Ok(())).is_err() {
            self.shared.abandon.store(true, Ordering::Relaxed);
        }
        let result = if self.abandoned() { Ok(()) } else { self.follow() };
        if result.as_ref().is_err_and(Error::is_undecodable) {
            // Else the same few records would be handled after each restart.
            self.shared.finish_all(self.options.drain_limit);
        }
        let committed = self.leave();
        let shared = Arc::clone(&self.shared);
        drop(self);
        shared.close(result.and(committed).err());
    }

    fn abandoned(&self) -> bool {
        self.shared.abandon.load(Ordering::Relaxed)
    }

    fn follow(&mut self) -> Result<(), Error> {
        let mut committed = Instant::now();
        while !self.shared.stop.load(Ordering::Relaxed) && !self.abandoned() {
            match self.consumer.poll(STEP) {
                Some(Ok(message)) => self.feed(&message)?,
                Some(Err(KafkaError::PartitionEOF(partition))) => self.at_end(partition),
                Some(Err(cause)) => self.judge(cause)?,
                None => {}
            }
            self.resume();
            if committed.elapsed() >= self.options.commit_every {
                committed = Instant::now();
                // What goes wrong is told to `commit_callback`, and committed the next time.
                let _ = commit(&self.shared, &self.consumer, CommitMode::Async);
            }
        }
        Ok(())
    }

    fn feed(&self, message: &BorrowedMessage<'_>) -> Result<(), Error> {
        let (partition, offset) = (message.partition(), message.offset());
        let (key, value) = (message.key(), message.payload());
        let timestamp = message.timestamp().to_millis().unwrap_or(-1);
        match decode_record(key, value) {
            Ok(record) => {
                let headers = message.headers().into_iter().flat_map(Headers::iter);
                let headers = headers.map(|it| (it.key.to_owned(), it.value.map(<[u8]>::to_vec))).collect();
                let received = Received { record, partition, offset, timestamp, headers };
                self.shared.push(
                    received,
                    key.unwrap_or_default(),
                    key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len),
                );
                self.pause(partition);
            }
            Err(cause) => {
                self.shared.count_undecodable();
                let record = RecordRef { partition, offset, timestamp, key, value };
                self.poison.put(&self.shared.topic, &record, &cause)?;
                self.poison.flush()?;
                self.shared.state().tracker.pass(partition, offset + 1);
            }
        }
        Ok(())
    }

    /// All records before the consumer's position have come. It is past control records, which are never handed out.
    fn at_end(&self, partition: i32) {
        let position = self.consumer.position().ok().and_then(|positions| {
            match positions.find_partition(&self.shared.topic, partition)?.offset() {
                Offset::Offset(position) => Some(position),
                _ => None,
            }
        });
        let mut state = self.shared.state();
        state.at_end.insert(partition);
        if let Some(position) = position {
            state.tracker.pass(partition, position);
        }
    }

    fn judge(&self, cause: KafkaError) -> Result<(), Error> {
        let Shared { topic, group, .. } = &*self.shared;
        match cause.rdkafka_error_code() {
            Some(Code::GroupAuthorizationFailed) => {
                Err(Kind::ForbiddenGroup { topic: topic.clone(), group: group.clone() }.into())
            }
            Some(Code::TopicAuthorizationFailed) => {
                Err(Kind::Forbidden { topic: topic.clone(), brokers: self.brokers.clone() }.into())
            }
            _ if matches!(cause, KafkaError::MessageConsumptionFatal(_)) => {
                let reason =
                    self.consumer.client().fatal_error().map_or_else(String::new, |(_, reason)| reason);
                Err(Kind::Fatal { topic: topic.clone(), cause, reason }.into())
            }
            Some(Code::InconsistentGroupProtocol) => Err(Kind::Kafka { topic: topic.clone(), cause }.into()),
            // The library gets over the rest by itself.
            _ => Ok(()),
        }
    }

    fn pause(&self, partition: i32) {
        let Options { most_waiting, most_bytes, .. } = self.options;
        let mut state = self.shared.state();
        let (records, bytes) = state.tracker.waiting(partition);
        let is_full = records >= most_waiting || bytes >= most_bytes;
        if is_full && self.consumer.pause(&self.list(&[partition])).is_ok() {
            state.paused.insert(partition);
        }
    }

    fn resume(&self) {
        let Options { most_waiting, most_bytes, .. } = self.options;
        let mut state = self.shared.state();
        let has_room =
            |(records, bytes): (usize, usize)| records <= most_waiting / 2 && bytes <= most_bytes / 2;
        let room: Vec<_> =
            state.paused.iter().copied().filter(|it| has_room(state.tracker.waiting(*it))).collect();
        if !room.is_empty() && self.consumer.resume(&self.list(&room)).is_ok() {
            state.paused.retain(|it| !room.contains(it));
        }
    }

    fn list(&self, partitions: &[i32]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.shared.topic, *partition);
        }
        list
    }

    /// Ends what is under way, and commits.
    fn leave(&self) -> Result<(), Error> {
        let partitions: Vec<_> = self.shared.state().tracker.partitions().collect();
        self.shared.state().tracker.halt_all();
        let limit = if self.abandoned() { Duration::ZERO } else { self.options.drain_limit };
        self.shared.quiet(&partitions, limit);
        if self.abandoned() {
            return Ok(());
        }
        let cause = |cause| Kind::Kafka { topic: self.shared.topic.clone(), cause }.into();
        commit(&self.shared, &self.consumer, CommitMode::Sync).map_err(cause)
    }
}

fn commit<T: Topic, C: ConsumerContext>(
    shared: &Shared<T>,
    consumer: &BaseConsumer<C>,
    mode: CommitMode,
) -> KafkaResult<()> {
    let mut state = shared.state();
    let mut offsets = TopicPartitionList::new();
    let partitions: Vec<_> = state.tracker.partitions().collect();
    for partition in partitions {
        if let Some(offset) = state.tracker.committable(partition) {
            offsets.add_partition_offset(&shared.topic, partition, Offset::Offset(offset))?;
            state.tracker.committed(partition, offset);
        }
    }
    drop(state);
    if offsets.count() == 0 {
        return Ok(());
    }
    consumer.commit(&offsets, mode).inspect_err(|_| not_committed(shared, &offsets))
}

fn not_committed<T: Topic>(shared: &Shared<T>, offsets: &TopicPartitionList) {
    let mut state = shared.state();
    for element in offsets.elements() {
        state.tracker.not_committed(element.partition());
    }
}

impl<T: Topic> ClientContext for Membership<T> {
    fn stats(&self, statistics: Statistics) {
        let Some(topic) = statistics.topics.get(&self.shared.topic) else { return };
        let mut state = self.shared.state();
        for it in topic.partitions.values() {
            let end = if it.ls_offset >= 0 { it.ls_offset } else { it.hi_offset };
            if end >= 0 {
                state.ends.insert(it.partition, end);
            }
        }
    }
}

impl<T: Topic> ConsumerContext for Membership<T> {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let partitions = |list: &TopicPartitionList| -> Vec<i32> {
            list.elements().iter().map(TopicPartitionListElem::partition).collect()
        };
        match rebalance {
            Rebalance::Assign(list) => {
                let mut state = self.shared.state();
                for partition in partitions(list) {
                    state.tracker.assign(partition);
                }
            }
            Rebalance::Revoke(list) => {
                let gone = partitions(list);
                let abandon = self.shared.abandon.load(Ordering::Relaxed);
                // Partitions that are lost may be another member's already.
                let is_lost = consumer.assignment_lost();
                let limit = if abandon || is_lost { Duration::ZERO } else { self.drain_limit };
                self.shared.quiet(&gone, limit);
                if !abandon && !is_lost {
                    // If it fails, what was done is handled again by the next member.
                    let _ = commit(&self.shared, consumer, CommitMode::Sync);
                }
                let _ = consumer.resume(list);
                let mut state = self.shared.state();
                for partition in gone {
                    state.tracker.release(partition);
                    state.at_end.remove(&partition);
                    state.ends.remove(&partition);
                    state.paused.remove(&partition);
                }
            }
            Rebalance::Error(_) => {}
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        if result.is_err() {
            not_committed(&self.shared, offsets);
        }
    }
}

fn decode_record<T: Topic>(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Record<T, Read>, DecodeError> {
    match key {
        Some(key) => Record::decode(key, value),
        None => decode::optional_key::<T>(None).map(|key| Record::Tombstone { key }),
    }
}
