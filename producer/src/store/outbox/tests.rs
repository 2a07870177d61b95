use super::*;

const ALL: Limits = Limits { rows: u32::MAX, bytes: u32::MAX };

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
    (folder, store)
}

/// A change with these keys; one that ends in `!` has a value that the judge refuses.
async fn change(store: &Store, keys: &[&str]) {
    let mut tx = store.begin().await.unwrap();
    for key in keys {
        let value = key.ends_with('!').then(|| "poison".to_owned());
        let key = key.trim_end_matches('!').to_owned();
        tx.enqueue([OutgoingRecord { topic: "siste-tiltakstyper-v3", key, value }]);
    }
    tx.commit().await.unwrap();
}

fn judge(row: &OutboxRow) -> Result<(), String> {
    match row.value.as_deref() {
        Some("poison") => Err("the value is poison".to_owned()),
        _ => Ok(()),
    }
}

async fn batch(store: &Store, after: i64, limits: Limits) -> (Vec<String>, i64) {
    match store.claim().await.unwrap().next_batch(after, after, limits, judge).await.unwrap() {
        Some(batch) => (batch.rows.into_iter().map(|row| row.key).collect(), batch.position),
        None => (Vec::new(), after),
    }
}

async fn keys(store: &Store, after: i64) -> Vec<String> {
    batch(store, after, ALL).await.0
}

