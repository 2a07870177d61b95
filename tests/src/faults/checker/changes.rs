//! The checks of whole changes: the answers that the writers got, compared with the records on the topics.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Evidence, Verdict};
use crate::faults::event::{Then, What};
use crate::faults::record::{BOTH, DATAVAREHUS, Marks};

/// Looks for acknowledged changes that are lost, refused changes that left records, and lost fan-outs.
pub(super) fn check(evidence: &Evidence<'_>, verdict: &mut Verdict) {
    let published = Made::of(evidence.records.iter().map(|record| {
        (record.topic, record.key.as_str(), record.value.is_some().then_some(record.marks.number))
    }));
    let marks: Vec<Vec<Marks>> = evidence
        .rows
        .iter()
        .map(|row| {
            row.records
                .iter()
                .map(|(_, _, value)| value.as_deref().map(Marks::of).unwrap_or_default())
                .collect()
        })
        .collect();
    let rows = evidence.rows.iter().zip(&marks).flat_map(|(row, marks)| row.records.iter().zip(marks));
    let written = Made::of(rows.map(|((topic, key, value), marks)| {
        (topic.as_str(), key.as_str(), value.is_some().then_some(marks.number))
    }));
    // What is published is known of each change only when everything is.
    let made = if evidence.at_end { &published } else { &written };
    acknowledged(evidence, made, verdict);
    refused(evidence, [&published, &written], verdict);
    if evidence.at_end {
        fan_outs(evidence, verdict);
    }
}

/// The changes that each topic and key carries.
#[derive(Debug, Default)]
struct Made<'a> {
    changes: HashSet<(&'a str, &'a str, u64)>,
    removals: HashSet<(&'a str, &'a str)>,
    keys: HashMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Made<'a> {
    /// Collects the changes from records: topic, key, and the number (none for a tombstone).
    fn of(records: impl Iterator<Item = (&'a str, &'a str, Option<Option<u64>>)>) -> Self {
        let mut made = Self::default();
        for (topic, key, number) in records {
            match number {
                None => {
                    made.removals.insert((topic, key));
                }
                Some(number) => {
                    made.keys.entry(key).or_default().insert(topic);
                    made.changes.extend(number.map(|number| (topic, key, number)));
                }
            }
        }
        made
    }
}

/// Checks that an acknowledged change is on both topics, and on every other topic that has its key.
fn acknowledged(evidence: &Evidence<'_>, made: &Made<'_>, verdict: &mut Verdict) {
    for event in evidence.events.iter().take(evidence.heard) {
        let Then::Acknowledged(version) = event.then else { continue };
        let (key, number) = (event.key.as_str(), event.number);
        let mut topics: BTreeSet<&str> = BOTH.into();
        match event.what {
            What::Edit => topics.extend(made.keys.get(key).into_iter().flatten()),
            What::Removal => {}
            What::Forbidden => {
                verdict.count(
                    |it| &mut it.phantom,
                    || format!("phantom: key {key}, a removal that no rule allows"),
                );
                continue;
            }
            What::Rename | What::FanOut | What::Relast => continue,
        }
        for topic in topics {
            let there = match event.what {
                What::Edit => made.changes.contains(&(topic, key, number)),
                _ => made.removals.contains(&(topic, key)),
            };
            if !there {
                let version = version.unwrap_or(0);
                verdict.count(
                    |it| &mut it.lost,
                    || format!("lost: {topic}, key {key}, acknowledged change {number}, version {version}"),
                );
            }
        }
    }
}

/// Checks that refused changes left no records, and that each number on the topics is one that a writer tried.
fn refused(evidence: &Evidence<'_>, made: [&Made<'_>; 2], verdict: &mut Verdict) {
    let was_removed =
        |key| made.iter().any(|made| BOTH.iter().any(|topic| made.removals.contains(&(*topic, key))));
    let mut begun: HashSet<(&str, u64)> = HashSet::new();
    for event in evidence.events {
        let (key, number) = (event.key.as_str(), event.number);
        match (event.then, event.what) {
            (Then::Begun, What::Edit) => {
                begun.insert((key, number));
            }
            // From then on it counts as one that nobody has tried.
            (Then::Refused, What::Edit) => {
                begun.remove(&(key, number));
            }
            (Then::Refused, What::Forbidden) if was_removed(key) => {
                verdict.count(|it| &mut it.phantom, || format!("phantom: key {key}, a refused removal"));
            }
            // A removal is also refused when it is removed already.
            _ => {}
        }
    }
    let all: BTreeSet<(&str, &str, u64)> =
        made.iter().flat_map(|made| made.changes.iter().copied()).collect();
    for (topic, key, number) in all {
        if !begun.contains(&(key, number)) {
            verdict.count(
                |it| &mut it.phantom,
                || format!("phantom: {topic}, key {key}, change {number} was refused, or nobody has made it"),
            );
        }
    }
}

/// Checks the fan-outs. After an avtale was renamed and a fan-out acknowledged, each of its gjennomføringer was published with
/// that name or a later one. Those records come before the changes that began after the fan-out, even if they are overwritten.
fn fan_outs(evidence: &Evidence<'_>, verdict: &mut Verdict) {
    let mut begun: HashMap<u64, usize> = HashMap::new();
    let mut renames: HashMap<u64, i64> = HashMap::new();
    // Of the fan-outs that were acknowledged, when they began, and when it was said.
    let mut fan_outs: Vec<(usize, usize)> = Vec::new();
    // Of a rename: the avtale, the version, and when it was acknowledged.
    let mut due: Vec<(&str, i64, usize)> = Vec::new();
    for (moment, event) in evidence.events.iter().enumerate() {
        match (event.then, event.what) {
            (Then::Begun, _) => {
                begun.insert(event.number, moment);
            }
            (Then::Acknowledged(Some(version)), What::Rename) => {
                renames.insert(event.number, version);
                due.push((&event.key, version, moment));
            }
            (Then::Acknowledged(_), What::FanOut) => {
                fan_outs.push((begun.get(&event.number).copied().unwrap_or(0), moment));
            }
            _ => {}
        }
    }
    // Of each gjennomføring, what its records say: the version of the avtale, and when the change began that it carries.
    let mut published: HashMap<(&str, &str), Vec<(i64, usize)>> = HashMap::new();
    for record in evidence.records.iter().filter(|record| record.topic == DATAVAREHUS) {
        if let Some((avtale, rename)) = &record.marks.avtale {
            let version = match rename {
                None => 0,
                // Of one whose version nobody was told nothing is known.
                Some(rename) => renames.get(rename).copied().unwrap_or(i64::MAX),
            };
            let since = record.marks.number.and_then(|number| begun.get(&number).copied()).unwrap_or(0);
            published.entry((avtale, &record.key)).or_default().push((version, since));
        }
    }
    for (avtale, version, acknowledged) in due {
        let first = fan_outs.iter().filter(|(first, _)| *first > acknowledged).map(|(_, ended)| *ended).min();
        let Some(ended) = first else { continue };
        for ((_, key), records) in published.iter().filter(|((of, _), _)| *of == avtale) {
            if !records.iter().any(|(of, since)| *of >= version && *since <= ended) {
                verdict.count(
                    |it| &mut it.fan_out_lost,
                    || format!("fan-out-lost: key {key}, avtale {avtale}, version {version}"),
                );
            }
        }
    }
}
