//! The last day for which each job has run.

use tiltak_schema::scalar::LocalDate;

use super::{StoreError, Transaction};

impl Transaction {
    /// The last day whose run of a job is done; `None` if it never ran.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn last_run(&mut self, job: &'static str) -> Result<Option<LocalDate>, StoreError> {
        let day: Option<String> = sqlx::query_scalar("SELECT day FROM job_run WHERE job = $1")
            .bind(job)
            .fetch_optional(self.connection())
            .await?;
        day.map(|day| day.parse().map_err(|_| StoreError::JobRun(job))).transpose()
    }

    /// Stores an earlier day in place of the stored last run.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn set_run_back(
        &mut self,
        job: &'static str,
        from: LocalDate,
        to: LocalDate,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE job_run SET day = $3 WHERE job = $1 AND day = $2")
            .bind(job)
            .bind(from.to_string())
            .bind(to.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Stores that the run of a day is done. A later stored day stays.
    ///
    /// # Errors
    /// Those of [`StoreError`].
    pub async fn run_done(&mut self, job: &'static str, day: LocalDate) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO job_run (job, day) VALUES ($1, $2) \
             ON CONFLICT (job) DO UPDATE SET day = excluded.day WHERE job_run.day < excluded.day",
        )
        .bind(job)
        .bind(day.to_string())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
