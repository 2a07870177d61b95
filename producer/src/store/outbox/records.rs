//! The records of a change, as they stand in its row.

use std::sync::Arc;

use sqlx::AnyConnection;

use super::OutboxRow;
use crate::publish::OutgoingRecord;
use crate::store::StoreError;
use crate::store::dialect::Dialect;

/// A line a record: topic, key and, unless it is a tombstone, value, with tabs between. JSON as the contracts write it has
/// neither tabs nor line ends. Where something has, all is a JSON array of `[topic, key, value]`, which is also what
/// earlier versions wrote.
pub(super) fn write(records: &[OutgoingRecord]) -> Result<String, StoreError> {
    let is_plain = |text: &str| !text.bytes().any(|byte| byte == b'\n' || byte == b'\t');
    if !records.iter().all(|it| is_plain(&it.key) && it.value.as_deref().is_none_or(is_plain)) {
        let records: Vec<_> = records.iter().map(|it| (it.topic, &it.key, &it.value)).collect();
        return Ok(serde_json::to_string(&records).map_err(|error| sqlx::Error::Encode(error.into()))?);
    }
    let line = |it: &OutgoingRecord| match &it.value {
        Some(value) => format!("{}\t{}\t{value}", it.topic, it.key),
        None => format!("{}\t{}", it.topic, it.key),
    };
    Ok(records.iter().map(line).collect::<Vec<_>>().join("\n"))
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

/// Changes as they come from the database: see [`Dialect::changes_after`].
#[derive(Debug)]
pub(super) struct Text(Vec<String>);

impl Text {
    /// The changes after a position.
    pub(super) async fn after(
        connection: &mut AnyConnection,
        dialect: Dialect,
        position: i64,
    ) -> Result<Self, StoreError> {
        Ok(Self(sqlx::query_scalar(dialect.changes_after()).bind(position).fetch_all(connection).await?))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }

    /// The changes, in the order of publication.
    pub(super) fn parse(&self) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for mut rest in self.0.iter().map(String::as_str) {
            while !rest.is_empty() {
                let change;
                (change, rest) = parse(rest).ok_or_else(|| {
                    sqlx::Error::Decode("a change of the outbox cannot be told from the next".into())
                })?;
                changes.push(change);
            }
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
    let traceparent: Option<Arc<str>> = traceparent.map(Arc::from);
    let row = |(topic, key, value)| OutboxRow { change, topic, key, value, traceparent: traceparent.clone() };
    if records.starts_with('[') {
        let records: Vec<(String, String, Option<String>)> =
            serde_json::from_str(records).map_err(|error| {
                format!("its records are no JSON array of [topic, key, value]: see column {}", error.column())
            })?;
        return Ok(records.into_iter().map(row).collect());
    }
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(records.split('\n')) {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        let (Some(topic), Some(key), value) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!(
                "its records are no lines of topic, key and value with tabs between: see line {number}"
            ));
        };
        rows.push(row((topic, key, value)));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_whatever_stands_in_it(
            records in prop::collection::vec(
                ("[a\\[\\]\"\t\n\r ]{0,3}", prop::option::of("[a\\[\\]\"\t\n\r æ]{0,5}")), 1..4,
            ),
        ) {
            let records: Vec<_> = records
                .into_iter()
                .map(|(key, value)| OutgoingRecord { topic: "siste-tiltakstyper-v3", key, value })
                .collect();
            let rows = read(&write(&records).unwrap(), 1, None).unwrap();
            let read: Vec<_> = rows.into_iter().map(|row| (row.topic, row.key, row.value)).collect();
            let written: Vec<_> = records.into_iter().map(|it| (it.topic.to_owned(), it.key, it.value)).collect();
            prop_assert_eq!(read, written);
        }
    }

    #[test]
    fn records_of_an_earlier_version_are_read() {
        let rows = read(r#"[["t","k","{\"a\":1}"],["t","l",null]]"#, 1, None).unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.value.as_deref())).collect();
        assert_eq!(rows, [("k", Some(r#"{"a":1}"#)), ("l", None)]);
    }

    #[test]
    fn lines_that_are_no_records_are_told_by_their_number() {
        let error = read("t\tk\t1\nKari", 1, None).unwrap_err();
        assert_eq!(error, "its records are no lines of topic, key and value with tabs between: see line 2");
    }
}
