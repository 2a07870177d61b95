//! The readers of a run: starts, kills and resumes them, and takes the lines that they print.

mod comparison;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::checker::Verdict;
use super::processes::Process;
use super::record::GJENNOMFORINGER;
use super::report::Readings;
use super::timeline::Timeline;
use crate::network::Host;

/// The members of the group, after the other readers.
const MEMBERS: [&str; 3] = ["member 1", "member 2", "member 3"];
const WATCH: &str = "watch";
const FOLLOWING: &str = "table";
const RESUMED: &str = "table with a state folder";
const JVM: &str = "table on the JVM";
/// The table on the JVM. It answers `export` with one row a line (key and value in hexadecimal), and then a line with a dot.
const JVM_PROGRAM: &str = "no.nav.tiltak.kafka.TableProgramKt";

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
    /// The states that readers have reported and nobody has compared yet.
    states: HashMap<&'static str, Value>,
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
        let mut readers = Self::new(start);
        readers.start_missing()?;
        Ok(readers)
    }

    fn new(start: Start) -> Self {
        Self {
            start,
            running: BTreeMap::new(),
            readings: Readings::default(),
            states: HashMap::new(),
            handled: BTreeMap::new(),
            order: HashMap::new(),
            verdict: Verdict::default(),
            watched: 0,
        }
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

    fn listen(&mut self, name: &'static str, said: &[String], timeline: &mut Timeline) {
        for line in said {
            let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
            let what = &value["what"];
            if let Some(offsets) = what["handled"].as_array() {
                let at = |index: usize| offsets.get(index).and_then(Value::as_i64).unwrap_or(-1);
                self.handle(name, (at(0), at(1)), what["key"].as_str().unwrap_or_default());
            } else if what["state"].is_object() {
                self.states.insert(name, what["state"].clone());
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::options::Stop;

    #[test]
    fn a_state_that_comes_while_all_readers_are_heard_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let start = Start {
            program: PathBuf::new(),
            brokers: String::new(),
            prefix: String::new(),
            folder: folder.path().to_owned(),
            all: true,
            jvm: None,
            keeps_deleted: false,
        };
        let mut readers = Readers::new(start);
        let errors = std::fs::File::create(folder.path().join("readers.log")).unwrap();
        let script = r#"echo '{"at": 1, "what": {"state": {"a": 1}}}'; cat"#;
        let arguments = ["-c", script].map(str::to_owned);
        let process = Process::start(&Host::default(), Path::new("sh"), &arguments, "", errors).unwrap();
        readers.running.insert(FOLLOWING, process);
        let mut timeline = Timeline::default();
        while readers.states.is_empty() {
            readers.hear(&mut timeline).unwrap();
        }

        let state = readers.state(FOLLOWING, &mut timeline, &Stop::default()).unwrap();

        assert_eq!(state, Some(serde_json::json!({ "a": 1 })));
    }
}
