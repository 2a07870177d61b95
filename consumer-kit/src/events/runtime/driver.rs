//! The reading thread of an event consumer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tiltak_schema::topic::Topic;

use super::feed::Feed;
use super::shared::Shared;
use super::sink::{ForTheDriver, Inbox};
use crate::error::{Error, Kind};
use crate::events::core::{Core, Effect, Refusal, ResetCause, StartAt, StopCause};
use crate::health::Moment;
use crate::poison::Poison;

/// How long a poll may wait when nobody wakes the thread.
const STEP: Duration = Duration::from_millis(20);
/// How long everything but records may wait while there are records.
const LOOK_AFTER: Duration = Duration::from_millis(5);
/// How long to wait before what was committed is asked for again.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How long the answer to a commit may take before the offsets are committed again.
const COMMIT_ANSWER: Duration = Duration::from_secs(10);
/// How often offsets are committed when partitions go.
const COMMITS_AT_THE_END: u32 = 3;
/// The last part of the shutdown timeout, in which handlers that were told to end do so and offsets are committed.
const LAST_TENTH: u32 = 10;

/// How to read.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) group: String,
    pub(crate) brokers: String,
    pub(crate) refresh_interval: Duration,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) commit_interval: Duration,
}

pub(crate) struct Driver<T: Topic> {
    shared: Arc<Shared<T>>,
    feed: Box<dyn Feed>,
    poison: Poison,
    options: Options,
    timers: Timers,
    drain: Option<Drain>,
}

/// When what was asked for last.
#[derive(Default)]
struct Timers {
    committed: Moment,
    /// A commit is on its way since then.
    committing: Option<Moment>,
    asked_for_committed: Option<Moment>,
    described: Option<Moment>,
    /// A description is on its way.
    is_describing: bool,
    /// And another one is wanted after it.
    is_describing_again: bool,
    /// When everything but records was looked after.
    looked_after: Moment,
}

/// Partitions that are to come to rest.
struct Drain {
    partitions: Vec<i32>,
    /// Everything ends with it.
    is_the_end: bool,
    /// What is handled counts: the partitions are still this member's.
    commits: bool,
    /// When handlers are told to end.
    cancels_at: Moment,
    deadline: Moment,
    stage: Stage,
    /// How often the offsets may be committed: a member that the group does not know any more is refused each time.
    commits_left: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// What has come is handled first, so that it does not come again.
    Finishing,
    /// Nothing more is begun.
    Resting,
    /// Handlers were told to end.
    Cancelled,
    Committing,
}

