//! The form of the record key is another one.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "key-schema-changed",
    summary: "the schema of the record key is another one",
    why: "Compaction and partitioning compare keys byte for byte. A key that is spelt in another way is another key: \
          the old one is never compacted away, and a table holds the entity twice. It needs a new topic.",
    reference: "Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    let is_key = |change: &crate::change::Change| {
        change.place.part == "key"
            && !matches!(change.kind, ChangeKind::Description | ChangeKind::AnnotationsOnly)
    };
    let (changes, places): (Vec<usize>, Vec<_>) = view
        .changes()
        .filter(|(_, change)| is_key(change))
        .map(|(index, change)| (index, &change.place))
        .unzip();
    let message =
        || (Severity::Breaking, "has another form: the entities that are there get a second key".to_owned());
    places.first().map(|place| Found::new(changes, place, message())).into_iter().collect()
}
