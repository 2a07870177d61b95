//! Where a field stands: a JSON pointer, in which `*` is every item of an array.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A JSON pointer (RFC 6901) in which the step `*` means every item of an array: `/innsatsgrupper/*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FieldPointer(Vec<Step>);

/// One step of a [`FieldPointer`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into the property with this name.
    Property(String),
    /// Into every item of the array.
    Items,
}

impl FieldPointer {
    /// Reads a pointer; `None` when it is none, or the pointer to the whole document.
    ///
    /// ```
    /// use tiltak_contracts::reader::FieldPointer;
    ///
    /// let pointer = FieldPointer::parse("/innsatsgrupper/*").unwrap();
    /// assert_eq!(pointer.to_string(), "/innsatsgrupper/*");
    /// assert_eq!(FieldPointer::parse("arrangor.organisasjonsnummer"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let steps = text.strip_prefix('/')?.split('/');
        steps.map(step).collect::<Option<Vec<_>>>().map(Self)
    }

    /// The steps, from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// What the field is in, and the last step; `None` for the whole document.
    pub fn split_last(&self) -> Option<(Self, &Step)> {
        let (last, parents) = self.0.split_last()?;
        Some((Self(parents.to_vec()), last))
    }

    /// One step further.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// What the field is in, outermost first, without the whole document.
    pub fn parents(&self) -> impl Iterator<Item = Self> + '_ {
        (1..self.0.len()).map(|length| Self(self.0[..length].to_vec()))
    }

    /// The values of a document that stand there.
    pub fn values<'v>(&self, document: &'v Value) -> Vec<&'v Value> {
        self.0.iter().fold(vec![document], |values, step| {
            let below = values.into_iter().flat_map(|value| match (step, value) {
                (Step::Property(name), Value::Object(properties)) => {
                    properties.get(name).into_iter().collect()
                }
                (Step::Items, Value::Array(items)) => items.iter().collect::<Vec<_>>(),
                _ => Vec::new(),
            });
            below.collect()
        })
    }

    /// A schema of documents in which `leaf` holds there; it says nothing when there is nothing.
    pub(super) fn nest(&self, leaf: Value) -> Value {
        self.0.iter().rev().fold(leaf, |inner, step| match step {
            Step::Property(name) => serde_json::json!({ "properties": { name: inner } }),
            Step::Items => serde_json::json!({ "items": inner }),
        })
    }
}

fn step(text: &str) -> Option<Step> {
    if text == "*" {
        return Some(Step::Items);
    }
    let escapes = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    (!text.is_empty() && escapes).then(|| Step::Property(text.replace("~1", "/").replace("~0", "~")))
}

impl fmt::Display for FieldPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            Step::Property(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Items => f.write_str("/*"),
        })
    }
}

impl Serialize for FieldPointer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_is_written_as_it_was_read() {
        for text in ["/id", "/a~1b/~0", "/x/*/y"] {
            assert_eq!(FieldPointer::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_pointer_or_the_whole_document_is_refused() {
        for text in ["", "id", "/", "/a//b", "/a~2"] {
            assert_eq!(FieldPointer::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_star_leads_to_every_item() {
        let pointer = FieldPointer::parse("/a/*/b").unwrap();
        let document = json!({"a": [{"b": 1}, {}, {"b": 2}, 3]});
        assert_eq!(pointer.values(&document), [&json!(1), &json!(2)]);
    }
}
