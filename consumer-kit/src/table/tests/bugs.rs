//! Tables with a bug each, which the tests have to catch: the test that a table equals a map does.

use std::collections::BTreeMap;

use super::state_machine::first_failure;
use super::*;
use crate::error::Error;
use crate::source::memory_log::MemorySource;
use crate::source::{Batch, PollEvent, Settings, Source, TopicDescription};
use crate::store::{Commit, Operation, Saved, StateFolder, Store, StoredRows};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    ReadyOnLastRecordOnly,
    NoSweep,
    TombstonesIgnored,
    PositionAheadOfRows,
}

/// A source that tells of records alone: neither of ends nor of what else takes an offset.
pub(super) struct Endless(pub(super) MemorySource);

/// A source without tombstones.
pub(super) struct WithoutTombstones(pub(super) MemorySource);

fn keep(batch: &mut Batch, is_kept: impl Fn(&PollEvent<'_>) -> bool) {
    let mut kept = Batch::default();
    batch.events().filter(is_kept).for_each(|event| kept.push(event));
    *batch = kept;
}

macro_rules! source {
    ($source:ty, $is_kept:expr) => {
        impl Source for $source {
            fn topic(&self) -> &str {
                self.0.topic()
            }

            fn describe(&mut self) -> Result<TopicDescription, Error> {
                self.0.describe()
            }

            fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
                self.0.assign(positions)
            }

            fn poll(&mut self, limit: Duration, batch: &mut Batch) -> Result<(), Error> {
                self.0.poll(limit, batch)?;
                keep(batch, $is_kept);
                Ok(())
            }

            fn settings(&mut self) -> Settings {
                self.0.settings()
            }
        }
    };
}

source!(Endless, |event| !matches!(
    event,
    PollEvent::PartitionEof { .. } | PollEvent::PositionAdvanced { .. }
));
source!(WithoutTombstones, |event| !matches!(event, PollEvent::Record(record) if record.value.is_none()));

/// A store that keeps the rows of each commit with the next one that has rows, and its positions at once.
pub(super) struct Ahead {
    store: StateFolder,
    late: Vec<Late>,
}

enum Late {
    Put { key: Vec<u8>, value: Option<Vec<u8>>, partition: i32, offset: i64, timestamp: i64 },
    Delete(Vec<u8>, i32),
    Clear(i32),
}

impl Ahead {
    pub(super) fn new(store: StateFolder) -> Self {
        Self { store, late: Vec::new() }
    }
}

impl Store for Ahead {
    fn saved(&mut self) -> Result<Option<Saved>, Error> {
        self.store.saved()
    }

    fn rows(&mut self, give: &(dyn Fn(StoredRows) + Sync)) -> Result<(), Error> {
        self.store.rows(give)
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Error> {
        let late = if commit.operations.is_empty() { Vec::new() } else { std::mem::take(&mut self.late) };
        self.late.extend(commit.operations.iter().map(|it| match *it {
            Operation::Put { key, value, partition, offset, timestamp } => Late::Put {
                key: key.to_vec(),
                value: value.map(<[u8]>::to_vec),
                partition,
                offset,
                timestamp,
            },
            Operation::Delete { key, partition } => Late::Delete(key.to_vec(), partition),
            Operation::Clear { partition } => Late::Clear(partition),
        }));
        let operations = late.iter().map(|it| match it {
            Late::Put { key, value, partition, offset, timestamp } => Operation::Put {
                key,
                value: value.as_deref(),
                partition: *partition,
                offset: *offset,
                timestamp: *timestamp,
            },
            Late::Delete(key, partition) => Operation::Delete { key, partition: *partition },
            Late::Clear(partition) => Operation::Clear { partition: *partition },
        });
        let positions = commit.positions.clone();
        let commit = Commit {
            identity: commit.identity,
            operations: operations.collect(),
            positions,
            caught_up: commit.caught_up,
        };
        self.store.commit(&commit)
    }
}

fn caught(bug: Bug) -> String {
    let (scripts, wrong) = first_failure(200, bug).unwrap();
    eprintln!("{bug:?}: caught by random script {scripts}: {wrong}");
    wrong
}

#[test]
fn a_table_that_is_ready_at_the_last_record_only_is_caught() {
    let wrong = caught(Bug::ReadyOnLastRecordOnly);
    assert!(wrong.contains("expected to reach"), "{wrong}");
}

#[test]
fn a_table_that_sweeps_nothing_is_caught() {
    let wrong = caught(Bug::NoSweep);
    assert!(wrong.contains("is true"), "{wrong}");
}

#[test]
fn a_table_that_ignores_tombstones_is_caught() {
    let wrong = caught(Bug::TombstonesIgnored);
    assert!(wrong.contains("is true"), "{wrong}");
}

#[test]
fn a_table_whose_positions_are_saved_ahead_of_its_rows_is_caught() {
    let wrong = caught(Bug::PositionAheadOfRows);
    assert!(wrong.contains("is true"), "{wrong}");
}
