//! What is on the topics, compared with what was committed and what was acknowledged.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tiltak_consumer_kit::{Connection, log};

use super::journal::Entry;
use super::report::Findings;
use super::writers::{Event, What, number};

const LIMIT: Duration = Duration::from_mins(2);
/// Examples of each kind that are kept.
const EXAMPLES: usize = 5;
const GJENNOMFORINGER: &str = "siste-tiltaksgjennomforinger-v2";
const DATAVAREHUS: &str = "datavarehus-tiltak-v1";

/// A record of one of the four topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OnTopic {
    pub(super) topic: &'static str,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) key: String,
    pub(super) value: Option<String>,
}

/// Reads the four topics from the beginning, as a reader of committed records. Blocks.
pub(super) fn read_topics(connection: &Connection) -> Result<Vec<OnTopic>> {
    let mut records = Vec::new();
    for topic in tiltak_schema::topics() {
        for record in log::read(connection, topic.name, LIMIT)? {
            records.push(OnTopic {
                topic: topic.name,
                partition: record.partition,
                offset: record.offset,
                key: String::from_utf8(record.key.context("a record without a key")?)
                    .context("a key that is no text")?,
                value: record.value.map(String::from_utf8).transpose().context("a value that is no text")?,
            });
        }
    }
    Ok(records)
}

/// What was found, with the first examples. Values are not among them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) findings: Findings,
    pub(super) examples: Vec<String>,
}

