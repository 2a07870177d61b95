//! Seeding a database: the real tiltakstyper, and invented avtaler and gjennomføringer that are the same each time.

mod avtaler;
mod gjennomforinger;
mod tiltakstyper;

use std::path::PathBuf;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tiltak_schema::scalar::Scalar;
use uuid::Uuid;

use crate::domain::{Kind, Moment, Tiltakstype};
use crate::store::{Selection, Store, StoreError};

/// Gjennomføringer to an avtale, about.
const PER_AVTALE: usize = 8;
const BATCH: usize = 500;

/// The options of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Number of gjennomføringer.
    pub scale: usize,
    /// The same number and the same day give the same data.
    pub seed: u64,
    /// A JSON file with tiltakstyper, in place of those that are compiled in.
    pub tiltakstyper: Option<PathBuf>,
}

impl Default for Options {
    /// Some hundred gjennomføringer.
    fn default() -> Self {
        Self { scale: 400, seed: 1, tiltakstyper: None }
    }
}

/// Why a database cannot be seeded. The step that failed wrote nothing.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file with tiltakstyper cannot be read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// The file with tiltakstyper is malformed.
    #[error("{file}:{line}:{column}: {message}")]
    Malformed {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was expected and what was found.
        message: String,
    },
    /// The file has no tiltakstype that a gjennomføring could be of.
    #[error("{file}: no tiltakstype {needed}")]
    TooFew {
        /// The file.
        file: String,
        /// The tiltakstype that is needed.
        needed: &'static str,
    },
    /// There are gjennomføringer in the database already.
    #[error("the database holds gjennomføringer already; seed an empty one")]
    NotEmpty,
    /// The database has failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fills an empty database. `progress` gets the number of gjennomføringer so far.
///
/// Nothing is put in the outbox: a relast publishes what was loaded.
///
/// # Errors
/// A malformed file, a database that is not empty; those of [`StoreError`].
pub async fn load(
    store: &Store,
    options: &Options,
    now: Moment,
    mut progress: impl FnMut(usize),
) -> Result<(), SeedError> {
    let tiltakstyper = tiltakstyper::read(options.tiltakstyper.as_deref(), now)?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let avtaler = avtaler::invent(&mut rng, &tiltakstyper.avtaler, options.scale.div_ceil(PER_AVTALE), now);
    let mut inventor = gjennomforinger::Inventor::new(&mut rng, &tiltakstyper, &avtaler, now);

    let mut tx = store.begin().await?;
    if !tx.gjennomforinger(Selection::All, None, 1).await?.is_empty() {
        return Err(SeedError::NotEmpty);
    }
    for tiltakstype in &tiltakstyper.all {
        tx.save_tiltakstype(tiltakstype).await?;
    }
    for arrangor in avtaler::arrangorer() {
        tx.save_arrangor(&arrangor).await?;
    }
    for avtale in &avtaler {
        tx.save_avtale(avtale).await?;
    }
    for done in 1..=options.scale {
        let (mut gjennomforing, kategorisering) = inventor.next();
        if gjennomforing.kind == Kind::Avtale {
            gjennomforing.lopenummer = Some(tx.next_lopenummer(now.today()).await?);
        }
        tx.save_gjennomforing(&gjennomforing).await?;
        if let Some(kategorisering) = kategorisering {
            tx.save_kategorisering(gjennomforing.id, &kategorisering).await?;
        }
        if done % BATCH == 0 {
            progress(done);
        }
    }
    tx.commit().await?;
    progress(options.scale);
    Ok(())
}

/// The tiltakstyper, and which of them can have what.
struct Tiltakstyper {
    all: Vec<Tiltakstype>,
    avtaler: Vec<Tiltakstype>,
    enkeltplasser: Vec<Tiltakstype>,
}

/// The tiltakstyper that are compiled in.
#[cfg(test)]
pub(crate) fn real_tiltakstyper(now: Moment) -> Vec<Tiltakstype> {
    tiltakstyper::read(None, now).unwrap().all
}

/// An id that is the same each time.
fn id(kind: &str, number: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("tiltak-seed:{kind}:{number}").as_bytes())
}

/// A scalar that is spelt here.
#[allow(clippy::expect_used, reason = "a slip in this folder, which its tests would meet")]
fn scalar<T: Scalar>(text: &str) -> T {
    text.parse().expect("spelt as on the wire")
}

#[cfg(test)]
mod tests;
