//! A tolerant reader of an older version cannot read what is written now.

use super::prelude::*;
use crate::change::Place;
use json_schema_containment::Verdict;

pub(super) const RULE: Rule = Rule {
    id: "old-readers-stopped",
    summary: "a tolerant reader of a retained version refuses what the new version writes",
    why: "A reader that ignores unknown properties, keeps unknown enum values and variants, and takes null and a missing \
          property for the same still stops. It needs a new topic, and a time in which both are written.",
    reference: "Semantic Versioning 2.0.0, item 8",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.verdicts(Direction::Forward)
        .filter_map(|judged| {
            let Verdict::NotContained(witness) = &judged.verdict else { return None };
            let place = Place { part: judged.part, pointer: witness.place(), variants: Vec::new() };
            let message = format!(
                "a reader of {} refuses what is written now (by {})",
                judged.version, witness.keyword
            );
            let mut found = Found::new([], &place, (Level::Breaking, message));
            found.witness = Some(witness.document.to_value().0);
            Some(found)
        })
        .collect()
}
