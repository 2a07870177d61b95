//! The checkpoint topic: the record that says which batch was published last.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message as _, Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};

use super::config::ANSWER_TIMEOUT;
use super::{RelayConfig, RelayError};

/// How long an open transaction may stand in the way: its timeout, and the time until the broker looks.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(40);
/// How long the topic may take to be read.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// Read first: the record that is looked for is among the last ones, unless many databases share the topic.
const TAIL: i64 = 1_000;
const STEP: Duration = Duration::from_millis(20);

/// The value of a record of the checkpoint topic. The key is the database's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The sequence number of the batch that was published with this record.
    pub(super) sequence: i64,
}

/// The sequence number of the last committed checkpoint of a database; 0 if there is none.
///
/// The end of the topic is the one that a reader of uncommitted records sees. A reader of committed ones would be given
/// an earlier end while another database's transaction is open, and would miss what was committed after its beginning.
///
/// It is read twice, and the later checkpoint counts. A leader that is elected during a read may end the read below the end
/// that the leader before it has told, until it knows how far the followers are. Until then it tells no end of its own
/// (KIP-207), so the second read begins when the leader confirms the end.
pub(super) fn read(config: &RelayConfig, identity: &str) -> Result<i64, RelayError> {
    let topic = &config.checkpoint_topic;
    let (low, end) = ends(&consumer(config, "read_uncommitted")?, topic)?;
    let committed = consumer(config, "read_committed")?;
    let tail = (end - TAIL).max(low);
    let mut latest = 0;
    for _ in 0..2 {
        confirm(&committed, topic, end)?;
        let found = match last(&committed, topic, identity, tail, end)? {
            None if tail > low => last(&committed, topic, identity, low, tail)?,
            found => found,
        };
        latest = latest.max(found.map_or(0, |checkpoint| checkpoint.sequence));
    }
    Ok(latest)
}

/// Waits until a reader of committed records is told an end of the topic, too.
fn confirm(committed: &BaseConsumer, topic: &str, end: i64) -> Result<(), RelayError> {
    let start = Instant::now();
    while ends(committed, topic)?.1 < end {
        if start.elapsed() > SETTLE_TIMEOUT {
            let what = format!(
                "an open transaction stands in the way of its end for {} s already",
                SETTLE_TIMEOUT.as_secs()
            );
            return Err(RelayError::Checkpoint { topic: topic.to_owned(), what });
        }
        std::thread::sleep(STEP);
    }
    Ok(())
}

fn consumer(config: &RelayConfig, isolation: &str) -> Result<BaseConsumer, RelayError> {
    let consumer = config
        .client
        .clone()
        // Never joined: the partition is assigned by hand. librdkafka wants a name.
        .set("group.id", "kafka-outbox")
        .set("isolation.level", isolation)
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "earliest")
        .create();
    Ok(consumer?)
}

fn ends(consumer: &BaseConsumer, topic: &str) -> Result<(i64, i64), RelayError> {
    consumer.fetch_watermarks(topic, 0, ANSWER_TIMEOUT).map_err(|cause| refused(topic, cause))
}

fn refused(topic: &str, cause: KafkaError) -> RelayError {
    match cause.rdkafka_error_code() {
        Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => {
            RelayError::Forbidden { right: "Read", resource: format!("the topic {topic}"), code }
        }
        _ => RelayError::Unreachable { cause },
    }
}

/// The last checkpoint of a database from one offset to before another. Where the log has no record at its end (markers of
/// transactions, emptied batches), the broker says that there is no more.
fn last(
    consumer: &BaseConsumer,
    topic: &str,
    identity: &str,
    from: i64,
    to: i64,
) -> Result<Option<Checkpoint>, RelayError> {
    let broken = |what: String| RelayError::Checkpoint { topic: topic.to_owned(), what };
    if from >= to {
        return Ok(None);
    }
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, 0, Offset::Offset(from))?;
    consumer.assign(&assignment)?;
    let start = Instant::now();
    let mut found = None;
    while start.elapsed() < READ_TIMEOUT {
        match consumer.poll(STEP) {
            None => {}
            Some(Ok(record)) => {
                if record.offset() < to && record.key() == Some(identity.as_bytes()) {
                    let checkpoint = serde_json::from_slice(record.payload().unwrap_or_default());
                    let at = record.offset();
                    found = Some(
                        checkpoint
                            .map_err(|error| broken(format!("offset {at} is no checkpoint: {error}")))?,
                    );
                }
                if record.offset() + 1 >= to {
                    return Ok(found);
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(found),
            Some(Err(cause)) if is_passing(&cause) => {}
            Some(Err(cause)) => return Err(refused(topic, cause)),
        }
    }
    Err(broken(format!("its end was not reached within {} s", READ_TIMEOUT.as_secs())))
}

/// Errors after which librdkafka goes on by itself. It looks for a group, too, to which no right is needed.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::Resolve
                | Code::GroupAuthorizationFailed
        )
    )
}
