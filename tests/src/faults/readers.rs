//! The readers of a run: starts, kills and resumes them, and compares them with the independent reader.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use serde_json::Value;

use super::Stop;
use super::checker::Verdict;
use super::processes::Process;
use super::record::{BOTH, DATAVAREHUS, GJENNOMFORINGER, OnTopic};
use super::timeline::Timeline;
use crate::network::Host;

const LIMIT: Duration = Duration::from_mins(4);
const STEP: Duration = Duration::from_millis(100);
/// The members of the group, after the other readers.
const MEMBERS: [&str; 3] = ["member 1", "member 2", "member 3"];
const WATCH: &str = "watch";
const FOLLOWING: &str = "table";
const RESUMED: &str = "table with a state folder";
const JVM: &str = "table on the JVM";
/// The table on the JVM. It answers `export` with one row a line (key and value in hexadecimal), and then a line with a dot.
const JVM_PROGRAM: &str = "no.nav.tiltak.kafka.TableProgramKt";

/// Counts of what the readers of a run have seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Readings {
    /// Comparisons with the independent reader: of the state of a table, or of the records of the group.
    pub compared: usize,
    /// Readers that were killed and started again.
    pub restarts: usize,
    /// Records that the group handled.
    pub handled: usize,
    /// Records that the group handled more than once.
    pub again: usize,
    /// Records whose change the watch found complete at the moment when it saw the record.
    pub whole: usize,
    /// Records whose change the watch did not find complete.
    pub torn: usize,
}

impl Readings {
    pub(super) fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.restarts += other.restarts;
        self.handled += other.handled;
        self.again += other.again;
        self.whole += other.whole;
        self.torn += other.torn;
    }
}

/// The parameters with which a run starts its readers.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) program: PathBuf,
    pub(super) brokers: String,
    pub(super) prefix: String,
    pub(super) folder: PathBuf,
    /// Whether all readers run, or only the watch.
    pub(super) all: bool,
    /// The class path of the table on the JVM, if there is to be one.
    pub(super) jvm: Option<String>,
    /// Whether the tables have a bug.
    pub(super) keeps_deleted: bool,
}

/// The readers.
#[derive(Debug)]
pub(super) struct Readers {
    start: Start,
    running: BTreeMap<&'static str, Process>,
    readings: Readings,
    /// The keys of the records that the group has handled, by partition and offset.
    handled: BTreeMap<(i64, i64), String>,
    /// By member and key: the last offset that the member handled for the first time since it started.
    order: HashMap<(&'static str, String), i64>,
    /// The findings.
    verdict: Verdict,
    /// The records that the watch has looked at.
    watched: usize,
}

impl Readers {
    pub(super) fn start(start: Start) -> Result<Self> {
        let mut readers = Self {
            start,
            running: BTreeMap::new(),
            readings: Readings::default(),
            handled: BTreeMap::new(),
            order: HashMap::new(),
            verdict: Verdict::default(),
            watched: 0,
        };
        readers.start_missing()?;
        Ok(readers)
    }

    pub(super) fn readings(&self) -> Readings {
        self.readings
    }

    fn names(&self) -> Vec<&'static str> {
        let others = [RESUMED, FOLLOWING].into_iter().chain(MEMBERS).filter(|_| self.start.all);
        [WATCH].into_iter().chain(others).chain(self.start.jvm.as_ref().map(|_| JVM)).collect()
    }

    fn start_missing(&mut self) -> Result<()> {
        for name in self.names() {
            if !self.running.contains_key(name) {
                let process = self.process(name)?;
                self.running.insert(name, process);
            }
        }
        Ok(())
    }

    fn process(&self, name: &str) -> Result<Process> {
        let Start { program, brokers, prefix, folder, .. } = &self.start;
        let errors = std::fs::File::options().create(true).append(true).open(folder.join("readers.log"))?;
        if let Some(class_path) = self.start.jvm.as_ref().filter(|_| name == JVM) {
            let topic = format!("{prefix}{GJENNOMFORINGER}");
            let brokers = format!("KAFKA_BROKERS={brokers}");
            let arguments =
                [&brokers, "java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", class_path, JVM_PROGRAM, &topic];
            let arguments = arguments.map(str::to_owned);
            return Process::start(&Host::default(), Path::new("env"), &arguments, "", errors);
        }
        let mut arguments = vec!["child".to_owned()];
        arguments.push(
            match name {
                WATCH => "watch",
                RESUMED | FOLLOWING => "table",
                _ => "member",
            }
            .to_owned(),
        );
        arguments.extend([format!("--brokers={brokers}"), format!("--prefix={prefix}")]);
        if name == RESUMED {
            arguments.push(format!("--state={}", folder.join("state").display()));
        }
        if self.start.keeps_deleted && [RESUMED, FOLLOWING].contains(&name) {
            arguments.push("--keeps-deleted".to_owned());
        }
        let errors = std::fs::File::options().create(true).append(true).open(folder.join("readers.log"))?;
        Process::start(&Host::default(), program, &arguments, "", errors)
    }

