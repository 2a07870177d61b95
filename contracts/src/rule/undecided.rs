//! The gate could not decide whether one version reads the other.

use super::prelude::*;
use crate::change::Place;
use json_schema_containment::Verdict;

pub(super) const RULE: Rule = Rule {
    id: "undecided",
    summary: "it could not be decided whether one version reads the other",
    why: "What is not proved is not let through. Say it in keywords that can be decided, or record the change as an \
          intended break after looking at it.",
    reference: "JSON Schema Core 2020-12, section 7",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    [Direction::Backward, Direction::Forward]
        .into_iter()
        .flat_map(|direction| view.verdicts(direction))
        .filter_map(|judged| {
            let Verdict::Unknown { reason } = &judged.verdict else { return None };
            let place = Place { part: judged.part, ..Place::default() };
            let question = match judged.direction {
                Direction::Backward => "whether this version reads the records of",
                Direction::Forward => "whether this version can be read by readers of",
            };
            let message = format!("{question} {} was not decided: {reason}", judged.version);
            Some(Found::new([], &place, (Level::Blocked, message)))
        })
        .collect()
}
