//! The offset at which the reading of a partition begins, and the reasons to begin again.

use std::fmt;

use crate::source::{TopicDescription, Watermarks};

/// The offset at which reading begins or continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartAt {
    Offset(i64),
    /// The first record in the log.
    LogStart,
    /// The end of the log: only what is written from now on.
    LogEnd,
}

/// What a group does without a committed offset, or with one that is outside of the log: `auto.offset.reset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffsetReset {
    Earliest,
    Latest,
    /// Stop the consumer.
    Error,
}

impl OffsetReset {
    /// The setting, with the spellings that librdkafka has for it.
    pub(crate) fn parse(setting: &str) -> Self {
        match setting {
            "latest" | "largest" | "end" => Self::Latest,
            "error" | "none" => Self::Error,
            _ => Self::Earliest,
        }
    }

    /// Where reading begins in a log with these watermarks; `None` if the consumer has to stop.
    fn place(self, watermarks: Option<Watermarks>) -> Option<StartAt> {
        match self {
            Self::Earliest => Some(watermarks.map_or(StartAt::LogStart, |it| StartAt::Offset(it.log_start))),
            Self::Latest => {
                Some(watermarks.map_or(StartAt::LogEnd, |it| StartAt::Offset(it.last_stable_offset)))
            }
            Self::Error => None,
        }
    }
}

/// The offset that a group has committed for a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Committed {
    /// Every record before it is handled.
    pub(crate) offset: i64,
    /// The id of the topic that the offset is of, if whoever committed it has said so.
    pub(crate) topic_id: Option<String>,
}

/// Why a partition is read from another offset than expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetCause {
    /// The topic was deleted and recreated under the same name.
    Recreated,
    /// The log ends before the position, because of an unclean leader election or a recreated topic.
    Truncated,
    /// Records after the position were deleted before they were read.
    RecordsDeleted,
}

impl fmt::Display for ResetCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recreated => "the topic was deleted and made anew",
            Self::Truncated => "the log went back: it ended before the position",
            Self::RecordsDeleted => "records were deleted before they were read",
        })
    }
}

/// Where and how the reading of an assigned partition begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) at: StartAt,
    /// The id of the topic that the offsets are of from now on, if it is known.
    pub(super) topic_id: Option<String>,
    /// The offset that is committed, if reading begins there.
    pub(super) committed: Option<i64>,
    pub(super) reset: Option<ResetCause>,
}

/// Decides where reading begins; `None` if the consumer has to stop (`auto.offset.reset=error`).
///
/// A committed offset is trusted if it lies in the log, and if it is of this topic or does not say of which it is. One
/// of an earlier topic of the same name means nothing in this one, which is read from its beginning. If the topic
/// cannot be described, the committed offset is trusted for now: it is compared as soon as there is a description.
pub(super) fn decide(
    partition: i32,
    committed: Option<&Committed>,
    described: Option<&TopicDescription>,
    policy: OffsetReset,
) -> Option<Start> {
    let watermarks = described.and_then(|it| it.watermarks.get(&partition).copied());
    let topic_id = described.and_then(|it| it.identity.topic_id.clone());
    let Some(Committed { offset, topic_id: of }) = committed else {
        return Some(Start { at: policy.place(watermarks)?, topic_id, committed: None, reset: None });
    };
    let anew = |at: Option<StartAt>, cause| {
        Some(Start { at: at?, topic_id: topic_id.clone(), committed: None, reset: Some(cause) })
    };
    if differ(of.as_ref(), topic_id.as_ref()) {
        return anew(OffsetReset::Earliest.place(watermarks), ResetCause::Recreated);
    }
    match watermarks {
        Some(it) if *offset > it.high_watermark => anew(policy.place(watermarks), ResetCause::Truncated),
        Some(it) if *offset < it.log_start => anew(policy.place(watermarks), ResetCause::RecordsDeleted),
        _ => Some(Start {
            at: StartAt::Offset(*offset),
            topic_id: topic_id.or_else(|| of.clone()),
            committed: Some(*offset),
            reset: None,
        }),
    }
}

/// Whether these are the ids of two topics; one that is not known may be any.
pub(super) fn differ(one: Option<&String>, other: Option<&String>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::TopicIdentity;

    fn described(topic_id: &str, log_start: i64, end: i64) -> TopicDescription {
        TopicDescription {
            identity: TopicIdentity { cluster_id: None, topic_id: Some(topic_id.to_owned()) },
            watermarks: [(0, Watermarks::settled(log_start, end))].into(),
        }
    }

    fn committed(offset: i64, topic_id: Option<&str>) -> Committed {
        Committed { offset, topic_id: topic_id.map(str::to_owned) }
    }

    fn start(committed: Option<&Committed>, policy: OffsetReset) -> Option<(StartAt, Option<ResetCause>)> {
        let described = described("new", 10, 100);
        decide(0, committed, Some(&described), policy).map(|start| (start.at, start.reset))
    }

    #[test]
    fn without_a_committed_offset_the_setting_decides_and_nothing_is_reset() {
        assert_eq!(start(None, OffsetReset::Earliest), Some((StartAt::Offset(10), None)));
        assert_eq!(start(None, OffsetReset::Latest), Some((StartAt::Offset(100), None)));
        assert_eq!(start(None, OffsetReset::Error), None);
    }

    #[test]
    fn a_committed_offset_of_this_topic_or_of_an_unknown_one_is_trusted() {
        for of in [Some("new"), None] {
            let start = start(Some(&committed(50, of)), OffsetReset::Error);
            assert_eq!(start, Some((StartAt::Offset(50), None)));
        }
    }

    #[test]
    fn a_committed_offset_of_an_earlier_topic_is_no_offset_of_this_one_whatever_the_setting_says() {
        for policy in [OffsetReset::Earliest, OffsetReset::Latest, OffsetReset::Error] {
            let start = start(Some(&committed(50, Some("old"))), policy);
            assert_eq!(start, Some((StartAt::Offset(10), Some(ResetCause::Recreated))));
        }
    }

    #[test]
    fn a_committed_offset_outside_of_the_log_is_reset_as_the_setting_says() {
        for (offset, cause) in [(101, ResetCause::Truncated), (9, ResetCause::RecordsDeleted)] {
            let start = |policy| start(Some(&committed(offset, None)), policy);
            assert_eq!(start(OffsetReset::Earliest), Some((StartAt::Offset(10), Some(cause))));
            assert_eq!(start(OffsetReset::Latest), Some((StartAt::Offset(100), Some(cause))));
            assert_eq!(start(OffsetReset::Error), None);
        }
        for offset in [10, 100] {
            let start = start(Some(&committed(offset, None)), OffsetReset::Error);
            assert_eq!(start, Some((StartAt::Offset(offset), None)), "the ends belong to it");
        }
    }

    #[test]
    fn without_a_description_the_committed_offset_is_trusted_and_keeps_its_topic() {
        let committed = committed(50, Some("old"));
        let start = decide(0, Some(&committed), None, OffsetReset::Earliest).unwrap();
        assert_eq!((start.at, start.topic_id.as_deref()), (StartAt::Offset(50), Some("old")));
        let start = decide(0, None, None, OffsetReset::Earliest).unwrap();
        assert_eq!((start.at, start.topic_id), (StartAt::LogStart, None));
    }
}