/// The mended record of a poison change.
async fn mend(store: &Store) {
    sqlx::query("UPDATE outbox SET records = replace(records, 'poison', 'good')")
        .execute(&store.pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn changes_are_numbered_in_the_order_of_their_commits_and_keep_their_numbers() {
    let (_folder, store) = store().await;
    change(&store, &["a", "b"]).await;
    change(&store, &["c"]).await;
    assert_eq!(batch(&store, 0, ALL).await, (vec!["a".into(), "b".into(), "c".into()], 2));
    change(&store, &["d"]).await;
    assert_eq!(batch(&store, 0, ALL).await.1, 2, "what is numbered and not published comes first");
    assert_eq!(batch(&store, 1, ALL).await, (vec!["c".into()], 2));
    assert_eq!(batch(&store, 2, ALL).await, (vec!["d".into()], 3));
    assert_eq!(store.last_position().await.unwrap(), 3);
}

#[tokio::test]
async fn what_is_published_is_forgotten_and_no_position_is_given_twice() {
    let (_folder, store) = store().await;
    change(&store, &["a"]).await;
    change(&store, &["b"]).await;
    assert_eq!(batch(&store, 0, ALL).await.1, 2);
    store.claim().await.unwrap().remove_published(1).await.unwrap();
    assert_eq!(store.outbox_len().await.unwrap(), 1);
    store.claim().await.unwrap().remove_published(2).await.unwrap();
    assert_eq!(store.outbox_len().await.unwrap(), 0);
    change(&store, &["c"]).await;
    assert_eq!(batch(&store, 2, ALL).await, (vec!["c".into()], 3));
}

#[tokio::test]
async fn a_change_whose_records_cannot_be_read_is_parked_and_can_be_discarded() {
    let (_folder, store) = store().await;
    for key in ["a", "b"] {
        change(&store, &[key]).await;
    }
    sqlx::query("UPDATE outbox SET records = '[\"Kåre' WHERE change_id = 1")
        .execute(&store.pool)
        .await
        .unwrap();

    assert_eq!(keys(&store, 0).await, ["b"]);

    let parked = store.parked().await.unwrap();
    assert_eq!(parked[0].reason, "its records are no JSON array of [topic, key, value]: see column 7");
    assert!(parked[0].records.is_empty());
    store.discard_parked(1).await.unwrap();
    assert_eq!(store.outbox_len().await.unwrap(), 1);
}

#[tokio::test]
async fn a_batch_ends_with_the_change_that_reaches_a_limit_and_never_within_one() {
    let (_folder, store) = store().await;
    for keys in [&["a", "b"][..], &["c", "d"], &["e"], &["f", "g", "h", "i"], &["j"]] {
        change(&store, keys).await;
    }
    let three = Limits { rows: 3, ..ALL };
    let mut sizes = Vec::new();
    let mut after = 0;
    loop {
        let (keys, position) = batch(&store, after, three).await;
        if keys.is_empty() {
            break;
        }
        after = position;
        sizes.push(keys.len());
    }
    assert_eq!(sizes, [4, 5, 1]);
    change(&store, &["long", "er"]).await;
    change(&store, &["next"]).await;
    assert_eq!(batch(&store, after, Limits { bytes: 1, ..ALL }).await.0, ["long", "er"]);
}

#[tokio::test]
async fn a_database_has_an_identity_of_its_own_and_keeps_it() {
    let (folder, store) = store().await;
    let identity = store.identity().await.unwrap();
    store.close().await;
    let again = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
    assert_eq!(again.identity().await.unwrap(), identity);
    let (_other, other) = self::store().await;
    assert_ne!(other.identity().await.unwrap(), identity);
}

#[tokio::test]
async fn a_change_with_a_bad_record_is_parked_whole_its_keys_wait_and_others_go_on() {
    let (_folder, store) = store().await;
    change(&store, &["a"]).await;
    change(&store, &["a", "b!"]).await;
    change(&store, &["c"]).await;
    change(&store, &["b", "d"]).await;
    change(&store, &["d"]).await;
    let (sent, published) = batch(&store, 0, ALL).await;
    assert_eq!(sent, ["a", "c"]);
    change(&store, &["a"]).await;
    change(&store, &["e"]).await;
    assert_eq!(batch(&store, published, ALL).await.0, ["e"]);

    let parked = store.parked().await.unwrap();
    let about: Vec<_> = parked.iter().map(|it| (it.change, it.waits_for, it.reason.as_str())).collect();
    let behind = "has a key of change 2, which is parked";
    assert_eq!(
        about,
        [(2, None, "the value is poison"), (4, Some(2), behind), (5, Some(2), behind), (6, Some(2), behind)]
    );
    assert_eq!(parked[0].records.len(), 2);
    assert_eq!(keys(&store, store.last_position().await.unwrap()).await, [""; 0]);
}

#[tokio::test]
async fn a_parked_change_that_is_tried_again_goes_before_those_that_wait_behind_it() {
    let (_folder, store) = store().await;
    change(&store, &["a!"]).await;
    change(&store, &["a", "b"]).await;
    assert_eq!(keys(&store, 0).await, [""; 0]);

    store.retry_parked(1).await.unwrap();
    assert_eq!(keys(&store, 0).await, [""; 0], "it is bad still");
    assert_eq!(store.parked().await.unwrap().len(), 2);

    mend(&store).await;
    change(&store, &["b"]).await;
    store.retry_parked(1).await.unwrap();
    assert_eq!(keys(&store, 0).await, ["a", "a", "b", "b"]);
    assert!(store.parked().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_parked_change_that_is_thrown_away_lets_the_others_go_on() {
    let (_folder, store) = store().await;
    change(&store, &["a!"]).await;
    change(&store, &["b!"]).await;
    change(&store, &["a", "b"]).await;
    change(&store, &["a"]).await;
    assert_eq!(keys(&store, 0).await, [""; 0]);

    store.discard_parked(1).await.unwrap();
    assert_eq!(keys(&store, 0).await, [""; 0], "both wait behind the other one now");
    assert_eq!(store.parked().await.unwrap().iter().filter(|it| it.waits_for == Some(2)).count(), 2);
    store.discard_parked(2).await.unwrap();
    assert_eq!(keys(&store, 0).await, ["a", "b", "a"]);
}

#[tokio::test]
async fn what_is_not_parked_or_only_waits_cannot_be_tried_again() {
    let (_folder, store) = store().await;
    change(&store, &["a!"]).await;
    change(&store, &["a"]).await;
    assert_eq!(keys(&store, 0).await, [""; 0]);
    let text = |error: ParkedError| error.to_string();
    assert_eq!(store.retry_parked(7).await.map_err(text), Err("change 7 is not parked".into()));
    assert_eq!(store.discard_parked(7).await.map_err(text), Err("change 7 is not parked".into()));
    assert_eq!(
        store.retry_parked(2).await.map_err(text),
        Err("change 2 waits behind change 1; retry or discard that one".into())
    );
}

#[tokio::test]
async fn a_relay_that_another_has_overtaken_numbers_parks_and_forgets_nothing() {
    let (_folder, store) = store().await;
    let old = store.claim().await.unwrap();
    change(&store, &["a!"]).await;
    let taken = old.take(0, 0, ALL, judge).await.unwrap().unwrap();
    let new = store.claim().await.unwrap();
    // It has a contract that allows the record.
    let batch = new.next_batch(0, 0, ALL, |_| Ok(())).await.unwrap().unwrap();
    assert_eq!((batch.rows.len(), batch.position), (1, 1));

    assert_eq!(taken.judge(judge).await.unwrap(), None);
    assert!(matches!(old.park(0, judge).await, Err(StoreError::Overtaken)));
    assert!(matches!(old.next_batch(0, 0, ALL, judge).await, Err(StoreError::Overtaken)));
    assert!(matches!(old.remove_published(1).await, Err(StoreError::Overtaken)));
    assert_eq!(store.parked_len().await.unwrap(), 0);
    new.remove_published(1).await.unwrap();
    assert_eq!(store.outbox_len().await.unwrap(), 0);
}

#[tokio::test]
async fn a_batch_that_is_taken_before_the_one_in_front_of_it_is_judged_is_judged_with_it() {
    let (_folder, store) = store().await;
    let claim = store.claim().await.unwrap();
    change(&store, &["a!", "b"]).await;
    change(&store, &["c"]).await;
    let front = claim.take(0, 0, ALL, judge).await.unwrap().unwrap();
    change(&store, &["b"]).await;
    change(&store, &["d"]).await;
    let behind = claim.take(front.last, 0, ALL, judge).await.unwrap().unwrap();
    assert_eq!((front.last, behind.last), (2, 4));

    assert_eq!(front.judge(judge).await.unwrap(), None);
    claim.park(0, judge).await.unwrap();
    let batch = claim.next_batch(0, 0, ALL, judge).await.unwrap().unwrap();
    assert_eq!(batch.rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["c", "d"]);
    assert_eq!(store.parked().await.unwrap().iter().map(|it| it.change).collect::<Vec<_>>(), [1, 3]);
}

#[tokio::test]
async fn a_change_that_is_tried_again_goes_before_a_later_one_of_its_key_that_a_crashed_relay_took() {
    let (_folder, store) = store().await;
    let claim = store.claim().await.unwrap();
    change(&store, &["a!"]).await;
    assert_eq!(claim.next_batch(0, 0, ALL, judge).await.unwrap(), None);
    change(&store, &["a", "b"]).await;
    change(&store, &["c"]).await;
    // Taken, and never judged.
    assert!(claim.take(0, 0, ALL, judge).await.unwrap().is_some());

    mend(&store).await;
    store.retry_parked(1).await.unwrap();

    let claim = store.claim().await.unwrap();
    let mut sent = Vec::new();
    let mut published = 0;
    while let Some(batch) = claim.next_batch(published, published, ALL, judge).await.unwrap() {
        sent.extend(batch.rows.iter().map(|row| row.change));
        published = batch.position;
    }
    assert_eq!(sent, [3, 1, 2, 2]);
    assert!(store.parked().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_change_waits_behind_one_that_is_tried_again_in_vain_also_before_another_bad_one() {
    let (_folder, store) = store().await;
    for key in ["a!", "a", "a!"] {
        change(&store, &[key]).await;
    }
    assert_eq!(keys(&store, 0).await, [""; 0]);
    store.retry_parked(1).await.unwrap();
    assert_eq!(keys(&store, 0).await, [""; 0]);
    let parked = store.parked().await.unwrap();
    assert_eq!(
        parked.iter().map(|it| (it.change, it.waits_for)).collect::<Vec<_>>(),
        [(1, None), (2, Some(1)), (3, None)]
    );
}
