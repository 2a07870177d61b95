//! The history of a run in the form of Jepsen and Elle: EDN, an operation a line, on a list for each gjennomføring.
//!
//! A change appends its number to the list of its key. At the end of the run the independent reader reads the whole topic. The
//! numbers of a key's records are its list; a number that was published again counts once. `:version` is the version that the
//! writer got. A change with an unknown outcome is `:info`: it may be in the list or not. Removals are left out, because their
//! records have no number.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::event::{Event, Then, What};
use super::record::{GJENNOMFORINGER, OnTopic};

/// The process that reads. The writers have their own numbers.
const READER: u64 = 0;

/// Writes the history of a run that has ended.
pub(super) fn write(file: &Path, events: &[Event], records: &[OnTopic]) -> Result<()> {
    fs::write(file, history(events, records)).with_context(|| format!("cannot write {}", file.display()))
}

fn history(events: &[Event], records: &[OnTopic]) -> String {
    let mut lines = String::new();
    let mut index = 0_usize;
    // A line: the key with the operation on it, and what else there is to say.
    let mut line = |kind: &str, process: u64, value: &str, more: &str| {
        let _ = writeln!(
            lines,
            "{{:index {index}, :time {index}, :type :{kind}, :process {process}, :f :txn, :value [{value}]{more}}}"
        );
        index += 1;
    };
    let removed: BTreeSet<&str> =
        events.iter().filter(|it| it.what == What::Removal).map(|it| it.key.as_str()).collect();
    let edits = events.iter().filter(|it| it.what == What::Edit && !removed.contains(it.key.as_str()));
    let mut ended = BTreeSet::new();
    let mut begun: HashMap<u64, &Event> = HashMap::new();
    for event in edits {
        let append = format!("[:append \"{}\" {}]", event.key, event.number);
        // Each is a process of its own: one that crashes does not go on in Jepsen's histories.
        let process = event.number;
        match event.then {
            Then::Begun => {
                begun.insert(event.number, event);
                line("invoke", process, &append, "");
                continue;
            }
            Then::Acknowledged(version) => {
                let version = version.map(|version| format!(", :version {version}")).unwrap_or_default();
                line("ok", process, &append, &version);
            }
            Then::Refused => line("fail", process, &append, ""),
            Then::Unknown => line("info", process, &append, ""),
        }
        ended.insert(event.number);
    }
    let open: BTreeMap<u64, &Event> =
        begun.into_iter().filter(|(number, _)| !ended.contains(number)).collect();
    for (number, event) in open {
        line("info", number, &format!("[:append \"{}\" {number}]", event.key), "");
    }
    let mut lists: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.topic == GJENNOMFORINGER) {
        if let Some(number) = record.marks.number {
            let list = lists.entry(&record.key).or_default();
            if list.last() != Some(&number) {
                list.push(number);
            }
        }
    }
    let keys: BTreeSet<&str> = events
        .iter()
        .filter(|it| it.what == What::Edit && !removed.contains(it.key.as_str()))
        .map(|it| it.key.as_str())
        .collect();
    for key in keys {
        line("invoke", READER, &format!("[:r \"{key}\" nil]"), "");
        let numbers: Vec<String> = lists.remove(key).unwrap_or_default().iter().map(u64::to_string).collect();
        line("ok", READER, &format!("[:r \"{key}\" [{}]]", numbers.join(" ")), "");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_and_the_last_reads_are_operations() {
        let event =
            |number, then| Event { at: 0, number, writer: 2, what: What::Edit, key: "k".to_owned(), then };
        let events = [event(1, Then::Begun), event(2, Then::Begun), event(1, Then::Acknowledged(Some(5)))];
        let value = |number: u64| {
            Some(format!(r#"{{"oppdatertTidspunkt":"2026-03-16T08:00:00.00000{number}Z"}}"#).into_bytes())
        };
        let record = |offset, number| OnTopic::new(GJENNOMFORINGER, (0, offset), "k".into(), value(number));
        let history = history(&events, &[record(0, 1), record(1, 1), record(2, 2)]);
        let expected = r#"{:index 0, :time 0, :type :invoke, :process 1, :f :txn, :value [[:append "k" 1]]}
{:index 1, :time 1, :type :invoke, :process 2, :f :txn, :value [[:append "k" 2]]}
{:index 2, :time 2, :type :ok, :process 1, :f :txn, :value [[:append "k" 1]], :version 5}
{:index 3, :time 3, :type :info, :process 2, :f :txn, :value [[:append "k" 2]]}
{:index 4, :time 4, :type :invoke, :process 0, :f :txn, :value [[:r "k" nil]]}
{:index 5, :time 5, :type :ok, :process 0, :f :txn, :value [[:r "k" [1 2]]]}
"#;
        assert_eq!(history, expected);
    }
}
