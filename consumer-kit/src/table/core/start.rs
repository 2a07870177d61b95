//! Whether a table resumes from stored rows, and why not.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use tiltak_schema::topic::Topic;

use super::effect::Restored;
use crate::source::{TopicIdentity, Watermarks};

/// How a table started.
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
    /// Nothing was stored: everything is read.
    Fresh,
    /// The table resumed from stored rows; only what came after them is read.
    Resumed,
    /// Rows were stored, but everything is read, or the partitions that the reason names. The stored rows are shown
    /// until then, and those that are not met again are removed ([`Cause::Swept`](crate::Cause)).
    Rebuilt(Reason),
}

/// Why a table does not resume from stored rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The stored state is damaged, or of another version of this package. The text says what is wrong, and where the
    /// state is now.
    Unusable(String),
    /// The stored state is of another topic of the same name: on another cluster, or deleted and recreated since.
    Recreated,
    /// The stored state does not have these partitions: they were added, or not finished. A key may have moved to
    /// them.
    Incomplete {
        /// The partitions.
        partitions: Vec<i32>,
    },
    /// The stored state was last at the end of the log so long ago that tombstones may have been removed since.
    TooOld {
        /// How long ago.
        absence: Duration,
        /// How long the topic keeps tombstones: `delete.retention.ms`, or what
        /// [`TableBuilder::tombstone_retention`](crate::TableBuilder::tombstone_retention) says.
        tombstone_retention: Duration,
    },
    /// The stored state was never at the end of the log, or at a time in the future: the clock was set back.
    NoTime,
    /// Records after the stored position were deleted from these partitions. Only they are read again.
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
