//! The records of a change, as they stand in its row.

use std::sync::Arc;

use sqlx::AnyConnection;

use super::OutboxRow;
use crate::publish::OutgoingRecord;
use crate::store::StoreError;

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

/// The changes after a position, in no order that can be built upon, as one text: of each its id, its position, the bytes
/// of its traceparent and of its records, with a space behind each; then these two. In one piece, because each row of a
/// result wakes two threads in turn.
const AFTER: &str = "SELECT COALESCE(string_agg(c.id || ' ' || c.position || ' ' \
    || octet_length(COALESCE(c.traceparent, '')) || ' ' || octet_length(o.records) || ' ' \
    || COALESCE(c.traceparent, '') || o.records, ''), '') \
    FROM outbox_change c JOIN outbox o ON o.change_id = c.id WHERE c.position > $1";

/// Changes as they come from the database.
#[derive(Debug)]
pub(super) struct Text(String);

impl Text {
    /// The changes after a position.
    pub(super) async fn after(connection: &mut AnyConnection, position: i64) -> Result<Self, StoreError> {
        Ok(Self(sqlx::query_scalar(AFTER).bind(position).fetch_one(connection).await?))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes, in the order of publication.
    pub(super) fn parse(&self) -> Result<Vec<Change>, StoreError> {
        let mut rest = self.0.as_str();
        let mut changes = Vec::new();
        while !rest.is_empty() {
            let change;
            (change, rest) = parse(rest).ok_or_else(|| {
                sqlx::Error::Decode("a change of the outbox cannot be told from the next".into())
            })?;
            changes.push(change);
        }
        changes.sort_unstable_by_key(|change| change.position);
        Ok(changes)
    }
}

/// The first change of a text, and what comes after it.
fn parse(text: &str) -> Option<(Change, &str)> {
    let (id, text) = text.split_once(' ')?;
    let (position, text) = text.split_once(' ')?;
    let (traceparent, text) = text.split_once(' ')?;
    let (records, text) = text.split_once(' ')?;
    let (id, position) = (id.parse().ok()?, position.parse().ok()?);
    let (traceparent, text) = text.split_at_checked(traceparent.parse().ok()?)?;
    let (records, rest) = text.split_at_checked(records.parse().ok()?)?;
    Some((
        Change { id, position, rows: read(records, id, Some(traceparent).filter(|it| !it.is_empty())) },
        rest,
    ))
}

/// What [`write()`] has written. The error quotes nothing of it.
pub(super) fn read(records: &str, change: i64, traceparent: Option<&str>) -> Result<Vec<OutboxRow>, String> {
    let records: Vec<(String, String, Option<String>)> = serde_json::from_str(records).map_err(|error| {
        format!("its records are no JSON array of [topic, key, value]: see column {}", error.column())
    })?;
    let traceparent: Option<Arc<str>> = traceparent.map(Arc::from);
    let row = |(topic, key, value)| OutboxRow { change, topic, key, value, traceparent: traceparent.clone() };
    Ok(records.into_iter().map(row).collect())
}
