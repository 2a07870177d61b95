//! The journal of a run: what happened, and what the writers, the relay and the readers each knew at each moment.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::event::{Event, now};

/// The entries of the journal, not yet in the order of time.
#[derive(Debug, Default)]
pub(super) struct Timeline(Vec<(u64, String, Value)>);

impl Timeline {
    pub(super) fn note(&mut self, who: &str, what: Value) {
        self.0.push((now(), who.to_owned(), what));
    }

    /// Adds a line that a process printed, with the time in it if there is one.
    pub(super) fn hear(&mut self, who: &str, line: &str) {
        let Ok(mut said) = serde_json::from_str::<Value>(line) else { return };
        if let Some(at) = said["at"].as_u64() {
            self.0.push((at, who.to_owned(), said["what"].take()));
        }
    }

    /// Writes all entries and the reports of the writers, in the order of time.
    pub(super) fn write(&self, file: &Path, events: &[Event]) -> Result<()> {
        let cannot = || format!("cannot write {}", file.display());
        let mut out = BufWriter::new(File::create(file).with_context(cannot)?);
        let said = events.iter().map(|event| {
            let Event { number, what, key, then, .. } = event;
            let what = json!({ "change": number, "what": what, "key": key, "then": then });
            (event.at, format!("writer {}", event.writer), what)
        });
        let mut all: Vec<(u64, String, Value)> = self.0.iter().cloned().chain(said).collect();
        all.sort_by_key(|(at, ..)| *at);
        for (at, who, what) in all {
            let time = Timestamp::from_microsecond(i64::try_from(at)?)?.to_string();
            writeln!(out, "{}", json!({ "time": time, "who": who, "what": what })).with_context(cannot)?;
        }
        out.flush().with_context(cannot)
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{Then, What};
    use super::*;

    #[test]
    fn what_was_noted_and_said_is_written_in_the_order_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal");
        let mut timeline = Timeline::default();
        timeline.hear("relay", r#"{"at":30,"what":{"relay":"has begun"}}"#);
        timeline.hear("relay", "ready");
        timeline.hear("table", r#"{"at":10,"what":{"keys":1}}"#);
        let (key, what, then) = ("k".to_owned(), What::Edit, Then::Begun);
        timeline.write(&file, &[Event { at: 20, number: 1, writer: 4, what, key, then }]).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let who = |line: &str| serde_json::from_str::<Value>(line).unwrap()["who"].clone();
        assert_eq!(text.lines().map(who).collect::<Vec<_>>(), ["table", "writer 4", "relay"]);
    }
}
