//! The events of one poll, decoded for the core.

use std::collections::BTreeMap;
use std::sync::Arc;

use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::{Record, Topic};
use tiltak_schema::view::Read;

use super::feed::{Arrival, CommitFailure, Sink};
use super::shared::CoreOf;
use crate::error::Error;
use crate::events::core::{Refusal, Room};
use crate::events::event::{Headers, Received};
use crate::health::Moment;
use crate::poison::Poison;
use crate::source::{RecordRef, TopicDescription};

/// What has come at one poll.
pub(super) struct Inbox<'a, T: Topic> {
    topic: &'a str,
    poison: &'a Poison,
    rooms: BTreeMap<i32, Room>,
    items: Vec<Item<T>>,
    /// Why no more is taken: a record that cannot be decoded, and could not be put aside.
    failed: Option<Error>,
}

enum Item<T: Topic> {
    Record { key: T::Key, received: Arc<Received<T>>, bytes: usize },
    Undecodable { partition: i32, offset: i64 },
    UnreadableTombstone { partition: i32, offset: i64 },
    Passed { partition: i32, offset: i64 },
    AtEnd { partition: i32, position: Option<i64> },
    OutOfRange { partition: i32 },
    Assigned { partitions: Vec<i32>, at: Option<Moment> },
    Committed { partitions: Vec<i32>, outcome: Result<(), CommitFailure> },
    Described { asked: Moment, outcome: Result<TopicDescription, Error> },
    Forbidden { partition: Option<i32> },
    GroupForbidden { has_left: bool },
    ConnectionFailed { reason: String },
    Group { is_member: bool, trouble: Option<String> },
    ForTheDriver(ForTheDriver),
}

/// What the core has no say in.
pub(super) enum ForTheDriver {
    Described,
    Committed,
    Revoked { partitions: Vec<i32>, is_lost: bool },
    Lost(Error),
    Failed(Error),
}

/// What has come, when the records that cannot be decoded are where the policy wants them.
pub(super) struct Delivery<T: Topic> {
    items: Vec<Item<T>>,
    is_put_aside: bool,
    pub(super) failed: Option<Error>,
}

impl<'a, T: Topic> Inbox<'a, T> {
    pub(super) fn new(topic: &'a str, poison: &'a Poison, rooms: BTreeMap<i32, Room>) -> Self {
        Self { topic, poison, rooms, items: Vec::new(), failed: None }
    }

    fn record(&mut self, record: &RecordRef<'_>, headers: Headers) {
        let RecordRef { partition, offset, timestamp, key, value } = *record;
        let bytes = key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
        if let Some(room) = self.rooms.get_mut(&partition) {
            room.records = room.records.saturating_sub(1);
            room.bytes = room.bytes.saturating_sub(bytes);
        }
        let item = match decode_record::<T>(key, value) {
            Ok(record) => {
                let key = record.key();
                Item::Record {
                    key,
                    received: Arc::new(Received { record, partition, offset, timestamp, headers }),
                    bytes,
                }
            }
            Err(Refused::Tombstone) => Item::UnreadableTombstone { partition, offset },
            Err(Refused::Record(cause)) => {
                if let Err(kind) = self.poison.put(self.topic, record, &cause) {
                    self.failed = Some(kind.into());
                    return;
                }
                Item::Undecodable { partition, offset }
            }
        };
        self.items.push(item);
    }

    /// Ends the poll: what was put aside is safely there, or the delivery says why not.
    pub(super) fn close(self) -> Delivery<T> {
        let Self { poison, items, mut failed, .. } = self;
        let has_letters = items.iter().any(|item| matches!(item, Item::Undecodable { .. }));
        let flushed = if has_letters { poison.flush() } else { Ok(()) };
        let is_put_aside = flushed.is_ok();
        failed = failed.or_else(|| flushed.err().map(Error::from));
        Delivery { items, is_put_aside, failed }
    }
}

