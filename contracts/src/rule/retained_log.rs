//! A reader of the new version cannot read what compaction has kept.

use super::prelude::*;
use crate::change::Place;
use json_schema_containment::Verdict;

pub(super) const RULE: Rule = Rule {
    id: "retained-log",
    summary: "records of a retained version may still be on the topic, and a reader of the new version refuses them",
    why: "A compacted topic keeps the last record of each key, however old: everything since the last full relast. So it \
          is not enough to read the previous version. The cure for a field that is to be required: first nullable with a \
          default, then a full relast (and `retained-since` in topic.toml), then required.",
    reference: "Apache Kafka documentation, Log Compaction",
    find,
};

const REQUIRE: &str = "make it nullable with a default, relast everything, and only then require it, with retained-since in \
                       topic.toml set to the version that does";
const NARROW: &str = "stop writing what is no longer allowed, relast everything, and only then refuse it, with retained-since \
                      in topic.toml set to the version that does";

fn find(view: &View<'_>) -> Vec<Found> {
    let refused = view.verdicts(Direction::Backward).filter_map(|judged| match &judged.verdict {
        Verdict::NotContained(witness) => Some((judged, witness)),
        _ => None,
    });
    let mut found: Vec<(Found, Vec<String>)> = Vec::new();
    for (judged, witness) in refused {
        let pointer = witness.place();
        let place = Place { part: judged.part, pointer, variants: Vec::new() };
        let version = judged.version.to_string();
        if let Some((_, versions)) = found.iter_mut().find(|(found, _)| found.place == place) {
            versions.push(version);
        } else {
            let mut one = Found::new([], &place, (Level::Blocked, witness.keyword.clone()));
            one.witness = Some(witness.document.to_value().0);
            found.push((one, vec![version]));
        }
    }
    let told = |(mut found, versions): (Found, Vec<String>)| {
        let fix = if found.message == "required" { REQUIRE } else { NARROW };
        found.message = format!(
            "records of {} may still be on the topic, and a reader of this version refuses them (by {})",
            versions.join(", "),
            found.message
        );
        found.fix(fix)
    };
    found.into_iter().map(told).collect()
}
