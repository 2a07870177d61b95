//! Appending the records of a transaction to the outbox.

use kafka_outbox::{ParkedChange, RecordRef, append};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Store, StoreError, Transaction};
use crate::publish::OutgoingRecord;

/// The record header that carries the trace of the request that made a change (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";

impl Transaction {
    /// Adds records, in this order, which the commit appends to the outbox. All records of one transaction are one
    /// change: readers see all of them or none.
    pub fn enqueue(&mut self, records: impl IntoIterator<Item = OutgoingRecord>) {
        self.records.extend(records);
    }

    /// Appends the change, if it is one. The last thing that a transaction does, so that the ids of the changes of an
    /// entity, which is locked, are in the order of the commits.
    pub(super) async fn append_change(&mut self) -> Result<(), StoreError> {
        let records = std::mem::take(&mut self.records);
        let refs: Vec<_> = records
            .iter()
            .map(|it| RecordRef { topic: it.topic, key: &it.key, value: it.value.as_deref() })
            .collect();
        let traceparent = self.traceparent.clone();
        let headers: Vec<_> = traceparent.iter().map(|value| (TRACEPARENT, &**value)).collect();
        append(self.connection(), &refs, &headers).await?;
        Ok(())
    }
}

/// A change that is not published until somebody retries or discards it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parked {
    /// The change.
    pub change: i64,
    /// When it was parked (RFC 3339).
    pub parked_at: String,
    /// Why. Quotes no payload value.
    pub reason: String,
    /// The change that it waits behind; `None` when it is parked for its own sake.
    pub waits_for: Option<i64>,
    /// Its records.
    pub records: Vec<ParkedRecord>,
}

/// A record of a parked change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ParkedRecord {
    /// The topic.
    pub topic: String,
    /// Record key.
    pub key: String,
}

impl From<ParkedChange> for Parked {
    fn from(parked: ParkedChange) -> Self {
        let ParkedChange { change, parked_at, reason, waits_for, records } = parked;
        let records = records.into_iter().map(|(topic, key)| ParkedRecord { topic, key }).collect();
        Self { change, parked_at: parked_at.to_string(), reason, waits_for, records }
    }
}

impl Store {
    /// The parked changes, in the order in which they would be published.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        Ok(self.outbox().parked().await?.into_iter().map(Parked::from).collect())
    }
}
