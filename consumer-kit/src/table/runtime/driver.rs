//! The thread that feeds the core, and carries out its effects.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tiltak_schema::topic::Topic;
use tokio::sync::oneshot;

use super::decode::decode_all;
use super::message::{Answer, Message};
use super::persistence::{Persistence, StateStore};
use super::poller::{Command, Poller};
use super::restored::restore;
use super::shared::Shared;
use crate::error::{Error, Kind};
use crate::poison::{OnPoison, Poison, PreviousValue};
use crate::source::{Batch, Settings, Source};
use crate::table::core::bootstrap::Decoded;
use crate::table::core::rows::Rows;
use crate::table::core::{Barrier, Config, Core, Effect, Input, Mutation, Now, Restored};
use crate::table::metrics::Progress;

/// Batches on their way: a megabyte each.
const BATCHES: usize = 4;
/// Interval between calls of the progress callback.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// How long the topic's settings are waited for when a state may be too old.
const SETTINGS_TIMEOUT: Duration = Duration::from_secs(2);
const SETTINGS_STEP: Duration = Duration::from_millis(5);

/// Opens a source: in the thread that then reads it.
pub(crate) type Open = Box<dyn FnOnce() -> Result<Box<dyn Source>, Error> + Send>;
/// Opens a store, if there is one.
pub(crate) type OpenStore = Box<dyn FnOnce(&str) -> Result<Option<StateStore>, Error> + Send>;
/// Calls the user's callback.
pub(crate) type OnProgress = Box<dyn FnMut(Progress) + Send>;

/// How to read.
pub(crate) struct Options {
    pub(crate) topic: String,
    pub(crate) poison: OnPoison,
    pub(crate) previous_value: PreviousValue,
    pub(crate) any_cleanup_policy: bool,
    pub(crate) progress: Option<OnProgress>,
    pub(crate) tombstone_retention: Option<Duration>,
    pub(crate) metadata_refresh_interval: Duration,
    pub(crate) authorization_grace: Duration,
    /// A seeded bug.
    pub(crate) mutation: Option<Mutation>,
}

/// Opens the source and the store, and reads until it is stopped.
pub(crate) fn run<T: Topic>(
    options: Options,
    open: Open,
    open_store: OpenStore,
    (messages, inbox): (Sender<Message>, Receiver<Message>),
    opened: oneshot::Sender<Result<Arc<Shared<T>>, Error>>,
) {
    let topic = options.topic.clone();
    let driver = catch_unwind(AssertUnwindSafe(|| Driver::<T>::open(options, open, open_store, messages)));
    let (driver, poller, effects) = match driver {
        Ok(Ok(ready)) => ready,
        Ok(Err(error)) => return drop(opened.send(Err(error))),
        Err(panic) => {
            return drop(opened.send(Err(Error::panicked(&*topic, "the source or the store", panic))));
        }
    };
    let shared = Arc::clone(&driver.shared);
    let _closing = Closing(Arc::clone(&shared));
    thread::scope(|scope| {
        let thread = thread::Builder::new().name(format!("poll {}", T::NAME));
        if let Err(cause) = thread.spawn_scoped(scope, move || poller.run()) {
            return drop(opened.send(Err(Error::source_failed(&*shared.topic, cause.to_string()))));
        }
        let handle = Arc::clone(&shared);
        if let Err(panic) =
            catch_unwind(AssertUnwindSafe(|| driver.drive(effects, &inbox, || drop(opened.send(Ok(handle))))))
        {
            shared.fail(Error::panicked(&*shared.topic, "a callback, an index function or the store", panic));
        }
    });
}

/// Says that a table is closed, however its thread ends.
struct Closing<T: Topic>(Arc<Shared<T>>);

impl<T: Topic> Drop for Closing<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// See the module.
struct Driver<T: Topic> {
    shared: Arc<Shared<T>>,
    core: Core<T>,
    poison: Poison,
    /// Records were put aside, and are not known to be safe.
    unflushed: bool,
    persistence: Option<Persistence>,
    commands: Sender<Command>,
    /// Where batches go when they are done with.
    done: Sender<Batch>,
    /// Barriers that wait.
    answers: HashMap<u64, Answer>,
    barriers: u64,
    progress: Option<OnProgress>,
    told: Option<Instant>,
    empty: Rows<T>,
}