impl Verdict {
    pub(super) fn note(&mut self, number: usize, example: impl FnOnce() -> String) {
        if number < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// Compares the topics with the journal, which was read after them. Before the end of a run, what is in the journal and
/// not on a topic may still come; but a change has to be there as a whole or not at all.
pub(super) fn check_topics(records: &[OnTopic], journal: &[Entry], at_end: bool) -> Verdict {
    let mut verdict = Verdict::default();
    check_partitions(records, &mut verdict);

    // The entries with each topic, key and value, in the order of the commits.
    let mut open: HashMap<(&str, &str, Option<&str>), Places> = HashMap::new();
    for (place, entry) in journal.iter().enumerate() {
        let wanted = (entry.topic.as_str(), entry.key.as_str(), entry.value.as_deref());
        open.entry(wanted).or_default().places.push(place);
    }
    let mut published = vec![false; journal.len()];
    let mut last: HashMap<(&str, &str), usize> = HashMap::new();
    for record in records {
        let at = || {
            format!(
                "{}, partition {}, offset {}, key {}",
                record.topic, record.partition, record.offset, record.key
            )
        };
        let Some(places) = open.get_mut(&(record.topic, record.key.as_str(), record.value.as_deref())) else {
            verdict.note(verdict.findings.phantom, || format!("phantom: {}", at()));
            verdict.findings.phantom += 1;
            continue;
        };
        let Some(place) = places.take() else {
            verdict.note(verdict.findings.duplicated, || format!("duplicated: {}", at()));
            verdict.findings.duplicated += 1;
            continue;
        };
        published[place] = true;
        let last = last.entry((record.topic, record.key.as_str())).or_insert(place);
        if *last > place {
            verdict.note(verdict.findings.reordered, || format!("reordered: {}", at()));
            verdict.findings.reordered += 1;
        }
        *last = place.max(*last);
    }

    let mut changes: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
    for (entry, published) in journal.iter().zip(&published) {
        let (all, there) = changes.entry(entry.change).or_default();
        *all += 1;
        *there += usize::from(*published);
        if at_end && !published {
            verdict.note(verdict.findings.lost, || format!("lost: {}, key {}", entry.topic, entry.key));
            verdict.findings.lost += 1;
        }
    }
    for (change, (all, there)) in changes {
        if there > 0 && there < all {
            verdict
                .note(verdict.findings.torn, || format!("torn: change {change}: {there} of {all} records"));
            verdict.findings.torn += 1;
        }
    }
    verdict
}

/// Entries with the same topic, key and value. The first that is found is the first that was committed.
#[derive(Debug, Default)]
struct Places {
    places: Vec<usize>,
    taken: usize,
}

impl Places {
    fn take(&mut self) -> Option<usize> {
        let place = self.places.get(self.taken).copied();
        self.taken += 1;
        place
    }
}

fn check_partitions(records: &[OnTopic], verdict: &mut Verdict) {
    let partitions: HashMap<&str, i32> =
        tiltak_schema::topics().iter().map(|topic| (topic.name, topic.config.partitions)).collect();
    for record in records {
        let partitions = partitions.get(record.topic).copied().unwrap_or(1);
        if record.partition != partition_of(record.key.as_bytes(), partitions) {
            verdict.note(verdict.findings.misplaced, || {
                format!(
                    "misplaced: {}, partition {}, offset {}",
                    record.topic, record.partition, record.offset
                )
            });
            verdict.findings.misplaced += 1;
        }
    }
}

/// Compares the journal with what the writers were told. `topics` says on which topics a gjennomføring is that was there
/// from the beginning; one that is new is an enkeltplass, on two.
pub(super) fn check_changes(
    events: &[Event],
    journal: &[Entry],
    topics: &HashMap<String, BTreeSet<String>>,
) -> Verdict {
    let mut verdict = Verdict::default();
    let new: BTreeSet<String> = [GJENNOMFORINGER, DATAVAREHUS].map(str::to_owned).into();
    // By number and key: the topics, and the last outbox id. A relast gives the same again.
    let mut made: HashMap<(u64, &str), (BTreeSet<&str>, i64)> = HashMap::new();
    let mut removed: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for entry in journal {
        match &entry.value {
            Some(value) => {
                let Some(number) = number(value) else { continue };
                let (topics, _) =
                    made.entry((number, &entry.key)).or_insert_with(|| (BTreeSet::new(), entry.id));
                topics.insert(&entry.topic);
            }
            None => {
                removed.entry(&entry.key).or_default().insert(&entry.topic);
            }
        }
    }
    let numbers: BTreeSet<u64> = made.keys().map(|(number, _)| *number).collect();
    // Of each writer and key, the outbox id of the change before.
    let mut before: HashMap<(u64, &str), i64> = HashMap::new();
    for event in events {
        match event {
            Event::Done { number, writer, what, key } => {
                let expected = match what {
                    What::Edit => topics.get(key).unwrap_or(&new),
                    What::Removal => &new,
                    What::Other | What::Forbidden => continue,
                };
                let found = match what {
                    What::Removal => removed.get(key.as_str()).map(|topics| (topics, None)),
                    _ => made.get(&(*number, key.as_str())).map(|(topics, id)| (topics, Some(*id))),
                };
                let missing = expected
                    .iter()
                    .filter(|topic| found.is_none_or(|(topics, _)| !topics.contains(topic.as_str())));
                for topic in missing {
                    verdict.note(verdict.findings.lost, || {
                        format!("lost: {topic}, key {key}, acknowledged change {number}")
                    });
                    verdict.findings.lost += 1;
                }
                if let Some(id) = found.and_then(|(_, id)| id) {
                    let before = before.entry((*writer, key)).or_insert(id);
                    if id < *before {
                        verdict.note(verdict.findings.reordered, || {
                            format!("reordered: key {key}, acknowledged change {number}")
                        });
                        verdict.findings.reordered += 1;
                    }
                    *before = id.max(*before);
                }
            }
            Event::Refused { number, what, key } => {
                let left_something = match what {
                    What::Forbidden => removed.contains_key(key.as_str()),
                    // Refused also when it is removed already.
                    What::Removal => false,
                    What::Edit | What::Other => numbers.contains(number),
                };
                if left_something {
                    verdict.note(verdict.findings.phantom, || {
                        format!("phantom: key {key}, refused change {number}")
                    });
                    verdict.findings.phantom += 1;
                }
            }
            Event::Attempt { .. } => {}
        }
    }
    verdict
}

/// The partition that the Java client gives a key: Kafka's `Utils.toPositive(Utils.murmur2(key)) % partitions`. Written
/// anew for the checker, which shares no code with what it judges.
fn partition_of(key: &[u8], partitions: i32) -> i32 {
    let positive = i32::from_ne_bytes((murmur2(key) & 0x7fff_ffff).to_ne_bytes());
    positive % partitions.max(1)
}

/// MurmurHash2 with Kafka's seed (`org.apache.kafka.common.utils.Utils.murmur2`).
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let (words, rest) = data.as_chunks::<4>();
    let mut hash = words.iter().fold(SEED ^ length, |hash, word| {
        let word = u32::from_le_bytes(*word).wrapping_mul(M);
        hash.wrapping_mul(M) ^ (word ^ (word >> 24)).wrapping_mul(M)
    });
    for (place, byte) in rest.iter().enumerate().rev() {
        hash ^= u32::from(*byte) << (8 * place);
    }
    if !rest.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";

    fn entry(id: i64, change: i64, topic: &str, value: &str) -> Entry {
        let (topic, key, value) = (topic.to_owned(), KEY.to_owned(), Some(value.to_owned()));
        Entry { id, change, topic, key, value }
    }

    fn journal() -> Vec<Entry> {
        vec![
            entry(1, 1, GJENNOMFORINGER, "a"),
            entry(2, 1, DATAVAREHUS, "a"),
            entry(3, 2, GJENNOMFORINGER, "b"),
            entry(4, 2, DATAVAREHUS, "b"),
        ]
    }

    fn found(values: &[(&'static str, &str)], at_end: bool) -> Findings {
        let records: Vec<OnTopic> = (0..)
            .zip(values)
            .map(|(offset, (topic, value))| OnTopic {
                topic,
                partition: partition_of(KEY.as_bytes(), 2),
                offset,
                key: KEY.to_owned(),
                value: Some((*value).to_owned()),
            })
            .collect();
        let partitions = tiltak_schema::topics().map(|topic| topic.config.partitions);
        let mut findings = check_topics(&records, &journal(), at_end).findings;
        if partitions.iter().any(|number| *number != 2) {
            findings.misplaced = 0;
        }
        findings
    }

    const V2: &str = GJENNOMFORINGER;
    const DVH: &str = DATAVAREHUS;

    #[test]
    fn what_is_complete_and_in_order_is_clean() {
        assert!(found(&[(V2, "a"), (V2, "b"), (DVH, "a"), (DVH, "b")], true).is_clean());
        assert!(found(&[(V2, "a"), (DVH, "a")], false).is_clean(), "the rest may still come");
    }

    #[test]
    fn each_violation_is_found() {
        let checks = |values: &[(&'static str, &str)], at_end| found(values, at_end).checks();
        assert_eq!(checks(&[(V2, "a"), (DVH, "a")], true), ["lost"]);
        assert_eq!(checks(&[(V2, "a"), (V2, "b"), (DVH, "a"), (DVH, "b"), (DVH, "a")], true), ["duplicated"]);
        assert_eq!(checks(&[(V2, "b"), (V2, "a"), (DVH, "a"), (DVH, "b")], true), ["reordered"]);
        assert_eq!(checks(&[(V2, "a"), (V2, "b"), (DVH, "a")], false), ["torn"]);
        assert_eq!(checks(&[(V2, "a"), (DVH, "a"), (V2, "c")], false), ["phantom"]);
    }

    #[test]
    fn an_acknowledged_change_that_is_not_in_the_journal_is_lost() {
        let value = r#"{"oppdatertTidspunkt":"2026-03-16T08:00:00.000007Z"}"#;
        let done = |number| Event::Done { number, writer: 1, what: What::Edit, key: KEY.to_owned() };
        let journal = [entry(1, 1, V2, value), entry(2, 1, DVH, value)];
        let check = |events: &[Event]| check_changes(events, &journal, &HashMap::new()).findings;
        assert!(check(&[done(7)]).is_clean());
        assert_eq!(check(&[done(8)]).lost, 2);
        let refused = Event::Refused { number: 7, what: What::Edit, key: KEY.to_owned() };
        assert_eq!(check(&[refused]).phantom, 1);
    }

    #[test]
    fn the_hash_is_the_one_of_the_java_client() {
        // The cases of Kafka's own UtilsTest.
        let cases: [(&str, i32); 5] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ];
        for (text, expected) in cases {
            assert_eq!(i32::from_ne_bytes(murmur2(text.as_bytes()).to_ne_bytes()), expected, "{text}");
        }
    }
}
