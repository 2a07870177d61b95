//! Changes of entities by several writers, each recognisable by its number.
//!
//! The number is the time at which a change says that it is made, in microseconds after [`start`]. The payloads of all
//! topics carry it, as the time of the last change.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tiltak_producer::commands::{
    CreateEnkeltplass, EditAvtale, EditEnkeltplass, EditGjennomforing, RemoveGjennomforing,
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

use super::child::{WriteArguments, commands, open};

const WRITERS: u64 = 6;
/// Between two changes of a writer.
const PAUSE: std::ops::Range<u64> = 20..80;
/// Gjennomføringer that get half of the edits.
const HOT: usize = 3;
/// After a failure of the database.
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

/// When every fan-out is due.
pub(super) fn later() -> Result<Moment> {
    Moment::at(start()?.checked_add(SignedDuration::from_hours(1))?).context("a year after 0")
}

/// The number of the change that made a value; none for what the database was filled with.
pub(super) fn number(value: &str) -> Option<u64> {
    let value: Value = serde_json::from_str(value).ok()?;
    let pointers = ["/oppdatertTidspunkt", "/gjennomforing/oppdatertTidspunkt", "/endretTidspunkt"];
    let text = pointers.iter().find_map(|pointer| value.pointer(pointer))?.as_str()?;
    let time = if let Ok(time) = text.parse::<Timestamp>() {
        time
    } else {
        // Norwegian local time, which is an hour ahead in March.
        let local: jiff::civil::DateTime = text.parse().ok()?;
        local.checked_sub(SignedDuration::from_hours(1)).ok()?.in_tz("UTC").ok()?.timestamp()
    };
    u64::try_from(time.duration_since(start().ok()?).as_micros()).ok()
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Publishes the gjennomføring.
    Edit,
    /// Publishes tombstones of the gjennomføring.
    Removal,
    /// A removal that no rule allows.
    Forbidden,
    /// Publishes later, or what is published already.
    Other,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// It begins.
    Attempt { number: u64 },
    /// It was acknowledged.
    Done { number: u64, writer: u64, what: What, key: String },
    /// It was refused: nothing of it may be written.
    Refused { number: u64, what: What, key: String },
}

impl Event {
    fn say(&self) {
        match self {
            Self::Attempt { number } => println!("attempt {number}"),
            Self::Done { number, writer, what, key } => {
                println!("done {number} {writer} {} {key}", what.word());
            }
            Self::Refused { number, what, key } => println!("refused {number} {} {key}", what.word()),
        }
    }

    /// Reads a line. A writer that was killed may have left a piece of one.
    pub(super) fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        Some(match words[..] {
            ["attempt", number] => Self::Attempt { number: number.parse().ok()? },
            ["done", number, writer, what, key] => Self::Done {
                number: number.parse().ok()?,
                writer: writer.parse().ok()?,
                what: What::read(what)?,
                key: key.to_owned(),
            },
            ["refused", number, what, key] => {
                Self::Refused { number: number.parse().ok()?, what: What::read(what)?, key: key.to_owned() }
            }
            _ => return None,
        })
    }
}

impl What {
    const ALL: [Self; 4] = [Self::Edit, Self::Removal, Self::Forbidden, Self::Other];

    fn word(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Removal => "removal",
            Self::Forbidden => "forbidden",
            Self::Other => "other",
        }
    }

    fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.word() == word)
    }
}

/// What the writers choose from.
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
    for writer in 0..WRITERS {
        // Each process and each of its writers is told apart from the others.
        let writer = arguments.first * WRITERS + writer;
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

/// Why an edit is to be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// It gives no places.
    NoPlaces,
    /// It builds on another version than the stored one.
    Stale,
}

struct Writer {
    id: u64,
    producer: CommandService,
    subjects: Arc<Subjects>,
    next: Arc<AtomicU64>,
    random: ChaCha8Rng,
}

impl Writer {
    async fn work(mut self, mut stopped: tokio::sync::watch::Receiver<bool>) -> Result<()> {
        while !*stopped.borrow() {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            Event::Attempt { number }.say();
            let (what, key, result) = self.change(number).await?;
            let pause = match result {
                Ok(()) => {
                    Event::Done { number, writer: self.id, what, key }.say();
                    Duration::from_millis(self.random.random_range(PAUSE))
                }
                Err(CommandError::Store(error)) => {
                    // Whether the change was made is not known.
                    eprintln!("{error}");
                    RECOVERY
                }
                Err(_) => {
                    Event::Refused { number, what, key }.say();
                    Duration::from_millis(self.random.random_range(PAUSE))
                }
            };
            let _ = tokio::time::timeout(pause, stopped.wait_for(|stopped| *stopped)).await;
        }
        Ok(())
    }

