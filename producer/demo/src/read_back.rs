//! Reads the topics back, checks each record against its contract, and compares the tables with the database.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tiltak_consumer_kit::log::{self, RawRecord};
use tiltak_consumer_kit::{Connection, Table};
use tiltak_producer::publish::{self, MigratedCodes, OutgoingRecord};
use tiltak_producer::{Selection, Store};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::{Record, Topic};

use crate::report::{Sample, TopicReport};

const LIMIT: Duration = Duration::from_mins(2);
const SAMPLES: usize = 2;

/// What the tables should hold: topic → key → value.
pub type Expected = BTreeMap<&'static str, BTreeMap<String, Value>>;

/// The four topics, in the order of the schema crate.
///
/// # Errors
///
/// If a topic cannot be read, or the database cannot.
pub async fn all(
    store: &Store,
    connection: &Connection,
    out: Option<&Path>,
    progress: impl Fn(usize),
) -> Result<Vec<TopicReport>> {
    let expected = expected(store).await?;
    let mut reports = vec![one::<SisteTiltakstyperV3>(connection, &expected, out).await?];
    progress(1);
    reports.push(one::<SisteTiltaksgjennomforingerV2>(connection, &expected, out).await?);
    progress(2);
    reports.push(one::<ArenaMigreringTiltaksgjennomforingerV1>(connection, &expected, out).await?);
    progress(3);
    reports.push(one::<DatavarehusTiltakTopicV1>(connection, &expected, out).await?);
    progress(4);
    Ok(reports)
}

/// The records that the database as it stands would give.
///
/// # Errors
///
/// If the database cannot be read, or holds what cannot be published.
pub async fn expected(store: &Store) -> Result<Expected> {
    let mut tx = store.begin().await?;
    let mut expected = Expected::new();
    let mut add = |record: OutgoingRecord| -> Result<()> {
        let value = record.value.context("an entity gives a value")?;
        expected.entry(record.topic).or_default().insert(record.key, serde_json::from_str(&value)?);
        Ok(())
    };
    for tiltakstype in tx.tiltakstyper().await? {
        publish::tiltakstype(&tiltakstype)?.map(&mut add).transpose()?;
    }
    for joined in tx.gjennomforinger(Selection::All, None, u32::MAX).await? {
        publish::gjennomforing(&joined, &MigratedCodes::production())?.into_iter().try_for_each(&mut add)?;
    }
    Ok(expected)
}

/// The values of a table, as JSON.
///
/// # Errors
///
/// If a value is no JSON.
pub fn values<T: Topic>(table: &Table<T>) -> Result<BTreeMap<String, Value>> {
    let values = table.snapshot().into_iter();
    values.map(|(key, value)| Ok((key.to_string(), serde_json::to_value(&*value)?))).collect()
}

async fn one<T: Topic>(
    connection: &Connection,
    expected: &Expected,
    out: Option<&Path>,
) -> Result<TopicReport> {
    let table = Table::<T>::builder(connection.clone()).start().await?;
    table.ready(LIMIT).await?;
    let connection = connection.clone();
    let records = tokio::task::spawn_blocking(move || log::read(&connection, T::NAME, LIMIT)).await??;
    let valid = valid::<T>(&records);
    if let Some(folder) = out {
        write(&folder.join(format!("{}.ndjson", T::NAME)), &records)?;
    }
    let counters = table.counters();
    Ok(TopicReport {
        topic: T::NAME,
        records: records.len(),
        keys: table.len(),
        upserts: counters.upserts,
        tombstones: counters.tombstones,
        valid,
        invalid: records.len() - valid,
        equals_database: values(&table)? == expected.get(T::NAME).cloned().unwrap_or_default(),
        samples: samples(&records),
    })
}

/// How many records are valid: the writer's types read them, and write the same again.
fn valid<T: Topic>(records: &[RawRecord]) -> usize {
    let is_valid = |record: &&RawRecord| {
        let (key, value) = (record.key.as_deref().unwrap_or_default(), record.value.as_deref());
        let text = value.map(String::from_utf8_lossy);
        Record::<T>::decode(key, value).is_ok_and(|it| it.is_encoded_as(text.as_deref()))
    };
    records.iter().filter(is_valid).count()
}

/// Beside the file first: a file that is there is whole.
fn write(path: &Path, records: &[RawRecord]) -> Result<()> {
    let at = || format!("{}: cannot be written", path.display());
    let folder = path.parent().with_context(at)?;
    let mut file = std::io::BufWriter::new(tempfile::NamedTempFile::new_in(folder).with_context(at)?);
    for record in records {
        let line = json!({
            "key": String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()),
            "value": record.value.as_deref().map(String::from_utf8_lossy),
        });
        writeln!(file, "{line}").with_context(at)?;
    }
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error).with_context(at)?;
    file.persist(path).with_context(at)?;
    // A temporary file is for its owner alone; this one is for whoever may read the folder.
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).with_context(at)?;
    Ok(())
}

/// The last records: a tombstone if there is one, and values.
fn samples(records: &[RawRecord]) -> Vec<Sample> {
    let tombstone = records.iter().rev().find(|record| record.value.is_none());
    let values = records.iter().rev().filter(|record| record.value.is_some());
    tombstone
        .into_iter()
        .chain(values)
        .take(SAMPLES)
        .map(|record| Sample {
            key: String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned(),
            value: record.value.as_deref().map(|value| String::from_utf8_lossy(value).into_owned()),
        })
        .collect()
}
