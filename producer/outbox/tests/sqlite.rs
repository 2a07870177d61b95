//! The tables on SQLite: what is validated, parked, sequenced and pruned. No broker is needed for that.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_outbox::{
    Batch, BatchLimits, Lease, Outbox, OutboxError, OutboxRecord, Published, RecordRef, RecordValidator,
    append,
};
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, Pool};
use tempfile::TempDir;

const ALL: BatchLimits = BatchLimits { records: u32::MAX, bytes: u32::MAX };

struct Setup {
    _folder: TempDir,
    pool: Pool<Any>,
    outbox: Outbox,
}

fn validate(record: &OutboxRecord) -> Result<(), String> {
    match record.value.as_deref() {
        Some("poison") => Err("the value is poison".to_owned()),
        _ => Ok(()),
    }
}

impl Setup {
    async fn new() -> Self {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("outbox.db").display());
        let pool = AnyPoolOptions::new().max_connections(2).connect(&url).await.unwrap();
        sqlx::query("PRAGMA journal_mode = WAL").execute(&pool).await.unwrap();
        let outbox = Outbox::new(pool.clone());
        outbox.create_tables().await.unwrap();
        Self { _folder: folder, pool, outbox }
    }

    /// A change with these keys; one that ends in `!` has a value that the validator refuses.
    async fn change(&self, keys: &[&str]) {
        let records: Vec<_> = keys
            .iter()
            .map(|key| RecordRef {
                topic: "orders",
                key: key.trim_end_matches('!'),
                value: key.ends_with('!').then_some("poison"),
            })
            .collect();
        let mut tx = self.pool.begin().await.unwrap();
        append(&mut *tx, &records, &[]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What was wrong with the poison is put right.
    async fn mend(&self) {
        sqlx::query("UPDATE outbox SET records = replace(records, 'poison', 'good')")
            .execute(&self.pool)
            .await
            .unwrap();
    }

    async fn lease(&self) -> Lease {
        self.outbox.acquire("the test").await.unwrap()
    }

    /// Publishes a batch: the ids of its changes.
    async fn publish(&self, lease: &Lease, limits: BatchLimits) -> Vec<i64> {
        let Some(batch) = next(lease, &[], limits).await else { return Vec::new() };
        let sequence = lease.sequence(&batch, None).await.unwrap();
        lease.prune(&Published { sequence, changes: batch.changes.clone() }).await.unwrap();
        batch.changes
    }

    /// Publishes all that may be: the keys.
    async fn keys(&self) -> Vec<String> {
        let lease = self.lease().await;
        let Some(batch) = next(&lease, &[], ALL).await else { return Vec::new() };
        let sequence = lease.sequence(&batch, None).await.unwrap();
        lease.prune(&Published { sequence, changes: batch.changes }).await.unwrap();
        batch.records.into_iter().map(|record| record.key).collect()
    }

    /// The parked changes, each with the one that it waits behind.
    async fn parked(&self) -> Vec<(i64, Option<i64>)> {
        self.outbox.parked().await.unwrap().iter().map(|it| (it.change, it.waits_for)).collect()
    }
}

async fn next(lease: &Lease, under_way: &[i64], limits: BatchLimits) -> Option<Batch> {
    let validator: Arc<dyn RecordValidator> = Arc::new(validate);
    let under_way: BTreeSet<i64> = under_way.iter().copied().collect();
    lease.next_batch(&under_way, 0, limits, &validator).await.unwrap()
}

#[tokio::test]
async fn changes_are_published_in_the_order_of_their_commits_and_then_gone() {
    let setup = Setup::new().await;
    setup.change(&["a", "b"]).await;
    setup.change(&["c"]).await;
    assert_eq!(setup.keys().await, ["a", "b", "c"]);
    assert_eq!(setup.outbox.record_count().await.unwrap(), 0);
    setup.change(&["d"]).await;
    assert_eq!(setup.keys().await, ["d"]);
}

#[tokio::test]
async fn a_batch_is_read_while_the_one_before_it_is_under_way() {
    let setup = Setup::new().await;
    let lease = setup.lease().await;
    let one = BatchLimits { records: 1, ..ALL };
    setup.change(&["a"]).await;
    setup.change(&["b"]).await;
    let first = next(&lease, &[], one).await.unwrap();
    let second = next(&lease, &first.changes, one).await.unwrap();
    assert_eq!((first.changes.as_slice(), second.changes.as_slice()), (&[1][..], &[2][..]));

    let sequence = lease.sequence(&first, None).await.unwrap();
    let published = Published { sequence, changes: first.changes };
    assert_eq!(lease.sequence(&second, Some(&published)).await.unwrap(), sequence + 1);
    assert_eq!(setup.outbox.record_count().await.unwrap(), 1, "the first one is pruned with that");
}

#[tokio::test]
async fn a_change_with_a_bad_record_is_parked_whole_its_keys_wait_and_others_go_on() {
    let setup = Setup::new().await;
    setup.change(&["a"]).await;
    setup.change(&["a", "b!"]).await;
    setup.change(&["c"]).await;
    setup.change(&["b", "d"]).await;
    setup.change(&["d"]).await;
    assert_eq!(setup.keys().await, ["a", "c"]);
    setup.change(&["a"]).await;
    setup.change(&["e"]).await;
    assert_eq!(setup.keys().await, ["e"]);

    let parked = setup.outbox.parked().await.unwrap();
    let about: Vec<_> = parked.iter().map(|it| (it.change, it.waits_for, it.reason.as_str())).collect();
    let behind = "has a key of change 2, which is parked";
    assert_eq!(
        about,
        [(2, None, "the value is poison"), (4, Some(2), behind), (5, Some(2), behind), (6, Some(2), behind)]
    );
    assert_eq!(parked[0].records.len(), 2);
    assert_eq!(setup.keys().await, [""; 0]);
}

#[tokio::test]
async fn a_parked_change_that_is_tried_again_goes_before_those_that_wait_behind_it() {
    let setup = Setup::new().await;
    setup.change(&["a!"]).await;
    setup.change(&["a", "b"]).await;
    assert_eq!(setup.keys().await, [""; 0]);

    setup.outbox.retry_parked(1).await.unwrap();
    assert_eq!(setup.keys().await, [""; 0], "it is bad still");
    assert_eq!(setup.parked().await, [(1, None), (2, Some(1))]);

    setup.mend().await;
    setup.change(&["b"]).await;
    setup.outbox.retry_parked(1).await.unwrap();
    assert_eq!(setup.keys().await, ["a", "a", "b", "b"]);
    assert_eq!(setup.parked().await, []);
}

#[tokio::test]
async fn a_parked_change_that_is_thrown_away_lets_the_others_go_on() {
    let setup = Setup::new().await;
    setup.change(&["a!"]).await;
    setup.change(&["b!"]).await;
    setup.change(&["a", "b"]).await;
    setup.change(&["a"]).await;
    assert_eq!(setup.keys().await, [""; 0]);

    setup.outbox.discard_parked(1).await.unwrap();
    assert_eq!(setup.keys().await, [""; 0], "both wait behind the other one now");
    assert_eq!(setup.parked().await, [(2, None), (3, Some(2)), (4, Some(2))]);
    setup.outbox.discard_parked(2).await.unwrap();
    assert_eq!(setup.keys().await, ["a", "b", "a"]);
}

#[tokio::test]
async fn what_is_not_parked_or_only_waits_cannot_be_tried_again() {
    let setup = Setup::new().await;
    setup.change(&["a!"]).await;
    setup.change(&["a"]).await;
    assert_eq!(setup.keys().await, [""; 0]);
    let text = |error: OutboxError| error.to_string();
    assert_eq!(setup.outbox.retry_parked(7).await.map_err(text), Err("change 7 is not parked".into()));
    assert_eq!(setup.outbox.discard_parked(7).await.map_err(text), Err("change 7 is not parked".into()));
    assert_eq!(
        setup.outbox.retry_parked(2).await.map_err(text),
        Err("change 2 waits behind change 1; retry or discard that one".into())
    );
}

#[tokio::test]
async fn a_change_waits_behind_one_that_is_tried_again_in_vain_also_before_another_bad_one() {
    let setup = Setup::new().await;
    for key in ["a!", "a", "a!"] {
        setup.change(&[key]).await;
    }
    assert_eq!(setup.keys().await, [""; 0]);
    setup.outbox.retry_parked(1).await.unwrap();
    assert_eq!(setup.keys().await, [""; 0]);
    assert_eq!(setup.parked().await, [(1, None), (2, Some(1)), (3, None)]);
}

#[tokio::test]
async fn a_later_change_of_a_key_that_was_read_before_one_is_released_does_not_overtake_it() {
    let setup = Setup::new().await;
    let lease = setup.lease().await;
    setup.change(&["a!"]).await;
    assert_eq!(setup.publish(&lease, ALL).await, [0_i64; 0]);
    setup.change(&["a", "b"]).await;
    setup.change(&["c"]).await;
    // Read, and never sent: the one with a key of what is parked is parked with it.
    assert_eq!(next(&lease, &[], ALL).await.unwrap().changes, [3]);

    setup.mend().await;
    setup.outbox.retry_parked(1).await.unwrap();

    let lease = setup.lease().await;
    assert_eq!(setup.publish(&lease, ALL).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_change_whose_records_cannot_be_read_is_parked_and_can_be_discarded() {
    let setup = Setup::new().await;
    setup.change(&["a"]).await;
    setup.change(&["b"]).await;
    sqlx::query("UPDATE outbox SET records = '[\"Kåre' WHERE id = 1").execute(&setup.pool).await.unwrap();

    assert_eq!(setup.keys().await, ["b"]);

    let parked = setup.outbox.parked().await.unwrap();
    assert_eq!(parked[0].reason, "its records are no JSON array of [topic, key, value]: see column 7");
    assert!(parked[0].records.is_empty());
    setup.outbox.discard_parked(1).await.unwrap();
    assert_eq!(setup.outbox.record_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_database_has_an_identity_of_its_own_and_keeps_it() {
    let setup = Setup::new().await;
    let identity = setup.outbox.identity().await.unwrap();
    assert_eq!(Outbox::new(setup.pool.clone()).identity().await.unwrap(), identity);
    assert_ne!(Setup::new().await.outbox.identity().await.unwrap(), identity);
}

#[tokio::test]
async fn a_relay_that_another_has_replaced_sequences_parks_and_prunes_nothing() {
    let setup = Setup::new().await;
    let old = setup.lease().await;
    setup.change(&["a"]).await;
    let batch = next(&old, &[], ALL).await.unwrap();
    let sequence = old.sequence(&batch, None).await.unwrap();
    setup.change(&["b!"]).await;
    let new = setup.lease().await;

    let validator: Arc<dyn RecordValidator> = Arc::new(validate);
    let parking = old.next_batch(&BTreeSet::from([1]), 0, ALL, &validator).await;
    assert!(matches!(parking, Err(OutboxError::Fenced)));
    assert!(matches!(old.sequence(&batch, None).await, Err(OutboxError::Fenced)));
    let published = Published { sequence, changes: batch.changes };
    assert!(matches!(old.prune(&published).await, Err(OutboxError::Fenced)));
    assert!(matches!(old.renew().await, Err(OutboxError::Fenced)));
    assert_eq!((setup.parked().await.len(), setup.outbox.record_count().await.unwrap()), (0, 2));
    new.renew().await.unwrap();
}

#[tokio::test]
async fn who_publishes_is_known_until_the_lease_is_released() {
    let setup = Setup::new().await;
    assert_eq!(setup.outbox.lease().await.unwrap().holder, None);
    let lease = setup.lease().await;
    assert_eq!(setup.outbox.lease().await.unwrap().holder.as_deref(), Some("the test"));
    lease.release().await.unwrap();
    assert_eq!(setup.outbox.lease().await.unwrap().holder, None);
}

#[tokio::test]
async fn records_are_appended_by_the_driver_of_the_database_itself() {
    let setup = Setup::new().await;
    let url = setup.pool.connect_options().database_url.to_string();
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let record = RecordRef { topic: "orders", key: "a", value: None };
    append(&mut connection, &[record], &[("traceparent", "00-1")]).await.unwrap();
    let records = setup.outbox.records(10).await.unwrap();
    assert_eq!(records[0].headers.get("traceparent"), Some("00-1"));
}
