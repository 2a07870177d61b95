//! Persisting in the table's store.

use std::collections::BTreeMap;
use std::time::SystemTime;

use tiltak_schema::topic::Topic;

use crate::error::{Error, Kind};
use crate::source::TopicIdentity;
#[cfg(feature = "state")]
use crate::store::StateFolder;
use crate::store::{Commit, Operation, Store};
use crate::table::core::bootstrap::{Bootstrap, Pending};
use crate::table::core::{self};

/// Where a table persists its rows.
pub(crate) enum StateStore {
    /// The kit's own folder. It also keeps which program has decoded the rows, so that the same one need not decode them
    /// again before the table is ready.
    #[cfg(feature = "state")]
    Folder(Box<StateFolder>),
    /// A store of one's own.
    Custom(Box<dyn Store>),
}

/// Persists rows and positions.
pub(crate) struct Persistence {
    store: StateStore,
    identity: TopicIdentity,
    /// Which program this is, if that is known.
    program: Option<String>,
}

impl StateStore {
    pub(crate) fn store(&mut self) -> &mut dyn Store {
        match self {
            #[cfg(feature = "state")]
            Self::Folder(folder) => &mut **folder,
            Self::Custom(store) => &mut **store,
        }
    }

    /// Whether this program has decoded every row that is kept.
    pub(crate) fn is_decoded_by(&self, program: Option<&str>) -> bool {
        match self {
            #[cfg(feature = "state")]
            Self::Folder(folder) => program.is_some() && folder.decoded_by() == program,
            Self::Custom(_) => {
                let _ = program;
                false
            }
        }
    }
}

impl Persistence {
    pub(crate) fn new(store: StateStore, program: Option<String>) -> Self {
        Self { store, identity: TopicIdentity::default(), program }
    }

    pub(crate) fn persist(
        &mut self,
        operations: &[core::Operation<'_>],
        positions: BTreeMap<i32, i64>,
        caught_up: Option<SystemTime>,
        identity: TopicIdentity,
        all_decoded: bool,
    ) -> Result<(), Kind> {
        self.identity = identity;
        let operations = operations.iter().map(operation).collect();
        self.commit(operations, positions, caught_up, all_decoded)
    }

    /// Persists all rows of a partition that was read from the start of its log.
    pub(crate) fn persist_partition<T: Topic>(
        &mut self,
        partition: i32,
        bootstrap: &Bootstrap<T>,
        tombstones: bool,
        positions: BTreeMap<i32, i64>,
    ) -> Result<(), Kind> {
        let keys: Vec<(Vec<u8>, &Pending)> =
            bootstrap.rows.iter().map(|(key, pending)| (key.to_string().into_bytes(), pending)).collect();
        let mut operations = vec![Operation::Clear { partition }];
        operations.extend(keys.iter().filter_map(|(key, Pending { offset, timestamp, value })| {
            let value = value.as_deref();
            let is_kept = tombstones || value.is_some();
            is_kept.then_some(Operation::Put {
                key,
                value,
                partition,
                offset: *offset,
                timestamp: *timestamp,
            })
        }));
        self.commit(operations, positions, None, false)
    }

    fn commit(
        &mut self,
        operations: Vec<Operation<'_>>,
        positions: BTreeMap<i32, i64>,
        caught_up: Option<SystemTime>,
        all_decoded: bool,
    ) -> Result<(), Kind> {
        let Self { store, identity, program } = self;
        let commit = Commit { identity, operations, positions, caught_up };
        let program = program.as_deref().filter(|_| all_decoded);
        let done = match store {
            #[cfg(feature = "state")]
            StateStore::Folder(folder) => folder.commit_decoded(&commit, program),
            StateStore::Custom(store) => {
                let _ = program;
                store.commit(&commit)
            }
        };
        done.map_err(Error::into_kind)
    }
}

fn operation<'a>(operation: &'a core::Operation<'_>) -> Operation<'a> {
    match operation {
        core::Operation::Put { key, value, partition, offset, timestamp } => Operation::Put {
            key,
            value: *value,
            partition: *partition,
            offset: *offset,
            timestamp: *timestamp,
        },
        core::Operation::Delete { key, partition } => Operation::Delete { key, partition: *partition },
        core::Operation::Clear { partition } => Operation::Clear { partition: *partition },
    }
}
