//! Fewer strings are allowed.

use super::pattern_widened::new_string;
use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "pattern-narrowed",
    summary: "a pattern allows fewer strings than before",
    why: "Old readers survive. But records with the strings that are no longer allowed stay on a compacted topic until \
          everything has been relast.",
    reference: "JSON Schema Validation 2020-12, section 6.3.3 (pattern); Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| {
        let ChangeKind::Pattern { from, to } = &change.kind else { return None };
        let string = new_string(to.as_deref(), from.as_deref())?;
        Some((Severity::Minor, format!("no longer allows {string}, which the old pattern does")))
    })
}
