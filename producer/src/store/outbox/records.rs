//! The records of a change, as they stand in its row.

use std::sync::Arc;

use sqlx::AnyConnection;

use super::OutboxRow;
use crate::publish::OutgoingRecord;
use crate::store::StoreError;
use crate::store::dialect::Dialect;

/// A JSON array of `[topic, key, value]`. The value is a string, so that its text stays as it is.
pub(super) fn write(records: &[OutgoingRecord]) -> Result<String, StoreError> {
    let records: Vec<_> = records.iter().map(|it| (it.topic, &it.key, &it.value)).collect();
    Ok(serde_json::to_string(&records).map_err(|error| sqlx::Error::Encode(error.into()))?)
}

/// Keys and values, in bytes.
pub(super) fn size(records: &[OutgoingRecord]) -> usize {
    records.iter().map(|it| it.key.len() + it.value.as_ref().map_or(0, String::len)).sum()
}

/// A change as it was read.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) id: i64,
    pub(super) position: i64,
    /// Its records, or why they cannot be read, without a word of them.
    pub(super) rows: Result<Vec<OutboxRow>, String>,
}

/// The text of changes, which is read in one piece: each row of a result wakes two threads in turn.
#[derive(Debug)]
pub(super) struct Text {
    /// A JSON array of `[id, position, traceparent, bytes of the records]`.
    heads: String,
    /// The records of all, one after another.
    records: String,
}

impl Text {
    /// The changes after a position.
    pub(super) async fn after(
        connection: &mut AnyConnection,
        dialect: Dialect,
        position: i64,
    ) -> Result<Self, StoreError> {
        let (heads, records) =
            sqlx::query_as(dialect.changes_after()).bind(position).fetch_one(connection).await?;
        Ok(Self { heads, records })
    }

    /// The changes, in the order of publication.
    pub(super) fn parse(&self) -> Result<Vec<Change>, StoreError> {
        let decode = |error: serde_json::Error| sqlx::Error::Decode(error.into());
        let heads: Vec<(i64, i64, Option<String>, usize)> =
            serde_json::from_str(&self.heads).map_err(decode)?;
        let mut rest = self.records.as_str();
        let mut changes = Vec::with_capacity(heads.len());
        for (id, position, traceparent, length) in heads {
            let (records, after) = rest
                .split_at_checked(length)
                .ok_or_else(|| sqlx::Error::Decode("the records of a change end too early".into()))?;
            rest = after;
            changes.push(Change { id, position, rows: read(records, id, traceparent) });
        }
        changes.sort_unstable_by_key(|change| change.position);
        Ok(changes)
    }
}

/// What [`write()`] has written. The error quotes nothing of it.
pub(super) fn read(
    records: &str,
    change: i64,
    traceparent: Option<String>,
) -> Result<Vec<OutboxRow>, String> {
    let records: Vec<(String, String, Option<String>)> = serde_json::from_str(records).map_err(|error| {
        format!("its records are no JSON array of [topic, key, value]: see column {}", error.column())
    })?;
    let traceparent: Option<Arc<str>> = traceparent.map(Arc::from);
    let row = |(topic, key, value)| OutboxRow { change, topic, key, value, traceparent: traceparent.clone() };
    Ok(records.into_iter().map(row).collect())
}
