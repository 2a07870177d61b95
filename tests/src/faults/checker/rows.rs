//! The check that counts the records on the topics against the rows of the outbox.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Evidence, Verdict, place};
use crate::faults::record::{BOTH, OnTopic};

/// Topic, key and value.
type Content<'a> = (&'a str, &'a str, Option<&'a str>);

/// Looks for records that are lost, duplicated, phantom (never put in the outbox) or torn (only a part of their change is there).
/// Returns the places of the duplicates, which the check of the order leaves out.
pub(super) fn check<'a>(evidence: &Evidence<'a>, verdict: &mut Verdict) -> BTreeSet<usize> {
    let mut possible: HashMap<Content<'a>, usize> = HashMap::new();
    for row in evidence.rows {
        for record in &row.records {
            *possible.entry(content_of(record)).or_default() += 1;
        }
    }
    let mut found: HashMap<Content<'a>, usize> = HashMap::new();
    let mut surplus = BTreeSet::new();
    for (index, record) in evidence.records.iter().enumerate() {
        let content = (record.topic, record.key.as_str(), record.value.as_deref());
        let Some(possible) = possible.get(&content) else {
            verdict.count(|it| &mut it.phantom, || format!("phantom: {}", place(record)));
            surplus.insert(index);
            continue;
        };
        let found = found.entry(content).or_default();
        if found == possible {
            verdict.count(|it| &mut it.duplicated, || format!("duplicated: {}", place(record)));
            surplus.insert(index);
        } else {
            *found += 1;
        }
    }
    if evidence.at_end {
        for (content @ (topic, key, _), possible) in &possible {
            for _ in found.get(content).copied().unwrap_or(0)..*possible {
                verdict.count(|it| &mut it.lost, || format!("lost: {topic}, key {key}"));
            }
        }
    }
    torn_keys(evidence, &surplus, verdict);
    torn_rows(evidence, found, verdict);
    surplus
}

fn content_of((topic, key, value): &(String, String, Option<String>)) -> Content<'_> {
    (topic, key, value.as_deref())
}

/// Checks that a change of a gjennomføring is on both topics or on none, however often it is published.
fn torn_keys(evidence: &Evidence<'_>, surplus: &BTreeSet<usize>, verdict: &mut Verdict) {
    // By key and number: how often on the one, and on the other. A tombstone has no number and is counted as such.
    let mut counts: BTreeMap<(&str, bool, Option<u64>), [usize; 2]> = BTreeMap::new();
    let counted = evidence.records.iter().enumerate().filter(|(index, _)| !surplus.contains(index));
    for (_, record) in counted {
        if let Some(side) = BOTH.iter().position(|topic| *topic == record.topic) {
            let OnTopic { key, value, marks, .. } = record;
            let [one, other] = counts.entry((key, value.is_none(), marks.number)).or_default();
            *(if side == 0 { one } else { other }) += 1;
        }
    }
    for ((key, _, number), [one, other]) in counts {
        if one != other {
            let number = number.map_or_else(|| "of the filling".to_owned(), |number| number.to_string());
            verdict.count(
                |it| &mut it.torn,
                || {
                    format!(
                        "torn: key {key}, change {number}: on one topic {one} times, on the other {other}"
                    )
                },
            );
        }
    }
}

/// Checks that each row is published as a whole or not at all. Equal rows are counted together. Of rows that share a record, those
/// that also have a record of their own are counted first.
fn torn_rows<'a>(evidence: &Evidence<'a>, mut left: HashMap<Content<'a>, usize>, verdict: &mut Verdict) {
    // What a row holds, how often each record is in it, and how many rows hold that.
    let mut classes: BTreeMap<Vec<Content<'_>>, (usize, i64)> = BTreeMap::new();
    for row in evidence.rows {
        let mut contents: Vec<Content<'_>> = row.records.iter().map(content_of).collect();
        contents.sort_unstable();
        classes.entry(contents).or_insert((0, row.change)).0 += 1;
    }
    let mut sharing: HashMap<Content<'_>, usize> = HashMap::new();
    for contents in classes.keys() {
        for content in contents {
            *sharing.entry(*content).or_default() += 1;
        }
    }
    let mut open: Vec<(Vec<Content<'_>>, (usize, i64))> = classes.into_iter().collect();
    let mut guessed = false;
    while !open.is_empty() {
        let own = |(contents, _): &(Vec<Content<'_>>, _)| {
            contents.iter().any(|content| sharing.get(content).copied() == Some(1))
        };
        // Rows that share all of their records: the largest first.
        let (settled, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(own);
        let (settled, rest) = if settled.is_empty() {
            guessed = true;
            let mut rest = rest;
            rest.sort_by_key(|(contents, _)| contents.len());
            (rest.pop().into_iter().collect(), rest)
        } else {
            (settled, rest)
        };
        open = rest;
        for (contents, (rows, change)) in settled {
            let alone = contents.iter().filter(|content| sharing.get(*content).copied() == Some(1));
            let there = |content: &Content<'_>| left.get(content).copied().unwrap_or(0);
            // What a record of its own says, or else as many as there may be.
            let most = alone.map(there).max();
            let whole = contents.iter().map(there).min().unwrap_or(0).min(rows);
            if most.is_some_and(|most| most > whole) {
                verdict.count(|it| &mut it.torn, || format!("torn: change {change}: not all of its records"));
            }
            let taken = most.map_or(whole, |most| most.min(rows));
            for content in &contents {
                if let Some(left) = left.get_mut(content) {
                    *left = left.saturating_sub(taken);
                }
                if let Some(sharing) = sharing.get_mut(content) {
                    *sharing -= 1;
                }
            }
        }
    }
    if !guessed {
        for ((topic, key, _), _) in left.into_iter().filter(|(_, left)| *left > 0) {
            verdict.count(
                |it| &mut it.torn,
                || format!("torn: {topic}, key {key}: without the rest of its change"),
            );
        }
    }
}
