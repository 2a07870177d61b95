//! Locks: a transaction that changes or publishes an entity has it alone until its end.
//!
//! On SQLite, `BEGIN IMMEDIATE` has locked the database. On PostgreSQL, the row is locked *before* it is read, in a
//! statement of its own. So the statement that reads has a later snapshot, and sees what other rows, such as the
//! avtale, became while it waited. Reading and locking in one statement would join the newest row to old ones.
//!
//! So the records of a key are made one change after the other, and the ids of the changes rise in the order of the
//! commits.
//!
//! # The order of locks
//! An avtale is locked before its gjennomføringer, and gjennomføringer in the order of their ids. A new gjennomføring locks
//! its avtale, so that a change of the avtale meets either all of it or nothing. An edit of a gjennomføring does not lock the
//! avtale: a change of the avtale locks every gjennomføring under it before it publishes them, and so comes entirely before
//! or after the edit. A transaction that takes locks in another order may end in a deadlock, and is then done again: see
//! [`super::retrying`].

use super::dialect::Dialect;
use super::{StoreError, Transaction};

/// What is locked by its id.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entity {
    Tiltakstype,
    Avtale,
    Gjennomforing,
    Arrangor,
}

impl Entity {
    /// `NO KEY`: an id never changes, so rows that refer to this one may come meanwhile.
    const fn lock(self) -> &'static str {
        match self {
            Self::Tiltakstype => "SELECT id FROM tiltakstype WHERE id = $1 FOR NO KEY UPDATE",
            Self::Avtale => "SELECT id FROM avtale WHERE id = $1 FOR NO KEY UPDATE",
            Self::Gjennomforing => "SELECT id FROM gjennomforing WHERE id = $1 FOR NO KEY UPDATE",
            Self::Arrangor => {
                "SELECT organisasjonsnummer FROM arrangor WHERE organisasjonsnummer = $1 FOR NO KEY UPDATE"
            }
        }
    }
}

impl Transaction {
    /// Locks an entity, also one that is not there: then nobody else makes it meanwhile.
    pub(super) async fn lock(&mut self, entity: Entity, id: &str) -> Result<(), StoreError> {
        if self.dialect() == Dialect::Sqlite || self.lock_row(entity, id).await? {
            return Ok(());
        }
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(id)
            .execute(self.connection())
            .await?;
        // Who held the lock may have made it.
        self.lock_row(entity, id).await?;
        Ok(())
    }

    async fn lock_row(&mut self, entity: Entity, id: &str) -> Result<bool, StoreError> {
        let row = sqlx::query(entity.lock()).bind(id).fetch_optional(self.connection()).await?;
        Ok(row.is_some())
    }

    /// Locks every tiltakstype.
    pub(super) async fn lock_tiltakstyper(&mut self) -> Result<(), StoreError> {
        if self.dialect() == Dialect::Postgres {
            sqlx::query("SELECT id FROM tiltakstype ORDER BY id FOR NO KEY UPDATE")
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }
}
