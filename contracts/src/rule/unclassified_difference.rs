//! No rule knows the difference.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "unclassified-difference",
    summary: "something differs that no rule is about",
    why: "What the gate does not understand it does not let through. Write a rule for it.",
    reference: "JSON Schema Core 2020-12, section 4.3",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| {
        let what = match &change.kind {
            ChangeKind::Keyword { keyword } => format!("the keyword {keyword:?} is another one"),
            other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
        };
        Some((Severity::Blocked, format!("{what}, and no rule says what that means")))
    })
}
