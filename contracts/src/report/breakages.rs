//! The sentences about breakages, and their JSON.

use std::fmt::{self, Display, Formatter};

use serde::{Serialize, Serializer};
use serde_json::Value;
use tiltak_schema::decode::describe;
use tiltak_schema::pointer::Pointer;

use crate::counterexample::Counterexample;
use crate::reader::{BreakageKind, Cause, ReaderBreakage, Unmet};

impl ReaderBreakage {
    /// A sentence about the breakage: place, value and requirement.
    pub fn message(&self) -> String {
        let Self { pointer, value, values, .. } = self;
        let shown = value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
        let found = value.as_ref().map_or_else(|| "nothing".to_owned(), describe);
        let others = others(value.as_ref(), values);
        let sentence = match &self.unmet {
            Unmet::LeftOut => format!("{pointer} is left out, and it requires it"),
            Unmet::Null => format!("{pointer} is null, and it does not accept null"),
            Unmet::UnknownProperty => format!("{pointer} is an unknown property, and it fails on those"),
            Unmet::UnknownVariant => {
                format!("{pointer}{shown} is a variant it does not know, and it fails on those{others}")
            }
            Unmet::UnknownEnumValue { known } => format!(
                "{pointer}{shown} is not among the {known} values it knows, and it fails on unknown ones{others}"
            ),
            Unmet::OtherPattern(pattern) => {
                format!("{pointer}{shown} does not match {pattern}, which it demands")
            }
            Unmet::NotReadAs(name) => format!("{pointer}{shown} is no {name}, which it reads"),
            Unmet::OtherType(name) => {
                format!("{pointer}{shown} has another type: {found}, where it reads {name}")
            }
            Unmet::Tombstone => {
                "a tombstone (a record without a value) is sent, and it fails on those".to_owned()
            }
            Unmet::UndeclaredTombstone => {
                "tombstones are sent from now on, and it has no declaration that says what it does with them"
                    .to_owned()
            }
            Unmet::Whole { place, keyword } => {
                let place = if place.is_empty() { "the record" } else { place };
                format!("{place} is refused, by the keyword {keyword} of its schema")
            }
            Unmet::Undecided { reason } if pointer.is_root() => format!("the whole: {reason}"),
            Unmet::Undecided { reason } => format!("{pointer}: {reason}"),
        };
        match self.variants.as_slice() {
            [] => sentence,
            variants => format!("{sentence} (in {})", variants.join(", ")),
        }
    }
}

impl Display for ReaderBreakage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { app, topic, .. } = self;
        let message = self.message();
        match self.kind {
            BreakageKind::New => write!(f, "this change stops {app}: {message}"),
            BreakageKind::Current => write!(f, "the current contract already stops {app}: {message}"),
            BreakageKind::Undecided => write!(f, "whether {app} can read {topic} is undecided: {message}"),
        }
    }
}

impl Serialize for ReaderBreakage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'b> {
            app: &'b str,
            topic: &'b str,
            pointer: &'b Pointer,
            kind: BreakageKind,
            cause: Cause,
            message: String,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            variants: &'b [String],
            #[serde(skip_serializing_if = "Option::is_none")]
            value: Option<&'b Value>,
            #[serde(skip_serializing_if = "<[Value]>::is_empty")]
            values: &'b [Value],
            #[serde(skip_serializing_if = "Option::is_none")]
            witness: Option<&'b Counterexample>,
        }
        Shown {
            app: &self.app,
            topic: &self.topic,
            pointer: &self.pointer,
            kind: self.kind,
            cause: self.cause,
            message: self.message(),
            variants: &self.variants,
            value: self.value.as_ref(),
            values: &self.values,
            witness: self.witness.as_ref(),
        }
        .serialize(serializer)
    }
}

/// Up to four more values, besides the one that is shown.
fn others(shown: Option<&Value>, values: &[Value]) -> String {
    const MOST: usize = 4;
    let others: Vec<_> = values.iter().filter(|value| Some(*value) != shown).map(Value::to_string).collect();
    match others.len() {
        0 => String::new(),
        count if count <= MOST => format!("; the same goes for {}", others.join(", ")),
        count => format!("; the same goes for {} and {} more", others[..MOST].join(", "), count - MOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_five_values_are_named() {
        let values: Vec<_> = (0..8).map(Value::from).collect();
        assert_eq!(others(Some(&values[0]), &values[..1]), "");
        assert_eq!(others(Some(&values[1]), &values[..3]), "; the same goes for 0, 2");
        assert_eq!(others(Some(&values[0]), &values), "; the same goes for 1, 2, 3, 4 and 3 more");
    }
}
