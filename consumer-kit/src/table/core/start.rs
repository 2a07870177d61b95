//! Whether a table goes on from what was kept, and why not.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use tiltak_schema::topic::Topic;

use super::effect::Restored;
use crate::source::{TopicIdentity, Watermarks};

/// What a table began with.
///
/// ```no_run
/// use tiltak_consumer_kit::{Start, Table};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # fn show(table: &Table<SisteTiltakstyperV3>) {
/// if let Start::Rebuilt(reason) = table.started() {
///     println!("read anew: {reason}");
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Nothing was kept: everything is read.
    Fresh,
    /// With the rows that were kept; only what came after them is read.
    Resumed,
    /// Something was kept, and everything is read all the same, or the partitions that the reason names. Rows that were kept are shown until
    /// then, and those that are not met again are removed ([`Cause::Swept`](crate::Cause)).
    Rebuilt(Reason),
}

/// Why a table does not go on from what was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is damaged, or of another version of this package. The text says what is wrong and where it is now.
    Unusable(String),
    /// It is of another topic of the same name: on another cluster, or one that was deleted and made anew since.
    Recreated,
    /// These partitions are not in it: they were added, or it was not finished. A key may have moved to them.
    Incomplete {
        /// The partitions.
        partitions: Vec<i32>,
    },
    /// It was last at the end of the log so long ago that tombstones may have been removed since.
    TooOld {
        /// How long ago.
        absence: Duration,
        /// How long the topic keeps tombstones: `delete.retention.ms`, or what
        /// [`TableBuilder::tombstone_retention`](crate::TableBuilder::tombstone_retention) says.
        tombstone_retention: Duration,
    },
    /// It was never at the end of the log, or at a time that is yet to come: the clock was set back.
    NoTime,
    /// Records after its position were deleted from these partitions. Only they are read anew.
    Deleted {
        /// The partitions.
        partitions: Vec<i32>,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable(cause) => f.write_str(cause),
            Self::Recreated => f.write_str("the topic is another one than that of the state"),
            Self::Incomplete { partitions } => {
                write!(f, "the state does not hold the partitions {partitions:?}")
            }
            Self::TooOld { absence, tombstone_retention } => write!(
                f,
                "the state was at the end of the log {} s ago, and tombstones may be gone after {} s",
                absence.as_secs(),
                tombstone_retention.as_secs()
            ),
            Self::NoTime => f.write_str("it is not known when the state was at the end of the log"),
            Self::Deleted { partitions } => {
                write!(
                    f,
                    "records after the state's position were deleted from the partitions {partitions:?}"
                )
            }
        }
    }
}

impl Start {
    /// Whether any partition is gone on with.
    pub(super) fn uses_positions(&self) -> bool {
        matches!(self, Self::Resumed | Self::Rebuilt(Reason::Deleted { .. }))
    }

    pub(in crate::table) fn log(&self, topic: &str) {
        match self {
            Self::Fresh => tracing::debug!(topic, "the topic is read from its beginning"),
            Self::Resumed => tracing::info!(topic, "the table goes on from its state"),
            Self::Rebuilt(reason) => tracing::warn!(topic, %reason, "the topic is read anew"),
        }
    }
}

/// What to begin with. Positions may be gone on from if they are of the same topic, all partitions are there, and no
/// tombstone can have been removed since.
pub(super) fn start<T: Topic>(
    restored: Option<&Restored<T>>,
    identity: &TopicIdentity,
    marks: &BTreeMap<i32, Watermarks>,
    tombstone_retention: Duration,
    now: SystemTime,
) -> Start {
    let Some(restored) = restored else { return Start::Fresh };
    if let Some(cause) = &restored.unusable {
        return Start::Rebuilt(Reason::Unusable(cause.clone()));
    }
    let Some(saved) = &restored.identity else { return Start::Fresh };
    let is_past =
        |(id, position): (&i32, &i64)| marks.get(id).is_none_or(|mark| *position > mark.high_watermark);
    if !saved.agrees(identity) || restored.positions.iter().any(is_past) {
        return Start::Rebuilt(Reason::Recreated);
    }
    let which = |is_it: &dyn Fn(i32, &Watermarks) -> bool| -> Vec<i32> {
        marks.iter().filter(|(id, mark)| is_it(**id, mark)).map(|(id, _)| *id).collect()
    };
    let partitions = which(&|id, _| !restored.positions.contains_key(&id));
    if !partitions.is_empty() {
        return Start::Rebuilt(Reason::Incomplete { partitions });
    }
    let absence = restored.caught_up.and_then(|at| now.duration_since(at).ok());
    let Some(absence) = absence else { return Start::Rebuilt(Reason::NoTime) };
    if absence >= tombstone_retention {
        return Start::Rebuilt(Reason::TooOld { absence, tombstone_retention });
    }
    let partitions =
        which(&|id, mark| restored.positions.get(&id).is_some_and(|position| *position < mark.log_start));
    if !partitions.is_empty() {
        return Start::Rebuilt(Reason::Deleted { partitions });
    }
    Start::Resumed
}
