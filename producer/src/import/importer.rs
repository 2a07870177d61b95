//! The import of entities, in batches.

use std::fmt;

use tiltak_schema::decode::Diagnosis;

use super::{Entity, LONGEST_LINE, Line, parse};
use crate::commands::{BATCH, CommandService, due};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{
    Arrangor, Avtale, Gjennomforing, GjennomforingAggregate, Kategorisering, Moment, Tiltakstype, Version,
};
use crate::publish::{self, PublishError};
use crate::store::{Selection, StoreError, Transaction, retrying};

/// The options of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether an entity replaces another stored state of it. Defaults to false: then such a line is refused.
    pub update: bool,
    /// Whether the records of imported entities are appended to the outbox. Defaults to true. An entity that could
    /// not be published is refused in any case.
    pub publish: bool,
    /// Whether the whole import is rolled back at the end. Defaults to false.
    pub dry_run: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { update: false, publish: true, dry_run: false }
    }
}

/// The outcome of an import of one entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The entity was new, and is stored.
    Imported,
    /// The entity replaced another state.
    Updated,
    /// The same state was stored already.
    Skipped,
}

/// Why a line was refused. The other lines of its batch are imported.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The line holds no valid entity.
    #[error("{}: expected {}, found {}", whole(&.0.pointer), .0.expected, .0.found)]
    Line(Diagnosis),
    /// The entity refers to one that is not stored.
    #[error("{pointer}: there is no {entity} {id}; it has to stand before this line or in the database")]
    Reference {
        /// The JSON pointer of the reference.
        pointer: &'static str,
        /// The kind of the missing entity.
        entity: &'static str,
        /// The id of the missing entity.
        id: String,
    },
    /// Another state of the entity is stored.
    #[error("{pointer}: expected what is stored, found another state of it; --update puts it in its place")]
    Exists {
        /// The JSON pointer of the entity.
        pointer: &'static str,
    },
    /// The entity breaks a rule of the domain.
    #[error("{pointer}: {rule}")]
    Rule {
        /// The JSON pointer of the entity.
        pointer: &'static str,
        /// The broken rule.
        rule: BrokenRule,
    },
    /// The entity cannot be published.
    #[error("{pointer}: {cause}")]
    Publish {
        /// The JSON pointer of the entity.
        pointer: &'static str,
        /// Why it cannot be published.
        cause: PublishError,
    },
}

impl Refusal {
    /// The reason in a word, for counting: `line`, `reference`, `exists`, `publish`, or the name of a rule.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Line(_) => "line",
            Self::Reference { .. } => "reference",
            Self::Exists { .. } => "exists",
            Self::Rule { rule, .. } => rule.name(),
            Self::Publish { .. } => "publish",
        }
    }

    fn missing(pointer: &'static str, entity: &'static str, id: impl fmt::Display) -> Self {
        Self::Reference { pointer, entity, id: id.to_string() }
    }
}

fn whole(pointer: &str) -> &str {
    if pointer.is_empty() { "the line" } else { pointer }
}

/// Imports entities, batch by batch.
#[derive(Debug)]
pub struct Importer {
    service: CommandService,
    options: Options,
    now: Moment,
    /// The transaction of a dry run: it holds everything so far, and is never committed.
    undone: Option<Transaction>,
}

/// Inside: a refusal is one outcome among others, an error ends the batch.
type Outcome = Result<ImportOutcome, Refusal>;

