//! JSON pointers: places in a document.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// A JSON pointer (RFC 6901), with an extension: the segment `*` stands for every item of an array, as in
/// `/innsatsgrupper/*`.
///
/// A property that is itself called `*` is shown in the same way, since RFC 6901 has no other spelling for it.
///
/// ```
/// use tiltak_schema::pointer::Pointer;
///
/// let pointer: Pointer = "/grupper/*/a~1b".parse()?;
/// assert_eq!(pointer.to_string(), "/grupper/*/a~1b");
/// let document = serde_json::json!({"grupper": [{"a/b": 1}, {"a/b": 2}]});
/// assert_eq!(pointer.values(&document), [1, 2]);
/// assert!("grupper.navn".parse::<Pointer>().is_err());
/// # Ok::<(), tiltak_schema::pointer::BadPointer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pointer(Vec<Segment>);

/// One step of a [`Pointer`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// The property with this name, or the item with this number.
    Name(String),
    /// Every item of the array.
    Each,
}

/// Why a text is not a JSON pointer: it does not begin with `/`, or has a `~` that is neither `~0` nor `~1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPointer {
    text: String,
}

impl fmt::Display for BadPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a JSON pointer such as \"/arrangor/organisasjonsnummer\", found {:?}", self.text)
    }
}

impl std::error::Error for BadPointer {}

impl Pointer {
    /// The segments, from the root; none for the whole document.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether the pointer is that of the whole document.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the other pointer leads to the same place or to one around it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The pointer of the parent, and the last segment; `None` for the whole document.
    pub fn split_last(&self) -> Option<(Self, &Segment)> {
        let (last, parents) = self.0.split_last()?;
        Some((Self(parents.to_vec()), last))
    }

    /// The pointer with a further segment.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    /// The pointer of a property.
    #[must_use]
    pub fn name(&self, name: &str) -> Self {
        self.join(Segment::Name(name.to_owned()))
    }

    /// The pointer of every item.
    #[must_use]
    pub fn each(&self) -> Self {
        self.join(Segment::Each)
    }

    /// The pointers of the parents, outermost first, without the whole document.
    pub fn parents(&self) -> impl Iterator<Item = Self> + '_ {
        (1..self.0.len()).map(|length| Self(self.0[..length].to_vec()))
    }

    /// The values of a document at this pointer.
    pub fn values<'v>(&self, document: &'v Value) -> Vec<&'v Value> {
        self.0.iter().fold(vec![document], |values, segment| {
            let below = values.into_iter().flat_map(|value| match (segment, value) {
                (Segment::Name(name), Value::Object(properties)) => {
                    properties.get(name).into_iter().collect()
                }
                (Segment::Name(index), Value::Array(items)) => {
                    index.parse().ok().and_then(|index: usize| items.get(index)).into_iter().collect()
                }
                (Segment::Each, Value::Array(items)) => items.iter().collect::<Vec<_>>(),
                _ => Vec::new(),
            });
            below.collect()
        })
    }
}

impl FromStr for Pointer {
    type Err = BadPointer;

    fn from_str(text: &str) -> Result<Self, BadPointer> {
        let bad = || BadPointer { text: text.to_owned() };
        if text.is_empty() {
            return Ok(Self::default());
        }
        let segment = |text: &str| match text {
            "*" => Some(Segment::Each),
            text if text.split('~').skip(1).all(|after| after.starts_with(['0', '1'])) => {
                Some(Segment::Name(text.replace("~1", "/").replace("~0", "~")))
            }
            _ => None,
        };
        let segments = text.strip_prefix('/').ok_or_else(bad)?.split('/');
        segments.map(segment).collect::<Option<_>>().map(Self).ok_or_else(bad)
    }
}

/// A name in the form that it has in a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Name(name) => write!(f, "/{}", escaped(name)),
            Segment::Each => f.write_str("/*"),
        })
    }
}

impl PartialEq<&str> for Pointer {
    /// Whether the text is this pointer.
    fn eq(&self, text: &&str) -> bool {
        text.parse::<Self>().is_ok_and(|other| *self == other)
    }
}

impl Serialize for Pointer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_is_written_as_it_was_read() {
        for text in ["", "/", "/id", "/a~1b/~0", "/~01", "/x/*/y"] {
            assert_eq!(text.parse::<Pointer>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for text in ["id", "/a~2", "/a~", "#/a"] {
            assert!(text.parse::<Pointer>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_star_leads_to_every_item_and_a_number_to_one() {
        let document = json!({"a": [{"b": 1}, {}, {"b": 2}, 3]});
        let values = |text: &str| text.parse::<Pointer>().unwrap().values(&document).len();
        assert_eq!([values("/a/*/b"), values("/a/2/b"), values("/a/1/b"), values("/a/9")], [2, 1, 0, 0]);
    }
}
