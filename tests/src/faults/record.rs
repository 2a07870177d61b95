//! A record of a topic, and the numbers of the changes that it carries.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tiltak_consumer_kit::log::RawRecord;

use super::writers::start;

pub(super) const TILTAKSTYPER: &str = "siste-tiltakstyper-v3";
pub(super) const GJENNOMFORINGER: &str = "siste-tiltaksgjennomforinger-v2";
pub(super) const ARENA_MIGRERING: &str = "arena-migrering-tiltaksgjennomforinger-v1";
pub(super) const DATAVAREHUS: &str = "datavarehus-tiltak-v1";
/// The topics to which each change of a gjennomføring is published. Some changes are on another topic too.
pub(super) const BOTH: [&str; 2] = [GJENNOMFORINGER, DATAVAREHUS];

/// Bytes as text. Bytes that are not UTF-8 get replacement characters, and so count as a phantom record.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// A record of one of the topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OnTopic {
    /// The topic, without the prefix.
    pub(super) topic: &'static str,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) key: String,
    pub(super) value: Option<String>,
    /// How many headers it has.
    pub(super) headers: usize,
    pub(super) marks: Marks,
}

/// The numbers of the changes that a value carries. The initial data of the database have none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// The last change of the entity.
    pub(super) number: Option<u64>,
    /// The avtale, and its last change.
    pub(super) avtale: Option<(String, Option<u64>)>,
}

impl OnTopic {
    pub(super) fn new(
        topic: &'static str,
        (partition, offset): (i32, i64),
        key: Vec<u8>,
        value: Option<Vec<u8>>,
    ) -> Self {
        let value = value.map(text);
        let marks = value.as_deref().map(Marks::of).unwrap_or_default();
        Self { topic, partition, offset, key: text(key), value, headers: 0, marks }
    }

    /// Whether a record that the product's reader returned is the same as this one.
    pub(super) fn is(&self, read: &RawRecord) -> bool {
        self.partition == read.partition
            && self.offset == read.offset
            && read.key.as_deref() == Some(self.key.as_bytes())
            && read.value.as_deref() == self.value.as_deref().map(str::as_bytes)
    }
}

impl Marks {
    pub(super) fn of(value: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(value) else { return Self::default() };
        let pointers = ["/oppdatertTidspunkt", "/gjennomforing/oppdatertTidspunkt", "/endretTidspunkt"];
        let number = |pointer: &str| number(value.pointer(pointer)?.as_str()?);
        let avtale = value.pointer("/avtale/id").and_then(Value::as_str);
        Self {
            number: pointers.iter().find_map(|pointer| number(pointer)),
            avtale: avtale.map(|id| (id.to_owned(), number("/avtale/oppdatertTidspunkt"))),
        }
    }
}

/// The number of a change is the time at which it says that it is made.
fn number(text: &str) -> Option<u64> {
    let time = if let Ok(time) = text.parse::<Timestamp>() {
        time
    } else {
        // Norwegian local time, which is an hour ahead in March.
        let local: jiff::civil::DateTime = text.parse().ok()?;
        local.checked_sub(SignedDuration::from_hours(1)).ok()?.in_tz("UTC").ok()?.timestamp()
    };
    u64::try_from(time.duration_since(start().ok()?).as_micros()).ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_number_of_a_change_is_read_from_each_topic() {
        let number = |value: Value| Marks::of(&value.to_string()).number;
        assert_eq!(number(json!({ "oppdatertTidspunkt": "2026-03-16T08:00:01.000007Z" })), Some(1_000_007));
        let inner = json!({ "gjennomforing": { "oppdatertTidspunkt": "2026-03-16T09:00:00.000007" } });
        assert_eq!(number(inner), Some(7));
        assert_eq!(number(json!({ "endretTidspunkt": "2026-03-16T09:00:00.000007" })), Some(7));
        let before = json!({ "endretTidspunkt": "2026-03-16T08:59" });
        assert_eq!(number(before), None, "before the run");
    }

    #[test]
    fn the_change_of_an_avtale_is_read_beside_that_of_the_gjennomforing() {
        let avtale = json!({ "avtale": { "id": "a", "oppdatertTidspunkt": "2026-03-16T09:00:00.000009" } });
        assert_eq!(Marks::of(&avtale.to_string()).avtale, Some(("a".to_owned(), Some(9))));
    }
}
