//! What is done with a record that cannot be decoded.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use tiltak_schema::decode::DecodeError;

use crate::connection::Connection;
use crate::error::{Kind, Undecodable};
use crate::source::RecordRef;

const SEND_LIMIT: Duration = Duration::from_secs(30);

/// What a table does with a record that cannot be decoded. Whatever it is, no other key is held up by it, except by
/// [`OnPoison::Stop`].
///
/// Until a partition has caught up, only the last record of each key is decoded. So a record that was followed by another
/// one of its key is never met then, whether compaction has removed it or not: what a table holds at
/// [`Table::ready`](crate::Table::ready) depends on the last record of each key alone, and compaction never removes that.
/// While following, each record is decoded.
///
/// | policy | at `ready` | while following |
/// |---|---|---|
/// | `Stop` | fails if the *last* record of a key cannot be decoded | stops at the first record that cannot be decoded, also one that a later record replaces; after a restart the table is ready as soon as that one has come |
/// | the others, [`Earlier::Drop`] | a key whose last record cannot be decoded is not there, and in [`Table::unreadable`](crate::Table::unreadable) | the same, so the table always equals one that is started anew |
/// | the others, [`Earlier::Keep`] | the same as `Drop`: what came before may be gone from the log | the value that this table had stays, marked as stale, until a record can be decoded, a tombstone comes, or the table is started anew |
///
/// A record whose *key* cannot be read has no row; its last record counts, and a tombstone of such a key is passed over.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum OnPoison {
    /// The table stops, with an error that names the record. What it held stays.
    #[default]
    Stop,
    /// The record is counted.
    Skip,
    /// The record is counted and written to this folder, which has to be there: its value as it was in
    /// `<topic>.<partition>.<offset>.value`, and the reason beside it in `….json`. A record that is met again after a
    /// restart is written to the same files. They hold payloads, so they may hold personal data.
    Quarantine(PathBuf),
    /// The record is counted and sent to a topic with this full name, its key and value as they were, with the headers
    /// `tiltak.topic`, `tiltak.partition`, `tiltak.offset`, `tiltak.pointer` (RFC 6901), `tiltak.expected` and
    /// `tiltak.found`. A record that is met again after a restart is sent again.
    DeadLetter(Connection, String),
}

/// What becomes of a key's earlier value when a record of it cannot be decoded, unless the table stops: see [`OnPoison`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Earlier {
    /// It is gone: the key has no value until a record of it can be decoded. The table never depends on when it was
    /// started, nor on what compaction has removed.
    #[default]
    Drop,
    /// It stays, marked as stale ([`Entry::stale`](crate::Entry::stale)), for as long as this table runs. Which one it is
    /// may depend on compaction, if the table was behind.
    Keep,
}

/// Puts records aside.
pub(crate) enum Poison {
    Stop,
    Skip,
    Quarantine(PathBuf),
    DeadLetter(Box<BaseProducer<Deliveries>>, String),
}

impl Poison {
    pub(crate) fn new(policy: OnPoison) -> Result<Self, Kind> {
        Ok(match policy {
            OnPoison::Stop => Self::Stop,
            OnPoison::Skip => Self::Skip,
            OnPoison::Quarantine(folder) => {
                if !folder.is_dir() {
                    let cause = "there is no such folder".to_owned();
                    return Err(Kind::Quarantine { place: folder.display().to_string(), cause });
                }
                Self::Quarantine(folder)
            }
            OnPoison::DeadLetter(connection, topic) => {
                let producer = connection.producer_config().create_with_context(Deliveries::default());
                let producer = producer
                    .map_err(|cause| Kind::Quarantine { place: topic.clone(), cause: cause.to_string() })?;
                Self::DeadLetter(Box::new(producer), topic)
            }
        })
    }

    /// Does what the policy says. The table goes on if it is well.
    pub(crate) fn put(&self, topic: &str, record: &RecordRef<'_>, cause: &DecodeError) -> Result<(), Kind> {
        match self {
            Self::Skip => Ok(()),
            Self::Stop => Err(Kind::Undecodable(Box::new(Undecodable {
                topic: topic.to_owned(),
                partition: record.partition,
                offset: record.offset,
                key: record.key.map(|key| String::from_utf8_lossy(key).into_owned()),
                cause: cause.clone(),
            }))),
            Self::Quarantine(folder) => quarantine(folder, topic, record, cause).map_err(|error| {
                Kind::Quarantine { place: folder.display().to_string(), cause: error.to_string() }
            }),
            Self::DeadLetter(producer, dead_letters) => send(producer, dead_letters, topic, record, cause)
                .map_err(|cause| Kind::Quarantine { place: dead_letters.clone(), cause }),
        }
    }
}

impl Poison {
    /// Waits until all that was put aside is safely there.
    pub(crate) fn flush(&self) -> Result<(), Kind> {
        Ok(())
    }
}

fn quarantine(
    folder: &Path,
    topic: &str,
    record: &RecordRef<'_>,
    cause: &DecodeError,
) -> std::io::Result<()> {
    let name = format!("{topic}.{}.{}", record.partition, record.offset);
    let reason = serde_json::json!({
        "topic": topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": record.key.map(String::from_utf8_lossy),
        "pointer": cause.pointer(),
        "expected": cause.expected(),
        "found": cause.found(),
    });
    write(folder, &format!("{name}.value"), record.value.unwrap_or_default())?;
    write(folder, &format!("{name}.json"), reason.to_string().as_bytes())
}

/// Under its name there is the whole file or none.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join(format!(".{name}.unfinished"));
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))
}

fn send(
    producer: &BaseProducer<Deliveries>,
    dead_letters: &str,
    topic: &str,
    record: &RecordRef<'_>,
    cause: &DecodeError,
) -> Result<(), String> {
    let (partition, offset) = (record.partition.to_string(), record.offset.to_string());
    let headers = [
        ("tiltak.topic", topic),
        ("tiltak.partition", &partition),
        ("tiltak.offset", &offset),
        ("tiltak.pointer", cause.pointer()),
        ("tiltak.expected", cause.expected()),
        ("tiltak.found", cause.found()),
    ];
    let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(*value) })
    });
    let mut letter = BaseRecord::to(dead_letters).headers(headers);
    letter.key = record.key;
    letter.payload = record.value;
    producer.send(letter).map_err(|(cause, _)| cause.to_string())?;
    producer.flush(SEND_LIMIT).map_err(|cause| cause.to_string())?;
    producer.context().failed.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
}

/// Notes what was not delivered.
#[derive(Default)]
pub(crate) struct Deliveries {
    failed: Mutex<Option<String>>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((cause, message)) = result {
            let text = format!("{}: {cause}", message.topic());
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
    }
}
