//! The size limit of records, from the topics of this process's cluster.
//!
//! The limit is the topic's `max.message.bytes`, which Kafka applies to the compressed batch. This check is on the
//! uncompressed record, so it may refuse a record that Kafka would accept. Until the cluster has returned the
//! setting, that of the contract counts, or Kafka's default.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{OutgoingRecord, PublishError};

/// The topic setting with the size limit of a record.
pub(crate) const MAX_MESSAGE_BYTES: &str = "max.message.bytes";
/// Kafka's default of it.
const DEFAULT: usize = 1_048_588;
/// Bytes of a batch with one record beside key and value: 61 of the batch, at most 36 of the record, and the header with the
/// trace. Source: <https://kafka.apache.org/documentation/#recordbatch>.
const OVERHEAD: usize = 61 + 36 + 70;

/// By the place of the topic among [`tiltak_schema::topics`]; 0 if the cluster has not said it. One for the process, since it
/// publishes to one cluster.
static LEARNED: [AtomicUsize; tiltak_schema::COUNT] = [const { AtomicUsize::new(0) }; tiltak_schema::COUNT];

/// Stores a topic's limit, as the cluster has it.
pub(crate) fn learn(topic: &str, max_message_bytes: usize) {
    let place = tiltak_schema::topics().iter().position(|it| it.name == topic);
    if let Some(learned) = place.and_then(|place| LEARNED.get(place)) {
        learned.store(max_message_bytes, Ordering::Relaxed);
    }
}

/// Refuses a record that the broker would refuse for its size.
pub(super) fn check(record: &OutgoingRecord) -> Result<(), PublishError> {
    let bytes = record.key.len() + record.value.as_ref().map_or(0, String::len) + OVERHEAD;
    let limit = limit(record.topic);
    if bytes <= limit {
        return Ok(());
    }
    Err(PublishError::TooLarge { topic: record.topic, key: record.key.clone(), bytes, limit })
}

fn limit(topic: &str) -> usize {
    let topics = tiltak_schema::topics();
    let Some((place, topic)) = topics.iter().enumerate().find(|(_, it)| it.name == topic) else {
        return DEFAULT;
    };
    match LEARNED.get(place).map_or(0, |learned| learned.load(Ordering::Relaxed)) {
        0 => {
            let setting = topic.config.settings.iter().find(|(name, _)| *name == MAX_MESSAGE_BYTES);
            setting.and_then(|(_, value)| value.parse().ok()).unwrap_or(DEFAULT)
        }
        learned => learned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "siste-tiltakstyper-v3";

    fn record(bytes: usize) -> OutgoingRecord {
        OutgoingRecord { topic: TOPIC, key: "k".to_owned(), value: Some("x".repeat(bytes)) }
    }

    #[test]
    fn a_record_that_the_topic_does_not_take_is_refused_with_its_size_and_the_limit() {
        assert!(check(&record(1_000_000)).is_ok());
        let error = check(&record(DEFAULT)).unwrap_err().to_string();
        assert_eq!(
            error,
            "siste-tiltakstyper-v3, key k: the record would have 1048756 bytes, and the topic takes 1048588 \
             (max.message.bytes)"
        );
    }
}
