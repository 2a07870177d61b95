//! Fewer numbers, lengths or counts are allowed.

use super::prelude::*;
use super::range_widened::is_wider;

pub(super) const RULE: Rule = Rule {
    id: "range-narrowed",
    summary: "fewer numbers, lengths or counts are allowed than before",
    why: "Old readers survive. But records outside the new range stay on a compacted topic until everything has been \
          relast.",
    reference: "JSON Schema Validation 2020-12, sections 6.2 to 6.5; Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Limit { keyword, from, to } if !is_wider(keyword, to.as_ref(), from.as_ref(), false) => {
            None
        }
        ChangeKind::Limit { keyword, from: None, to: Some(to) } => {
            Some((Severity::Minor, format!("{keyword} is now {to}, and there was none")))
        }
        ChangeKind::Limit { keyword, from: Some(from), to: Some(to) } => {
            Some((Severity::Minor, format!("{keyword} was {from}, and is now {to}")))
        }
        _ => None,
    })
}
