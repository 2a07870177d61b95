//! The writers: they change entities, and number each change.
//!
//! The number of a change is its time, in microseconds after [`start`]. It is not the wall clock: the writers set it. The payloads of
//! all topics carry it, as the time of the last change.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tiltak_producer::commands::{
    Command, CreateEnkeltplass, EditAvtale, EditEnkeltplass, EditGjennomforing, RemoveGjennomforing,
};
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Oppstart};
use tiltak_producer::domain::{Gjennomforing, Kind, Moment, Version};
use tiltak_producer::jobs::run_due_fanouts;
use tiltak_producer::{
    AvtaleDetails, CommandError, CommandService, EnkeltplassDetails, GjennomforingDetails, Precondition,
    Relast, Selection, Store, StoreError,
};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};
use uuid::Uuid;

use super::arguments::WriteArguments;
use super::event::{Event, Then, What, now};
use super::protocol::{commands, open};

/// The pause between two changes of a writer.
const PAUSE: std::ops::Range<u64> = 20..80;
/// The number of gjennomføringer that get half of all edits.
const HOT: usize = 3;
/// The pause after a failure of the database.
const RECOVERY: Duration = Duration::from_millis(100);

/// The time of change 0.
pub(super) fn start() -> Result<Timestamp> {
    Ok("2026-03-16T08:00:00Z".parse()?)
}

/// The time of a change.
pub(super) fn moment(number: u64) -> Result<Moment> {
    let after = SignedDuration::from_micros(i64::try_from(number)?);
    Moment::at(start()?.checked_add(after)?).context("a year after 0")
}

/// A time at which every fan-out is due.
pub(super) fn later() -> Result<Moment> {
    Moment::at(start()?.checked_add(SignedDuration::from_hours(1))?).context("a year after 0")
}

/// The entities that the writers choose from.
struct Subjects {
    grupper: Vec<(GjennomforingId, GjennomforingDetails)>,
    avtaler: Vec<AvtaleId>,
    enkeltplasser: Vec<Gjennomforing>,
    from_arena: Vec<GjennomforingId>,
}

impl Subjects {
    async fn read(store: &Store) -> Result<Self, StoreError> {
        let mut tx = store.begin().await?;
        let all = tx.gjennomforinger(Selection::All, None, u32::MAX).await?;
        let all: Vec<Gjennomforing> = all.into_iter().map(|joined| joined.gjennomforing).collect();
        let grupper: Vec<_> = all
            .iter()
            .filter(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores)
            .filter_map(|it| Some((it, GjennomforingDetails::of(it)?)))
            .collect();
        let mut avtaler: Vec<AvtaleId> = grupper.iter().filter_map(|(it, _)| it.avtale).collect();
        avtaler.sort_unstable();
        avtaler.dedup();
        Ok(Self {
            grupper: grupper.into_iter().map(|(it, details)| (it.id, details)).collect(),
            avtaler,
            enkeltplasser: all.iter().filter(|it| it.kind == Kind::Enkeltplass).cloned().collect(),
            from_arena: all
                .iter()
                .filter(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Enkeltplass)
                .map(|it| it.id)
                .collect(),
        })
    }
}

/// Changes entities until standard input ends.
pub(super) async fn work(arguments: WriteArguments) -> Result<ExitCode> {
    let mut commands = commands();
    let store = open(arguments.database).await;
    let subjects = loop {
        match Subjects::read(&store).await {
            Ok(subjects) => break Arc::new(subjects),
            Err(error) => eprintln!("{error}"),
        }
        tokio::time::sleep(RECOVERY).await;
    };
    let producer = CommandService::new(store);
    let next = Arc::new(AtomicU64::new(arguments.first));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..arguments.writers {
        // Each process and each of its writers is told apart from the others.
        let writer = arguments.first * arguments.writers + writer;
        let random = ChaCha8Rng::seed_from_u64(arguments.seed ^ writer.wrapping_mul(0x9E37_79B9));
        let one = Writer {
            id: writer,
            producer: producer.clone(),
            subjects: Arc::clone(&subjects),
            next: Arc::clone(&next),
            random,
        };
        tasks.spawn(one.work(stopped.clone()));
    }
    while commands.recv().await.is_some() {}
    stop.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(ExitCode::SUCCESS)
}

/// The reason why an edit has to be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// The edit has no places (antall plasser).
    NoPlaces,
    /// The edit is based on another version than the stored one.
    Stale,
}

struct Writer {
    id: u64,
    producer: CommandService,
    subjects: Arc<Subjects>,
    next: Arc<AtomicU64>,
    random: ChaCha8Rng,
}

/// The kind of a change, its entity, and the result: the new version.
type Outcome = (What, String, Result<Option<i64>, CommandError>);

impl Writer {
    async fn work(mut self, mut stopped: tokio::sync::watch::Receiver<bool>) -> Result<()> {
        while !*stopped.borrow() {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let (what, key, result) = self.change(number).await?;
            let mut pause = Duration::from_millis(self.random.random_range(PAUSE));
            let then = match result {
                Ok(version) => Then::Acknowledged(version),
                Err(CommandError::Store(error)) => {
                    eprintln!("{error}");
                    pause = RECOVERY;
                    Then::Unknown
                }
                Err(_) => Then::Refused,
            };
            self.say(number, what, &key, then);
            let _ = tokio::time::timeout(pause, stopped.wait_for(|stopped| *stopped)).await;
        }
        Ok(())
    }

