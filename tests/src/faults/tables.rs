//! The comparison of the topics, read as tables, with the records that the database would publish now.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tiltak_consumer_kit::{Connection, Table};
use tiltak_producer::publish::{self, MigratedCodes, OutgoingRecord};
use tiltak_producer::{Selection, Store};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;

use super::checker::Verdict;

const LIMIT: Duration = Duration::from_mins(2);

type Values = BTreeMap<String, Value>;

/// Reads each topic into a table, and compares it with the database.
pub(super) async fn compare(store: &Store, connection: &Connection) -> Result<Verdict> {
    let mut expected: HashMap<&str, Values> = HashMap::new();
    for record in records(store).await? {
        let value = record.value.context("an entity gives a value")?;
        expected.entry(record.topic).or_default().insert(record.key, serde_json::from_str(&value)?);
    }
    let mut verdict = Verdict::default();
    one::<SisteTiltakstyperV3>(connection, &expected, &mut verdict).await?;
    one::<SisteTiltaksgjennomforingerV2>(connection, &expected, &mut verdict).await?;
    one::<ArenaMigreringTiltaksgjennomforingerV1>(connection, &expected, &mut verdict).await?;
    one::<DatavarehusTiltakTopicV1>(connection, &expected, &mut verdict).await?;
    Ok(verdict)
}

async fn one<T: Topic>(
    connection: &Connection,
    expected: &HashMap<&str, Values>,
    verdict: &mut Verdict,
) -> Result<()> {
    let table = Table::<T>::builder(connection.clone()).start().await?;
    table.ready(LIMIT).await?;
    let found: Values = table
        .snapshot()
        .into_iter()
        .map(|(key, value)| Ok((key.to_string(), serde_json::to_value(&*value)?)))
        .collect::<Result<_>>()?;
    let none = Values::new();
    let expected = expected.get(T::NAME).unwrap_or(&none);
    let keys: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    for key in keys {
        if found.get(key) != expected.get(key) {
            verdict.count(
                |it| &mut it.table_not_database,
                || format!("table-not-database: {}, key {key}", T::NAME),
            );
        }
    }
    Ok(())
}

/// The records that the database would publish now.
async fn records(store: &Store) -> Result<Vec<OutgoingRecord>> {
    let mut tx = store.begin().await?;
    let mut records = Vec::new();
    for tiltakstype in tx.tiltakstyper().await? {
        records.extend(publish::tiltakstype(&tiltakstype)?);
    }
    for joined in tx.gjennomforinger(Selection::All, None, u32::MAX).await? {
        records.extend(publish::gjennomforing(&joined, &MigratedCodes::production())?);
    }
    Ok(records)
}
