//! The picture of compaction: a log before the cleaner has run, and after it.

use crate::topic_file::TopicFile;

/// The picture for a topic, by its cleanup policy.
pub(super) struct Compaction {
    pub(super) records: Vec<ShownRecord>,
    pub(super) is_compacted: bool,
    pub(super) is_deleted: bool,
    pub(super) has_tombstones: bool,
}

/// A record of the picture.
pub(super) struct ShownRecord {
    pub(super) offset: usize,
    pub(super) key: char,
    pub(super) value: &'static str,
    pub(super) is_tombstone: bool,
    pub(super) stays: bool,
}

impl ShownRecord {
    /// The x coordinate where the box begins.
    pub(super) fn x(&self) -> usize {
        self.offset * 48 + 4
    }

    /// The x coordinate of the middle of the box.
    pub(super) fn middle(&self) -> usize {
        self.x() + 21
    }
}

impl Compaction {
    pub(super) fn of(file: &TopicFile) -> Self {
        let policy = file.config.settings.get("cleanup.policy").map_or("delete", String::as_str);
        let has = |name: &str| policy.split(',').any(|it| it.trim() == name);
        let (is_compacted, is_deleted) = (has("compact"), has("delete"));
        let last = if file.sends_tombstones { "∅" } else { "v2" };
        let log = [('A', "v1"), ('B', "v1"), ('A', "v2"), ('C', "v1"), ('B', "v2"), ('C', last), ('A', "v3")];
        let record = |(offset, (key, value)): (usize, (char, &'static str))| {
            let is_last = !log[offset + 1..].iter().any(|(other, _)| *other == key);
            let stays = (!is_compacted || is_last) && (!is_deleted || offset >= 3);
            ShownRecord { offset, key, value, is_tombstone: value == "∅", stays }
        };
        Self {
            records: log.into_iter().enumerate().map(record).collect(),
            is_compacted,
            is_deleted,
            has_tombstones: file.sends_tombstones,
        }
    }

    /// The description of what stays on the topic.
    pub(super) fn remaining(&self) -> String {
        let stays = self.records.iter().filter(|record| record.stays);
        let shown = |record: &ShownRecord| {
            let value = if record.is_tombstone { "tombstone" } else { record.value };
            format!("{} {value} på offset {}", record.key, record.offset)
        };
        stays.map(shown).collect::<Vec<_>>().join(", ")
    }
}
