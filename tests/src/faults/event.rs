//! The reports of the writers: when a change begins, and what its outcome is. The checker knows nothing else of the changes that
//! does not come from the product.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    /// Publishes the gjennomføring.
    Edit,
    /// Publishes tombstones of the gjennomføring.
    Removal,
    /// Tries a removal that no rule allows.
    Forbidden,
    /// Renames an avtale, whose gjennomføringer are published later.
    Rename,
    /// Publishes the gjennomføringer of every avtale that was renamed.
    FanOut,
    /// Publishes again what is published already (a relast).
    Relast,
}

/// The state or the outcome of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Then {
    /// The change begins.
    Begun,
    /// The change was acknowledged, with the new version of the entity.
    Acknowledged(Option<i64>),
    /// The change was refused: nothing of it may be written.
    Refused,
    /// The outcome is unknown: the database did not answer.
    Unknown,
}

/// A line of a writer. The lines of all writers are in one order: whatever was reported before a change began had happened by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Event {
    /// The wall clock, in microseconds.
    pub(super) at: u64,
    /// The change.
    pub(super) number: u64,
    pub(super) writer: u64,
    pub(super) what: What,
    /// The entity, if the change is about one.
    pub(super) key: String,
    pub(super) then: Then,
}

impl Event {
    pub(super) fn say(&self) {
        if let Ok(line) = serde_json::to_string(self) {
            println!("{line}");
        }
    }

    /// Parses a line. A writer that was killed may have left an incomplete one.
    pub(super) fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// The wall clock, in microseconds.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_writer_says_is_read_and_a_piece_of_it_is_not() {
        let (what, then) = (What::Edit, Then::Acknowledged(Some(4)));
        let event = Event { at: now(), number: 7, writer: 3, what, key: "k".to_owned(), then };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(Event::read(&line), Some(event));
        assert_eq!(Event::read(&line[..line.len() - 2]), None);
    }
}
