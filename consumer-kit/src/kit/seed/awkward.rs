//! Records that are legal on a compacted topic and trip readers up.

use std::collections::BTreeMap;
use std::time::Duration;

use super::publisher::OutgoingRecord;
use crate::fixtures::later::{novelties, with};
use crate::fixtures::population::Population;
use crate::fixtures::{HistoryTransaction, NdjsonRecord, partition_of};

/// The number of keys of each topic that get something awkward.
const KEYS_PER_TOPIC: usize = 3;
/// The age that values on wrong partitions claim by their timestamp.
const STALE_VALUE_AGE: Duration = Duration::from_hours(1);

/// Transactions around a history, and whether each is committed.
pub(super) struct AwkwardRecords {
    pub(super) before: Vec<(Vec<OutgoingRecord>, bool)>,
    pub(super) after: Vec<(Vec<OutgoingRecord>, bool)>,
}

/// The first and the last value of each key that has one in the end.
type Alive = BTreeMap<&'static str, BTreeMap<String, (String, String)>>;

impl AwkwardRecords {
    pub(super) fn of(
        history: impl Iterator<Item = HistoryTransaction>,
        seed: u64,
        partitions: &BTreeMap<&'static str, i32>,
    ) -> Self {
        let alive = alive(history);
        let misplaced = misplaced(&alive, partitions);
        let before = if misplaced.is_empty() { Vec::new() } else { vec![(misplaced, true)] };
        let odd = odd(&alive, seed);
        let after = vec![(odd.clone(), false), (odd, true), (aborted(&alive, seed, partitions), false)];
        Self { before, after }
    }
}

fn alive(history: impl Iterator<Item = HistoryTransaction>) -> Alive {
    let mut alive = Alive::new();
    for (topic, NdjsonRecord { key, value }) in
        history.flat_map(|it| it.changes).flat_map(|change| change.records)
    {
        let of_topic = alive.entry(topic).or_default();
        match value {
            Some(value) => {
                of_topic
                    .entry(key)
                    .and_modify(|it| it.1.clone_from(&value))
                    .or_insert_with(|| (value.clone(), value));
            }
            None => {
                of_topic.remove(&key);
            }
        }
    }
    alive
}

/// Older values on the partition after the right one.
fn misplaced(alive: &Alive, partitions: &BTreeMap<&'static str, i32>) -> Vec<OutgoingRecord> {
    let mut records = Vec::new();
    for (topic, keys) in alive {
        let count = partitions.get(topic).copied().unwrap_or(1);
        if count < 2 {
            continue;
        }
        for (key, (first, _)) in keys.iter().take(KEYS_PER_TOPIC) {
            let partition = (partition_of(key, count) + 1) % count;
            let line = NdjsonRecord { key: key.clone(), value: Some(first.clone()) };
            records.push(OutgoingRecord {
                partition: Some(partition),
                age: STALE_VALUE_AGE,
                ..OutgoingRecord::new(topic, line)
            });
        }
    }
    records
}

/// Duplicates, tombstones of strangers, and payloads of a later version.
fn odd(alive: &Alive, seed: u64) -> Vec<OutgoingRecord> {
    let mut records = Vec::new();
    for (topic, keys) in alive {
        let mut push = |key: &str, value: Option<String>| {
            records.push(OutgoingRecord::new(topic, NdjsonRecord { key: key.to_owned(), value }));
        };
        let mut keys = keys.iter();
        for (key, (_, last)) in keys.by_ref().take(KEYS_PER_TOPIC) {
            push(key, Some(last.clone()));
            push(key, Some(last.clone()));
        }
        for number in 0..KEYS_PER_TOPIC as u64 {
            push(&Population::stranger(seed, number).to_string(), None);
        }
        for (number, (key, (_, last))) in keys.take(KEYS_PER_TOPIC).enumerate() {
            let novelties = novelties(topic, last);
            let Some(novelty) = novelties.get(number % novelties.len().max(1)) else { continue };
            push(key, Some(with(topic, last, *novelty, |count| number % count.max(1)).0));
        }
    }
    records
}

/// A value of a stranger for each partition.
fn aborted(alive: &Alive, seed: u64, partitions: &BTreeMap<&'static str, i32>) -> Vec<OutgoingRecord> {
    let mut records = Vec::new();
    for (topic, keys) in alive {
        let count = partitions.get(topic).copied().unwrap_or(1);
        let Some((other, (_, last))) = keys.iter().next() else { continue };
        for partition in 0..count {
            let of_partition = |key: &String| partition_of(key, count) == partition;
            let strangers = (100..).map(|number| Population::stranger(seed, number).to_string());
            let Some(key) = strangers.take(100_000).find(of_partition) else { continue };
            // With the stranger's own id: a reader may know its rows by that of the value.
            let line = NdjsonRecord { value: Some(last.replace(other, &key)), key };
            records.push(OutgoingRecord { partition: Some(partition), ..OutgoingRecord::new(topic, line) });
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tiltak_schema::topics;

    use super::*;

    #[test]
    fn what_is_aborted_at_the_end_is_of_keys_that_never_were_and_says_so_in_its_values() {
        let population = || Population::new(30, 1);
        let partitions = topics().map(|topic| (topic.name, 2)).into();
        let written: BTreeSet<String> = population()
            .flat_map(|it| it.changes)
            .flat_map(|change| change.records)
            .map(|(_, line)| line.key)
            .collect();

        let (aborted, committed) = AwkwardRecords::of(population(), 1, &partitions).after.pop().unwrap();

        assert!(!committed);
        assert_eq!(aborted.len(), 2 * topics().len());
        for OutgoingRecord { topic, line, .. } in aborted {
            let value = line.value.unwrap();
            assert!(!written.contains(&line.key) && value.contains(&line.key), "{topic}");
            let theirs: Vec<_> = written.iter().filter(|key| value.contains(*key)).collect();
            assert!(theirs.is_empty(), "{topic}: {theirs:?}");
        }
    }
}
