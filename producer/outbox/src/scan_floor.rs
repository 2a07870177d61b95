//! The id below which the relay need not look, on PostgreSQL.
//!
//! PostgreSQL keeps deleted rows as long as some transaction may see them, and each poll passes over all of them. So
//! the relay remembers an id up to which nothing waits and nothing will come. The highest id that it has seen is not
//! enough, because a change gets its id before it is committed: every transaction that was writing to the outbox when
//! that id was noted has to have ended. Writers hold a lock on the table from before they get an id.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::error::OutboxError;
use crate::outbox::Outbox;

/// How often it is looked whether the id can be raised. Between, what is published adds to what is passed over.
const INTERVAL: Duration = Duration::from_millis(500);

/// The id up to which no change waits, nor ever will.
#[derive(Debug)]
pub(crate) struct ScanFloor {
    floor: i64,
    next: Option<Candidate>,
    looked: Option<Instant>,
    /// Whether nothing was published since the floor was last as high as it can be.
    is_settled: bool,
}

/// A candidate for the floor: the last id that was given, and the transactions that were writing then and may have a
/// lower id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    id: i64,
    writers: BTreeSet<String>,
}

impl ScanFloor {
    pub(crate) fn new() -> Self {
        Self { floor: 0, next: None, looked: None, is_settled: true }
    }

    /// The floor. Released changes are found by an index of their own.
    pub(crate) fn id(&self) -> i64 {
        self.floor
    }

    /// Whether it is time to try to raise the floor.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        !self.is_settled && self.looked.is_none_or(|looked| now.saturating_duration_since(looked) >= INTERVAL)
    }

    /// Notes that something was published, whose deleted rows the next polls would pass over.
    pub(crate) fn published(&mut self) {
        self.is_settled = false;
    }

    /// Updates the floor. `last_id` is the last id that was given before `writers` were read; `lowest` is the first
    /// id that waits or is under way, read *after* that.
    fn observe(&mut self, last_id: i64, writers: BTreeSet<String>, lowest: Option<i64>, now: Instant) {
        self.looked = Some(now);
        match &self.next {
            Some(candidate) if candidate.writers.is_disjoint(&writers) => {
                let bound = lowest.map_or(candidate.id, |lowest| candidate.id.min(lowest - 1));
                self.floor = self.floor.max(bound);
                self.next = Some(Candidate { id: last_id, writers });
            }
            Some(_) => {}
            None => self.next = Some(Candidate { id: last_id, writers }),
        }
        self.is_settled = self.floor >= last_id;
    }

    /// Reads which transactions write, and raises the floor if possible.
    pub(crate) async fn look(&mut self, outbox: &Outbox) -> Result<(), OutboxError> {
        let mut connection = outbox.pool.acquire().await?;
        let last_id: Option<i64> = sqlx::query_scalar(
            "SELECT pg_sequence_last_value(pg_get_serial_sequence('outbox', 'id')::regclass)",
        )
        .fetch_one(&mut *connection)
        .await?;
        let writers: Vec<String> = sqlx::query_scalar(
            "SELECT virtualtransaction FROM pg_locks WHERE relation = 'outbox'::regclass \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND mode = 'RowExclusiveLock' AND granted",
        )
        .fetch_all(&mut *connection)
        .await?;
        let lowest: Option<i64> =
            sqlx::query_scalar("SELECT MIN(id) FROM outbox WHERE id > $1 AND parking IS NULL")
                .bind(self.floor)
                .fetch_one(&mut *connection)
                .await?;
        self.observe(last_id.unwrap_or(0), writers.into_iter().collect(), lowest, Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(floor: &mut ScanFloor, last_id: i64, writers: &[&str], lowest: Option<i64>) -> i64 {
        let writers = writers.iter().map(ToString::to_string).collect();
        floor.observe(last_id, writers, lowest, Instant::now());
        floor.id()
    }

    #[test]
    fn the_floor_waits_for_every_transaction_that_may_have_a_lower_id() {
        let mut floor = ScanFloor::new();
        assert_eq!(observe(&mut floor, 10, &["a", "b"], None), 0);
        assert_eq!(observe(&mut floor, 20, &["b", "c"], None), 0, "b may have an id below 10");
        assert_eq!(observe(&mut floor, 30, &["c"], None), 10);
        assert_eq!(observe(&mut floor, 40, &[], None), 30);
    }

    #[test]
    fn the_floor_is_below_what_waits() {
        let mut floor = ScanFloor::new();
        observe(&mut floor, 10, &[], Some(4));
        assert_eq!(observe(&mut floor, 10, &[], Some(4)), 3);
        assert_eq!(observe(&mut floor, 10, &[], None), 10);
    }
}