/// Ends the work on an entity.
enum Stop {
    Refused(Refusal),
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Importer {
    /// An importer with these options, at this time.
    pub fn new(service: CommandService, options: Options, now: Moment) -> Self {
        Self { service, options, now, undone: None }
    }

    /// Imports a batch of lines in one transaction, and returns the outcome of each. A refused line does not affect
    /// the others.
    ///
    /// # Errors
    /// Those of [`StoreError`]. Then nothing of the batch was written.
    pub async fn import(&mut self, lines: &[Line]) -> Result<Vec<Outcome>, StoreError> {
        let entities: Vec<Result<Entity, Diagnosis>> = lines.iter().map(read).collect();
        if self.options.dry_run {
            let mut tx = match self.undone.take() {
                Some(tx) => tx,
                None => self.service.store().begin().await?,
            };
            let outcomes = self.all(&mut tx, &entities).await?;
            self.undone = Some(tx);
            return Ok(outcomes);
        }
        let this = &*self;
        retrying(|| async {
            let mut tx = this.service.store().begin().await?;
            let outcomes = this.all(&mut tx, &entities).await?;
            tx.commit().await?;
            Ok(outcomes)
        })
        .await
    }

    async fn all(
        &self,
        tx: &mut Transaction,
        entities: &[Result<Entity, Diagnosis>],
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(entities.len());
        for entity in entities {
            outcomes.push(match entity {
                Err(diagnosis) => Err(Refusal::Line(diagnosis.clone())),
                Ok(entity) => match self.one(tx, entity).await {
                    Ok(taken) => Ok(taken),
                    Err(Stop::Refused(refusal)) => Err(refusal),
                    Err(Stop::Failed(error)) => return Err(error),
                },
            });
        }
        Ok(outcomes)
    }

    async fn one(&self, tx: &mut Transaction, entity: &Entity) -> Result<ImportOutcome, Stop> {
        match entity {
            Entity::Tiltakstype(it) => self.tiltakstype(tx, it).await,
            Entity::Arrangor(it) => self.arrangor(tx, it).await,
            Entity::Avtale(it) => self.avtale(tx, it).await,
            Entity::Gjennomforing(it, kategorisering) => {
                self.gjennomforing(tx, it, kategorisering.as_deref()).await
            }
        }
    }

    /// Whether what is stored may be replaced, which is all the same when nothing is.
    fn replacing(&self, is_stored: bool, pointer: &'static str) -> Result<ImportOutcome, Refusal> {
        match (is_stored, self.options.update) {
            (false, _) => Ok(ImportOutcome::Imported),
            (true, true) => Ok(ImportOutcome::Updated),
            (true, false) => Err(Refusal::Exists { pointer }),
        }
    }

    async fn tiltakstype(&self, tx: &mut Transaction, given: &Tiltakstype) -> Result<ImportOutcome, Stop> {
        const POINTER: &str = "/tiltakstype";
        let before = tx.tiltakstype(given.id).await?;
        let mut after = given.clone();
        after.version = stored_version(before.as_ref().map(|before| before.version));
        if before.as_ref() == Some(&after) {
            return Ok(ImportOutcome::Skipped);
        }
        let taken = self.replacing(before.is_some(), POINTER)?;
        after.version = next_version(before.as_ref().map(|before| before.version));
        let same_code = tx.tiltakstype_of(after.tiltakskode).await?;
        rules::check_tiltakstype(&after, before.as_ref(), same_code.as_ref()).map_err(broken(POINTER))?;
        let record = self.service.tiltakstype_record(&after).map_err(unpublishable(POINTER))?;
        tx.save_tiltakstype(&after).await?;
        if self.options.publish {
            tx.enqueue(record);
        }
        Ok(taken)
    }

    async fn arrangor(&self, tx: &mut Transaction, after: &Arrangor) -> Result<ImportOutcome, Stop> {
        let before = tx.arrangor(&after.organisasjonsnummer).await?;
        if before.as_ref() == Some(after) {
            return Ok(ImportOutcome::Skipped);
        }
        let taken = self.replacing(before.is_some(), "/arrangor")?;
        tx.save_arrangor(after).await?;
        Ok(taken)
    }

    async fn avtale(&self, tx: &mut Transaction, given: &Avtale) -> Result<ImportOutcome, Stop> {
        const POINTER: &str = "/avtale";
        let before = tx.avtale(given.id).await?;
        let mut after = given.clone();
        after.version = stored_version(before.as_ref().map(|before| before.version));
        if before.as_ref() == Some(&after) {
            return Ok(ImportOutcome::Skipped);
        }
        let taken = self.replacing(before.is_some(), POINTER)?;
        after.version = next_version(before.as_ref().map(|before| before.version));
        let Some(tiltakstype) = tx.tiltakstype(after.tiltakstype).await? else {
            return Err(Refusal::missing("/avtale/tiltakstype", "tiltakstype", after.tiltakstype).into());
        };
        if let Some(arrangor) = &after.arrangor
            && tx.arrangor(arrangor).await?.is_none()
        {
            return Err(Refusal::missing("/avtale/arrangor", "arrangør", arrangor).into());
        }
        rules::check_new_avtale(&after, &tiltakstype).map_err(broken(POINTER))?;
        publish::check_avtale(&after).map_err(unpublishable(POINTER))?;
        let Some(before) = before else {
            tx.save_avtale(&after).await?;
            return Ok(taken);
        };
        rules::check_replaced_avtale(&before, &after).map_err(broken(POINTER))?;
        self.check_under(tx, &after).await?;
        tx.save_avtale(&after).await?;
        if self.options.publish {
            tx.schedule_fanout(after.id, due(self.now)).await?;
        }
        Ok(taken)
    }

    /// What stands under an avtale could be published with another state of it, and is under it by the rules.
    async fn check_under(&self, tx: &mut Transaction, avtale: &Avtale) -> Result<(), Stop> {
        const POINTER: &str = "/avtale";
        let mut last = None;
        loop {
            let page = tx.gjennomforinger(Selection::Avtale(avtale.id), last, BATCH).await?;
            let Some(end) = page.last() else { return Ok(()) };
            last = Some(end.gjennomforing.id);
            for mut aggregate in page {
                aggregate.avtale = Some(avtale.clone());
                self.service.records(&aggregate).map_err(unpublishable(POINTER))?;
            }
        }
    }

    async fn gjennomforing(
        &self,
        tx: &mut Transaction,
        given: &Gjennomforing,
        kategorisering: Option<&Kategorisering>,
    ) -> Result<ImportOutcome, Stop> {
        const POINTER: &str = "/gjennomforing";
        // Before the gjennomføring, as everybody locks them.
        let avtale = match given.avtale {
            None => None,
            Some(id) => match tx.avtale(id).await? {
                None => return Err(Refusal::missing("/gjennomforing/avtale", "avtale", id).into()),
                avtale => avtale,
            },
        };
        let before = tx.gjennomforing(given.id).await?;
        let version = before.as_ref().map(|before| before.gjennomforing.version);
        let mut after = given.clone();
        after.version = stored_version(version);
        if let Some(before) = &before
            && before.gjennomforing == after
            && before.kategorisering.as_ref() == kategorisering
        {
            return Ok(ImportOutcome::Skipped);
        }
        let taken = self.replacing(before.is_some(), POINTER)?;
        after.version = next_version(version);
        let Some(tiltakstype) = tx.tiltakstype(after.tiltakstype).await? else {
            return Err(
                Refusal::missing("/gjennomforing/tiltakstype", "tiltakstype", after.tiltakstype).into()
            );
        };
        if tx.arrangor(&after.arrangor).await?.is_none() {
            return Err(Refusal::missing("/gjennomforing/arrangor", "arrangør", &after.arrangor).into());
        }
        if let Some(before) = &before {
            rules::check_replaced_gjennomforing(&before.gjennomforing, &after).map_err(broken(POINTER))?;
        }
        rules::check_state(&after, avtale.as_ref(), &tiltakstype, self.now.today())
            .map_err(broken(POINTER))?;
        if let Some(kategorisering) = kategorisering {
            rules::check_kategorisering(kategorisering, tiltakstype.tiltakskode)
                .map_err(broken("/kategorisering"))?;
        }
        let aggregate = GjennomforingAggregate {
            gjennomforing: after,
            tiltakstype,
            avtale,
            kategorisering: kategorisering.cloned(),
        };
        let records = self.service.records(&aggregate).map_err(unpublishable(POINTER))?;
        let after = &aggregate.gjennomforing;
        tx.save_gjennomforing(after).await?;
        match kategorisering {
            Some(kategorisering) => tx.save_kategorisering(after.id, kategorisering).await?,
            None => tx.remove_kategorisering(after.id).await?,
        }
        if let Some(lopenummer) = &after.lopenummer {
            tx.take_lopenummer(lopenummer).await?;
        }
        if self.options.publish {
            tx.enqueue(records);
        }
        Ok(taken)
    }
}

fn read(line: &Line) -> Result<Entity, Diagnosis> {
    match &line.text {
        Ok(text) => parse(text),
        Err(long) => Err(Diagnosis {
            pointer: String::new(),
            expected: format!("at most {LONGEST_LINE} bytes"),
            found: format!("{} bytes", long.bytes),
        }),
    }
}

/// The version that is compared: the one that is stored.
fn stored_version(stored: Option<Version>) -> Version {
    stored.unwrap_or(Version::FIRST)
}

fn next_version(stored: Option<Version>) -> Version {
    stored.map_or(Version::FIRST, Version::next)
}

fn broken(pointer: &'static str) -> impl Fn(BrokenRule) -> Refusal {
    move |rule| Refusal::Rule { pointer, rule }
}

fn unpublishable(pointer: &'static str) -> impl Fn(PublishError) -> Refusal {
    move |cause| Refusal::Publish { pointer, cause }
}