impl<T: Topic> Driver<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>, feed: Box<dyn Feed>, poison: Poison, options: Options) -> Self {
        Self { shared, feed, poison, options, timers: Timers::default(), drain: None }
    }

    /// Reads until it is stopped. Gives why, if it has stopped by itself, and the feed, to be closed.
    pub(crate) fn run(mut self) -> (Option<Error>, Box<dyn Feed>) {
        self.shared.reads_here();
        let mut failed = None;
        while !self.shared.is_abandoned() {
            if self.shared.is_stopped() && !self.is_ending() {
                self.end(false, true);
            }
            match self.step() {
                Ok(()) => {}
                Err(Exit::AtRest { is_committed }) => {
                    if !is_committed && failed.is_none() {
                        failed = Some(self.uncommitted());
                    }
                    break;
                }
                // The first cause counts.
                Err(_) if self.is_ending() => {}
                Err(Exit::Lost(error)) => {
                    failed = Some(error);
                    self.end(false, false);
                }
                Err(Exit::Failed(error)) => {
                    // After a record that cannot be decoded, the same few records would else be handled after each restart.
                    let finishes = error.is_undecodable();
                    failed = Some(error);
                    self.end(finishes, true);
                }
            }
        }
        (failed, self.feed)
    }

    fn is_ending(&self) -> bool {
        self.drain.as_ref().is_some_and(|it| it.is_the_end)
    }

    fn step(&mut self) -> Result<(), Exit> {
        let wait = if self.drain.is_some() { STEP / 10 } else { STEP };
        let (are_records_alone, now) = self.take(wait)?;
        let is_soon = now.saturating_sub(self.timers.looked_after) < LOOK_AFTER;
        if are_records_alone && is_soon && self.drain.is_none() {
            // While records come by the thousand, the rest can wait a moment.
            return Ok(());
        }
        self.timers.looked_after = now;
        self.apply()?;
        self.look_up_committed();
        self.refresh();
        self.commit_if_due();
        self.drain()
    }

    /// Takes what has come. Gives whether that was nothing but records, and when it was.
    fn take(&mut self, wait: Duration) -> Result<(bool, Moment), Exit> {
        let is_ending = self.is_ending();
        let Self { shared, feed, poison, .. } = self;
        let rooms = if is_ending { BTreeMap::new() } else { shared.with_core(|core| core.rooms()) };
        let mut inbox = Inbox::new(&shared.topic, poison, rooms);
        feed.poll(wait, &mut inbox);
        let mut delivery = inbox.close();
        let failed = delivery.failed.take();
        let are_records_alone = delivery.are_records_alone();
        let now = shared.now();
        if !delivery.is_empty() {
            let rest = shared.with_core(|core| delivery.tell(core, now));
            for it in rest {
                self.control(it, now)?;
            }
        }
        failed.map_or(Ok((are_records_alone, now)), |error| Err(Exit::Failed(error)))
    }

    fn control(&mut self, it: ForTheDriver, now: Moment) -> Result<(), Exit> {
        match it {
            ForTheDriver::Described => {
                self.timers.is_describing = false;
                if std::mem::take(&mut self.timers.is_describing_again) {
                    self.describe();
                }
            }
            ForTheDriver::Committed => self.timers.committing = None,
            ForTheDriver::Revoked { partitions, is_lost } => self.begin_drain(partitions, is_lost, now),
            ForTheDriver::Lost(error) => return Err(Exit::Lost(error)),
            ForTheDriver::Failed(error) => return Err(Exit::Failed(error)),
        }
        Ok(())
    }

    /// Does what the core wants done.
    fn apply(&mut self) -> Result<(), Exit> {
        let now = self.shared.now();
        let effects = self.shared.with_core(|core| {
            core.tick(now);
            core.effects()
        });
        let (mut starts, mut seeks) = (BTreeMap::new(), BTreeMap::new());
        for effect in effects {
            match effect {
                Effect::Start { partition, at } => {
                    starts.insert(partition, at);
                }
                Effect::Seek { partition, at } => {
                    seeks.insert(partition, at);
                }
                Effect::Describe => self.describe(),
                Effect::Rejoin => self.feed.rejoin().map_err(Exit::Failed)?,
                Effect::Reset { partition, cause, from, to } => self.warn(partition, cause, from, to),
                Effect::Notice(notice) => notice.log(&self.shared.topic),
                Effect::Stop(cause) => return Err(Exit::Failed(self.error(cause))),
            }
        }
        if !starts.is_empty() {
            self.feed.start(&starts).map_err(Exit::Failed)?;
        }
        if !seeks.is_empty() {
            self.feed.seek(&seeks);
        }
        Ok(())
    }

    fn warn(&self, partition: i32, cause: ResetCause, from: Option<i64>, to: StartAt) {
        let to = match to {
            StartAt::Offset(offset) => format!("offset {offset}"),
            StartAt::LogStart => "the log start".to_owned(),
            StartAt::LogEnd => "the log end".to_owned(),
        };
        tracing::warn!(
            topic = self.shared.topic,
            partition,
            position = from.unwrap_or(-1),
            "{cause}: reading goes on at {to}"
        );
    }

    fn error(&self, cause: StopCause) -> Error {
        let Options { group, brokers, .. } = &self.options;
        let (topic, brokers) = (self.shared.topic.clone(), brokers.clone());
        match cause {
            StopCause::TopicForbidden => Kind::Forbidden { topic, brokers }.into(),
            StopCause::GroupForbidden => Kind::ForbiddenGroup { topic, group: group.clone() }.into(),
            StopCause::NoOffset { partition } => {
                let cause = format!(
                    "there is no committed offset for partition {partition} that is in the log, and \
                     auto.offset.reset=error"
                );
                Error::source_failed(topic, cause)
            }
        }
    }

    fn look_up_committed(&mut self) {
        let awaiting = self.shared.with_core(|core| core.awaiting_committed());
        let now = self.shared.now();
        let is_due = self.timers.asked_for_committed.is_none_or(|at| now.saturating_sub(at) >= ASK_AGAIN);
        if awaiting.is_empty() || !is_due || self.is_ending() {
            return;
        }
        match self.feed.committed(&awaiting) {
            Ok(committed) => {
                self.timers.asked_for_committed = None;
                self.shared.with_core(|core| core.committed(committed));
            }
            Err(error) => {
                self.timers.asked_for_committed = Some(now);
                tracing::debug!(topic = self.shared.topic, %error, "the committed offsets are not known yet");
            }
        }
    }

    fn refresh(&mut self) {
        let now = self.shared.now();
        let interval = self.options.refresh_interval;
        if self.timers.described.is_none_or(|at| now.saturating_sub(at) >= interval) {
            self.describe();
        }
    }

    /// Asks for a description: after the one that is on its way, if there is one.
    fn describe(&mut self) {
        if self.timers.is_describing {
            self.timers.is_describing_again = true;
            return;
        }
        let now = self.shared.now();
        (self.timers.is_describing, self.timers.described) = (true, Some(now));
        self.shared.with_core(Core::asking);
        self.feed.describe(now);
    }

    fn commit_if_due(&mut self) {
        let now = self.shared.now();
        if now.saturating_sub(self.timers.committed) >= self.options.commit_interval {
            self.timers.committed = now;
            self.commit();
        }
    }

    /// Begins to commit what can be, unless a commit is on its way. Gives whether one is.
    fn commit(&mut self) -> bool {
        let now = self.shared.now();
        if self.timers.committing.is_some_and(|since| now.saturating_sub(since) < COMMIT_ANSWER) {
            return true;
        }
        self.timers.committing = None;
        let commits = self.shared.with_core(Core::commits);
        if commits.is_empty() {
            return false;
        }
        match self.feed.commit(&commits) {
            Ok(()) => {
                self.timers.committing = Some(now);
                true
            }
            Err(error) => {
                let partitions = commits.into_iter().map(|it| it.partition);
                let reason = Refusal { reason: error.to_string(), is_unauthorized: false };
                self.shared.with_core(|core| core.commit_failed(partitions, reason, now));
                false
            }
        }
    }

    // Partitions that go.

    fn begin_drain(&mut self, partitions: Vec<i32>, is_lost: bool, now: Moment) {
        // Partitions that are lost may be another member's already.
        self.shared.with_core(|core| if is_lost { core.stop(&partitions) } else { core.halt(&partitions) });
        let timeout = if is_lost { Duration::ZERO } else { self.options.shutdown_timeout };
        match &mut self.drain {
            Some(drain) if drain.is_the_end => {}
            Some(drain) => drain.partitions.extend(partitions),
            None => self.drain = Some(Drain::new(partitions, timeout, !is_lost, now)),
        }
    }

    /// Everything is to come to rest.
    fn end(&mut self, finishes: bool, commits: bool) {
        let now = self.shared.now();
        let timeout = if commits { self.options.shutdown_timeout } else { Duration::ZERO };
        let partitions = self.shared.with_core(|core| core.partitions());
        let mut drain = Drain::new(partitions, timeout, commits, now);
        drain.is_the_end = true;
        drain.stage = if finishes { Stage::Finishing } else { Stage::Resting };
        if !finishes {
            self.shared.with_core(Core::halt_all);
        }
        self.drain = Some(drain);
    }

    /// Goes on with what has to come to rest.
    fn drain(&mut self) -> Result<(), Exit> {
        let Some(mut drain) = self.drain.take() else { return Ok(()) };
        let now = self.shared.now();
        if drain.stage == Stage::Finishing {
            let is_finished = self.shared.with_core(|core| core.is_all_handled());
            if is_finished || now >= drain.cancels_at {
                self.shared.with_core(Core::halt_all);
                drain.stage = Stage::Resting;
            }
        }
        let is_concerned = |partition: i32| drain.is_the_end || drain.partitions.contains(&partition);
        if drain.stage == Stage::Resting && now >= drain.cancels_at {
            self.shared.with_core(|core| core.stop(&drain.partitions));
            self.shared.cancel(is_concerned);
            drain.stage = Stage::Cancelled;
        }
        if matches!(drain.stage, Stage::Resting | Stage::Cancelled) {
            let is_at_rest = self
                .shared
                .with_core(|core| drain.partitions.iter().all(|partition| core.is_at_rest(*partition)));
            if is_at_rest || now >= drain.deadline {
                drain.stage = Stage::Committing;
            }
        }
        if drain.stage != Stage::Committing || (drain.commits && self.is_committing(&mut drain, now)) {
            self.drain = Some(drain);
            return Ok(());
        }
        let is_committed =
            self.timers.committing.is_none() && self.shared.with_core(|core| core.commits().is_empty());
        self.shared.with_core(|core| core.release(&drain.partitions));
        if drain.is_the_end {
            return Err(Exit::AtRest { is_committed: is_committed || !drain.commits });
        }
        self.feed.release(&drain.partitions);
        Ok(())
    }

    /// Whether a commit is on its way that is to be waited for.
    fn is_committing(&mut self, drain: &mut Drain, now: Moment) -> bool {
        if now >= drain.deadline || (self.timers.committing.is_none() && drain.commits_left == 0) {
            return false;
        }
        let was_committing = self.timers.committing.is_some();
        let is_committing = self.commit();
        drain.commits_left -= u32::from(is_committing && !was_committing);
        is_committing
    }

    fn uncommitted(&self) -> Error {
        let cause = "the last offsets could not be committed in time; their records are handled again";
        Error::source_failed(&self.shared.topic, cause)
    }
}

impl Drain {
    fn new(partitions: Vec<i32>, timeout: Duration, commits: bool, now: Moment) -> Self {
        Self {
            partitions,
            is_the_end: false,
            commits,
            cancels_at: now.saturating_add(timeout.saturating_sub(timeout / LAST_TENTH)),
            deadline: now.saturating_add(timeout),
            stage: Stage::Resting,
            commits_left: COMMITS_AT_THE_END,
        }
    }
}

/// Why the thread does not go on.
enum Exit {
    /// Nothing is under way any more.
    AtRest {
        is_committed: bool,
    },
    Failed(Error),
    /// What was assigned is another member's.
    Lost(Error),
}
