//! A setting of the topic that readers do not notice is another one.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "topic-setting-changed",
    summary: "a setting of the topic is another one that no other rule is about",
    why: "It has to be changed on the live topic as well: the contract only says what it should be.",
    reference: "Apache Kafka documentation, topic configuration",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    const OWN_RULE: [&str; 2] = ["cleanup.policy", "partitions"];
    view.each(|change| match &change.kind {
        ChangeKind::Setting { from, to } => {
            let name = change.place.pointer.as_str();
            let has_own_rule =
                OWN_RULE.contains(&name) || name.contains("retention") || name.contains("compaction.lag");
            let text =
                |value: &Option<String>| value.clone().unwrap_or_else(|| "the broker's default".to_owned());
            (!has_own_rule).then(|| (Severity::Patch, format!("was {}, and is now {}", text(from), text(to))))
        }
        _ => None,
    })
}