    /// Starts the readers that were killed, and perhaps kills another one. The watch and the table that only follows are never killed.
    pub(super) fn disturb(&mut self, random: &mut ChaCha8Rng, timeline: &mut Timeline) -> Result<()> {
        self.hear(timeline)?;
        self.start_missing()?;
        if !self.start.all || random.random_bool(0.4) {
            return Ok(());
        }
        let victims = [RESUMED, MEMBERS[0], MEMBERS[1], MEMBERS[2]];
        let name = victims[random.random_range(0..victims.len())];
        if let Some(mut process) = self.running.remove(name) {
            let said = process.kill()?;
            self.listen(name, &said, timeline);
            self.order.retain(|(member, _), _| *member != name);
            timeline.note(name, Value::from("killed"));
            self.readings.restarts += 1;
        }
        Ok(())
    }

    /// Takes the lines that the readers have printed. A reader that has ended by itself is a finding, and is started again.
    pub(super) fn hear(&mut self, timeline: &mut Timeline) -> Result<()> {
        for name in self.names() {
            let Some(process) = self.running.get_mut(name) else { continue };
            let (said, ended) = (process.said(), process.ended()?);
            self.listen(name, &said, timeline);
            if let Some(status) = ended {
                self.running.remove(name);
                self.verdict
                    .count(|it| &mut it.reader, || format!("reader-differs: {name} ended with {status}"));
            }
        }
        Ok(())
    }

    /// Returns the state of a reader, if it has reported one.
    fn listen(&mut self, name: &'static str, said: &[String], timeline: &mut Timeline) -> Option<Value> {
        let mut state = None;
        for line in said {
            let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
            let what = &value["what"];
            if let Some(offsets) = what["handled"].as_array() {
                let at = |index: usize| offsets.get(index).and_then(Value::as_i64).unwrap_or(-1);
                self.handle(name, (at(0), at(1)), what["key"].as_str().unwrap_or_default());
            } else if what["state"].is_object() {
                state = Some(what["state"].clone());
            } else {
                if let Some(torn) = what.get("torn").filter(|torn| torn.is_object()) {
                    self.readings.torn += 1;
                    self.verdict.count(|it| &mut it.torn, || format!("torn, as it was read: {torn}"));
                }
                if let Some(error) = what["failed"].as_str() {
                    self.verdict.count(|it| &mut it.reader, || format!("reader-differs: {name}: {error}"));
                }
                if what["watch"].is_object() {
                    let number = |name: &str| {
                        what["watch"][name].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(0)
                    };
                    self.readings.whole = number("whole");
                    self.watched = number("whole") + number("torn");
                }
                timeline.hear(name, line);
            }
        }
        state
    }

    fn handle(&mut self, member: &'static str, at: (i64, i64), key: &str) {
        self.readings.handled += 1;
        let last = self.order.entry((member, key.to_owned())).or_insert(-1);
        let again = self.handled.insert(at, key.to_owned()).is_some();
        self.readings.again += usize::from(again);
        // What comes again may be older.
        let behind = at.1 < *last && !again;
        *last = at.1.max(*last);
        if behind {
            self.verdict.count(
                |it| &mut it.reader,
                || format!("reader-differs: {member} has handled offset {} of key {key} late", at.1),
            );
        }
    }

    /// Compares each reader with the independent one, at a quiet moment.
    pub(super) fn compare(
        &mut self,
        records: &[OnTopic],
        timeline: &mut Timeline,
        stop: &Stop,
    ) -> Result<Verdict> {
        self.start_missing()?;
        for (name, topic) in [(FOLLOWING, GJENNOMFORINGER), (RESUMED, DATAVAREHUS)] {
            if let Some(process) = self.running.get_mut(name) {
                process.tell("state");
                let Some(state) = self.state(name, timeline, stop)? else {
                    self.verdict
                        .count(|it| &mut it.reader, || format!("reader-differs: {name} has no state"));
                    continue;
                };
                self.readings.compared += 1;
                self.compare_state(name, &fold(records, topic)?, &state);
            }
        }
        if self.start.jvm.is_some() {
            self.compare_jvm(records, stop)?;
        }
        if self.start.all {
            self.compare_group(records, timeline, stop)?;
        }
        self.wait_for_watch(records, timeline, stop)?;
        Ok(std::mem::take(&mut self.verdict))
    }

