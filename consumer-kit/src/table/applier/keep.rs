//! What the table applies, kept in its store.

use std::time::SystemTime;

use tiltak_schema::topic::Topic;

use super::{Applier, Part};
use crate::error::{Error, Kind};
use crate::source::{Batch, PollEvent, RecordRef, TopicIdentity};
use crate::store::{Commit, Operation, Store};
use crate::table::load::{Loading, Pending};

/// Keeps rows and positions.
pub(in crate::table) struct Keeper {
    store: Box<dyn Store>,
    pub(super) identity: TopicIdentity,
    /// Who decodes the rows, if that is known.
    decoder: Option<String>,
    /// All that was met in this run could be decoded.
    pub(super) is_clean: bool,
}

impl Keeper {
    pub(in crate::table) fn new(
        store: Box<dyn Store>,
        identity: TopicIdentity,
        decoder: Option<String>,
    ) -> Self {
        Self { store, identity, decoder, is_clean: true }
    }
}

impl<T: Topic> Applier<T> {
    /// Keeps what a batch did to partitions whose rows are in the store.
    pub(super) fn keep(&mut self, batch: &Batch) -> Result<(), Kind> {
        if self.keeper.is_none() {
            return Ok(());
        }
        let is_stored = |partition: i32| self.parts.get(&partition).is_some_and(|part| part.stored);
        let mut operations = Vec::new();
        for event in batch.events() {
            if let PollEvent::Record(record) = event
                && is_stored(record.partition)
            {
                operations.extend(operation(&record));
            }
        }
        self.commit(operations, None)
    }

    /// Keeps all rows of a partition that was read from the start of its log.
    pub(super) fn keep_loaded(&mut self, partition: i32, loading: &Loading<T>) -> Result<(), Kind> {
        let keys: Vec<(Vec<u8>, &Pending)> =
            loading.rows.iter().map(|(key, pending)| (key.to_string().into_bytes(), pending)).collect();
        let bad = loading.bad.iter().filter_map(|(key, pending)| Some((key.as_deref()?, pending)));
        let rows = keys.iter().map(|(key, pending)| (&**key, *pending)).chain(bad);
        let mut operations = vec![Operation::Clear { partition }];
        operations.extend(rows.filter_map(|(key, Pending { offset, timestamp, value })| {
            let value = value.as_deref()?;
            Some(Operation::Put { key, value, partition, offset: *offset, timestamp: *timestamp })
        }));
        self.commit(operations, self.caught_up())
    }

    /// Keeps the time at which the table was at the end of the log.
    pub(super) fn confirm(&mut self) -> Result<(), Kind> {
        match self.caught_up() {
            Some(at) if self.keeper.is_some() => self.commit(Vec::new(), Some(at)),
            _ => Ok(()),
        }
    }

    fn caught_up(&self) -> Option<SystemTime> {
        let is_there =
            |part: &Part<T>| part.stored && part.loading.is_none() && part.track().lagging(0).is_none();
        self.parts.values().all(is_there).then(SystemTime::now)
    }

    pub(super) fn commit(
        &mut self,
        operations: Vec<Operation<'_>>,
        caught_up: Option<SystemTime>,
    ) -> Result<(), Kind> {
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        let stored = self.parts.iter().filter(|(_, part)| part.stored);
        let positions = stored.map(|(partition, part)| (*partition, part.position)).collect();
        let are_decoded = keeper.is_clean && self.parts.values().all(|part| part.is_decoded);
        let decoded_by = keeper.decoder.as_deref().filter(|_| are_decoded);
        let Keeper { store, identity, .. } = keeper;
        let commit = Commit { identity, operations, positions, caught_up, decoded_by };
        store.commit(&commit).map_err(Error::into_kind)
    }
}

fn operation<'a>(record: &RecordRef<'a>) -> Option<Operation<'a>> {
    let RecordRef { partition, offset, timestamp, key, value } = *record;
    let key = key?;
    Some(match value {
        Some(value) => Operation::Put { key, value, partition, offset, timestamp },
        None => Operation::Delete { key, partition },
    })
}
