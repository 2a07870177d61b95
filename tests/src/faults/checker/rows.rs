//! The check that counts the records on the topics against the rows of the outbox.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

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
        if record.headers > 0 {
            // The writers give none.
            verdict.count(|it| &mut it.phantom, || format!("phantom: headers of {}", place(record)));
        }
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
    torn_rows(evidence, &found, verdict);
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
/// that also have a record of their own are counted first. What is left are rows that share all of their records with one another:
/// before everything is published, nobody can tell which of them are there. Takes a time that grows with the number of records.
fn torn_rows<'a>(evidence: &Evidence<'a>, found: &HashMap<Content<'a>, usize>, verdict: &mut Verdict) {
    let mut rows = OpenRows::of(evidence, found);
    while let Some(index) = rows.next() {
        let Class { contents, rows: number, change } = &rows.classes[index];
        let alone = contents.iter().filter(|content| rows.sharing[**content] == 1);
        // What the records of its own say.
        let most = alone.map(|content| rows.left[*content]).max().unwrap_or(0);
        let whole = contents.iter().map(|content| rows.left[*content]).min().unwrap_or(0).min(*number);
        if most > whole {
            verdict.count(|it| &mut it.torn, || format!("torn: change {change}: not all of its records"));
        }
        let taken = most.min(*number);
        rows.settle(index, taken);
    }
    for ((topic, key, _), content) in &rows.numbers {
        if rows.left[*content] > 0 && rows.sharing[*content] == 0 {
            verdict.count(
                |it| &mut it.torn,
                || format!("torn: {topic}, key {key}: without the rest of its change"),
            );
        }
    }
}

/// Rows that hold the same records.
#[derive(Debug)]
struct Class {
    /// The numbers of the records' contents.
    contents: Vec<usize>,
    /// How many rows there are.
    rows: usize,
    /// The change of one of them.
    change: i64,
}

/// The rows that are not counted yet. Contents have numbers, since they are long.
#[derive(Debug)]
struct OpenRows<'a> {
    numbers: HashMap<Content<'a>, usize>,
    classes: Vec<Class>,
    /// By content: how many records of it are on the topics and belong to no row that was counted.
    left: Vec<usize>,
    /// By content: the classes that hold it.
    holders: Vec<Vec<usize>>,
    /// By content: how many open classes hold it.
    sharing: Vec<usize>,
    is_open: Vec<bool>,
    /// Classes with a content that no other open one holds.
    with_own: VecDeque<usize>,
}

impl<'a> OpenRows<'a> {
    fn of(evidence: &Evidence<'a>, found: &HashMap<Content<'a>, usize>) -> Self {
        let mut numbers: HashMap<Content<'a>, usize> = HashMap::new();
        let mut classes: BTreeMap<Vec<usize>, (usize, i64)> = BTreeMap::new();
        for row in evidence.rows {
            let number = |record| {
                let next = numbers.len();
                *numbers.entry(content_of(record)).or_insert(next)
            };
            let mut contents: Vec<usize> = row.records.iter().map(number).collect();
            contents.sort_unstable();
            classes.entry(contents).or_insert((0, row.change)).0 += 1;
        }
        let classes: Vec<Class> =
            classes.into_iter().map(|(contents, (rows, change))| Class { contents, rows, change }).collect();
        let mut holders = vec![Vec::new(); numbers.len()];
        for (index, class) in classes.iter().enumerate() {
            class.contents.iter().for_each(|content| holders[*content].push(index));
        }
        let mut left = vec![0; numbers.len()];
        for (content, number) in &numbers {
            left[*number] = found.get(content).copied().unwrap_or(0);
        }
        let sharing: Vec<usize> = holders.iter().map(Vec::len).collect();
        let has_own = |index: &usize| classes[*index].contents.iter().any(|content| sharing[*content] == 1);
        let with_own = (0..classes.len()).filter(has_own).collect();
        let is_open = vec![true; classes.len()];
        Self { numbers, classes, left, holders, sharing, is_open, with_own }
    }

    /// The next class to be counted: one with a record of its own.
    fn next(&mut self) -> Option<usize> {
        let is_open = |index: &usize| self.is_open[*index];
        std::iter::from_fn(|| self.with_own.pop_front()).find(is_open)
    }

    /// Takes away so many of each record of a class.
    fn settle(&mut self, index: usize, taken: usize) {
        self.is_open[index] = false;
        for content in &self.classes[index].contents {
            self.left[*content] = self.left[*content].saturating_sub(taken);
            self.sharing[*content] -= 1;
            if self.sharing[*content] == 1 {
                let last = self.holders[*content].iter().find(|holder| self.is_open[**holder]);
                self.with_own.extend(last);
            }
        }
    }
}
