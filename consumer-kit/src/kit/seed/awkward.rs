//! Records that are legal on a compacted topic and that readers often get wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::publisher::OutgoingRecord;
use crate::fixtures::later::{all_novelties, with_at};
use crate::fixtures::population::Population;
use crate::fixtures::{HistoryTransaction, NdjsonRecord, partition_of};

/// The number of keys of each topic that get something awkward: of stale values, of each partition.
const KEYS_PER_TOPIC: usize = 3;
/// The age that values on wrong partitions claim by their timestamp.
const STALE_VALUE_AGE: Duration = Duration::from_hours(1);
/// The number of keys that are looked at for places where something can be new.
const KEYS_WITH_PLACES: usize = 1_000;

/// Transactions after a history, and whether each is committed.
pub(super) type AwkwardRecords = Vec<(Vec<OutgoingRecord>, bool)>;

/// The first and the last value of each key that has one in the end.
type Alive = BTreeMap<&'static str, BTreeMap<String, (String, String)>>;

/// What trips readers up after this population, on topics with so many partitions.
pub(super) fn records(
    gjennomforinger: u32,
    seed: u64,
    partitions: &BTreeMap<&'static str, i32>,
) -> AwkwardRecords {
    let earlier = std::iter::once(Population::earlier_tiltakstyper(seed));
    let alive = alive(earlier.chain(Population::new(gjennomforinger, seed)));
    let odd = odd(&alive, seed);
    vec![
        (odd.clone(), false),
        (odd, true),
        (stale_values(&alive, partitions), true),
        (aborted(&alive, seed, partitions), false),
    ]
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

/// Older values on the partition after the right one, for keys of every partition, after the last values of all of them.
///
/// So no order of delivery hides them. A reader that takes what comes last is right about a key only if it gets the whole
/// stale end of the next partition before the key's last value, and so before the stale end of the key's own. It cannot
/// be right about a key of each partition: the ends would come before each other in a circle.
fn stale_values(alive: &Alive, partitions: &BTreeMap<&'static str, i32>) -> Vec<OutgoingRecord> {
    let mut records = Vec::new();
    for (topic, keys) in alive {
        let count = partitions.get(topic).copied().unwrap_or(1);
        if count < 2 {
            continue;
        }
        for partition in 0..count {
            let changed = keys
                .iter()
                .filter(|(key, (first, last))| first != last && partition_of(key, count) == partition);
            records.extend(changed.take(KEYS_PER_TOPIC).map(|(key, (first, _))| {
                let line = NdjsonRecord { key: key.clone(), value: Some(first.clone()) };
                OutgoingRecord {
                    partition: Some((partition + 1) % count),
                    age: STALE_VALUE_AGE,
                    ..OutgoingRecord::new(topic, line)
                }
            }));
        }
    }
    records
}

/// Duplicates, a key that comes and goes, tombstones of strangers, and payloads of a later version.
fn odd(alive: &Alive, seed: u64) -> Vec<OutgoingRecord> {
    let mut records = Vec::new();
    for (topic, keys) in alive {
        let mut push = |key: &str, value: Option<String>| {
            records.push(OutgoingRecord::new(topic, NdjsonRecord { key: key.to_owned(), value }));
        };
        for (key, (_, last)) in keys.iter().take(KEYS_PER_TOPIC) {
            push(key, Some(last.clone()));
            push(key, Some(last.clone()));
        }
        for number in 0..KEYS_PER_TOPIC as u64 {
            let stranger = Population::stranger(seed, number).to_string();
            if let (0, Some((key, (_, last)))) = (number, keys.iter().next()) {
                push(&stranger, Some(last.replace(key, &stranger)));
            }
            push(&stranger, None);
        }
        let mut shown = BTreeSet::new();
        for (key, (_, last)) in keys.iter().skip(KEYS_PER_TOPIC).take(KEYS_WITH_PLACES) {
            let novelty =
                all_novelties(topic, last).into_iter().find(|(_, pointer)| shown.insert(place(pointer)));
            if let Some((novelty, pointer)) = novelty {
                push(key, Some(with_at(last, novelty, pointer).0));
            }
        }
    }
    records
}

/// A pointer with `*` for the number of each item.
fn place(pointer: &str) -> String {
    let names = pointer.split('/').map(|name| if name.parse::<usize>().is_ok() { "*" } else { name });
    names.collect::<Vec<_>>().join("/")
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
    use serde_json::Value;
    use tiltak_schema::topics;

    use super::*;
    use crate::fixtures::later::novelty;

    #[test]
    fn what_is_aborted_at_the_end_is_of_keys_that_never_were_and_says_so_in_its_values() {
        let population = || Population::new(30, 1);
        let partitions = topics().map(|topic| (topic.name, 2)).into();
        let written: BTreeSet<String> = population()
            .flat_map(|it| it.changes)
            .flat_map(|change| change.records)
            .map(|(_, line)| line.key)
            .collect();

        let (aborted, committed) = records(30, 1, &partitions).pop().unwrap();

        assert!(!committed);
        assert_eq!(aborted.len(), 2 * topics().len());
        for OutgoingRecord { topic, line, .. } in aborted {
            let value = line.value.unwrap();
            assert!(!written.contains(&line.key) && value.contains(&line.key), "{topic}");
            let theirs: Vec<_> = written.iter().filter(|key| value.contains(*key)).collect();
            assert!(theirs.is_empty(), "{topic}: {theirs:?}");
        }
    }

    /// When the payload was last changed: what a reader of few fields may keep.
    fn changed(value: &str) -> Option<Value> {
        let value: Value = serde_json::from_str(value).unwrap();
        let places = ["/oppdatertTidspunkt", "/endretTidspunkt", "/gjennomforing/oppdatertTidspunkt"];
        places.iter().find_map(|pointer| value.pointer(pointer).cloned())
    }

    #[test]
    fn no_order_of_delivery_hides_the_stale_values() {
        for (count, seed) in [2, 3].into_iter().flat_map(|count| (1..=8).map(move |seed| (count, seed))) {
            let partitions = topics().map(|topic| (topic.name, count)).into();
            let awkward = records(200, seed, &partitions);
            let stale = |topic, partition| {
                let stale = awkward[2]
                    .0
                    .iter()
                    .filter(move |it| it.topic == topic && partition_of(&it.line.key, count) == partition);
                stale.map(|it| &it.line).collect::<Vec<_>>()
            };
            let history = Population::new(200, seed).flat_map(|it| it.changes).flat_map(|it| it.records);
            let odd = awkward[1].0.iter().map(|it| (it.topic, it.line.clone()));
            let written: Vec<(&str, NdjsonRecord)> = history.chain(odd).collect();
            for topic in topics() {
                for partition in 0..count {
                    let of_partition = stale(topic.name, partition);
                    assert!(!of_partition.is_empty(), "{} {partition}, seed {seed}", topic.name);
                    for line in of_partition {
                        let last =
                            written.iter().rfind(|(name, it)| *name == topic.name && it.key == line.key);
                        let last = last.and_then(|(_, it)| it.value.as_deref()).unwrap();
                        let stale = line.value.as_deref().unwrap();
                        assert_ne!(changed(stale), changed(last), "{} {}, seed {seed}", topic.name, line.key);
                    }
                }
            }
        }
    }

    #[test]
    fn every_enum_and_every_union_of_a_topic_has_a_value_of_a_later_version() {
        let partitions = topics().map(|topic| (topic.name, 2)).into();
        let odd = &records(400, 1, &partitions)[1].0;
        let alive = alive(Population::new(400, 1));
        for topic in topics() {
            let places: BTreeSet<String> = alive[topic.name]
                .values()
                .flat_map(|(_, last)| all_novelties(topic.name, last))
                .map(|(_, pointer)| place(&pointer))
                .collect();
            let later = odd.iter().filter(|it| it.topic == topic.name);
            let later = later.filter(|it| it.line.value.as_deref().is_some_and(|it| novelty(it).is_some()));
            assert_eq!(later.count(), places.len(), "{}: {places:?}", topic.name);
        }
    }
}
