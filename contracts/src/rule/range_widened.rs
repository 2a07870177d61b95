//! More numbers, lengths or counts are allowed.

use serde_json::Value;

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "range-widened",
    summary: "more numbers, lengths or counts are allowed than before",
    why: "A reader that has made room for the old range meets values that do not fit: a 32-bit integer overflows, a \
          column is too short.",
    reference: "JSON Schema Validation 2020-12, sections 6.2 to 6.5",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Limit { keyword, from, to } if !is_wider(keyword, from.as_ref(), to.as_ref(), true) => {
            None
        }
        ChangeKind::Limit { keyword, from: Some(from), to: None } => {
            Some((Severity::Breaking, format!("{keyword} was {from}, and there is none now")))
        }
        ChangeKind::Limit { keyword, from: Some(from), to: Some(to) } => {
            Some((Severity::Breaking, format!("{keyword} was {from}, and is now {to}")))
        }
        _ => None,
    })
}

/// Whether the second limit allows what the first does not; `unsure`, where they cannot be told apart.
pub(super) fn is_wider(keyword: &str, from: Option<&Value>, to: Option<&Value>, unsure: bool) -> bool {
    let (Some(from), Some(to)) = (from, to) else { return to.is_none() };
    let numbers = from.as_f64().zip(to.as_f64());
    match keyword {
        "multipleOf" => numbers.is_none_or(|(from, to)| (to / from).fract() != 0.0),
        _ if keyword.to_lowercase().contains("min") => numbers.map_or(unsure, |(from, to)| to < from),
        _ => numbers.map_or(unsure, |(from, to)| to > from),
    }
}
