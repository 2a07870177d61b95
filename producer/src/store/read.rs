//! Reads without locks, for callers that show an entity and do not change it.
//!
//! A read returns what is committed, whoever changes the entity meanwhile. Each is one statement, and so sees one
//! state of the database without a transaction around it.

use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, Pool};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId, Organisasjonsnummer, TiltakstypeId};

use super::document::required;
use super::{Store, StoreError, selection, sqlite};
use crate::domain::{Arrangor, Avtale, GjennomforingAggregate, Tiltakstype};

/// Connections that read an SQLite file, beside the one that writes it.
const SQLITE_READERS: u32 = 4;
/// How long a read waits for a connection to an SQLite file.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads that take no locks and wait for none.
///
/// # Example: what a reader sees while another writes
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// use tiltak_producer::Store;
/// use tiltak_producer::domain::Arrangor;
///
/// let store = Store::open(&folder.path().join("tiltak.db")).await?;
/// let arrangor = Arrangor { organisasjonsnummer: "974760673".parse()?, navn: "Arrangør AS".to_owned() };
/// let mut tx = store.begin().await?;
/// tx.save_arrangor(&arrangor).await?;
/// assert_eq!(store.reader().arrangor(&arrangor.organisasjonsnummer).await?, None);
/// tx.commit().await?;
/// assert_eq!(store.reader().arrangor(&arrangor.organisasjonsnummer).await?, Some(arrangor));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reader(Pool<Any>);

impl Store {
    /// A reader that takes no locks and waits for none.
    pub fn reader(&self) -> Reader {
        Reader(self.readers.clone())
    }
}

impl Reader {
    /// The tiltakstype with an id.
    ///
    /// # Errors
    /// Those of [`StoreError`] that a statement can have.
    pub async fn tiltakstype(&self, id: TiltakstypeId) -> Result<Option<Tiltakstype>, StoreError> {
        tiltakstype(&mut *self.0.acquire().await?, &id.to_string()).await
    }

    /// The arrangør with an organisasjonsnummer.
    ///
    /// # Errors
    /// Those of [`StoreError`] that a statement can have.
    pub async fn arrangor(&self, id: &Organisasjonsnummer) -> Result<Option<Arrangor>, StoreError> {
        arrangor(&mut *self.0.acquire().await?, id.as_str()).await
    }

    /// The avtale with an id.
    ///
    /// # Errors
    /// Those of [`StoreError`] that a statement can have.
    pub async fn avtale(&self, id: AvtaleId) -> Result<Option<Avtale>, StoreError> {
        avtale(&mut *self.0.acquire().await?, &id.to_string()).await
    }

    /// The gjennomføring with an id, with what belongs to it.
    ///
    /// # Errors
    /// Those of [`StoreError`] that a statement can have.
    pub async fn gjennomforing(
        &self,
        id: GjennomforingId,
    ) -> Result<Option<GjennomforingAggregate>, StoreError> {
        selection::one(&mut *self.0.acquire().await?, &id.to_string()).await
    }
}

/// Connections to an SQLite file that only read. In WAL mode they neither wait for the one that writes nor hold it up.
pub(super) fn sqlite_readers(path: &Path) -> Result<Pool<Any>, StoreError> {
    AnyPoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::query("PRAGMA query_only = ON").execute(connection).await.map(drop) })
        })
        .connect_lazy(&sqlite::url(path)?)
        .map_err(|error| StoreError::at(&path.display(), error))
}

pub(super) async fn tiltakstype(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<Tiltakstype>, StoreError> {
    by_id(connection, "SELECT document FROM tiltakstype WHERE id = $1", id, "tiltakstype").await
}

pub(super) async fn arrangor(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<Arrangor>, StoreError> {
    by_id(connection, "SELECT document FROM arrangor WHERE organisasjonsnummer = $1", id, "arrangør").await
}

pub(super) async fn avtale(connection: &mut AnyConnection, id: &str) -> Result<Option<Avtale>, StoreError> {
    by_id(connection, "SELECT document FROM avtale WHERE id = $1", id, "avtale").await
}

async fn by_id<T: DeserializeOwned>(
    connection: &mut AnyConnection,
    query: &'static str,
    id: &str,
    entity: &'static str,
) -> Result<Option<T>, StoreError> {
    let row = sqlx::query(query).bind(id).fetch_optional(connection).await?;
    row.map(|row| required(&row, 0, entity)).transpose()
}