/// The table stops, for the reason that its status holds.
struct Stopped;

impl<T: Topic> Driver<T> {
    fn open(
        options: Options,
        open: Open,
        open_store: OpenStore,
        messages: Sender<Message>,
    ) -> Result<(Self, Poller, Vec<Effect<'static, T>>), Error> {
        let Options { topic, poison, previous_value, any_cleanup_policy, progress, .. } = options;
        let poison = Poison::new(poison)?;
        let rows = Rows::new();
        let empty = rows.alike();
        let asked = SystemTime::now();
        // What was kept is read while the broker answers.
        let (source, found) = thread::scope(|scope| {
            let found =
                scope.spawn(|| open_store(&topic)?.map(|store| restore::<T>(store, &empty)).transpose());
            let source = open().and_then(|mut source| {
                let settings = source.settings();
                Ok((source.describe()?, source, settings))
            });
            (source, found.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (description, mut source, mut settings) = source?;
        let (persistence, restored): (_, Option<Restored<T>>) = found?.unzip();
        let has_state = restored.as_ref().is_some_and(|it| it.identity.is_some());
        if has_state && options.tombstone_retention.is_none() {
            let start = Instant::now();
            // Whether the state may be gone on from depends on it.
            while settings == Settings::Pending && start.elapsed() < SETTINGS_TIMEOUT {
                thread::sleep(SETTINGS_STEP);
                settings = source.settings();
            }
            if settings == Settings::Pending {
                settings = Settings::Unavailable { reason: "the broker has not answered".to_owned() };
            }
        } else if settings == Settings::Pending {
            settings = source.settings();
        }
        let config = Config {
            topic: topic.clone(),
            previous_value,
            any_cleanup_policy,
            tombstone_retention: options.tombstone_retention,
            metadata_refresh_interval: options.metadata_refresh_interval,
            authorization_grace: options.authorization_grace,
            stops_at_poison: matches!(poison, Poison::Stop),
            persists: persistence.is_some(),
            mutation: options.mutation,
        };
        let shared = Arc::new(Shared::new(topic, rows.clone()));
        let now = now(&shared);
        let (core, start, mut effects) =
            Core::start(config, rows, description, asked, &settings, restored, now);
        if let Some(index) = effects.iter().position(|effect| matches!(effect, Effect::Fail(_)))
            && let Effect::Fail(error) = effects.swap_remove(index)
        {
            return Err(error);
        }
        start.log(&shared.topic);
        let _ = shared.start.set(start);
        let (commands, inbox) = channel();
        let (done, batches) = channel();
        for _ in 0..BATCHES {
            // The other end is here.
            let _ = done.send(Batch::default());
        }
        let settings_known = settings != Settings::Pending;
        let poller =
            Poller { source, commands: inbox, empty: batches, out: messages, epoch: 0, settings_known };
        let driver = Self {
            shared,
            core,
            poison,
            unflushed: false,
            persistence,
            commands,
            done,
            answers: HashMap::new(),
            barriers: 0,
            progress,
            told: None,
            empty,
        };
        Ok((driver, poller, effects))
    }

    fn drive(mut self, effects: Vec<Effect<'_, T>>, inbox: &Receiver<Message>, opened: impl FnOnce()) {
        let mut running = self.carry_out(effects);
        opened();
        while running.is_ok() && !self.shared.is_stopping() {
            let wait = self.core.next_tick(self.shared.started.elapsed());
            running = match inbox.recv_timeout(wait) {
                Ok(Message::Delivered { epoch, batch }) => {
                    let running = self.feed(Input::Delivered { epoch, batch: &batch });
                    // The other thread may have ended.
                    let _ = self.done.send(batch);
                    running
                }
                Ok(Message::Described(description)) => self.feed(Input::Described(description)),
                Ok(Message::Settings(settings)) => self.feed(Input::Settings(settings)),
                Ok(Message::Failed(error)) => self.feed(Input::Failed(error)),
                Ok(Message::Barrier(answer)) => {
                    self.barriers += 1;
                    self.answers.insert(self.barriers, answer);
                    self.feed(Input::Barrier(Barrier::new(self.barriers)))
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.feed(Input::Tick),
            };
            self.forget_barriers();
        }
    }

    fn feed(&mut self, input: Input<'_, T>) -> Result<(), Stopped> {
        let effects = self.core.on(input, now(&self.shared));
        self.carry_out(effects)?;
        self.tell(false);
        Ok(())
    }

    fn carry_out(&mut self, effects: Vec<Effect<'_, T>>) -> Result<(), Stopped> {
        self.shared.write().liveness = Some(self.core.liveness().clone());
        let done = effects.into_iter().try_for_each(|effect| self.carry_out_one(effect));
        match done.and_then(|()| self.flush()) {
            Ok(()) if self.shared.is_stopping() => Err(Stopped),
            Ok(()) => Ok(()),
            Err(error) => {
                self.shared.fail(error.into());
                Err(Stopped)
            }
        }
    }

    /// Waits until the records that were put aside are safe.
    fn flush(&mut self) -> Result<(), Kind> {
        if std::mem::take(&mut self.unflushed) { self.poison.flush() } else { Ok(()) }
    }

    fn carry_out_one(&mut self, effect: Effect<'_, T>) -> Result<(), Kind> {
        match effect {
            Effect::Assign { epoch, positions } => self.command(Command::Assign { epoch, positions }),
            Effect::Describe => self.command(Command::Describe),
            Effect::PutAside(aside) => {
                self.poison.put(&self.shared.topic, &aside.record(), &aside.cause)?;
                self.unflushed = true;
            }
            Effect::Persist { operations, positions, caught_up, identity, all_decoded } => {
                // A position is never behind a record that may be lost.
                self.flush()?;
                if let Some(persistence) = &mut self.persistence {
                    persistence.persist(&operations, positions, caught_up, identity, all_decoded)?;
                }
            }
            Effect::Decode { partition, bootstrap, persist, tombstones } => {
                if let Some((persistence, positions)) = self.persistence.as_mut().zip(persist) {
                    persistence.persist_partition(partition, &bootstrap, tombstones, positions)?;
                }
                let decoded: Decoded<T> = decode_all(partition, bootstrap.rows, &self.empty);
                let decoded = Box::new(decoded.over(bootstrap.restored, bootstrap.again));
                let effects = self.core.on(Input::Decoded { partition, decoded }, now(&self.shared));
                effects.into_iter().try_for_each(|effect| self.carry_out_one(effect))?;
            }
            Effect::Publish(published) => self.shared.publish(*published),
            Effect::Answer { id } => {
                self.flush()?;
                if let Some(answer) = self.answers.remove(&id) {
                    // Nobody may wait any more.
                    let _ = answer.send(Ok(()));
                }
            }
            Effect::Ready => {
                self.flush()?;
                // A callback that panics at it stops the table before it is ready.
                self.tell(true);
                self.shared.status.send_modify(|status| status.ready = true);
            }
            Effect::Log(notice) => notice.log(&self.shared.topic),
            Effect::Fail(error) => return Err(error.into_kind()),
        }
        Ok(())
    }

    fn command(&self, command: Command) {
        // Should the other thread have ended, its reason is on the way.
        let _ = self.commands.send(command);
    }

    fn forget_barriers(&mut self) {
        let left: Vec<u64> =
            self.answers.iter().filter(|(_, answer)| answer.is_closed()).map(|(id, _)| *id).collect();
        for id in left {
            self.answers.remove(&id);
            // It has no effects of its own.
            let _ = self.feed(Input::BarrierLeft { id });
        }
    }

    fn tell(&mut self, ready: bool) {
        let Some(callback) = &mut self.progress else { return };
        if !ready && self.told.is_some_and(|told| told.elapsed() < PROGRESS_INTERVAL) {
            return;
        }
        self.told = Some(Instant::now());
        let state = self.shared.read();
        let mut progress = Progress { records: state.counters.records, ready, ..Progress::default() };
        for track in state.tracks.values() {
            let target = track.target.max(track.start);
            let position = if track.loaded { target } else { track.position.min(target) };
            progress.target += (target - track.start).unsigned_abs();
            progress.done += (position - track.start).unsigned_abs();
        }
        drop(state);
        callback(progress);
        if ready {
            self.progress = None;
        }
    }
}

fn now<T: Topic>(shared: &Shared<T>) -> Now {
    Now { moment: shared.started.elapsed(), wall: SystemTime::now() }
}
