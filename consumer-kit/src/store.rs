//! Stores, which keep a table's rows, so that it need not read the topic from the beginning each time.

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

/// A store of a table: it keeps rows and positions together.
///
/// A table calls it from one thread at a time. A store has to keep a [`Commit`] as a whole or not at all: a position that is ahead
/// of its rows loses records.
pub trait Store: Send {
    /// The stored state besides rows; `None` if nothing is stored, or if it cannot be used.
    ///
    /// # Errors
    /// The store cannot be read. A table does not start then.
    fn saved(&mut self) -> Result<Option<Saved>, Error>;

    /// Passes the stored rows to `give`, some dozens at a time, from one thread or several.
    ///
    /// # Errors
    /// The store cannot be read. A table does not start then.
    fn rows(&mut self, give: &(dyn Fn(StoredRows) + Sync)) -> Result<(), Error>;

    /// Stores rows and positions, as a whole or not at all.
    ///
    /// # Errors
    /// The store cannot be written. The table stops.
    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Error>;

    /// Why the stored state cannot be used, for [`Start::Rebuilt`](crate::Start). Defaults to `None`: it can be used, or there is none.
    fn unusable(&self) -> Option<String> {
        None
    }
}

/// The state in a store, without its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// The topic that was read.
    pub identity: TopicIdentity,
    /// The next offset of each partition.
    pub positions: BTreeMap<i32, i64>,
    /// When each partition was last known to be at its end.
    pub caught_up: Option<SystemTime>,
}

/// Rows and positions to store together.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The topic that is read.
    pub identity: &'a TopicIdentity,
    /// The changes of rows, in order.
    pub operations: Vec<Operation<'a>>,
    /// The next offset of each partition that has caught up once. Other partitions are not resumed.
    pub positions: BTreeMap<i32, i64>,
    /// The time at which each partition was known to be at its end, if that is so now.
    pub caught_up: Option<SystemTime>,
}

/// A change of a stored row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation<'a> {
    /// The key's last record in the partition.
    Put {
        /// The record key.
        key: &'a [u8],
        /// The record value, which may be undecodable. `None` is a tombstone that has to be remembered, because
        /// another partition may have an older value of the key.
        value: Option<&'a [u8]>,
        /// The partition.
        partition: i32,
        /// The offset in the partition.
        offset: i64,
        /// Milliseconds since 1970; -1 if there is none.
        timestamp: i64,
    },
    /// The key has no stored row in the partition any more.
    Delete {
        /// The record key.
        key: &'a [u8],
        /// The partition. After partitions were added a key may have a row of its own in each.
        partition: i32,
    },
    /// All rows of this partition are gone, except those put in this commit.
    Clear {
        /// The partition.
        partition: i32,
    },
}
