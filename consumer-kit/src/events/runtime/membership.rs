//! What the client of a group member reports besides records: rebalances, its state in the group, and why a
//! connection failed. This module only stores it for the reading thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::RDKafkaRespErr;

/// Hears what the client tells beside records.
pub(super) struct Membership {
    pub(super) topic: String,
    pub(super) events: Mutex<MembershipEvents>,
    /// Nobody answers a rebalance any more: partitions are given back at once.
    pub(super) is_closing: AtomicBool,
}

#[derive(Default)]
pub(super) struct MembershipEvents {
    pub(super) rebalances: VecDeque<Rebalance>,
    /// Whether it is a member, and what keeps the coordinator away.
    pub(super) group: Option<(bool, Option<String>)>,
    /// The last thing that went wrong with a connection, and whether that is news.
    pub(super) reason: Option<String>,
    pub(super) is_news: bool,
}

pub(super) enum Rebalance {
    Assign(Vec<i32>),
    Revoke { partitions: Vec<i32>, is_lost: bool },
}

pub(super) fn assign(consumer: &BaseConsumer<Membership>, list: &TopicPartitionList) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_assign(list),
        RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.assign(list),
    }
}

pub(super) fn unassign(consumer: &BaseConsumer<Membership>, list: &TopicPartitionList) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
        RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.unassign(),
    }
}

impl Membership {
    pub(super) fn new(topic: &str) -> Self {
        Self { topic: topic.to_owned(), events: Mutex::default(), is_closing: AtomicBool::new(false) }
    }

    pub(super) fn events(&self) -> MutexGuard<'_, MembershipEvents> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Membership {
    fn stats(&self, statistics: Statistics) {
        let Some(group) = statistics.cgrp else { return };
        let mut events = self.events();
        let trouble = (group.state != "up").then(|| {
            let reason = events.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            format!("the client has no coordinator for the group{reason}")
        });
        if trouble.is_none() {
            events.reason = None;
        }
        events.group = Some((group.state == "up" && group.join_state == "steady", trouble));
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(topic = self.topic, ?level, facility, message, "librdkafka");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // MembershipEvents for each end, and after each reason.
        let is_noise = matches!(error.rdkafka_error_code(), Some(Code::PartitionEOF | Code::AllBrokersDown));
        if !is_noise {
            let mut events = self.events();
            (events.reason, events.is_news) = (Some(reason.to_owned()), true);
        }
    }
}

impl ConsumerContext for Membership {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions = || list.elements().iter().map(TopicPartitionListElem::partition).collect();
        let is_closing = self.is_closing.load(Ordering::SeqCst);
        match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS if !is_closing => {
                self.events().rebalances.push_back(Rebalance::Assign(partitions()));
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS if !is_closing => {
                let (partitions, is_lost) = (partitions(), consumer.assignment_lost());
                self.events().rebalances.push_back(Rebalance::Revoke { partitions, is_lost });
            }
            // A consumer that closes takes an assignment for the opposite.
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                let _ = assign(consumer, list);
            }
            _ => {
                let _ = unassign(consumer, list);
            }
        }
    }
}
