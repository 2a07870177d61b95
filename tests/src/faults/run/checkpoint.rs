//! A quiet moment of a run: runs the checker on the topics, and compares the readers.

use anyhow::{Context as _, Result};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer as _};
use serde_json::json;
use tiltak_consumer_kit::{Connection, log};

use super::children::{LIMIT, TRANSACTION};
use super::state::Run;
use crate::faults::checker::{Evidence, Verdict, check};
use crate::faults::event::Then;
use crate::faults::independent::Independent;
use crate::faults::journal;
use crate::faults::record::OnTopic;

const EXAMPLES: usize = 20;

impl Run {
    /// Compares while no relay runs and no transaction is open.
    pub(super) fn checkpoint(&mut self) -> Result<()> {
        self.kill_relay()?;
        self.settle()?;
        self.compare(false)?;
        self.start_relay(TRANSACTION)
    }

    /// Runs the checker and compares the readers, when everything or only a part is published.
    pub(super) fn compare(&mut self, all: bool) -> Result<()> {
        self.listen()?;
        if all {
            // From the beginning once more: a log does not change.
            self.independent = Independent::start(
                &self.folder.file("."),
                self.kafka.broker().bootstrap_servers(),
                &self.prefix,
                self.error_file()?,
            )?;
        }
        if let Err(error) = self.independent.read(&self.stop) {
            return Err(error.context(self.errors()));
        }
        let heard = self.events.len();
        let url = self.database.url();
        let (rows, parked) = self.wait(async move { journal::read(&url).await })?;
        // Whatever is there had begun by now.
        self.listen()?;
        let records = self.independent.records();
        let (events, rows) = (&self.events[..], &rows[..]);
        let verdict = check(&Evidence { records, events, heard, rows, parked, at_end: all });
        let product = read_by_the_kit(&self.connection(), records)?;
        let readers = self.readers.compare(records, &mut self.timeline, &self.stop)?;
        self.report.readers = self.readers.readings();
        for verdict in [verdict, product, readers] {
            self.add(verdict);
        }
        self.timeline.note("checker", json!({ "findings": self.report.findings.checks() }));
        let count = |kind: fn(&Then) -> bool| self.events.iter().filter(|event| kind(&event.then)).count();
        let begun = count(|then| matches!(then, Then::Begun));
        let acknowledged = count(|then| matches!(then, Then::Acknowledged(_)));
        let refused = count(|then| matches!(then, Then::Refused));
        self.report.records = rows.iter().map(|row| row.records.len()).sum();
        self.report.acknowledged = acknowledged;
        self.report.refused = refused;
        self.report.unknown = begun.saturating_sub(acknowledged + refused);
        self.report.checkpoints += 1;
        self.checked = self.report.clone();
        Ok(())
    }

    /// Ends the transaction that the last relay may have left open.
    pub(super) fn settle(&self) -> Result<()> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.brokers()).set("transactional.id", &self.transactional_id);
        let producer: BaseProducer = config.create()?;
        producer.init_transactions(LIMIT).context("the open transaction is not ended")
    }

    pub(super) fn add(&mut self, verdict: Verdict) {
        self.report.findings.at_least(&verdict.findings);
        let room = EXAMPLES.saturating_sub(self.report.examples.len());
        self.report.examples.extend(verdict.examples.into_iter().take(room));
    }
}

/// Checks that the product's own reader reads the same records as the independent one. Blocks.
fn read_by_the_kit(connection: &Connection, records: &[OnTopic]) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    for topic in tiltak_schema::topics() {
        let mut read = log::read(connection, topic.name, LIMIT)?;
        read.sort_by_key(|record| (record.partition, record.offset));
        let expected: Vec<&OnTopic> = records.iter().filter(|record| record.topic == topic.name).collect();
        let same =
            read.len() == expected.len() && expected.iter().zip(&read).all(|(record, read)| record.is(read));
        if !same {
            verdict.count(
                |it| &mut it.reader,
                || format!("reader-differs: log::read of {} gives other records", topic.name),
            );
        }
    }
    Ok(verdict)
}
