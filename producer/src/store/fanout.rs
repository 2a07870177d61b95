//! The notes of fan-outs that are due.

use jiff::Timestamp;
use sqlx::Row;
use tiltak_schema::scalar::{AvtaleId, Instant};

use super::{StoreError, Transaction};

impl Transaction {
    /// Notes that the gjennomføringer under an avtale have to be published again. If a note exists, the earlier time
    /// counts.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn schedule_fanout(&mut self, avtale: AvtaleId, due: Instant) -> Result<(), StoreError> {
        // Also where it changes nothing: an update locks the note, so that a fan-out that is under way does not remove the
        // note of a change that it has not seen.
        sqlx::query(
            "INSERT INTO pending_fanout (avtale_id, due) VALUES ($1, $2) \
             ON CONFLICT (avtale_id) DO UPDATE SET due = \
             CASE WHEN excluded.due < pending_fanout.due THEN excluded.due ELSE pending_fanout.due END",
        )
        .bind(avtale.to_string())
        .bind(due.timestamp().as_microsecond())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes fan-outs due at `now` that are due after `latest`. Returns them with their former times.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn recall_fanouts(
        &mut self,
        latest: Instant,
        now: Instant,
    ) -> Result<Vec<(AvtaleId, Timestamp)>, StoreError> {
        let rows =
            sqlx::query("SELECT avtale_id, due FROM pending_fanout WHERE due > $1 ORDER BY due, avtale_id")
                .bind(latest.timestamp().as_microsecond())
                .fetch_all(self.connection())
                .await?;
        let mut recalled = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, due): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
            sqlx::query("UPDATE pending_fanout SET due = $2 WHERE avtale_id = $1 AND due = $3")
                .bind(id)
                .bind(now.timestamp().as_microsecond())
                .bind(due)
                .execute(self.connection())
                .await?;
            recalled.push((avtale_id(id)?, Timestamp::from_microsecond(due).unwrap_or(Timestamp::MAX)));
        }
        Ok(recalled)
    }

    /// The avtaler whose fan-out is due at a time, the first due first.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn due_fanouts(&mut self, now: Instant) -> Result<Vec<AvtaleId>, StoreError> {
        let rows =
            sqlx::query("SELECT avtale_id FROM pending_fanout WHERE due <= $1 ORDER BY due, avtale_id")
                .bind(now.timestamp().as_microsecond())
                .fetch_all(self.connection())
                .await?;
        rows.iter().map(|row| avtale_id(row.try_get(0)?)).collect()
    }

    /// Number of avtaler with a fan-out, due or not.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn pending_fanouts(&mut self) -> Result<usize, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM pending_fanout").fetch_one(self.connection()).await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Removes the note of a fan-out if it is due. Returns whether there was one: another process may have done the
    /// fan-out meanwhile.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn take_fanout(&mut self, avtale: AvtaleId, now: Instant) -> Result<bool, StoreError> {
        let taken = sqlx::query("DELETE FROM pending_fanout WHERE avtale_id = $1 AND due <= $2")
            .bind(avtale.to_string())
            .bind(now.timestamp().as_microsecond())
            .execute(self.connection())
            .await?;
        Ok(taken.rows_affected() == 1)
    }
}

fn avtale_id(text: &str) -> Result<AvtaleId, StoreError> {
    text.parse().map_err(|cause| sqlx::Error::Decode(Box::new(cause)).into())
}
