//! `seed`: an invented history on a broker.

mod awkward;
mod publisher;

use std::collections::{BTreeMap, HashSet};

use anyhow::{bail, ensure};
use serde::Serialize;
use tiltak_schema::topics;

use self::publisher::{OutgoingRecord, Publisher};
use super::cli::Seed;
use super::cluster::{self, Cluster};
use super::topic_log::bar;
use super::{GOOD, NOTE, Outcome, Session, aligned, count};
use crate::fixtures::HistoryTransaction;
use crate::fixtures::population::Population;
use crate::source::{KafkaSource, Source};

/// Everything that was written.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeedTotals {
    transactions: u64,
    aborted: u64,
    topics: BTreeMap<&'static str, TopicTotals>,
}

/// Everything that was committed to one topic.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct TopicTotals {
    /// The topic's name on the broker.
    name: String,
    records: u64,
    tombstones: u64,
    /// Keys that have a value now, as far as this command has written them.
    keys: usize,
    #[serde(skip)]
    alive: HashSet<String>,
}

impl SeedTotals {
    fn note(&mut self, records: &[OutgoingRecord], committed: bool) {
        if !committed {
            self.aborted += 1;
            return;
        }
        self.transactions += 1;
        for record in records {
            let totals = self.topics.entry(record.topic).or_default();
            totals.records += 1;
            if record.line.value.is_some() {
                totals.alive.insert(record.line.key.clone());
            } else {
                totals.tombstones += 1;
                totals.alive.remove(&record.line.key);
            }
            totals.keys = totals.alive.len();
        }
    }
}

pub(super) fn run(arguments: &Seed, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    // Before a connection is made, and once more when the brokers have said where they are.
    refuse_remote(arguments, cluster::remote_host(&arguments.connect.brokers, &[]))?;
    let mut cluster = Cluster::connect(&arguments.connect)?;
    refuse_remote(arguments, cluster.remote_host())?;
    let created = prepare(arguments, &mut cluster, session)?;
    let mut totals = SeedTotals::default();
    for topic in topics() {
        totals.topics.entry(topic.name).or_default().name = cluster.topic(topic.name);
    }
    let publisher = Publisher::open(&cluster, arguments.connect.limit())?;
    let (number, seed) = (arguments.gjennomforinger, arguments.seed);
    let outcome = publish(arguments, &cluster, &publisher, &mut totals, session);
    if arguments.json {
        writeln!(session.output, "{}", serde_json::to_string(&totals)?)?;
    } else {
        for name in &created {
            writeln!(session.output, "created {name}")?;
        }
        show(&totals, session)?;
        if outcome.is_ok() {
            let kind = match (arguments.compacted, arguments.awkward) {
                (false, false) => "",
                (true, false) => ", compacted",
                (false, true) => ", awkward",
                (true, true) => ", compacted and awkward",
            };
            writeln!(
                session.output,
                "{GOOD}✓{GOOD:#} {} with seed {seed}{kind}, in {} transactions and {} that were aborted, on {}",
                count(number as usize, "gjennomføring").replace("gjennomførings", "gjennomføringer"),
                totals.transactions,
                totals.aborted,
                cluster.brokers()
            )?;
        }
    }
    outcome.map(|()| Outcome::Fine)
}

fn refuse_remote(arguments: &Seed, host: Option<&str>) -> anyhow::Result<()> {
    match host {
        Some(host) if !arguments.yes_this_is_not_production => bail!(
            "refused: the broker at {host} is not on this machine; if it is a test broker, add \
             --yes-this-is-not-production"
        ),
        _ => Ok(()),
    }
}

/// Creates the topics that are missing, and refuses topics that hold records.
fn prepare(
    arguments: &Seed,
    cluster: &mut Cluster,
    session: &mut Session<'_>,
) -> anyhow::Result<Vec<String>> {
    for topic in topics() {
        let Some(layout) = cluster.layout(topic.name) else { continue };
        let name = cluster.topic(topic.name);
        if layout.partitions != topic.config.partitions {
            writeln!(
                session.errors,
                "{NOTE}note:{NOTE:#} {name} has {} partitions, the contract says {}",
                layout.partitions, topic.config.partitions
            )?;
        }
        if !arguments.append {
            let marks = KafkaSource::open(&cluster.connection, &name)?.describe()?.watermarks;
            ensure!(
                marks.values().all(|mark| mark.log_start >= mark.high_watermark),
                "refused: {name} on {} holds records already; --append writes to it all the same, \
                 --topic-prefix makes topics of your own",
                cluster.brokers()
            );
        }
    }
    let mut created = Vec::new();
    for topic in topics() {
        if cluster.layout(topic.name).is_none() {
            cluster.create(&topic)?;
            created.push(cluster.topic(topic.name));
        }
    }
    Ok(created)
}

fn publish(
    arguments: &Seed,
    cluster: &Cluster,
    publisher: &Publisher,
    totals: &mut SeedTotals,
    session: &Session<'_>,
) -> anyhow::Result<()> {
    let (number, seed) = (arguments.gjennomforinger, arguments.seed);
    let history: Box<dyn Iterator<Item = HistoryTransaction>> = if arguments.compacted {
        Box::new(Population::compacted(number, seed))
    } else {
        Box::new(Population::new(number, seed))
    };
    let partitions: BTreeMap<&'static str, i32> = topics()
        .map(|topic| {
            (topic.name, cluster.layout(topic.name).map_or(topic.config.partitions, |it| it.partitions))
        })
        .into();
    let awkward = arguments.awkward.then(|| awkward::records(number, seed, &partitions));
    let history = history.map(|transaction| {
        let records = transaction.changes.into_iter().flat_map(|change| change.records);
        (records.map(|(topic, line)| OutgoingRecord::new(topic, line)).collect(), transaction.committed)
    });
    let bar = bar("records", expected_records(number));
    for (records, committed) in history.chain(awkward.into_iter().flatten()) {
        session.interrupt.check("what was committed before stays")?;
        publisher.transaction(&records, committed)?;
        totals.note(&records, committed);
        bar.inc(records.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The approximate number of records: three changes of each gjennomføring, on two to three topics.
fn expected_records(gjennomforinger: u32) -> i64 {
    i64::from(gjennomforinger) * 33 / 4
}

fn show(totals: &SeedTotals, session: &mut Session<'_>) -> anyhow::Result<()> {
    let mut table = comfy_table::Table::new();
    table.set_header(["topic", "records", "tombstones", "keys with a value"]);
    for topic in topics() {
        let Some(it) = totals.topics.get(topic.name) else { continue };
        table.add_row([
            it.name.clone(),
            it.records.to_string(),
            it.tombstones.to_string(),
            it.keys.to_string(),
        ]);
    }
    writeln!(session.output, "{}", aligned(table))?;
    Ok(())
}
