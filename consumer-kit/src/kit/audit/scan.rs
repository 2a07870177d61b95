//! The checks of a topic's records: contract, keys and partitions.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use serde_json::Value;
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::decode;
use tiltak_schema::scalar::{Instant, LocalDateTime, Scalar};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::{Topic, TopicInfo};
use uuid::Uuid;

use super::super::cli::Audit as Arguments;
use super::super::cluster::{Cluster, TopicLayout};
use super::super::interrupt::Interrupt;
use super::super::topic_log::{self, Record};
use super::finding::{Check, Finding};
use super::verify::{self, Verify};
use crate::fixtures::{local_time, partition_of};

/// A topic, read.
pub(super) struct TopicScan {
    pub(super) findings: Vec<Finding>,
    pub(super) records: u64,
    /// The newest record of each key, by the bytes of the key.
    pub(super) keys: BTreeMap<Vec<u8>, LatestRecord>,
}

/// The newest record of a key.
#[derive(Debug, Clone)]
pub(super) struct LatestRecord {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    /// Whether it has a value.
    pub(super) is_alive: bool,
    /// When the gjennomføring was last changed, in Norwegian time, where the value says so.
    pub(super) changed: Option<LocalDateTime>,
}

pub(super) fn scan(
    cluster: &Cluster,
    topic: &TopicInfo,
    layout: TopicLayout,
    arguments: &Arguments,
    interrupt: &Interrupt,
) -> anyhow::Result<TopicScan> {
    let name = cluster.topic(topic.name);
    let verify = verify::of_topic(topic.name).with_context(|| format!("there are no types for {name}"))?;
    let mut findings = Vec::new();
    let mut records = 0;
    let mut last: HashMap<Vec<u8>, BTreeMap<i32, Record>> = HashMap::new();
    let open = topic_log::read(cluster, topic.name, arguments.connect.limit(), interrupt, |record| {
        records += 1;
        let record = Record::from(record);
        if arguments.log {
            findings.extend(contract(&name, verify, &record));
        }
        last.entry(record.key.clone()).or_default().insert(record.partition, record);
    })?;
    for partition in open {
        let message = "a transaction is open: what was published since it began could not be read";
        let finding = Finding {
            partition: Some(partition),
            ..Finding::new(Check::Contract, "open-transaction", &name, message)
        };
        findings.push(finding.note());
    }
    let mut last: Vec<(Vec<u8>, BTreeMap<i32, Record>)> = last.into_iter().collect();
    last.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    for (key, of_partitions) in &last {
        for record in of_partitions.values() {
            if !arguments.log {
                findings.extend(contract(&name, verify, record));
            }
            findings.extend(placement(&name, record, layout));
        }
        findings.extend(spelling(&name, key, of_partitions));
        findings.extend(on_two_partitions(&name, key, of_partitions));
    }
    findings.extend(spelled_twice(&name, &last));
    let keys = last.into_iter().filter_map(|(key, of_partitions)| {
        let record = of_partitions.into_values().max_by_key(Record::age)?;
        let newest = LatestRecord {
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            is_alive: record.value.is_some(),
            changed: record.value.as_deref().and_then(|value| changed(topic.name, value)),
        };
        Some((key, newest))
    });
    Ok(TopicScan { findings, records, keys: keys.collect() })
}

fn contract(topic: &str, verify: Verify, record: &Record) -> Option<Finding> {
    let (rule, message) = verify(&record.key, record.value.as_deref()?)?;
    Some(
        Finding::new(Check::Contract, rule, topic, message)
            .at(record.partition, record.offset)
            .of(&record.key),
    )
}

fn placement(topic: &str, record: &Record, layout: TopicLayout) -> Option<Finding> {
    let wanted = partition_of(&record.key, layout.partitions);
    let message = format!("murmur2 puts this key on partition {wanted}");
    let finding = Finding::new(Check::Partitions, "wrong-partition", topic, message);
    (wanted != record.partition).then(|| finding.at(record.partition, record.offset).of(&record.key))
}

/// A value on one partition that a newer record on another one does not replace for compaction.
fn on_two_partitions(topic: &str, key: &[u8], of_partitions: &BTreeMap<i32, Record>) -> Option<Finding> {
    let newest = of_partitions.values().max_by_key(|record| record.age())?;
    let stale = of_partitions.values().find(|it| it.partition != newest.partition && it.value.is_some())?;
    let what = if newest.value.is_some() { "a newer value" } else { "a newer tombstone" };
    let message = format!(
        "this value is never compacted away: {what} of the key is on partition {}, at offset {}",
        newest.partition, newest.offset
    );
    let finding = Finding::new(Check::Partitions, "key-on-two-partitions", topic, message);
    Some(finding.at(stale.partition, stale.offset).of(key))
}

