//! What happens to changes that are in each other's way.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tiltak_producer::kafka_outbox::{BatchLimits, OutboxRecord, RecordValidator};
use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::{ConnectionLimits, Store, StoreError, retrying};
use tokio::sync::Barrier;

use crate::suite::{Setup, morning};

#[tokio::test]
async fn of_two_changes_in_a_deadlock_one_is_done_again_and_both_are_made() {
    let setup = Setup::new().await;
    let all = setup.all(tiltak_producer::Selection::All).await;
    let [one, other] = [all[0].gjennomforing.id, all[1].gjennomforing.id];
    let (attempts, both_hold_one) = (AtomicU32::new(0), Barrier::new(2));
    let change = async |ids: [_; 2]| {
        let first = AtomicU32::new(1);
        retrying(|| async {
            attempts.fetch_add(1, Ordering::Relaxed);
            let mut tx = setup.store.begin().await?;
            let mut aggregate = tx.gjennomforing(ids[0]).await?.unwrap();
            if first.swap(0, Ordering::Relaxed) == 1 {
                both_hold_one.wait().await;
            }
            tx.gjennomforing(ids[1]).await?;
            aggregate.gjennomforing.navn = Some("Endret".to_owned());
            aggregate.gjennomforing.version = aggregate.gjennomforing.version.next();
            tx.save_gjennomforing(&aggregate.gjennomforing).await?;
            tx.commit().await
        })
        .await
    };

    let done = tokio::join!(change([one, other]), change([other, one]));

    assert!(matches!(done, (Ok(()), Ok(()))), "{done:?}");
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
    for id in [one, other] {
        assert_eq!(setup.get(id).await.unwrap().navn.as_deref(), Some("Endret"));
    }
}

#[tokio::test]
async fn a_change_does_not_wait_for_ever_for_one_that_hangs() {
    let setup = Setup::new().await;
    let limits = ConnectionLimits { lock: Duration::from_millis(300), ..ConnectionLimits::default() };
    let store = Store::connect_with(&setup.database.location(), &limits).await.unwrap();
    let id = setup.editable().await.id;
    let mut hangs = setup.store.begin().await.unwrap();
    hangs.gjennomforing(id).await.unwrap();

    let start = Instant::now();
    let error = store.begin().await.unwrap().gjennomforing(id).await.unwrap_err();

    assert!(matches!(error, StoreError::Locked), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    store.close().await;
}

#[tokio::test]
async fn a_change_does_not_wait_for_ever_for_a_connection() {
    let setup = Setup::new().await;
    let limits = ConnectionLimits {
        connections: 1,
        // The first connection is made within it too.
        acquire: Duration::from_secs(2),
        ..ConnectionLimits::default()
    };
    let store = Store::connect_with(&setup.database.location(), &limits).await.unwrap();
    let hangs = store.begin().await.unwrap();

    let error = store.begin().await.unwrap_err();

    assert!(matches!(error, StoreError::NoConnection), "{error}");
    drop(hangs);
    store.begin().await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_hangs_is_ended_by_the_server() {
    let setup = Setup::new().await;
    let limits = ConnectionLimits { idle: Duration::from_millis(200), ..ConnectionLimits::default() };
    let store = Store::connect_with(&setup.database.location(), &limits).await.unwrap();
    let id = setup.editable().await.id;
    let mut hangs = store.begin().await.unwrap();
    hangs.gjennomforing(id).await.unwrap();

    let next = setup.store.begin().await.unwrap().gjennomforing(id).await;

    assert!(next.unwrap().is_some());
    hangs.commit().await.unwrap_err();
    store.begin().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn changes_of_different_gjennomforinger_do_not_wait_for_each_other() {
    let setup = Setup::new().await;
    let all = setup.all(tiltak_producer::Selection::All).await;
    let mut open = Vec::new();
    for mut aggregate in all.into_iter().take(5) {
        let mut tx = setup.store.begin().await.unwrap();
        aggregate.gjennomforing.version = aggregate.gjennomforing.version.next();
        tx.save_gjennomforing(&aggregate.gjennomforing).await.unwrap();
        open.push(tx);
    }
    for tx in open {
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_of_which_a_statement_failed_is_not_called_committed() {
    let setup = Setup::new().await;
    let mut tx = setup.store.begin().await.unwrap();
    let mut changed = setup.editable().await;
    changed.oppdatert = morning().instant();
    changed.version = changed.version.next();
    tx.save_gjennomforing(&changed).await.unwrap();
    changed.arrangor = "999999999".parse().unwrap();
    changed.version = changed.version.next();
    tx.save_gjennomforing(&changed).await.unwrap_err();

    tx.commit().await.unwrap_err();
}

#[tokio::test]
async fn of_two_changes_the_one_that_is_committed_last_comes_last_although_it_began_first() {
    let setup = Setup::new().await;
    let record =
        |key: &str| OutgoingRecord { topic: "siste-tiltakstyper-v3", key: key.to_owned(), value: None };
    let mut first = setup.store.begin().await.unwrap();
    first.enqueue([record("a"), record("b")]);
    let mut second = setup.store.begin().await.unwrap();
    second.enqueue([record("b"), record("c")]);

    second.commit().await.unwrap();
    first.enqueue([record("d")]);
    first.commit().await.unwrap();

    let lease = setup.store.outbox().acquire("the test").await.unwrap();
    let validator: Arc<dyn RecordValidator> = Arc::new(|_: &OutboxRecord| Ok(()));
    let batch =
        lease.next_batch(&BTreeSet::new(), 0, BatchLimits::default(), &validator).await.unwrap().unwrap();
    let keys: Vec<_> = batch.records.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["b", "c", "a", "b", "d"], "each change in one piece");
}
