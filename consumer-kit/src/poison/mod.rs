//! Policies for records that cannot be decoded.

mod dead_letters;
mod quarantine;

use std::path::PathBuf;

use tiltak_schema::decode::DecodeError;

use self::dead_letters::DeadLetters;
use self::quarantine::Quarantine;
use crate::connection::Connection;
use crate::error::{Kind, Undecodable};
use crate::source::RecordRef;

/// What a reader does with a record that cannot be decoded. Only [`OnPoison::Stop`] holds up other keys.
///
/// Until a partition has caught up, a table decodes only the last record of each key. So its content at
/// [`TableHandle::ready`](crate::TableHandle::ready) depends on those records alone, and compaction never removes them. While
/// following, the table decodes each record.
///
/// | policy | at `ready` | while following |
/// |---|---|---|
/// | `Stop` | fails if the *last* record of a key cannot be decoded | stops at the first record that cannot be decoded, even if a later record replaces it; after a restart the table becomes ready once such a later record is there |
/// | the others, [`PreviousValue::Drop`] | a key whose last record cannot be decoded has no row, and is in [`TableHandle::unreadable`](crate::TableHandle::unreadable) | the same, so the table always equals a newly started one |
/// | the others, [`PreviousValue::Keep`] | the same as `Drop`, because earlier records may be gone from the log | the table's value stays, marked as stale, until a record can be decoded, a tombstone comes, or the table is restarted |
///
/// An unreadable *key* has no row. The policy applies to its last record; a tombstone of such a key is skipped.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum OnPoison {
    /// The reader stops, with an error that names the record. A table keeps its rows.
    #[default]
    Stop,
    /// The record is counted and skipped.
    Skip,
    /// The record is counted and written to this folder, which has to exist.
    ///
    /// `<topic>.<partition>.<offset>.value` has the record's value. `….json` beside it has the reason, and distinguishes null
    /// from empty: a tombstone has `"valueBytes": null` and no file `….value`; a record without a key has `"key": null` and
    /// `"keyHex": null`. `"key"` is the key as text, with invalid UTF-8 replaced, and `"keyHex"` its bytes in hexadecimal. A
    /// record that is read again after a restart is written to the same files.
    ///
    /// The files hold payloads, so they may hold personal data.
    Quarantine(PathBuf),
    /// The record is counted and sent to a topic with this full name: a dead letter.
    ///
    /// Key and value are unchanged; null stays null. The headers have the record's position and what is wrong with it:
    /// `tiltak.topic`, `tiltak.partition`, `tiltak.offset`, `tiltak.pointer` (RFC 6901), `tiltak.expected` and
    /// `tiltak.found`. A record that is read again after a restart is sent again.
    ///
    /// A record that is larger than the dead-letter topic's `max.message.bytes` is sent without its value. Its headers
    /// `tiltak.value.size` and `tiltak.value.sha256` describe the value, and show that the record was no tombstone.
    ///
    /// **The topic must not be compacted**: set `cleanup.policy=delete` and a retention. A compacted topic refuses a record
    /// without a key, which stops the reader, and it drops all but the last letter of a key.
    ///
    /// The producer of the letters gets this connection's settings, as far as producers have them. The kit sets `acks`, and a
    /// `message.max.bytes` that leaves the size limit to the topic. The application needs the right to write to the topic (the
    /// ACL `Write`).
    DeadLetter(Connection, String),
}

/// What happens to a key's earlier value when a record of the key cannot be decoded, unless the table stops: see
/// [`OnPoison`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PreviousValue {
    /// The value is removed: the key has none until a record of it can be decoded. So the table depends neither on
    /// when it was started nor on what compaction has removed.
    #[default]
    Drop,
    /// The value stays, marked as stale ([`Entry::stale`](crate::Entry::stale)), as long as this table runs. Which
    /// value it is may depend on compaction, if the table was behind.
    Keep,
}

/// Puts records aside.
///
/// [`Poison::put`] hands a record over, and [`Poison::flush`] waits until all that were handed over are safe. A reader
/// flushes once for a batch, before it keeps or commits a position behind the batch.
pub(crate) enum Poison {
    Stop,
    Skip,
    Quarantine(Quarantine),
    DeadLetter(Box<DeadLetters>),
}

impl Poison {
    pub(crate) fn new(policy: OnPoison) -> Result<Self, Kind> {
        Ok(match policy {
            OnPoison::Stop => Self::Stop,
            OnPoison::Skip => Self::Skip,
            OnPoison::Quarantine(folder) => Self::Quarantine(Quarantine::open(folder)?),
            OnPoison::DeadLetter(connection, topic) => {
                Self::DeadLetter(Box::new(DeadLetters::open(&connection, topic)?))
            }
        })
    }

    /// Carries out the policy; on success the reader goes on. Waits only if many records are under way.
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
            Self::Quarantine(quarantine) => quarantine.put(topic, record, cause),
            Self::DeadLetter(letters) => letters.put(topic, record, cause),
        }
    }

    /// Waits until all records that were put aside are stored.
    pub(crate) fn flush(&self) -> Result<(), Kind> {
        match self {
            Self::Stop | Self::Skip => Ok(()),
            Self::Quarantine(quarantine) => quarantine.flush(),
            Self::DeadLetter(letters) => letters.flush(),
        }
    }
}
