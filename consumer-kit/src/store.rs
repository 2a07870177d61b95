//! Where a table keeps its rows, so that it need not read the topic from the beginning each time.

#[cfg(feature = "state")]
mod state_folder;
mod stored_rows;

use std::collections::BTreeMap;
use std::time::SystemTime;

#[cfg(feature = "state")]
pub use self::state_folder::StateFolder;
pub use self::stored_rows::{StoredRow, StoredRows};

use crate::error::Error;
use crate::source::TopicIdentity;

/// Keeps rows and positions together.
///
/// A table calls it from one thread at a time. What one [`Commit`] holds has to be kept as a whole or not at all: a position
/// that is ahead of its rows loses records.
pub trait Store: Send {
    /// What was kept besides rows; `None` if nothing was, or if it cannot be used.
    ///
    /// # Errors
    /// The store cannot be read. A table does not start then.
    fn saved(&mut self) -> Result<Option<Saved>, Error>;

    /// Gives the rows that were kept, some dozens of them at a time. Several threads may give some.
    ///
    /// # Errors
    /// The store cannot be read. A table does not start then.
    fn rows(&mut self, give: &(dyn Fn(StoredRows) + Sync)) -> Result<(), Error>;

    /// Keeps rows and positions, as a whole or not at all.
    ///
    /// # Errors
    /// The store cannot be written. The table stops.
    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Error>;

    /// Why what was kept earlier cannot be used, if that is so: for [`Start::Rebuilt`](crate::Start). Nothing by default.
    fn unusable(&self) -> Option<String> {
        None
    }
}

/// What a store knows besides its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// The topic that was read.
    pub identity: TopicIdentity,
    /// The next offset of each partition.
    pub positions: BTreeMap<i32, i64>,
    /// When each partition was last known to be at its end.
    pub caught_up: Option<SystemTime>,
}

/// What is to be kept together.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The topic that is read.
    pub identity: &'a TopicIdentity,
    /// What happened to rows, in this order.
    pub operations: Vec<Operation<'a>>,
    /// The next offset of each partition that has caught up once. Partitions that are not in it are not to be resumed.
    pub positions: BTreeMap<i32, i64>,
    /// When each partition was known to be at its end, if that is so now.
    pub caught_up: Option<SystemTime>,
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation<'a> {
    /// The key's last record in the partition.
    Put {
        /// The record key.
        key: &'a [u8],
        /// The record value, which may be one that cannot be decoded. `None`: a tombstone that has to be remembered,
        /// since another partition may have an older value of the key.
        value: Option<&'a [u8]>,
        /// The partition.
        partition: i32,
        /// The offset in the partition.
        offset: i64,
        /// Milliseconds since 1970; -1 if there is none.
        timestamp: i64,
    },
    /// Nothing is kept of the key in the partition.
    Delete {
        /// The record key.
        key: &'a [u8],
        /// The partition. After partitions were added a key may have a row of its own in each.
        partition: i32,
    },
    /// Every row of this partition is gone that is not put in this commit.
    Clear {
        /// The partition.
        partition: i32,
    },
}
