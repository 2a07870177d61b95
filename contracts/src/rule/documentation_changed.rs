//! Only words are other ones.

use super::pattern_widened::new_string;
use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "documentation-changed",
    summary: "a description, a title or the spelling of a pattern is another one, and what is valid is the same",
    why: "Readers need not do anything: every record that was valid still is, and no other one.",
    reference: "Semantic Versioning 2.0.0, item 6",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Description => Some((Severity::Patch, "is described in other words".to_owned())),
        ChangeKind::AnnotationsOnly => {
            Some((Severity::Patch, "has other titles or names of definitions".to_owned()))
        }
        ChangeKind::Pattern { from: Some(from), to: Some(to) } => {
            let same =
                new_string(Some(from), Some(to)).is_none() && new_string(Some(to), Some(from)).is_none();
            same.then(|| (Severity::Patch, "the pattern is spelt otherwise, for the same strings".to_owned()))
        }
        _ => None,
    })
}
