//! A string is said to be of another format.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "format-changed",
    summary: "the format of a string comes, goes or is another one",
    why: "Generated readers choose the type of a field by its format. A format that is added states what was so already; \
          one that goes or changes makes another type.",
    reference: "JSON Schema Validation 2020-12, section 7 (format)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Format { from: None, to: Some(to) } => {
            Some((Severity::Minor, format!("the format {to} is now stated")))
        }
        ChangeKind::Format { from: Some(from), to } => {
            let now = to.as_deref().unwrap_or("none");
            Some((Severity::Breaking, format!("the format was {from}, and is now {now}")))
        }
        _ => None,
    })
}