    fn say(&self, number: u64, what: What, key: &str, then: Then) {
        Event { at: now(), number, writer: self.id, what, key: key.to_owned(), then }.say();
    }

    /// Makes a change of a random kind. The writer reports it before it begins.
    async fn change(&mut self, number: u64) -> Result<Outcome> {
        let now = moment(number)?;
        Ok(match self.random.random_range(0..100) {
            0..60 => self.edit(number, now, None).await,
            60..68 => {
                // Refused: no places, or another version than the stored one.
                let wrong = if self.random.random_bool(0.5) { Wrong::NoPlaces } else { Wrong::Stale };
                self.edit(number, now, Some(wrong)).await
            }
            68..73 => {
                let Some(id) = self.subjects.avtaler.choose(&mut self.random).copied() else {
                    return self.fan_out(number).await;
                };
                self.say(number, What::Rename, &id.to_string(), Then::Begun);
                (What::Rename, id.to_string(), self.rename(id, number, now).await)
            }
            73..79 => return self.fan_out(number).await,
            79..85 => match self.subjects.enkeltplasser.choose(&mut self.random).cloned() {
                Some(like) => self.create(number, &like, now).await,
                None => return self.fan_out(number).await,
            },
            85..92 => {
                let Some(enkeltplass) = self.subjects.enkeltplasser.choose(&mut self.random) else {
                    return self.fan_out(number).await;
                };
                let details = EnkeltplassDetails {
                    antall_plasser: i32::try_from(number).ok(),
                    ..EnkeltplassDetails::of(enkeltplass)
                };
                let edit = EditEnkeltplass { id: enkeltplass.id, details };
                let key = enkeltplass.id.to_string();
                self.say(number, What::Edit, &key, Then::Begun);
                (What::Edit, key, self.execute(edit, now).await)
            }
            92..95 => {
                let forbidden = self.random.random_bool(0.3);
                let groups: Vec<GjennomforingId> = self.subjects.grupper.iter().map(|(id, _)| *id).collect();
                let from = if forbidden { &groups } else { &self.subjects.from_arena };
                let Some(id) = from.choose(&mut self.random).copied() else {
                    return self.fan_out(number).await;
                };
                let what = if forbidden { What::Forbidden } else { What::Removal };
                self.say(number, what, &id.to_string(), Then::Begun);
                (what, id.to_string(), self.execute(RemoveGjennomforing { id }, now).await)
            }
            _ => {
                let ids: Vec<GjennomforingId> =
                    self.subjects.grupper.sample(&mut self.random, 4).map(|(id, _)| *id).collect();
                self.say(number, What::Relast, "", Then::Begun);
                let done = self.producer.relast_gjennomforinger(&Relast::Ids(ids), |_| {}).await;
                (What::Relast, String::new(), done.map(|_| None))
            }
        })
    }

    async fn execute<C: Command>(&self, command: C, now: Moment) -> Result<Option<i64>, CommandError> {
        Ok(Some(self.producer.execute(command, now).await?.number()))
    }

    /// Edits a gjennomføring. An edit with a fault has to be refused.
    async fn edit(&mut self, number: u64, now: Moment, wrong: Option<Wrong>) -> Outcome {
        let all = &self.subjects.grupper;
        let among = if self.random.random_bool(0.5) { &all[..HOT.min(all.len())] } else { &all[..] };
        let Some((id, details)) = among.choose(&mut self.random) else {
            return (What::Relast, String::new(), Ok(None));
        };
        let places = i32::try_from(number).unwrap_or(i32::MAX);
        let precondition = match wrong {
            Some(Wrong::Stale) => Version::new(-1).into(),
            _ => Precondition::default(),
        };
        let details = GjennomforingDetails {
            navn: format!("Endring {number}"),
            antall_plasser: if wrong == Some(Wrong::NoPlaces) { 0 } else { places },
            ..details.clone()
        };
        let (edit, key) = (EditGjennomforing { id: *id, details }, id.to_string());
        self.say(number, What::Edit, &key, Then::Begun);
        let done = self.producer.execute_if(&precondition, edit, now).await;
        (What::Edit, key, done.map(|version| Some(version.number())))
    }

    async fn rename(&self, id: AvtaleId, number: u64, now: Moment) -> Result<Option<i64>, CommandError> {
        let before = self.producer.store().begin().await?.avtale(id).await?;
        let Some(before) = before else { return Ok(None) };
        let details = AvtaleDetails { navn: format!("Avtale {number}"), ..AvtaleDetails::of(&before) };
        self.execute(EditAvtale { id, details }, now).await
    }

    async fn fan_out(&self, number: u64) -> Result<Outcome> {
        self.say(number, What::FanOut, "", Then::Begun);
        let done = match run_due_fanouts(&self.producer, later()?).await {
            Ok(mut fanouts) => fanouts.refused.pop().map_or(Ok(None), |(_, error)| Err(error)),
            Err(error) => Err(error),
        };
        Ok((What::FanOut, String::new(), done))
    }

    async fn create(&mut self, number: u64, like: &Gjennomforing, now: Moment) -> Outcome {
        let id =
            GjennomforingId::new(Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("fault:{number}").as_bytes()));
        let new = CreateEnkeltplass {
            id,
            tiltakstype: like.tiltakstype,
            arrangor: like.arrangor.clone(),
            details: EnkeltplassDetails::of(like),
        };
        self.say(number, What::Edit, &id.to_string(), Then::Begun);
        (What::Edit, id.to_string(), self.execute(new, now).await)
    }
}
