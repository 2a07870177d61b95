//! The inputs and effects of the core.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::Topic;

use super::bootstrap::{Bootstrap, Decoded, Pending, RestoredRows, UnreadableKey};
use super::last_records::{RowChange, Unreadable};
use super::rows::Rows;
use crate::error::Error;
use crate::health::{Moment, Notice};
use crate::source::{Batch, RecordRef, Settings, TopicDescription, TopicIdentity};
use crate::table::metrics::{Counters, Track};

/// Both clocks: one that never goes back, and that of the wall, which goes on while a machine sleeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) moment: Moment,
    pub(crate) wall: SystemTime,
}

/// An input of the core: something that has happened.
pub(crate) enum Input<'a, T: Topic> {
    /// The source gave this under an assignment.
    Delivered {
        epoch: u64,
        batch: &'a Batch,
    },
    /// The answer to [`Effect::Describe`].
    Described(Result<TopicDescription, Error>),
    /// The answer to [`Effect::Decode`].
    Decoded {
        partition: i32,
        decoded: Box<Decoded<T>>,
    },
    Settings(Settings),
    /// Somebody waits for everything that is published by now.
    Barrier(Barrier),
    /// Nobody waits any more.
    BarrierLeft {
        id: u64,
    },
    /// The source cannot be read any further.
    Failed(Error),
    /// Time has passed.
    Tick,
}

/// An effect of the core: something that has to be done.
pub(crate) enum Effect<'a, T: Topic> {
    /// The source reads from these positions on; what it gives then is of this assignment.
    Assign {
        epoch: u64,
        positions: BTreeMap<i32, i64>,
    },
    /// The brokers are asked to describe the topic.
    Describe,
    /// The poison policy is applied to a record. Should it say no, the table stops, and nothing after this is done.
    PutAside(Aside<'a>),
    /// A partition has reached its target. If it is to be persisted, its rows are, with these positions, and tombstones
    /// where they are remembered; then it is decoded.
    Decode {
        partition: i32,
        bootstrap: Bootstrap<T>,
        persist: Option<BTreeMap<i32, i64>>,
        tombstones: bool,
    },
    /// Rows and positions are persisted together.
    Persist {
        operations: Vec<Operation<'a>>,
        positions: BTreeMap<i32, i64>,
        /// When every partition was known to be complete, if the brokers have just confirmed it. The store syncs then.
        caught_up: Option<SystemTime>,
        identity: TopicIdentity,
        all_decoded: bool,
    },
    /// Readers see this from now on.
    Publish(Box<Published<T>>),
    /// A barrier is reached.
    Answer {
        id: u64,
    },
    /// Everything is read that was there at the start.
    Ready,
    Log(Notice),
    /// The table stops.
    Fail(Error),
}

/// What readers see.
pub(crate) struct Published<T: Topic> {
    pub(crate) rows: Rows<T>,
    pub(crate) unreadable: Arc<Unreadable<T>>,
    pub(crate) stale: u64,
    pub(crate) tombstones: u64,
    pub(crate) counters: Counters,
    pub(crate) tracks: BTreeMap<i32, Track>,
    /// What changed, in this order.
    pub(crate) changes: Vec<RowChange<T>>,
    /// More rows have changed than are listed.
    pub(crate) is_bulk: bool,
}

/// Somebody who waits until everything is applied that was published before.
#[derive(Debug, Clone)]
pub(crate) struct Barrier {
    pub(crate) id: u64,
    /// The ends of the logs when it was taken up, records of open transactions included.
    pub(super) ends: Option<BTreeMap<i32, i64>>,
    /// The assignment whose ends count, once all of them can be read.
    pub(super) epoch: Option<u64>,
}

impl Barrier {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, ends: None, epoch: None }
    }
}

/// What an earlier run has kept.
pub(crate) struct Restored<T: Topic> {
    /// `None`: nothing was kept, or what was cannot be used.
    pub(crate) identity: Option<TopicIdentity>,
    pub(crate) positions: BTreeMap<i32, i64>,
    /// When each partition was known to be complete.
    pub(crate) caught_up: Option<SystemTime>,
    /// Why what was kept cannot be used.
    pub(crate) unusable: Option<String>,
    pub(crate) rows: BTreeMap<i32, RestoredRows<T>>,
}

/// What happened to a row that is persisted.
#[derive(Debug, Clone)]
pub(crate) enum Operation<'a> {
    /// The key's last record in the partition. Without a value it is a tombstone that is remembered.
    Put { key: &'a [u8], value: Option<&'a [u8]>, partition: i32, offset: i64, timestamp: i64 },
    /// Nothing is kept of the key in the partition.
    Delete { key: Cow<'a, [u8]>, partition: i32 },
    /// Nothing is kept of the partition.
    Clear { partition: i32 },
}

/// A record that cannot be decoded.
pub(crate) struct Aside<'a> {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    key: Option<Cow<'a, [u8]>>,
    value: Option<Cow<'a, [u8]>>,
    pub(crate) cause: DecodeError,
}

impl<'a> Aside<'a> {
    pub(super) fn borrowed(record: &RecordRef<'a>, cause: DecodeError) -> Self {
        let RecordRef { partition, offset, timestamp, key, value } = *record;
        let (key, value) = (key.map(Cow::Borrowed), value.map(Cow::Borrowed));
        Self { partition, offset, timestamp, key, value, cause }
    }

    pub(super) fn owned(partition: i32, key: Option<Vec<u8>>, pending: Pending, cause: DecodeError) -> Self {
        let Pending { offset, timestamp, value } = pending;
        Self { partition, offset, timestamp, key: key.map(Cow::Owned), value: value.map(Cow::Owned), cause }
    }

    /// `None`: the key can be read after all.
    pub(super) fn of_unreadable<T: Topic>(
        partition: i32,
        key: &UnreadableKey,
        pending: Pending,
    ) -> Option<Self> {
        let cause = decode::optional_key::<T>(key.bytes()).err()?;
        Some(Self::owned(partition, key.bytes().map(<[u8]>::to_vec), pending, cause))
    }

    pub(crate) fn record(&self) -> RecordRef<'_> {
        let Self { partition, offset, timestamp, key, value, .. } = self;
        RecordRef {
            partition: *partition,
            offset: *offset,
            timestamp: *timestamp,
            key: key.as_deref(),
            value: value.as_deref(),
        }
    }
}
