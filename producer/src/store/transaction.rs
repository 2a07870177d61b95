//! Loading and saving entities in a transaction.
//!
//! What is loaded stays locked until the end of the transaction: see `lock`.

use std::fmt::Display;
use std::sync::Arc;

use kafka_outbox::Outbox;
use sqlx::any::AnyQueryResult;
use sqlx::{Any, AnyConnection};
use tiltak_schema::scalar::{
    AvtaleId, GjennomforingId, LocalDate, Organisasjonsnummer, Tiltaksnummer, TiltakstypeId,
};
use tiltak_schema::view::WireEnum;

use super::dialect::Dialect;
use super::document::{document, required};
use super::lock::Entity;
use super::{StoreError, read};
use crate::domain::kodeverk::Tiltakskode;
use crate::domain::{Arrangor, Avtale, Gjennomforing, Kategorisering, Tiltakstype, Version};
use crate::publish::OutgoingRecord;

/// A transaction that writes.
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Any>,
    outbox: Outbox,
    /// What it adds to the outbox.
    pub(super) records: Vec<OutgoingRecord>,
    dialect: Dialect,
    pub(super) traceparent: Option<Arc<str>>,
}

impl Transaction {
    pub(super) fn new(
        inner: sqlx::Transaction<'static, Any>,
        outbox: Outbox,
        dialect: Dialect,
        traceparent: Option<Arc<str>>,
    ) -> Self {
        Self { inner, outbox, dialect, records: Vec::new(), traceparent }
    }

    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    /// Commits the transaction, with the records that were added to it.
    ///
    /// # Errors
    /// Those of [`StoreError`]. Then nothing was written, unless the connection was lost: then it is not known.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let has_records = !self.records.is_empty();
        self.append_change().await?;
        if self.dialect == Dialect::Postgres {
            // PostgreSQL undoes a transaction of which a statement failed, and calls its COMMIT a success.
            sqlx::query("SELECT 1").execute(self.connection()).await?;
        }
        self.inner.commit().await?;
        if has_records {
            self.outbox.wake();
        }
        Ok(())
    }

    /// All tiltakstyper, by tiltakskode.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn tiltakstyper(&mut self) -> Result<Vec<Tiltakstype>, StoreError> {
        self.lock_tiltakstyper().await?;
        let rows = sqlx::query("SELECT document FROM tiltakstype ORDER BY tiltakskode")
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| required(row, 0, "tiltakstype")).collect()
    }

    /// A tiltakstype.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn tiltakstype(&mut self, id: TiltakstypeId) -> Result<Option<Tiltakstype>, StoreError> {
        let id = id.to_string();
        self.lock(Entity::Tiltakstype, &id).await?;
        read::tiltakstype(self.connection(), &id).await
    }

    /// The tiltakstype that has a tiltakskode.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn tiltakstype_of(&mut self, kode: Tiltakskode) -> Result<Option<Tiltakstype>, StoreError> {
        let id: Option<String> = sqlx::query_scalar("SELECT id FROM tiltakstype WHERE tiltakskode = $1")
            .bind(kode.as_str())
            .fetch_optional(self.connection())
            .await?;
        let Some(id) = id else { return Ok(None) };
        self.lock(Entity::Tiltakstype, &id).await?;
        read::tiltakstype(self.connection(), &id).await
    }

    /// An arrangør.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn arrangor(&mut self, id: &Organisasjonsnummer) -> Result<Option<Arrangor>, StoreError> {
        read::arrangor(self.connection(), id.as_str()).await
    }

    /// Loads an arrangør that is about to be changed. No other transaction can change or create it until this one
    /// ends.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn arrangor_for_update(
        &mut self,
        id: &Organisasjonsnummer,
    ) -> Result<Option<Arrangor>, StoreError> {
        self.lock(Entity::Arrangor, id.as_str()).await?;
        self.arrangor(id).await
    }

    /// At most `limit` avtaler, in the order of their ids, after the given id.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn avtaler(&mut self, after: Option<AvtaleId>, limit: u32) -> Result<Vec<Avtale>, StoreError> {
        let rows = sqlx::query("SELECT document FROM avtale WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after.map_or_else(String::new, |id| id.to_string()))
            .bind(i64::from(limit))
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| required(row, 0, "avtale")).collect()
    }

    /// An avtale.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn avtale(&mut self, id: AvtaleId) -> Result<Option<Avtale>, StoreError> {
        let id = id.to_string();
        self.lock(Entity::Avtale, &id).await?;
        read::avtale(self.connection(), &id).await
    }

    /// The next running number for a gjennomføring that is created on this day.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn next_lopenummer(&mut self, today: LocalDate) -> Result<Tiltaksnummer, StoreError> {
        let year = today.date().year();
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO lopenummer (aar, last) VALUES ($1, 10001) \
             ON CONFLICT (aar) DO UPDATE SET last = lopenummer.last + 1 RETURNING last",
        )
        .bind(i64::from(year))
        .fetch_one(self.connection())
        .await?;
        let lopenummer = format!("{year:04}/{number}");
        lopenummer.parse().map_err(|_| StoreError::Lopenummer(lopenummer))
    }

    /// Reserves a number that is taken, so that no new gjennomføring gets it. Numbers in Arena's form (`2021#123`)
    /// and those of more than nine digits are never given out.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn take_lopenummer(&mut self, lopenummer: &Tiltaksnummer) -> Result<(), StoreError> {
        let text = lopenummer.to_string();
        let Some((year, number)) = text.split_once('/') else { return Ok(()) };
        let (Ok(year), Ok(number)) = (year.parse::<i64>(), number.parse::<i64>()) else { return Ok(()) };
        if number >= 1_000_000_000 {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO lopenummer (aar, last) VALUES ($1, $2) ON CONFLICT (aar) DO UPDATE SET last = \
             CASE WHEN lopenummer.last < excluded.last THEN excluded.last ELSE lopenummer.last END",
        )
        .bind(year)
        .bind(number.max(10_000))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Saves a tiltakstype: a new one, or the version after the stored one.
    ///
    /// # Errors
    /// [`StoreError::Concurrent`] if another version is stored; those of [`StoreError`].
    pub async fn save_tiltakstype(&mut self, tiltakstype: &Tiltakstype) -> Result<(), StoreError> {
        const INSERT: &str = "INSERT INTO tiltakstype (id, tiltakskode, document, version) \
            VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
        const UPDATE: &str = "UPDATE tiltakstype SET tiltakskode = $2, document = $3, version = $4 \
            WHERE id = $1 AND version + 1 = $4";
        let saved = sqlx::query(if is_new(tiltakstype.version) { INSERT } else { UPDATE })
            .bind(tiltakstype.id.to_string())
            .bind(tiltakstype.tiltakskode.as_str())
            .bind(document(tiltakstype, "tiltakstype")?)
            .bind(tiltakstype.version.number())
            .execute(self.connection())
            .await?;
        one_row(&saved, "tiltakstype", tiltakstype.id)
    }

    /// Saves an arrangør.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn save_arrangor(&mut self, arrangor: &Arrangor) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO arrangor (organisasjonsnummer, document) VALUES ($1, $2) \
             ON CONFLICT (organisasjonsnummer) DO UPDATE SET document = excluded.document",
        )
        .bind(arrangor.organisasjonsnummer.to_string())
        .bind(document(arrangor, "arrangør")?)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Saves an avtale: a new one, or the version after the stored one.
    ///
    /// # Errors
    /// [`StoreError::Concurrent`] if another version is stored; those of [`StoreError`].
    pub async fn save_avtale(&mut self, avtale: &Avtale) -> Result<(), StoreError> {
        const INSERT: &str = "INSERT INTO avtale (id, tiltakstype_id, arrangor, document, version) \
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
        const UPDATE: &str = "UPDATE avtale SET tiltakstype_id = $2, arrangor = $3, document = $4, version = $5 \
            WHERE id = $1 AND version + 1 = $5";
        let saved = sqlx::query(if is_new(avtale.version) { INSERT } else { UPDATE })
            .bind(avtale.id.to_string())
            .bind(avtale.tiltakstype.to_string())
            .bind(avtale.arrangor.as_ref().map(ToString::to_string))
            .bind(document(avtale, "avtale")?)
            .bind(avtale.version.number())
            .execute(self.connection())
            .await?;
        one_row(&saved, "avtale", avtale.id)
    }

    /// Saves a gjennomføring: a new one, or the version after the stored one.
    ///
    /// # Errors
    /// [`StoreError::Concurrent`] if another version is stored; those of [`StoreError`].
    pub async fn save_gjennomforing(&mut self, gjennomforing: &Gjennomforing) -> Result<(), StoreError> {
        const INSERT: &str = "INSERT INTO gjennomforing \
            (id, tiltakstype_id, arrangor, avtale_id, kind, status, start_dato, slutt_dato, document, version) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING";
        const UPDATE: &str = "UPDATE gjennomforing SET tiltakstype_id = $2, arrangor = $3, avtale_id = $4, \
            kind = $5, status = $6, start_dato = $7, slutt_dato = $8, document = $9, version = $10 \
            WHERE id = $1 AND version + 1 = $10";
        let saved = sqlx::query(if is_new(gjennomforing.version) { INSERT } else { UPDATE })
            .bind(gjennomforing.id.to_string())
            .bind(gjennomforing.tiltakstype.to_string())
            .bind(gjennomforing.arrangor.to_string())
            .bind(gjennomforing.avtale.map(|id| id.to_string()))
            .bind(gjennomforing.kind.as_str())
            .bind(gjennomforing.status.as_str())
            .bind(gjennomforing.start_dato.map(|day| day.to_string()))
            .bind(gjennomforing.slutt_dato.map(|day| day.to_string()))
            .bind(document(gjennomforing, "gjennomføring")?)
            .bind(gjennomforing.version.number())
            .execute(self.connection())
            .await?;
        one_row(&saved, "gjennomføring", gjennomforing.id)
    }

    /// Saves what kind of training a gjennomføring gives.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn save_kategorisering(
        &mut self,
        id: GjennomforingId,
        kategorisering: &Kategorisering,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO opplaring_kategorisering (gjennomforing_id, document) VALUES ($1, $2) \
             ON CONFLICT (gjennomforing_id) DO UPDATE SET document = excluded.document",
        )
        .bind(id.to_string())
        .bind(document(kategorisering, "kategorisering")?)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes what kind of training a gjennomføring gives.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn remove_kategorisering(&mut self, id: GjennomforingId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM opplaring_kategorisering WHERE gjennomforing_id = $1")
            .bind(id.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Removes a gjennomføring and what belongs to it.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn remove_gjennomforing(&mut self, id: GjennomforingId) -> Result<(), StoreError> {
        self.remove_kategorisering(id).await?;
        sqlx::query("DELETE FROM gjennomforing WHERE id = $1")
            .bind(id.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn is_new(version: Version) -> bool {
    version == Version::FIRST
}

/// A change that finds another version than it was made from would undo the change that came in between.
fn one_row(saved: &AnyQueryResult, entity: &'static str, id: impl Display) -> Result<(), StoreError> {
    if saved.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Concurrent { entity, id: id.to_string() })
    }
}
