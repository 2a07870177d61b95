//! How far the relay is, as it stands on Kafka: the last record of each transaction.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message as _, Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};

use super::RelayError;
use crate::topics::{ANSWER_LIMIT, Cluster, ClusterError};

/// How long an open transaction may stand in the way: its timeout, and the time until the broker looks.
const SETTLE_LIMIT: Duration = Duration::from_secs(40);
/// How long the topic may take to be read.
const READ_LIMIT: Duration = Duration::from_mins(1);
/// Read first: the record that is looked for is among the last ones, unless many databases share the topic.
const TAIL: i64 = 1_000;
const STEP: Duration = Duration::from_millis(20);

/// The value of a record of the position topic. The key is the database's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Everything up to this position is published.
    pub(super) position: i64,
    /// The relay that wrote it: what another one writes says that it has taken over.
    pub(super) relay: String,
}

/// The last committed mark of a database.
///
/// The end of the topic is the one that a reader of uncommitted records sees. A reader of committed ones would be given
/// an earlier end while another database's transaction is open, and would miss what was committed after its beginning.
pub(super) fn read(cluster: &Cluster, identity: &str) -> Result<Option<Mark>, RelayError> {
    let topic = cluster.position_topic();
    let start = Instant::now();
    let (low, end) = ends(&consumer(cluster, "read_uncommitted")?, cluster, &topic)?;
    let committed = consumer(cluster, "read_committed")?;
    while ends(&committed, cluster, &topic)?.1 < end {
        if start.elapsed() > SETTLE_LIMIT {
            let what = format!(
                "an open transaction stands in the way of its end for {} s already",
                SETTLE_LIMIT.as_secs()
            );
            return Err(RelayError::Position { topic, what });
        }
        std::thread::sleep(STEP);
    }
    let tail = (end - TAIL).max(low);
    match last(&committed, &topic, identity, tail, end)? {
        None if tail > low => last(&committed, &topic, identity, low, tail),
        found => Ok(found),
    }
}

fn consumer(cluster: &Cluster, isolation: &str) -> Result<BaseConsumer, RelayError> {
    let consumer = cluster
        .client_config()
        // Never joined: the partition is assigned by hand. librdkafka wants a name.
        .set("group.id", "tiltak-producer")
        .set("isolation.level", isolation)
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "earliest")
        .create();
    Ok(consumer.map_err(ClusterError::from)?)
}

fn ends(consumer: &BaseConsumer, cluster: &Cluster, topic: &str) -> Result<(i64, i64), RelayError> {
    let unreachable = |cause| ClusterError::Unreachable { brokers: cluster.brokers().to_owned(), cause };
    Ok(consumer.fetch_watermarks(topic, 0, ANSWER_LIMIT).map_err(unreachable)?)
}

/// The last mark of a database from one offset to before another. Where the log has no record at its end (markers of
/// transactions, emptied batches), the broker says that there is no more.
fn last(
    consumer: &BaseConsumer,
    topic: &str,
    identity: &str,
    from: i64,
    to: i64,
) -> Result<Option<Mark>, RelayError> {
    let broken = |what: String| RelayError::Position { topic: topic.to_owned(), what };
    if from >= to {
        return Ok(None);
    }
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, 0, Offset::Offset(from)).map_err(ClusterError::from)?;
    consumer.assign(&assignment).map_err(ClusterError::from)?;
    let start = Instant::now();
    let mut found = None;
    while start.elapsed() < READ_LIMIT {
        match consumer.poll(STEP) {
            None => {}
            Some(Ok(record)) => {
                if record.offset() < to && record.key() == Some(identity.as_bytes()) {
                    let mark = serde_json::from_slice(record.payload().unwrap_or_default());
                    let at = record.offset();
                    found =
                        Some(mark.map_err(|error| broken(format!("offset {at} is no position: {error}")))?);
                }
                if record.offset() + 1 >= to {
                    return Ok(found);
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(found),
            Some(Err(cause)) if is_passing(&cause) => {}
            Some(Err(cause)) => return Err(broken(cause.to_string())),
        }
    }
    Err(broken(format!("its end was not reached within {} s", READ_LIMIT.as_secs())))
}

/// Errors after which librdkafka goes on by itself.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::OperationTimedOut | Code::Resolve)
    )
}
