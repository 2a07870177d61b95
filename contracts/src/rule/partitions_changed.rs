//! The topic has another number of partitions.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "partitions-changed",
    summary: "the topic has another number of partitions",
    why: "A key's partition is its hash modulo this number. With another number most keys move: the old value stays on the \
          old partition and is never compacted away, and nothing orders it before the new one.",
    reference: "Apache Kafka documentation, Modifying topics",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Setting { from: Some(from), to: Some(to) } if change.place.pointer == "partitions" => {
            Some((Severity::Breaking, format!("were {from}, and are now {to}")))
        }
        _ => None,
    })
}
