//! The independent reader: Apache Kafka's own client, on the JVM. The checker compares the product with it. It shares no code with
//! the product or with librdkafka.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::options::Stop;
use super::processes::Process;
use super::record::OnTopic;
use crate::kafka;
use crate::network::Host;

const SOURCE: &str = include_str!("LogReader.java");
/// The time within which the next record has to come.
const LIMIT: Duration = Duration::from_mins(4);
const END: &str = "end";

/// A process that reads the topics, and what it has read so far.
#[derive(Debug)]
pub(super) struct Independent {
    process: Process,
    /// The topics: name on the broker, and name without the prefix.
    topics: BTreeMap<String, &'static str>,
    records: Vec<OnTopic>,
}

/// A line that the program prints. Each character stands for one byte.
#[derive(Debug, Deserialize)]
struct Line {
    topic: String,
    partition: i32,
    offset: i64,
    key: Option<String>,
    value: Option<String>,
    headers: Vec<Value>,
}

impl Independent {
    /// Starts the program, which reads from the beginning. Its source is written into the folder.
    pub(super) fn start(folder: &Path, brokers: &str, prefix: &str, errors: File) -> Result<Self> {
        let source = folder.join("LogReader.java");
        fs::write(&source, SOURCE)?;
        let topics: BTreeMap<String, &'static str> = tiltak_schema::topics()
            .iter()
            .map(|topic| (format!("{prefix}{}", topic.name), topic.name))
            .collect();
        let (java, mut arguments) = kafka::client_program(&source)?;
        arguments.push(brokers.to_owned());
        arguments.extend(topics.keys().cloned());
        let process = Process::start(&Host::default(), &java, &arguments, "", errors)?;
        Ok(Self { process, topics, records: Vec::new() })
    }

    /// Reads on to the ends of the topics as they are now.
    pub(super) fn read(&mut self, stop: &Stop) -> Result<()> {
        self.process.tell("next");
        loop {
            let line =
                self.process.line(LIMIT, stop)?.context("the Java client has ended, or does not answer")?;
            if line == END {
                break;
            }
            let line: Line = serde_json::from_str(&line).context("a line of the Java client")?;
            let topic = self.topics.get(&line.topic).context("a topic that was not asked for")?;
            let key = bytes(&line.key.context("a record without a key")?)?;
            let value = line.value.as_deref().map(bytes).transpose()?;
            let record = OnTopic::new(topic, (line.partition, line.offset), key, value);
            self.records.push(OnTopic { headers: line.headers.len(), ..record });
        }
        self.records.sort_by_key(|record| (record.topic, record.partition, record.offset));
        let twice = self.records.windows(2).any(|pair| {
            matches!(pair, [a, b] if (a.topic, a.partition, a.offset) == (b.topic, b.partition, b.offset))
        });
        ensure!(!twice, "the Java client has given an offset twice");
        Ok(())
    }

    /// Everything that was read so far: one topic after the other, each partition in order.
    pub(super) fn records(&self) -> &[OnTopic] {
        &self.records
    }
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    text.chars().map(|it| u8::try_from(it).context("a character that is no byte")).collect()
}