    fn state(&mut self, name: &'static str, timeline: &mut Timeline, stop: &Stop) -> Result<Option<Value>> {
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            let Some(process) = self.running.get(name) else { break };
            let Some(line) = process.line(STEP, stop)? else {
                self.hear(timeline)?;
                continue;
            };
            if let Some(state) = self.listen(name, &[line], timeline) {
                return Ok(Some(state));
            }
        }
        Ok(None)
    }

    fn compare_state(&mut self, name: &str, expected: &BTreeMap<String, Value>, state: &Value) {
        let none = serde_json::Map::new();
        let state = state.as_object().unwrap_or(&none);
        let keys: BTreeSet<&String> = expected.keys().chain(state.keys()).collect();
        for key in keys {
            if expected.get(key) != state.get(key) {
                self.verdict.count(|it| &mut it.reader, || format!("reader-differs: {name}, key {key}"));
            }
        }
    }

    /// Checks that the table on the JVM has the last values of the topic, byte for byte.
    fn compare_jvm(&mut self, records: &[OnTopic], stop: &Stop) -> Result<()> {
        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        for record in records.iter().filter(|record| record.topic == GJENNOMFORINGER) {
            match &record.value {
                Some(value) => expected.insert(hex(&record.key), hex(value)),
                None => expected.remove(&hex(&record.key)),
            };
        }
        let start = Instant::now();
        let mut rows = None;
        while rows.as_ref() != Some(&expected) && start.elapsed() < LIMIT {
            let Some(process) = self.running.get_mut(JVM) else { break };
            process.tell("export");
            let mut answer = BTreeMap::new();
            while let Some(line) = process.line(LIMIT, stop)?.filter(|line| line != ".") {
                if let [key, value, ..] = line.split(' ').collect::<Vec<_>>()[..] {
                    answer.insert(key.to_owned(), value.to_owned());
                }
            }
            rows = Some(answer);
            stop.sleep(STEP)?;
        }
        self.readings.compared += 1;
        if rows.as_ref() != Some(&expected) {
            self.verdict.count(|it| &mut it.reader, || format!("reader-differs: {JVM} holds other rows"));
        }
        Ok(())
    }

    /// Checks that the group has handled each record at least once.
    fn compare_group(&mut self, records: &[OnTopic], timeline: &mut Timeline, stop: &Stop) -> Result<()> {
        let expected: BTreeMap<(i64, i64), &str> = records
            .iter()
            .filter(|record| record.topic == GJENNOMFORINGER)
            .map(|record| ((i64::from(record.partition), record.offset), record.key.as_str()))
            .collect();
        let start = Instant::now();
        while self.handled.len() < expected.len() && start.elapsed() < LIMIT {
            stop.sleep(STEP)?;
            self.hear(timeline)?;
            self.start_missing()?;
        }
        self.readings.compared += expected.len();
        let places: BTreeSet<&(i64, i64)> = expected.keys().chain(self.handled.keys()).collect();
        for place in places {
            if expected.get(place).copied() != self.handled.get(place).map(String::as_str) {
                let (partition, offset) = place;
                self.verdict.count(
                    |it| &mut it.reader,
                    || format!("reader-differs: the group, partition {partition}, offset {offset}"),
                );
            }
        }
        Ok(())
    }

    /// Checks that the watch has looked at each record.
    fn wait_for_watch(&mut self, records: &[OnTopic], timeline: &mut Timeline, stop: &Stop) -> Result<()> {
        let expected = records.iter().filter(|record| BOTH.contains(&record.topic)).count();
        let start = Instant::now();
        while self.watched < expected {
            if start.elapsed() > LIMIT {
                bail!("the watch has looked at {} of {expected} records", self.watched);
            }
            self.running.get_mut(WATCH).context("the watch has ended")?.tell("state");
            stop.sleep(STEP)?;
            self.hear(timeline)?;
        }
        Ok(())
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The last value of each key.
fn fold(records: &[OnTopic], topic: &str) -> Result<BTreeMap<String, Value>> {
    let mut state = BTreeMap::new();
    for record in records.iter().filter(|record| record.topic == topic) {
        match &record.value {
            Some(value) => state.insert(record.key.clone(), serde_json::from_str(value)?),
            None => state.remove(&record.key),
        };
    }
    Ok(state)
}
