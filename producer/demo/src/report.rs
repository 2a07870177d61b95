//! What the demo says: progress while it works, and what it found.

use std::fmt;
use std::time::Instant;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

/// Characters of a sample that are shown.
const SHOWN: usize = 110;

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// The brokers, or that it is a mock.
    pub broker: String,
    /// In the order of the list of topics.
    pub topics: Vec<TopicReport>,
    /// How long the run took.
    pub seconds: f64,
}

/// What was found on a topic.
#[derive(Debug)]
pub struct TopicReport {
    /// Its name, without a prefix.
    pub topic: &'static str,
    /// Records on the topic, older ones of a key included.
    pub records: usize,
    /// Keys with a value at the end.
    pub keys: usize,
    /// Upserts that the table read.
    pub upserts: u64,
    /// Tombstones that the table read.
    pub tombstones: u64,
    /// Records that the writer's types read and write again.
    pub valid: usize,
    /// The others.
    pub invalid: usize,
    /// Whether the table holds what the database would publish.
    pub equals_database: bool,
    /// Some of the last records.
    pub samples: Vec<Sample>,
}

/// One record, to look at.
#[derive(Debug)]
pub struct Sample {
    /// The key.
    pub key: String,
    /// The value; none for a tombstone.
    pub value: Option<String>,
}

impl Report {
    /// The tables equal the database.
    pub fn tables_equal_database(&self) -> bool {
        self.topics.iter().all(|topic| topic.equals_database)
    }

    /// The tables equal the database, and nothing is invalid.
    pub fn is_good(&self) -> bool {
        self.tables_equal_database() && self.topics.iter().all(|topic| topic.invalid == 0)
    }

    /// The report for programs.
    pub fn json(&self) -> Value {
        let topics: Vec<Value> = self
            .topics
            .iter()
            .map(|topic| {
                json!({
                    "topic": topic.topic,
                    "records": topic.records,
                    "keys": topic.keys,
                    "upserts": topic.upserts,
                    "tombstones": topic.tombstones,
                    "valid": topic.valid,
                    "invalid": topic.invalid,
                })
            })
            .collect();
        json!({
            "broker": self.broker,
            "topics": topics,
            "tables_equal_database": self.tables_equal_database(),
            "seconds": self.seconds,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(["topic", "records", "keys", "upserts", "tombstones", "valid", "invalid"]);
        for topic in &self.topics {
            table.add_row([
                topic.topic.to_owned(),
                topic.records.to_string(),
                topic.keys.to_string(),
                topic.upserts.to_string(),
                topic.tombstones.to_string(),
                topic.valid.to_string(),
                topic.invalid.to_string(),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}\n")?;
        for topic in &self.topics {
            writeln!(f, "{}", topic.topic)?;
            for Sample { key, value } in &topic.samples {
                let value = value.as_deref().unwrap_or("(tombstone)");
                let shown: String = value.chars().take(SHOWN).collect();
                let more = if shown.len() < value.len() { "…" } else { "" };
                writeln!(f, "  {key}  {shown}{more}")?;
            }
        }
        let tables = if self.tables_equal_database() { "equal" } else { "DO NOT EQUAL" };
        writeln!(f, "\nThe tables {tables} the database. Broker: {}. {:.1} s.", self.broker, self.seconds)?;
        for topic in self.topics.iter().filter(|topic| !topic.equals_database) {
            writeln!(f, "  {} differs", topic.topic)?;
        }
        Ok(())
    }
}

/// Steps of long work: bars on a terminal, plain lines elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    terminal: bool,
}

/// One step that has begun.
pub struct Step {
    name: String,
    total: usize,
    bar: Option<ProgressBar>,
    started: Instant,
}

impl Steps {
    /// Steps with a bar, if somebody is at a terminal.
    pub fn new(terminal: bool) -> Self {
        Self { terminal }
    }

    /// Begins a step of `total` parts.
    pub fn start(self, name: &str, total: usize) -> Step {
        let bar = self.terminal.then(|| {
            let style = ProgressStyle::with_template("{msg:32} {bar:30} {pos}/{len}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total as u64).with_style(style).with_message(name.to_owned())
        });
        Step { name: name.to_owned(), total, bar, started: Instant::now() }
    }
}

impl Step {
    /// Says how many parts are done.
    pub fn set(&self, done: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        }
    }

    /// Says that the step is done, and how long it took.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish();
        } else {
            eprintln!("{}: {} in {:.1} s", self.name, self.total, self.started.elapsed().as_secs_f64());
        }
    }
}
