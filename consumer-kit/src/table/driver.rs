//! The thread that reads: it polls, asks the broker what has to be asked, and hands batches on.
//!
//! It does not look into records. What it hands on is applied by the other thread, in the same order: see `applier`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use tiltak_schema::topic::Topic;
use tokio::sync::oneshot;

use super::applier::{Applier, Keeper};
use super::builder::Open;
use super::found::{Found, FoundRows};
use super::rows::Rows;
use super::start::start;
use super::{Earlier, OnPoison, Progress, Shared};
use crate::error::{Error, Kind};
use crate::poison::Poison;
use crate::source::{Batch, PollEvent, Settings, Source, TopicIdentity, Watermarks};
use crate::store::{Saved, Store};

/// How long to wait for a record before looking for a request.
const STEP: Duration = Duration::from_millis(20);
/// Batches on their way: a megabyte each.
const BATCHES: usize = 4;
/// How soon a broker is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// How often partitions may be assigned anew to be told their end.
const ASSIGN_AGAIN: Duration = Duration::from_millis(300);

pub(crate) struct Options {
    pub(crate) poison: OnPoison,
    pub(crate) earlier: Earlier,
    pub(crate) any_cleanup_policy: bool,
    pub(crate) progress: Option<Box<dyn FnMut(Progress) + Send>>,
    pub(crate) store: Option<Box<dyn Store>>,
    #[cfg(feature = "state")]
    pub(crate) state_folder: Option<std::path::PathBuf>,
    pub(crate) longest_absence: Duration,
    pub(crate) check_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poison: OnPoison::default(),
            earlier: Earlier::default(),
            any_cleanup_policy: false,
            progress: None,
            store: None,
            #[cfg(feature = "state")]
            state_folder: None,
            longest_absence: Duration::from_hours(24),
            check_every: Duration::from_secs(5),
        }
    }
}

pub(crate) type Answer = oneshot::Sender<Result<(), Error>>;

/// To be answered when everything is applied that is published by now.
pub(crate) struct Request {
    pub(crate) answer: Answer,
}

/// From the thread that reads to the one that applies.
pub(crate) enum Message<T: Topic> {
    /// Rows of an earlier run, which stand until their partitions are read.
    Restore(Vec<FoundRows<T>>),
    /// These partitions are read up to their targets before their rows are shown.
    Load(Vec<Load<T>>),
    /// These partitions are no more.
    Drop(Vec<i32>),
    /// What was read under the assignment of this number.
    Batch(Batch, u64),
    /// To be answered when these ends are reached, or an end was told under this assignment or a later one.
    Aim { ends: BTreeMap<i32, i64>, assignment: u64, answers: Vec<Answer> },
    /// The ends of the logs, and what the topic is.
    Ends(BTreeMap<i32, i64>, TopicIdentity),
    /// Nothing more can be read.
    Failed(Error),
}

pub(crate) struct Load<T: Topic> {
    pub(crate) partition: i32,
    pub(crate) start: i64,
    pub(crate) target: i64,
    pub(crate) assignment: u64,
    /// Rows that were kept, and are as good as read. `None`: the partition is read from the start of its log.
    pub(crate) stored: Option<FoundRows<T>>,
    /// The partition was read before.
    pub(crate) again: bool,
}

pub(crate) struct Driver<T: Topic> {
    topic: String,
    options: Options,
    requests: Receiver<Request>,
    of: std::marker::PhantomData<T>,
}

impl<T: Topic> Driver<T> {
    pub(crate) fn new(topic: String, options: Options, requests: Receiver<Request>) -> Self {
        Self { topic, options, requests, of: std::marker::PhantomData }
    }

