//! The comparison of the topics with each other.
//!
//! One transaction publishes a gjennomføring on `siste-tiltaksgjennomforinger-v2`, on the topic of the warehouse and,
//! for some, on Arena's (`schema/WIRE.md`, section 5). So a key that is on one of the first two and not on the other
//! has lost a record or a tombstone. The logs cannot tell a tombstone that is missing on both, nor which
//! gjennomføringer should be on Arena's topic.

use std::collections::BTreeMap;

use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::Topic;

use super::finding::{Check, Finding};
use super::scan::LatestRecord;

type Keys = BTreeMap<Vec<u8>, LatestRecord>;

/// Findings, each with the index of its topic. `names` are those on the broker. What was published at `start` or later
/// (milliseconds since 1970) is left out: one topic was read before the other.
pub(super) fn compare(topics: &[(&str, Keys)], names: &[String], start: i64) -> Vec<(usize, Finding)> {
    let index = |topic: &str| topics.iter().position(|(name, _)| *name == topic);
    let Some(v2) = index(SisteTiltaksgjennomforingerV2::NAME) else { return Vec::new() };
    let mut findings = Vec::new();
    let others = [DatavarehusTiltakTopicV1::NAME, ArenaMigreringTiltaksgjennomforingerV1::NAME];
    for other in others.into_iter().filter_map(index) {
        let is_warehouse = topics[other].0 == DatavarehusTiltakTopicV1::NAME;
        let pair = Pair {
            v2: &topics[v2].1,
            other: &topics[other].1,
            v2_name: &names[v2],
            name: &names[other],
            start,
        };
        findings.extend(pair.ghosts(is_warehouse).map(|it| (other, it)));
        findings.extend(pair.out_of_step().map(|it| (other, it)));
        if is_warehouse {
            findings.extend(pair.missing().map(|it| (other, it)));
        }
    }
    findings
}

struct Pair<'a> {
    v2: &'a Keys,
    other: &'a Keys,
    v2_name: &'a str,
    name: &'a str,
    start: i64,
}

impl Pair<'_> {
    fn settled(&self, records: &[&LatestRecord]) -> bool {
        records.iter().all(|it| it.timestamp < self.start)
    }

    /// On the other topic and not on v2.
    fn ghosts(&self, is_warehouse: bool) -> impl Iterator<Item = Finding> {
        self.other.iter().filter(|(_, it)| it.is_alive).filter_map(move |(key, there)| {
            let on_v2 = self.v2.get(key);
            let message = match on_v2 {
                Some(it) if it.is_alive => return None,
                // Arena is not told of removals.
                Some(_) if !is_warehouse => return None,
                Some(it) => format!(
                    "removed on {} (partition {}, offset {}), and here it still has a value",
                    self.v2_name, it.partition, it.offset
                ),
                None => format!(
                    "not on {}: its tombstone there has expired and the one here was missed, or it was never published there",
                    self.v2_name
                ),
            };
            let settled = self.settled(&[there]) && on_v2.is_none_or(|it| self.settled(&[it]));
            let finding = Finding::new(Check::Ghosts, "ghost-candidate", self.name, message);
            settled.then(|| finding.at(there.partition, there.offset).of(key))
        })
    }

    /// On v2 and not on the other topic.
    fn missing(&self) -> impl Iterator<Item = Finding> {
        self.v2.iter().filter(|(_, it)| it.is_alive).filter_map(|(key, on_v2)| {
            let there = self.other.get(key);
            if there.is_some_and(|it| it.is_alive) || !self.settled(&[on_v2]) {
                return None;
            }
            if there.is_some_and(|it| !self.settled(&[it])) {
                return None;
            }
            let message = format!(
                "has a value on {} (partition {}, offset {}) and none here",
                self.v2_name, on_v2.partition, on_v2.offset
            );
            Some(Finding::new(Check::Ghosts, "missing", self.name, message).of(key))
        })
    }

    /// On both, and last changed at different times.
    fn out_of_step(&self) -> impl Iterator<Item = Finding> {
        self.other.iter().filter_map(|(key, there)| {
            let on_v2 = self.v2.get(key)?;
            let differs = there.changed.as_ref()? != on_v2.changed.as_ref()?;
            let message = format!(
                "was last changed at another time than on {} (partition {}, offset {}): a record is missing on one of them",
                self.v2_name, on_v2.partition, on_v2.offset
            );
            let finding = Finding::new(Check::Ghosts, "out-of-step", self.name, message);
            (differs && self.settled(&[there, on_v2])).then(|| finding.at(there.partition, there.offset).of(key))
        })
    }
}
