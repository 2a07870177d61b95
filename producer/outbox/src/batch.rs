//! Reading the changes that wait, and choosing the next batch of them. The choice is pure.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AnyConnection;

use crate::dialect::Dialect;
use crate::error::OutboxError;
use crate::record::{self, Headers, OutboxRecord};

/// The bounds of a batch. A batch ends with the change that reaches one of them; a change that is larger than a bound
/// is a batch of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Number of records. Defaults to 2,000.
    pub records: u32,
    /// Bytes of keys and values. Defaults to 4 MiB.
    pub bytes: u32,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { records: 2_000, bytes: 4 << 20 }
    }
}

/// Whole changes that are published together, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The ids of the changes, in ascending order.
    pub changes: Vec<i64>,
    /// The records of the changes.
    pub records: Vec<OutboxRecord>,
    /// When each of the changes was appended, in microseconds of Unix time.
    pub appended_at: Vec<i64>,
}

/// A change that waits, without its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PendingChange {
    pub(crate) id: i64,
    records: u64,
    bytes: u64,
    created_at: i64,
}

/// The changes that wait, in the order of their ids, and whether something is parked. One statement reads both.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) changes: Vec<PendingChange>,
    pub(crate) something_is_parked: bool,
}

/// A change as it was read.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) id: i64,
    /// The change's records, or why they cannot be decoded. The reason quotes nothing of them.
    pub(crate) records: Result<Vec<OutboxRecord>, String>,
}

/// The changes of a batch as text. Decoding takes time, and is left to a thread that may block.
#[derive(Debug)]
pub(crate) struct EncodedBatch {
    text: Vec<String>,
    /// When each change was appended, in microseconds of Unix time.
    pub(crate) appended_at: BTreeMap<i64, i64>,
}

impl Pending {
    /// Reads at most `changes` changes: those that wait above an id, and those that were released.
    pub(crate) async fn read(
        connection: &mut AnyConnection,
        dialect: Dialect,
        above: i64,
        changes: u32,
    ) -> Result<Self, OutboxError> {
        let (text, parked): (String, i64) = sqlx::query_as(dialect.pending())
            .bind(above)
            .bind(i64::from(changes))
            .fetch_one(connection)
            .await?;
        let numbers = text.split_ascii_whitespace().map(str::parse::<i64>).collect::<Result<Vec<_>, _>>();
        let numbers =
            numbers.map_err(|error| OutboxError::Damaged { table: "outbox", what: error.to_string() })?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let mut changes: Vec<_> = numbers
            .chunks_exact(4)
            .map(|it| PendingChange {
                id: it[0],
                records: count(it[1]),
                bytes: count(it[2]),
                created_at: it[3],
            })
            .collect();
        changes.sort_unstable_by_key(|change| change.id);
        Ok(Self { changes, something_is_parked: parked != 0 })
    }

    /// The changes of the next batch: the first ones that are not under way, up to the limits.
    pub(crate) fn choose(&self, under_way: &BTreeSet<i64>, limits: BatchLimits) -> &[PendingChange] {
        let start = self.changes.iter().take_while(|change| under_way.contains(&change.id)).count();
        let (mut records, mut bytes) = (0, 0);
        let rest = self.changes.get(start..).unwrap_or_default();
        let chosen = rest.iter().take_while(|change| {
            let room = records < u64::from(limits.records) && bytes < u64::from(limits.bytes);
            records += change.records;
            bytes += change.bytes;
            // What is under way may be spread among what became visible later; a batch ends there.
            room && !under_way.contains(&change.id)
        });
        let count = chosen.count();
        rest.get(..count).unwrap_or_default()
    }
}

impl EncodedBatch {
    pub(crate) async fn read(
        connection: &mut AnyConnection,
        dialect: Dialect,
        chosen: &[PendingChange],
    ) -> Result<Self, OutboxError> {
        let ids = list(chosen.iter().map(|change| change.id));
        let text = sqlx::query_scalar(dialect.changes()).bind(ids).fetch_all(connection).await?;
        let appended_at = chosen.iter().map(|change| (change.id, change.created_at)).collect();
        Ok(Self { text, appended_at })
    }

    /// The changes, in the order of their ids.
    pub(crate) fn decode(&self) -> Result<Vec<Change>, OutboxError> {
        let mut changes = Vec::new();
        for mut rest in self.text.iter().map(String::as_str) {
            while !rest.is_empty() {
                let change;
                (change, rest) = first(rest).ok_or_else(|| OutboxError::Damaged {
                    table: "outbox",
                    what: "a change cannot be told from the next".to_owned(),
                })?;
                changes.push(change);
            }
        }
        changes.sort_unstable_by_key(|change| change.id);
        Ok(changes)
    }
}

/// The first change of a text (see [`Dialect::changes`]), and what comes after it.
fn first(text: &str) -> Option<(Change, &str)> {
    let (id, text) = text.split_once(' ')?;
    let (headers, text) = text.split_once(' ')?;
    let (records, text) = text.split_once(' ')?;
    let (headers, text) = text.split_at_checked(headers.parse().ok()?)?;
    let (records, rest) = text.split_at_checked(records.parse().ok()?)?;
    let id = id.parse().ok()?;
    Some((Change { id, records: record::decode(records, id, &Headers::decode(headers)) }, rest))
}

/// Ids with commas between.
pub(crate) fn list(ids: impl IntoIterator<Item = i64>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(ids: impl IntoIterator<Item = (i64, u64)>) -> Pending {
        let changes = ids.into_iter().map(|(id, records)| PendingChange {
            id,
            records,
            bytes: records,
            created_at: id,
        });
        Pending { changes: changes.collect(), something_is_parked: false }
    }

    fn chosen(pending: &Pending, under_way: &[i64], records: u32) -> Vec<i64> {
        let limits = BatchLimits { records, bytes: u32::MAX };
        pending.choose(&under_way.iter().copied().collect(), limits).iter().map(|change| change.id).collect()
    }

    #[test]
    fn a_batch_ends_with_the_change_that_reaches_a_limit_and_never_within_one() {
        let pending = pending([(1, 2), (2, 2), (3, 1), (4, 4), (5, 1)]);
        assert_eq!(chosen(&pending, &[], 3), [1, 2]);
        assert_eq!(chosen(&pending, &[1, 2], 3), [3, 4]);
        assert_eq!(chosen(&pending, &[1, 2, 3, 4], 3), [5]);
        assert_eq!(chosen(&pending, &[], 1), [1]);
    }

    #[test]
    fn a_change_that_became_visible_late_goes_before_later_ones() {
        let pending = pending([(5, 1), (7, 1), (9, 1)]);
        assert_eq!(chosen(&pending, &[7], 10), [5], "and 9 with the next batch");
        assert_eq!(chosen(&pending, &[5, 7], 10), [9]);
    }
}