    pub(crate) fn run(self, open: Open, opened: oneshot::Sender<Result<Arc<Shared<T>>, Error>>) {
        let (mut reader, applier, inbox) = match self.open(open) {
            Ok(ready) => ready,
            Err(error) => {
                let _ = opened.send(Err(error));
                return;
            }
        };
        let shared = Arc::clone(&reader.shared);
        let _closing = Closing(Arc::clone(&shared));
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name(format!("apply {}", T::NAME));
            if thread.spawn_scoped(scope, move || applier.run(&inbox)).is_ok() {
                let _ = opened.send(Ok(shared));
                reader.read();
            }
            drop(reader);
        });
    }

    #[expect(clippy::type_complexity, reason = "two threads and what is between them")]
    fn open(self, open: Open) -> Result<(Reader<T>, Applier<T>, Receiver<Message<T>>), Error> {
        let Self { topic, options, requests, .. } = self;
        let poison = Poison::new(options.poison)?;
        let empty = Rows::new();
        // What was kept is read while the broker answers.
        let (source, found) = std::thread::scope(|scope| {
            let load = || {
                #[cfg(feature = "state")]
                if let Some(folder) = options.state_folder {
                    let store = crate::store::StateFolder::open(&folder, &topic)?;
                    return Found::load(Box::new(store), &empty).map(Some);
                }
                options.store.map(|store| Found::load(store, &empty)).transpose()
            };
            let found = scope.spawn(load);
            let source = open().and_then(|mut source| Ok((source.describe()?, source)));
            (source, found.join().unwrap_or_else(|panic| Err(Error::panicked(&topic, "the store", panic))))
        });
        let (description, source) = source?;
        let marks = description.watermarks;
        let found = found?;
        // Not every source knows it before it reads, and asking takes time: only what was kept is compared with it.
        let identity = description.identity;
        let shared = Arc::new(Shared::new(topic.clone(), empty));
        let (out, inbox) = sync_channel(BATCHES);
        let (done, empty) = channel();
        let mut reader = Reader {
            source,
            shared: Arc::clone(&shared),
            out,
            requests,
            positions: BTreeMap::new(),
            assignment: 0,
            assigned: Instant::now(),
            identity: identity.clone(),
            barriers: Vec::new(),
            aimed: BTreeMap::new(),
            trouble: None,
            try_again: Instant::now(),
            check_every: options.check_every,
            next_check: Instant::now() + options.check_every,
            longest_absence: options.longest_absence,
            seen: SystemTime::now(),
            missing: false,
            first: Vec::new(),
            empty,
        };
        let (saved, unusable) =
            found.as_ref().map_or((None, None), |it| (it.saved.clone(), it.unusable.clone()));
        let start = start(saved.as_ref(), unusable, &identity, &marks, options.longest_absence);
        start.tell(&shared.topic);
        let (rows, keeper) = match found {
            Some(found) => (found.rows, Some(Keeper::new(found.store, identity, found.decoder))),
            None => (BTreeMap::new(), None),
        };
        reader.plan(&marks, saved.filter(|_| start.uses_positions()), rows);
        let _ = shared.start.set(start);
        reader.assign()?;
        // The client fetches already.
        if !options.any_cleanup_policy
            && let Settings::Known { cleanup_policy: policy, .. } = reader.source.settings()
            && policy != "compact"
        {
            return Err(Kind::NotCompacted { topic, policy }.into());
        }
        let applier = Applier::new(shared, poison, options.earlier, keeper, options.progress, done);
        Ok((reader, applier, inbox))
    }
}

/// Says that a table is closed, however its thread ends.
struct Closing<T: Topic>(Arc<Shared<T>>);

impl<T: Topic> Drop for Closing<T> {
    fn drop(&mut self) {
        self.0.status.send_modify(|status| status.closed = true);
        self.0.close_subscribers();
    }
}

/// Why reading ends.
enum End {
    /// The other thread has ended.
    Gone,
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Why positions have to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// A position may be outside of its log.
    Lost,
    /// The topic is another one, or the broker was away for so long that tombstones may have been missed.
    Recreated,
}

