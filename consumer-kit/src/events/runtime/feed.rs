//! The interface that the reading thread reads from: a member of a group, or a source.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::Error;
use crate::events::core::{Commit, Committed, StartAt};
use crate::events::event::Headers;
use crate::health::Moment;
use crate::source::{RecordRef, TopicDescription};

/// A topic's partitions, those of them that this member has.
///
/// One thread drives it. Nothing blocks for longer than a second, but for [`Feed::poll`], and that for as long as it is
/// told.
pub(crate) trait Feed: Send {
    /// Hands over what has come, and waits for at most `timeout` if there is nothing.
    fn poll(&mut self, timeout: Duration, sink: &mut dyn Sink);

    /// What the group has committed for these partitions.
    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<Committed>>, Error>;

    /// Begins to read partitions that were assigned.
    fn start(&mut self, places: &BTreeMap<i32, StartAt>) -> Result<(), Error>;

    /// Goes on reading from other places: nothing that was fetched before is handed over afterwards.
    fn seek(&mut self, places: &BTreeMap<i32, StartAt>);

    /// Gives partitions back that were revoked.
    fn release(&mut self, partitions: &[i32]);

    /// Begins to commit offsets. The answer comes as [`Arrival::Committed`].
    fn commit(&mut self, commits: &[Commit]) -> Result<(), Error>;

    /// Begins to describe the topic. The answer comes as [`Arrival::Described`].
    fn describe(&mut self, asked: Moment);

    /// Joins the group anew.
    fn rejoin(&mut self) -> Result<(), Error>;
}

/// What takes the things that have come.
pub(crate) trait Sink {
    /// Whether a record of the partition is taken now.
    fn has_room(&self, partition: i32) -> bool;

    fn take(&mut self, arrival: Arrival<'_>);
}

/// Something that has come.
pub(crate) enum Arrival<'a> {
    Record(RecordRef<'a>, Headers),
    /// Nothing before this offset is to come.
    Passed {
        partition: i32,
        offset: i64,
    },
    /// There is no more for now.
    AtEnd {
        partition: i32,
        position: Option<i64>,
    },
    OutOfRange {
        partition: i32,
    },
    /// Partitions are this member's, since then.
    Assigned {
        partitions: Vec<i32>,
        at: Option<Moment>,
    },
    /// Partitions are to be given back, or are gone already.
    Revoked {
        partitions: Vec<i32>,
        is_lost: bool,
    },
    /// The answer to [`Feed::commit`].
    Committed {
        partitions: Vec<i32>,
        outcome: Result<(), CommitFailure>,
    },
    /// The answer to [`Feed::describe`].
    Described {
        asked: Moment,
        outcome: Result<TopicDescription, Error>,
    },
    /// The broker refuses to hand out records of a partition, or of all.
    Forbidden {
        partition: Option<i32>,
    },
    /// The group refuses this member. The client may have given up.
    GroupForbidden {
        has_left: bool,
    },
    /// A connection has failed, for this reason. The client connects again.
    ConnectionFailed {
        reason: String,
    },
    /// How the client stands with the group.
    Group {
        is_member: bool,
        trouble: Option<String>,
    },
    /// The client has failed for good, and whatever was assigned is another member's.
    Lost(Error),
    /// The client has failed for good.
    Failed(Error),
}

/// Why offsets were not committed.
pub(crate) struct CommitFailure {
    pub(crate) reason: String,
    pub(crate) is_unauthorized: bool,
}
