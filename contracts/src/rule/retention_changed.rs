//! Records or tombstones are kept for another time.

use super::prelude::*;

/// Settings that say how long something is kept.
const SETTINGS: [&str; 5] = [
    "retention.ms",
    "retention.bytes",
    "delete.retention.ms",
    "min.compaction.lag.ms",
    "max.compaction.lag.ms",
];

pub(super) const RULE: Rule = Rule {
    id: "retention-changed",
    summary: "records or tombstones are kept for another time",
    why: "A reader that was away for longer than tombstones are kept holds keys that are gone, and has to read from the \
          beginning. Reader teams need to know the new time.",
    reference: "Apache Kafka documentation, topic configuration delete.retention.ms; KIP-58 (min.compaction.lag.ms)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Setting { from, to } if SETTINGS.contains(&change.place.pointer.as_str()) => {
            let text =
                |value: &Option<String>| value.clone().unwrap_or_else(|| "the broker's default".to_owned());
            Some((Severity::Minor, format!("was {}, and is now {}", text(from), text(to))))
        }
        _ => None,
    })
}