struct Barrier {
    answers: Vec<Answer>,
    /// The ends of the logs, open transactions included, when it was asked for.
    high: Option<BTreeMap<i32, Watermarks>>,
}

struct Reader<T: Topic> {
    source: Box<dyn Source>,
    shared: Arc<Shared<T>>,
    out: SyncSender<Message<T>>,
    requests: Receiver<Request>,
    /// The next offset of each partition.
    positions: BTreeMap<i32, i64>,
    /// The number of the assignment.
    assignment: u64,
    assigned: Instant,
    identity: TopicIdentity,
    barriers: Vec<Barrier>,
    /// What has to be reached for the sake of barriers.
    aimed: BTreeMap<i32, i64>,
    trouble: Option<Trouble>,
    try_again: Instant,
    check_every: Duration,
    next_check: Instant,
    /// After this without a word from the broker, tombstones may be gone that were never read.
    longest_absence: Duration,
    /// When the broker last answered; by the clock, which goes on while a machine sleeps.
    seen: SystemTime,
    /// The topic was gone when it was last looked for.
    missing: bool,
    /// What the other thread is told first.
    first: Vec<Message<T>>,
    /// Batches that were applied.
    empty: Receiver<Batch>,
}

impl<T: Topic> Reader<T> {
    /// Where to begin: after what is saved, or with the log.
    fn plan(
        &mut self,
        marks: &BTreeMap<i32, Watermarks>,
        saved: Option<Saved>,
        rows: BTreeMap<i32, FoundRows<T>>,
    ) {
        let positions = saved.map(|saved| saved.positions).unwrap_or_default();
        let mut stored: BTreeMap<i32, FoundRows<T>> = BTreeMap::new();
        let (mut old, mut gone) = (Vec::new(), Vec::new());
        for (partition, rows) in rows {
            let within =
                |mark: &Watermarks, position: &i64| (mark.log_start..=mark.high_watermark).contains(position);
            match (marks.get(&partition), positions.get(&partition)) {
                (Some(mark), Some(position)) if within(mark, position) => {
                    stored.insert(partition, rows);
                }
                (Some(_), _) => old.push(rows),
                (None, _) => gone.push(partition),
            }
        }
        if !gone.is_empty() {
            self.first.push(Message::Drop(gone));
        }
        let mut loads = Vec::new();
        for (&partition, mark) in marks {
            let position =
                positions.get(&partition).filter(|it| (mark.log_start..=mark.high_watermark).contains(it));
            let start = position.copied().unwrap_or(mark.log_start);
            self.positions.insert(partition, start);
            loads.push(Load {
                partition,
                start,
                target: mark.last_stable_offset,
                assignment: self.assignment + 1,
                stored: position.map(|_| stored.remove(&partition).unwrap_or_default()),
                again: false,
            });
        }
        if !old.is_empty() {
            self.first.push(Message::Restore(old));
        }
        self.first.push(Message::Load(loads));
    }

    fn assign(&mut self) -> Result<(), Error> {
        self.source.assign(&self.positions)?;
        self.assignment += 1;
        self.assigned = Instant::now();
        Ok(())
    }

    fn read(&mut self) {
        for message in std::mem::take(&mut self.first) {
            if self.out.send(message).is_err() {
                return;
            }
        }
        while !self.shared.stopping() {
            match self.step() {
                Ok(()) => {}
                Err(End::Gone) => return,
                Err(End::Failed(error)) => {
                    let _ = self.out.send(Message::Failed(error));
                    return;
                }
            }
        }
    }

