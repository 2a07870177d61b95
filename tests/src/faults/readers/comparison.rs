//! The comparison of the readers with the independent reader, at a quiet moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{FOLLOWING, JVM, RESUMED, Readers, WATCH};
use crate::faults::checker::Verdict;
use crate::faults::options::Stop;
use crate::faults::record::{BOTH, DATAVAREHUS, GJENNOMFORINGER, OnTopic};
use crate::faults::tables::last_values;
use crate::faults::timeline::Timeline;

const LIMIT: Duration = Duration::from_mins(4);
const STEP: Duration = Duration::from_millis(100);

impl Readers {
    /// Compares each reader with the independent one, at a quiet moment.
    pub(in crate::faults) fn compare(
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
                let expected = last_values(records.iter().filter(|record| record.topic == topic));
                let rows = state.as_object().into_iter().flatten();
                let rows = rows.map(|(key, value)| ((topic, key.clone()), value.clone())).collect();
                let name = format!("reader-differs: {name}");
                self.verdict.differences(|it| &mut it.reader, &name, &rows, &expected);
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

    /// Waits for the state of a reader that was asked for it.
    pub(super) fn state(
        &mut self,
        name: &'static str,
        timeline: &mut Timeline,
        stop: &Stop,
    ) -> Result<Option<Value>> {
        let start = Instant::now();
        while start.elapsed() < LIMIT && self.running.contains_key(name) {
            self.hear(timeline)?;
            if let Some(state) = self.states.remove(name) {
                return Ok(Some(state));
            }
            stop.sleep(STEP)?;
        }
        Ok(None)
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
        let (mut handled, mut since) = (self.handled.len(), Instant::now());
        while handled < expected.len() && since.elapsed() < LIMIT {
            stop.sleep(STEP)?;
            self.hear(timeline)?;
            self.start_missing()?;
            if self.handled.len() > handled {
                (handled, since) = (self.handled.len(), Instant::now());
            }
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
        let (mut watched, mut since) = (self.watched, Instant::now());
        while self.watched < expected {
            if since.elapsed() > LIMIT {
                bail!("the watch has looked at {} of {expected} records", self.watched);
            }
            self.running.get_mut(WATCH).context("the watch has ended")?.tell("state");
            stop.sleep(STEP)?;
            self.hear(timeline)?;
            if self.watched > watched {
                (watched, since) = (self.watched, Instant::now());
            }
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
