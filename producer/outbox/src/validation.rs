//! Which changes may be sent. Pure: parked and waiting changes are arguments.

use std::collections::{BTreeMap, HashMap};

use crate::batch::Change;
use crate::record::OutboxRecord;

/// Decides whether a record may be sent.
///
/// The reason is stored and logged: it must not quote the value.
pub trait RecordValidator: Send + Sync {
    /// Checks a record.
    ///
    /// # Errors
    /// The reason why the record must not be sent.
    fn validate(&self, record: &OutboxRecord) -> Result<(), String>;
}

impl<F: Fn(&OutboxRecord) -> Result<(), String> + Send + Sync> RecordValidator for F {
    fn validate(&self, record: &OutboxRecord) -> Result<(), String> {
        self(record)
    }
}

/// Why a change is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parking {
    /// A record of the change is invalid.
    Invalid(String),
    /// The change shares a key with this parked change.
    Behind(i64),
}

impl Parking {
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Invalid(reason) => reason.clone(),
            Self::Behind(first) => format!("has a key of change {first}, which is parked"),
        }
    }

    pub(crate) fn waits_for(&self) -> Option<i64> {
        match self {
            Self::Invalid(_) => None,
            Self::Behind(first) => Some(*first),
        }
    }
}

/// The keys of parked changes. Each has the first parked change with this key, and the change that this one waits for
/// (or itself). Changes before that one may be sent.
#[derive(Debug, Default)]
pub(crate) struct BlockedKeys(HashMap<String, (i64, i64)>);

impl BlockedKeys {
    pub(crate) fn block(&mut self, change: i64, first: i64, records: &[OutboxRecord]) {
        for record in records {
            let entry = self.0.entry(record.key.clone()).or_insert((change, first));
            if change < entry.0 {
                *entry = (change, first);
            }
        }
    }

    /// The parked change that a change with these records waits for.
    fn behind(&self, change: i64, records: &[OutboxRecord]) -> Option<i64> {
        let mut parked = records.iter().filter_map(|record| self.0.get(&record.key));
        parked.find(|(parked, _)| *parked < change).map(|(_, first)| *first)
    }
}

/// The changes to park, of changes in the order of their ids. A parked change blocks all of its keys for later
/// changes.
pub(crate) fn to_be_parked(
    changes: &[Change],
    mut blocked: BlockedKeys,
    validator: &dyn RecordValidator,
) -> BTreeMap<i64, Parking> {
    let mut parked = BTreeMap::new();
    for change in changes {
        let records = change.records.as_deref().unwrap_or_default();
        let unreadable = change.records.as_ref().err().cloned();
        let invalid =
            unreadable.or_else(|| records.iter().find_map(|record| validator.validate(record).err()));
        let parking = match invalid {
            Some(reason) => Parking::Invalid(reason),
            None => match blocked.behind(change.id, records) {
                Some(first) => Parking::Behind(first),
                None => continue,
            },
        };
        blocked.block(change.id, parking.waits_for().unwrap_or(change.id), records);
        parked.insert(change.id, parking);
    }
    parked
}