fn spelling(topic: &str, key: &[u8], of_partitions: &BTreeMap<i32, Record>) -> Option<Finding> {
    let message = match canonical(key) {
        Some(id) if id.as_bytes() == key => return None,
        Some(_) => {
            "expected a UUID of 36 lower-case characters, found one in another spelling: for Kafka it is another key"
        }
        None if key.is_empty() => "there is no key: compaction does not work without",
        None => "expected a UUID of 36 lower-case characters, found something else",
    };
    let first = of_partitions.values().next()?;
    let finding = Finding::new(Check::Keys, "key-spelling", topic, message);
    Some(finding.at(first.partition, first.offset).of(key))
}

fn spelled_twice(topic: &str, last: &[(Vec<u8>, BTreeMap<i32, Record>)]) -> Vec<Finding> {
    let mut spellings: BTreeMap<String, usize> = BTreeMap::new();
    for id in last.iter().filter_map(|(key, _)| canonical(key)) {
        *spellings.entry(id).or_default() += 1;
    }
    let twice = spellings.into_iter().filter(|(_, count)| *count > 1);
    twice
        .map(|(id, count)| {
            let message = format!(
                "the same UUID is there in {count} spellings, each with a value or tombstone of its own"
            );
            Finding::new(Check::Keys, "key-spelled-twice", topic, message).of(id.as_bytes())
        })
        .collect()
}

/// The right spelling of a key that a person would take for a UUID.
fn canonical(key: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(key).ok()?.trim().trim_matches('"');
    Uuid::try_parse(text).ok().map(|id| id.to_string())
}

/// When the gjennomføring was last changed, in any spelling. All topics have the same instant (`schema/WIRE.md`,
/// section 5.4).
fn changed(topic: &str, value: &[u8]) -> Option<LocalDateTime> {
    let document = decode::document(value).ok()?;
    let text = |pointer| document.pointer(pointer).and_then(Value::as_str);
    match topic {
        SisteTiltaksgjennomforingerV2::NAME => {
            let instant = Instant::parse_tolerant(text("/oppdatertTidspunkt")?)?;
            Some(local_time(instant.timestamp()))
        }
        DatavarehusTiltakTopicV1::NAME => {
            LocalDateTime::parse_tolerant(text("/gjennomforing/oppdatertTidspunkt")?)
        }
        ArenaMigreringTiltaksgjennomforingerV1::NAME => {
            LocalDateTime::parse_tolerant(text("/endretTidspunkt")?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical, changed};

    #[test]
    fn a_change_is_the_same_moment_on_each_topic_in_any_spelling() {
        let moment = "2026-01-31T10:00:07.014".parse().unwrap();
        for (topic, value) in [
            ("siste-tiltaksgjennomforinger-v2", r#"{"oppdatertTidspunkt":"2026-01-31T09:00:07.014Z"}"#),
            (
                "siste-tiltaksgjennomforinger-v2",
                r#"{"oppdatertTidspunkt":"2026-01-31T10:00:07.0140+01:00","ny":1e400}"#,
            ),
            (
                "datavarehus-tiltak-v1",
                r#"{"gjennomforing":{"oppdatertTidspunkt":"2026-01-31T10:00:07.014000"}}"#,
            ),
            ("arena-migrering-tiltaksgjennomforinger-v1", r#"{"endretTidspunkt":"2026-01-31t10:00:07.014"}"#),
        ] {
            assert_eq!(changed(topic, value.as_bytes()), Some(moment), "{value}");
        }
    }

    #[test]
    fn a_uuid_is_known_in_any_spelling() {
        let id = "59a64a02-efdd-471d-9529-356ff5553a5d";
        for spelling in [
            id,
            "59A64A02-EFDD-471D-9529-356FF5553A5D",
            "\"59a64a02-efdd-471d-9529-356ff5553a5d\"",
            "59a64a02efdd471d9529356ff5553a5d",
        ] {
            assert_eq!(canonical(spelling.as_bytes()).as_deref(), Some(id));
        }
        assert_eq!(canonical(b"12345"), None);
        assert_eq!(canonical(b"\xff\xfe"), None);
    }
}