    fn step(&mut self) -> Result<(), End> {
        let mut answers = Vec::new();
        while let Ok(request) = self.requests.try_recv() {
            answers.push(request.answer);
        }
        if !answers.is_empty() {
            self.barriers.push(Barrier { answers, high: None });
            self.try_again = Instant::now();
        }
        if self.try_again <= Instant::now() {
            self.mend()?;
            self.aim()?;
        }
        self.check()?;
        let mut batch = self.empty.try_recv().unwrap_or_default();
        batch.clear();
        self.source.poll(STEP, &mut batch)?;
        for event in batch.events() {
            match event {
                PollEvent::Record(record) => self.pass(record.partition, record.offset + 1),
                PollEvent::PositionAdvanced { partition, offset } => self.pass(partition, offset),
                PollEvent::OffsetOutOfRange { .. } => self.trouble = self.trouble.max(Some(Trouble::Lost)),
                PollEvent::Unauthorized => {}
                PollEvent::PartitionEof { .. } => {}
            }
        }
        if batch.is_empty() { self.ask_for_ends() } else { self.send(Message::Batch(batch, self.assignment)) }
    }

    fn pass(&mut self, partition: i32, offset: i64) {
        if let Some(position) = self.positions.get_mut(&partition) {
            *position = offset.max(*position);
        }
    }

    fn send(&self, message: Message<T>) -> Result<(), End> {
        self.out.send(message).map_err(|_| End::Gone)
    }

    /// What cannot be answered now is asked again.
    fn later(&mut self) {
        self.try_again = Instant::now() + ASK_AGAIN;
    }

    /// Takes up barriers: their ends are captured, and handed on once no open transaction is before them.
    fn aim(&mut self) -> Result<(), End> {
        if self.trouble.is_some() {
            return Ok(());
        }
        for mut barrier in std::mem::take(&mut self.barriers) {
            barrier.answers.retain(|answer| !answer.is_closed());
            if barrier.answers.is_empty() {
                continue;
            }
            let high = barrier.high.take();
            let asked = self
                .source
                .describe()
                .map(|it| (high.unwrap_or_else(|| it.watermarks.clone()), it.watermarks));
            match asked {
                // The ends are those of another topic than the positions.
                Ok((_, stable)) if self.is_past(&stable) => {
                    self.trouble = Some(Trouble::Recreated);
                    self.barriers.push(barrier);
                    self.later();
                }
                Ok((high, stable)) if is_settled(&high, &stable) => {
                    let ends: BTreeMap<_, _> =
                        high.iter().map(|(id, mark)| (*id, mark.high_watermark)).collect();
                    for (partition, end) in &ends {
                        let aimed = self.aimed.entry(*partition).or_insert(*end);
                        *aimed = (*aimed).max(*end);
                    }
                    // Its own end has to be told by an assignment that comes after the capture.
                    let assignment = self.assignment + 1;
                    self.load_new(&stable)?;
                    self.send(Message::Aim { ends, assignment, answers: barrier.answers })?;
                }
                Ok((high, _)) => {
                    self.barriers.push(Barrier { high: Some(high), ..barrier });
                    self.later();
                }
                // The broker may be back in time.
                Err(error) if error.is_unreachable() => {
                    self.barriers.push(barrier);
                    self.later();
                }
                Err(error) => {
                    for answer in barrier.answers {
                        let _ = answer.send(Err(error.clone()));
                    }
                }
            }
        }
        Ok(())
    }

    /// The log may end in offsets without a record: where a barrier waits, its end is asked for.
    fn ask_for_ends(&mut self) -> Result<(), End> {
        let positions = &self.positions;
        self.aimed.retain(|partition, end| positions.get(partition).is_some_and(|position| position < end));
        if !self.aimed.is_empty() && self.assigned.elapsed() >= ASSIGN_AGAIN {
            self.aimed.clear();
            self.assign()?;
        }
        Ok(())
    }

