//! What is compared with what, and what comes of it: may this contract go out on its topic?

mod tolerant;

use semver::{BuildMetadata, Prerelease, Version};
use serde::Serialize;
use serde_json::Value;

use crate::change;
use crate::edition::Edition;
use crate::reader::{Declarations, Effect, EffectKind};
use crate::rule::{self, Comparison, Direction, Finding, Judged, Level};
use crate::topic_file::{Mode, TopicFile};
use json_schema_containment::{Options, Verdict, compare};
use tolerant::tolerant;

/// What the gate says of a new version.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decision {
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What that amounts to.
    pub bump: Bump,
    /// The readers that the old version stops already, and the new one still does.
    pub already_stopped: Vec<Effect>,
}

/// The least step from the old version to the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// Nothing differs.
    None,
    /// To this version.
    To(Version),
    /// It may not go out like this.
    Blocked,
    /// It needs a new topic, of this name.
    NewTopic(String),
}

impl Decision {
    /// Whether the new version may go out.
    pub fn is_let_through(&self) -> bool {
        matches!(self.bump, Bump::None | Bump::To(_))
    }
}

/// Compares a new version with the one before it, and with every version whose records may still be on the topic.
pub fn decide(
    old: &Edition,
    new: &Edition,
    retained: &[Edition],
    file: &TopicFile,
    readers: &Declarations,
) -> Decision {
    let effects = readers.effects(&old.topic, Some(&old.value), &new.value);
    let (already_stopped, stops) = effects.into_iter().partition(|it| it.kind == EffectKind::Current);
    let changes = change::changes(old, new);
    let verdicts =
        if changes.is_empty() { Vec::new() } else { judge(new, retained, file.compatibility.mode) };
    let comparison = Comparison { new, changes, verdicts, stops };
    let differs = !comparison.changes.is_empty();
    let mut findings = rule::findings(&comparison);
    for finding in findings.iter_mut().filter(|finding| finding.level >= Level::Blocked) {
        let intended = file.intended_break.iter().find(|it| {
            let is_told = finding.reader.as_ref().is_none_or(|app| it.readers_told.contains(app));
            it.version > old.version
                && it.rule == finding.rule
                && it.pointer == finding.place.pointer
                && is_told
        });
        finding.intended =
            intended.map(|it| format!("{} ({}); told: {}", it.reason, it.date, it.readers_told.join(", ")));
    }
    Decision { bump: bump(old, &findings, differs), findings, already_stopped }
}

fn bump(old: &Edition, findings: &[Finding], differs: bool) -> Bump {
    let level = |finding: &Finding| match finding.intended {
        // What is decided on goes out with the next minor version.
        Some(_) => finding.level.min(Level::Minor),
        None => finding.level,
    };
    match findings.iter().map(level).max() {
        Some(Level::Breaking) => Bump::NewTopic(next_topic(&old.topic)),
        Some(Level::Blocked) => Bump::Blocked,
        Some(level) if differs => Bump::To(step(&old.version, level)),
        _ => Bump::None,
    }
}

fn step(version: &Version, level: Level) -> Version {
    let (minor, patch) = match level {
        Level::Patch => (version.minor, version.patch + 1),
        _ => (version.minor + 1, 0),
    };
    Version { major: version.major, minor, patch, pre: Prerelease::EMPTY, build: BuildMetadata::EMPTY }
}

/// The name of the topic that a breaking change goes to: the number at the end, one higher.
pub fn next_topic(topic: &str) -> String {
    match topic.rsplit_once("-v").map(|(name, number)| (name, number.parse::<u64>())) {
        Some((name, Ok(number))) => format!("{name}-v{}", number + 1),
        _ => format!("{topic}-v2"),
    }
}

/// Verdicts on each retained version, in the directions of the mode.
fn judge(new: &Edition, retained: &[Edition], mode: Mode) -> Vec<Judged> {
    let directions = [(Direction::Backward, mode.is_backward()), (Direction::Forward, mode.is_forward())];
    let mut judged = Vec::new();
    for old in retained {
        for direction in directions.iter().filter(|(_, asked)| *asked).map(|(direction, _)| *direction) {
            let (writer, reader) = match direction {
                Direction::Backward => (old, new),
                Direction::Forward => (new, old),
            };
            // Keys are compared as they stand: a reader has no use for an unknown form of a key.
            let key = may_read(&writer.key, &reader.key);
            let value = may_read(&writer.value, &tolerant(&reader.value));
            for (part, verdict) in [("key", key), ("value", value)] {
                judged.push(Judged { direction, version: old.version.clone(), part, verdict });
            }
        }
    }
    judged
}

fn may_read(writer: &Value, reader: &Value) -> Verdict {
    let options = Options { closed_writer: true, ..Options::default() };
    compare(writer, reader, &options).unwrap_or_else(|error| Verdict::Unknown { reason: error.to_string() })
}
