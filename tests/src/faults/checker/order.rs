//! The order of the records of a key. It has to be the order of the versions that the writers got.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Evidence, Verdict, place};
use crate::faults::event::{Event, Then, What};
use crate::faults::record::OnTopic;

/// Versions by number, of the changes of one kind of entity that were acknowledged.
type Versions = HashMap<u64, i64>;

/// Looks for records that are out of order.
pub(super) fn check(evidence: &Evidence<'_>, surplus: &BTreeSet<usize>, verdict: &mut Verdict) {
    let versions = versions(evidence.events, What::Edit);
    let avtaler = self::versions(evidence.events, What::Rename);
    let mut keys: HashMap<(&str, i32, &str), Seen> = HashMap::new();
    for (index, record) in evidence.records.iter().enumerate() {
        if !surplus.contains(&index) {
            let seen = keys.entry((record.topic, record.partition, record.key.as_str())).or_default();
            if seen.is_behind(record, &versions, &avtaler) {
                verdict.count(|it| &mut it.reordered, || format!("reordered: {}", place(record)));
            }
        }
    }
    told(evidence.events, verdict);
}

fn versions(events: &[Event], kind: What) -> Versions {
    let told = |event: &Event| match event.then {
        Then::Acknowledged(Some(version)) if event.what == kind => Some((event.number, version)),
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

/// A version that a writer got, when its change began, and when it was acknowledged.
type Told = (i64, usize, usize);

/// The records of a key so far.
#[derive(Debug, Default)]
struct Seen {
    /// The highest version, and the highest of the avtale.
    versions: (i64, i64),
    /// The numbers before the last one.
    past: BTreeSet<u64>,
    last: Option<u64>,
    is_removed: bool,
}

impl Seen {
    /// Whether a record comes after one that was made later.
    fn is_behind(&mut self, record: &OnTopic, versions: &Versions, avtaler: &Versions) -> bool {
        if record.value.is_none() {
            self.is_removed = true;
            return false;
        }
        // None is made again after it was removed.
        let mut behind = self.is_removed;
        let number = record.marks.number;
        if number != self.last {
            self.past.extend(self.last);
            self.last = number;
        }
        // Also one whose version nobody was told does not come back, nor does what the database was filled with.
        behind |= number.map_or(!self.past.is_empty(), |number| self.past.contains(&number));
        if let Some(version) = number.and_then(|number| versions.get(&number)) {
            behind |= *version < self.versions.0;
            self.versions.0 = self.versions.0.max(*version);
        }
        let avtale = record.marks.avtale.as_ref().and_then(|(_, number)| avtaler.get(&(*number)?));
        if let Some(version) = avtale {
            behind |= *version < self.versions.1;
            self.versions.1 = self.versions.1.max(*version);
        }
        behind
    }
}

/// Checks that the versions of an entity agree with time: a change that began after another one was acknowledged has a higher
/// version, and no two changes have the same version.
fn told(events: &[Event], verdict: &mut Verdict) {
    let mut begun: HashMap<u64, usize> = HashMap::new();
    let mut entities: BTreeMap<(&str, bool), Vec<Told>> = BTreeMap::new();
    for (moment, event) in events.iter().enumerate() {
        match event.then {
            Then::Begun => {
                begun.insert(event.number, moment);
            }
            Then::Acknowledged(Some(version)) => {
                let entity = (event.key.as_str(), event.what == What::Rename);
                let begun = begun.get(&event.number).copied().unwrap_or(0);
                entities.entry(entity).or_default().push((version, begun, moment));
            }
            _ => {}
        }
    }
    for ((key, _), mut changes) in entities {
        changes.sort_unstable();
        // Of those with a higher version, the first that was acknowledged.
        let mut first = usize::MAX;
        let mut above = i64::MAX;
        for (version, begun, acknowledged) in changes.into_iter().rev() {
            if begun > first || version == above {
                verdict.count(
                    |it| &mut it.reordered,
                    || format!("reordered: key {key}, version {version} as the writers were told"),
                );
            }
            first = first.min(acknowledged);
            above = version;
        }
    }
}