    /// Looks for what may have happened to the topic.
    fn check(&mut self) -> Result<(), End> {
        if self.next_check > Instant::now() {
            return Ok(());
        }
        self.next_check = Instant::now() + self.check_every;
        let (identity, marks) = match self.source.describe() {
            Ok(it) => (it.identity, it.watermarks),
            Err(error) => {
                self.missing |= error.is_missing_topic();
                return Ok(());
            }
        };
        let away = std::mem::replace(&mut self.seen, SystemTime::now()).elapsed().unwrap_or_default();
        let was_away = away > self.longest_absence + 2 * self.check_every;
        if was_away || self.missing || !identity.agrees(&self.identity) || self.is_past(&marks) {
            self.trouble = Some(Trouble::Recreated);
            self.try_again = Instant::now();
            return Ok(());
        }
        self.identity = identity.clone();
        self.load_new(&marks)?;
        self.send(Message::Ends(
            marks.iter().map(|(id, mark)| (*id, mark.last_stable_offset)).collect(),
            identity,
        ))
    }

    /// Whether a position is past the end of its log, or its partition is gone: it is another topic, or a broker has lost
    /// what it had told.
    fn is_past(&self, marks: &BTreeMap<i32, Watermarks>) -> bool {
        any_past(&self.positions, marks)
    }

    /// Begins to read partitions that were added.
    fn load_new(&mut self, marks: &BTreeMap<i32, Watermarks>) -> Result<(), End> {
        let added: Vec<_> = marks.iter().filter(|(id, _)| !self.positions.contains_key(id)).collect();
        if added.is_empty() {
            return Ok(());
        }
        let loads = added.iter().map(|(id, mark)| self.load(**id, mark, false)).collect();
        self.send(Message::Load(loads))?;
        Ok(self.assign()?)
    }

    fn load(&mut self, partition: i32, mark: &Watermarks, again: bool) -> Load<T> {
        self.positions.insert(partition, mark.log_start);
        let assignment = self.assignment + 1;
        let (start, target) = (mark.log_start, mark.last_stable_offset);
        Load { partition, start, target, assignment, stored: None, again }
    }

    /// Reads anew what cannot be gone on with.
    fn mend(&mut self) -> Result<(), End> {
        let Some(trouble) = self.trouble else { return Ok(()) };
        let Ok(description) = self.source.describe() else {
            self.later();
            return Ok(());
        };
        let (identity, marks) = (description.identity, description.watermarks);
        let all = trouble == Trouble::Recreated || !identity.agrees(&self.identity) || self.is_past(&marks);
        let gone: Vec<i32> = self.positions.keys().filter(|id| !marks.contains_key(id)).copied().collect();
        self.positions.retain(|id, _| marks.contains_key(id));
        let mut loads = Vec::new();
        for (&partition, mark) in &marks {
            let position = self.positions.get(&partition).copied();
            if all || position.is_none_or(|position| position < mark.log_start) {
                loads.push(self.load(partition, mark, position.is_some()));
            }
        }
        self.trouble = None;
        self.missing = false;
        self.identity = identity.clone();
        let again: Vec<i32> = loads.iter().filter(|load| load.again).map(|load| load.partition).collect();
        if !again.is_empty() || !gone.is_empty() {
            tracing::warn!(topic = self.shared.topic, partitions = ?again, ?gone, ?trouble, "partitions are read anew");
        }
        if !gone.is_empty() {
            self.send(Message::Drop(gone))?;
        }
        self.send(Message::Ends(BTreeMap::new(), identity))?;
        self.send(Message::Load(loads))?;
        Ok(self.assign()?)
    }
}

/// Whether everything up to the ends that were captured can be read by now.
fn is_settled(high: &BTreeMap<i32, Watermarks>, stable: &BTreeMap<i32, Watermarks>) -> bool {
    high.iter().all(|(id, mark)| {
        stable.get(id).is_none_or(|stable| stable.last_stable_offset >= mark.high_watermark)
    })
}

pub(super) fn any_past(positions: &BTreeMap<i32, i64>, marks: &BTreeMap<i32, Watermarks>) -> bool {
    positions.iter().any(|(id, position)| marks.get(id).is_none_or(|mark| *position > mark.high_watermark))
}
