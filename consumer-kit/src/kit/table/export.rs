//! `table --export`: every key with its value, as they are on the topic.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::super::atomic_file::AtomicFile;
use super::super::cluster::Cluster;
use super::super::topic_log::{self, Record};
use super::super::{BAD, Outcome, Session, count};

/// A line that `cargo contracts validate` reads.
#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    value: &'a str,
    partition: i32,
    offset: i64,
}

pub(super) fn run(
    cluster: &Cluster,
    topic: &str,
    file: &Path,
    limit: Duration,
    session: &mut Session<'_>,
) -> anyhow::Result<Outcome> {
    if file.as_os_str() == "-" {
        let live = live(cluster, topic, limit, session)?;
        let totals = write(&live, &mut session.output)?;
        return report(totals, None, session);
    }
    // Under its name there is the whole file or none; a folder that cannot be written is told before the topic is read.
    let mut output = AtomicFile::new(file)?;
    let live = live(cluster, topic, limit, session)?;
    let totals = write(&live, &mut output)?;
    output.done()?;
    report(totals, Some(file), session)
}

/// The last record of each key, if it has a value.
fn live(
    cluster: &Cluster,
    topic: &str,
    limit: Duration,
    session: &Session<'_>,
) -> anyhow::Result<BTreeMap<Vec<u8>, Record>> {
    let mut last: BTreeMap<Vec<u8>, BTreeMap<i32, Record>> = BTreeMap::new();
    topic_log::read(cluster, topic, limit, session.interrupt, |record| {
        last.entry(record.key.unwrap_or_default().to_vec())
            .or_default()
            .insert(record.partition, record.into());
    })?;
    let newest = |(key, of_partitions): (_, BTreeMap<i32, Record>)| {
        let record = of_partitions.into_values().max_by_key(Record::age)?;
        record.value.is_some().then_some((key, record))
    };
    Ok(last.into_iter().filter_map(newest).collect())
}

#[derive(Clone, Copy)]
struct ExportTotals {
    lines: usize,
    /// Keys or values that are not UTF-8, and so cannot stand in JSON.
    not_text: usize,
}

fn write(live: &BTreeMap<Vec<u8>, Record>, output: &mut impl Write) -> anyhow::Result<ExportTotals> {
    let mut output = BufWriter::new(output);
    let mut totals = ExportTotals { lines: 0, not_text: 0 };
    for (key, record) in live {
        let value = record.value.as_deref().unwrap_or_default();
        let (Ok(key), Ok(value)) = (std::str::from_utf8(key), std::str::from_utf8(value)) else {
            totals.not_text += 1;
            continue;
        };
        let text =
            serde_json::to_string(&Line { key, value, partition: record.partition, offset: record.offset })?;
        writeln!(output, "{text}")?;
        totals.lines += 1;
    }
    output.flush()?;
    Ok(totals)
}

fn report(totals: ExportTotals, file: Option<&Path>, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    if let Some(file) = file {
        writeln!(session.output, "wrote {} to {}", count(totals.lines, "key"), file.display())?;
    }
    if totals.not_text > 0 {
        writeln!(
            session.errors,
            "{BAD}left out {}{BAD:#} whose key or value is not UTF-8",
            count(totals.not_text, "record")
        )?;
    }
    Ok(Outcome::fine_if(totals.not_text == 0))
}