    /// A change of any kind: what it does, to which key, and what became of it.
    async fn change(&mut self, number: u64) -> Result<(What, String, Result<(), CommandError>)> {
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
                    return self.fan_out().await;
                };
                (What::Other, id.to_string(), self.rename(id, number, now).await)
            }
            73..79 => return self.fan_out().await,
            79..85 => self.create(number, now).await,
            85..92 => {
                let Some(enkeltplass) = self.subjects.enkeltplasser.choose(&mut self.random) else {
                    return self.fan_out().await;
                };
                let details = EnkeltplassDetails {
                    antall_plasser: i32::try_from(number).ok(),
                    ..EnkeltplassDetails::of(enkeltplass)
                };
                let done = self.producer.execute(EditEnkeltplass { id: enkeltplass.id, details }, now).await;
                (What::Edit, enkeltplass.id.to_string(), done.map(drop))
            }
            92..95 => {
                let forbidden = self.random.random_bool(0.3);
                let groups: Vec<GjennomforingId> = self.subjects.grupper.iter().map(|(id, _)| *id).collect();
                let from = if forbidden { &groups } else { &self.subjects.from_arena };
                let Some(id) = from.choose(&mut self.random).copied() else { return self.fan_out().await };
                let what = if forbidden { What::Forbidden } else { What::Removal };
                let done = self.producer.execute(RemoveGjennomforing { id }, now).await;
                (what, id.to_string(), done.map(drop))
            }
            _ => {
                let ids: Vec<GjennomforingId> =
                    self.subjects.grupper.sample(&mut self.random, 4).map(|(id, _)| *id).collect();
                let done = self.producer.relast_gjennomforinger(&Relast::Ids(ids), |_| {}).await;
                (What::Other, "relast".to_owned(), done.map(drop))
            }
        })
    }

    /// An edit of a gjennomføring; one in which something is wrong is refused.
    async fn edit(
        &mut self,
        number: u64,
        now: Moment,
        wrong: Option<Wrong>,
    ) -> (What, String, Result<(), CommandError>) {
        let all = &self.subjects.grupper;
        let among = if self.random.random_bool(0.5) { &all[..HOT.min(all.len())] } else { &all[..] };
        let Some((id, details)) = among.choose(&mut self.random) else {
            return (What::Other, "nothing".to_owned(), Ok(()));
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
        (
            What::Edit,
            id.to_string(),
            self.producer
                .execute_if(&precondition, EditGjennomforing { id: *id, details }, now)
                .await
                .map(drop),
        )
    }

    async fn rename(&self, id: AvtaleId, number: u64, now: Moment) -> Result<(), CommandError> {
        let before = self.producer.store().begin().await?.avtale(id).await?;
        let Some(before) = before else { return Ok(()) };
        let details = AvtaleDetails { navn: format!("Avtale {number}"), ..AvtaleDetails::of(&before) };
        self.producer.execute(EditAvtale { id, details }, now).await.map(drop)
    }

    async fn fan_out(&self) -> Result<(What, String, Result<(), CommandError>)> {
        let done = run_due_fanouts(&self.producer, later()?).await;
        Ok((What::Other, "fan-out".to_owned(), done.map(drop)))
    }

    async fn create(&mut self, number: u64, now: Moment) -> (What, String, Result<(), CommandError>) {
        let Some(like) = self.subjects.enkeltplasser.choose(&mut self.random) else {
            return (What::Other, "nothing".to_owned(), Ok(()));
        };
        let id =
            GjennomforingId::new(Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("fault:{number}").as_bytes()));
        let new = CreateEnkeltplass {
            id,
            tiltakstype: like.tiltakstype,
            arrangor: like.arrangor.clone(),
            details: EnkeltplassDetails::of(like),
        };
        (What::Edit, id.to_string(), self.producer.execute(new, now).await.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_change_is_read_from_each_topic() {
        let at = |pointer: &str, text: &str| {
            let value = match pointer {
                "gjennomforing" => serde_json::json!({ "gjennomforing": { "oppdatertTidspunkt": text } }),
                name => serde_json::json!({ name: text }),
            };
            number(&value.to_string())
        };
        assert_eq!(at("oppdatertTidspunkt", "2026-03-16T08:00:01.000007Z"), Some(1_000_007));
        assert_eq!(at("gjennomforing", "2026-03-16T09:00:00.000007"), Some(7));
        assert_eq!(at("endretTidspunkt", "2026-03-16T09:00:00.000007"), Some(7));
        assert_eq!(at("endretTidspunkt", "2026-03-16T08:59"), None, "before the run");
    }

    #[test]
    fn what_a_writer_says_is_read_and_a_piece_of_it_is_not() {
        let line = "done 7 3 edit 59a64a02-efdd-471d-9529-356ff5553a5d";
        assert!(matches!(
            Event::read(line),
            Some(Event::Done { number: 7, writer: 3, what: What::Edit, .. })
        ));
        assert_eq!(Event::read("done 7 3"), None);
        assert_eq!(Event::read("attempt"), None);
    }
}
