//! Loading gjennomføringer with what belongs to them.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, Row as _};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId, LocalDate};
use tiltak_schema::view::WireEnum;

use super::dialect::Dialect;
use super::document::{optional, required};
use super::lock::Entity;
use super::{StoreError, Transaction};
use crate::domain::kodeverk::{GjennomforingStatus, Tiltakskode};
use crate::domain::{GjennomforingAggregate, Kind};

/// A selection of gjennomføringer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those of a tiltakskode.
    Tiltakskode(Tiltakskode),
    /// Those under an avtale.
    Avtale(AvtaleId),
    /// Kind AVTALE and status GJENNOMFORES, with a sluttDato before this day.
    EndedBefore(LocalDate),
    /// Kind AVTALE with this startDato.
    StartsOn(LocalDate),
}

/// A query for gjennomføringer with what belongs to them.
macro_rules! joined {
    ($rest:literal) => {
        concat!(
            "SELECT g.document, t.document, a.document, k.document FROM gjennomforing g ",
            "JOIN tiltakstype t ON t.id = g.tiltakstype_id ",
            "LEFT JOIN avtale a ON a.id = g.avtale_id ",
            "LEFT JOIN opplaring_kategorisering k ON k.gjennomforing_id = g.id ",
            $rest
        )
    };
}

/// The statements of a page: `$1` is the id before it, `$2` its size.
struct Page {
    /// The statement that reads the selection.
    read: &'static str,
    /// Locks it, on PostgreSQL, in the order of the ids: `LockRows` is done after the sort, and for as long as the page
    /// is not full.
    lock: &'static str,
}

macro_rules! page {
    ($and:literal) => {
        Page {
            read: concat!(joined!("WHERE g.id > $1 "), $and, " ORDER BY g.id LIMIT $2"),
            lock: concat!(
                "SELECT g.id FROM gjennomforing g JOIN tiltakstype t ON t.id = g.tiltakstype_id ",
                "WHERE g.id > $1 ",
                $and,
                " ORDER BY g.id LIMIT $2 FOR NO KEY UPDATE OF g"
            ),
        }
    };
}

impl Selection {
    fn page(self) -> Page {
        match self {
            Self::All => page!(""),
            Self::Tiltakskode(_) => page!("AND t.tiltakskode = $3"),
            Self::Avtale(_) => page!("AND g.avtale_id = $3"),
            Self::EndedBefore(_) => page!("AND g.kind = $3 AND g.status = $4 AND g.slutt_dato < $5"),
            Self::StartsOn(_) => page!("AND g.kind = $3 AND g.start_dato = $4"),
        }
    }

    fn bind(self, query: Query<'static, Any, AnyArguments>) -> Query<'static, Any, AnyArguments> {
        match self {
            Self::All => query,
            Self::Tiltakskode(kode) => query.bind(kode.as_str()),
            Self::Avtale(id) => query.bind(id.to_string()),
            Self::EndedBefore(day) => query
                .bind(Kind::Avtale.as_str())
                .bind(GjennomforingStatus::Gjennomfores.as_str())
                .bind(day.to_string()),
            Self::StartsOn(day) => query.bind(Kind::Avtale.as_str()).bind(day.to_string()),
        }
    }
}

impl Transaction {
    /// Loads and locks a gjennomføring with what belongs to it; `None` if it is not stored.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn gjennomforing(
        &mut self,
        id: GjennomforingId,
    ) -> Result<Option<GjennomforingAggregate>, StoreError> {
        let id = id.to_string();
        self.lock(Entity::Gjennomforing, &id).await?;
        one(self.connection(), &id).await
    }

    /// Loads and locks at most `limit` gjennomføringer of a selection, in the order of their ids, after the given id.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn gjennomforinger(
        &mut self,
        selection: Selection,
        after: Option<GjennomforingId>,
        limit: u32,
    ) -> Result<Vec<GjennomforingAggregate>, StoreError> {
        let page = selection.page();
        let after = after.map_or_else(String::new, |id| id.to_string());
        let query = |statement| selection.bind(sqlx::query(statement).bind(after).bind(i64::from(limit)));
        let query = match self.dialect() {
            Dialect::Sqlite => query(page.read),
            Dialect::Postgres => {
                let rows = query(page.lock).fetch_all(self.connection()).await?;
                let ids: Vec<&str> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
                // Exactly what is locked: others may belong to the selection by now.
                sqlx::query(joined!("WHERE g.id = ANY(string_to_array($1, ',')) ORDER BY g.id"))
                    .bind(ids.join(","))
            }
        };
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(aggregate).collect()
    }
}

/// A gjennomføring as it is committed.
pub(super) async fn one(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<GjennomforingAggregate>, StoreError> {
    let row = sqlx::query(joined!("WHERE g.id = $1")).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(aggregate).transpose()
}

fn aggregate(row: &AnyRow) -> Result<GjennomforingAggregate, StoreError> {
    Ok(GjennomforingAggregate {
        gjennomforing: required(row, 0, "gjennomføring")?,
        tiltakstype: required(row, 1, "tiltakstype")?,
        avtale: optional(row, 2, "avtale")?,
        kategorisering: optional(row, 3, "kategorisering")?,
    })
}
