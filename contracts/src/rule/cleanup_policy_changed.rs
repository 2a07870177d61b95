//! The topic keeps its records by another rule.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "cleanup-policy-changed",
    summary: "cleanup.policy of the topic is another one",
    why: "A reader builds its table from the beginning of the log. Without compaction it waits for ever longer, and with \
          deletion it misses every key that was not published lately.",
    reference: "Apache Kafka documentation, topic configuration cleanup.policy",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Setting { from, to } if change.place.pointer == "cleanup.policy" => {
            let text =
                |value: &Option<String>| value.clone().unwrap_or_else(|| "the default (delete)".to_owned());
            Some((Severity::Breaking, format!("was {}, and is now {}", text(from), text(to))))
        }
        _ => None,
    })
}