impl<T: Topic> Sink for Inbox<'_, T> {
    fn has_room(&self, partition: i32) -> bool {
        let room = self.rooms.get(&partition).copied().unwrap_or_default();
        self.failed.is_none() && room.records > 0 && room.bytes > 0
    }

    fn take(&mut self, arrival: Arrival<'_>) {
        let driver = |it| Item::ForTheDriver(it);
        let item = match arrival {
            // After the failure nothing of what comes counts as read.
            Arrival::Record(..) | Arrival::Passed { .. } | Arrival::AtEnd { .. } if self.failed.is_some() => {
                return;
            }
            Arrival::Record(record, headers) => return self.record(&record, headers),
            Arrival::Passed { partition, offset } => Item::Passed { partition, offset },
            Arrival::AtEnd { partition, position } => Item::AtEnd { partition, position },
            Arrival::OutOfRange { partition } => Item::OutOfRange { partition },
            Arrival::Assigned { partitions, at } => Item::Assigned { partitions, at },
            Arrival::Revoked { partitions, is_lost } => driver(ForTheDriver::Revoked { partitions, is_lost }),
            Arrival::Committed { partitions, outcome } => Item::Committed { partitions, outcome },
            Arrival::Described { asked, outcome } => Item::Described { asked, outcome },
            Arrival::Forbidden { partition } => Item::Forbidden { partition },
            Arrival::GroupForbidden { has_left } => Item::GroupForbidden { has_left },
            Arrival::ConnectionFailed { reason } => Item::ConnectionFailed { reason },
            Arrival::Group { is_member, trouble } => Item::Group { is_member, trouble },
            Arrival::Lost(error) => driver(ForTheDriver::Lost(error)),
            Arrival::Failed(error) => driver(ForTheDriver::Failed(error)),
        };
        self.items.push(item);
    }
}

impl<T: Topic> Delivery<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether nothing but records has come, if anything.
    pub(super) fn are_records_alone(&self) -> bool {
        let is_record = |item: &Item<T>| {
            matches!(
                item,
                Item::Record { .. } | Item::Undecodable { .. } | Item::Passed { .. } | Item::AtEnd { .. }
            )
        };
        self.items.iter().all(is_record)
    }

    /// Tells the core, and gives what is left to the driver.
    pub(super) fn tell(self, core: &mut CoreOf<T>, now: Moment) -> Vec<ForTheDriver> {
        let mut rest = Vec::new();
        for item in self.items {
            match item {
                Item::Record { key, received, bytes } => {
                    let (partition, offset) = (received.partition, received.offset);
                    core.delivered(partition, offset, key, received, bytes, now);
                }
                Item::Undecodable { partition, offset } => {
                    core.undecodable(partition, offset, now);
                    if self.is_put_aside {
                        core.put_aside(partition, offset);
                    }
                }
                Item::UnreadableTombstone { partition, offset } => {
                    core.unreadable_tombstone(partition, offset, now);
                }
                Item::Passed { partition, offset } => core.passed(partition, offset),
                Item::AtEnd { partition, position } => core.at_end(partition, position),
                Item::OutOfRange { partition } => core.out_of_range(partition, now),
                Item::Assigned { partitions, at } => core.assigned(&partitions, at.unwrap_or(now)),
                Item::Committed { partitions, outcome } => {
                    match outcome {
                        Ok(()) => core.commit_succeeded(),
                        Err(CommitFailure { reason, is_unauthorized }) => {
                            core.commit_failed(partitions, Refusal { reason, is_unauthorized }, now);
                        }
                    }
                    rest.push(ForTheDriver::Committed);
                }
                Item::Described { asked, outcome } => {
                    let outcome = outcome.map_err(|error| Refusal {
                        reason: error.to_string(),
                        is_unauthorized: error.is_forbidden(),
                    });
                    core.described(asked, now, outcome);
                    rest.push(ForTheDriver::Described);
                }
                Item::Forbidden { partition } => core.forbidden(partition, now),
                Item::GroupForbidden { has_left } => core.group_forbidden(now, has_left),
                Item::ConnectionFailed { reason } => core.connection_failed(now, reason),
                Item::Group { is_member, trouble } => {
                    core.coordinator(trouble);
                    if is_member {
                        core.joined();
                    }
                }
                Item::ForTheDriver(it) => rest.push(it),
            }
        }
        rest
    }
}

/// Why a record is not handed to the handler.
enum Refused {
    /// A tombstone whose key cannot be read.
    Tombstone,
    Record(DecodeError),
}

fn decode_record<T: Topic>(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Record<T, Read>, Refused> {
    let decoded = match key {
        Some(key) => Record::decode(key, value),
        None => decode::optional_key::<T>(None).map(|key| Record::Tombstone { key }),
    };
    // A tombstone has nothing but its key that could be wrong.
    decoded.map_err(|cause| if value.is_none() { Refused::Tombstone } else { Refused::Record(cause) })
}
