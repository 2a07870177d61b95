//! What the writers say: when a change begins, and what became of it. This is all that is known of the changes outside the
//! product.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    /// Publishes the gjennomføring.
    Edit,
    /// Publishes tombstones of the gjennomføring.
    Removal,
    /// A removal that no rule allows.
    Forbidden,
    /// Renames an avtale, whose gjennomføringer are published later.
    Rename,
    /// Publishes the gjennomføringer of every avtale that was renamed.
    FanOut,
    /// Publishes what is published already.
    Relast,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Then {
    /// It begins.
    Begun,
    /// It was acknowledged, with the version that the entity has from then on.
    Acknowledged(Option<i64>),
    /// It was refused: nothing of it may be written.
    Refused,
    /// Nobody knows: the database did not answer.
    Unknown,
}

/// A line of a writer. Those of all writers come one after the other: whatever was said before a change began had happened
/// by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Event {
    /// The wall clock, in microseconds.
    pub(super) at: u64,
    /// The change.
    pub(super) number: u64,
    pub(super) writer: u64,
    pub(super) what: What,
    /// The entity, if it is about one.
    pub(super) key: String,
    pub(super) then: Then,
}

impl Event {
    pub(super) fn say(&self) {
        if let Ok(line) = serde_json::to_string(self) {
            println!("{line}");
        }
    }

    /// Reads a line. A writer that was killed may have left a piece of one.
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
