//! Going on from what a store has kept.

use std::collections::HashMap;
use std::time::SystemTime;

use super::*;
use crate::error::Error;
use crate::store::{Commit, Operation, Saved, Store, StoredRow, StoredRows};

/// A store in memory, which outlives its tables.
#[derive(Clone, Default)]
pub(super) struct MemoryStore(Arc<Mutex<Kept>>);

/// Value, offset, timestamp.
type Row = (Option<Vec<u8>>, i64, i64);

#[derive(Default)]
struct Kept {
    rows: HashMap<(i32, Vec<u8>), Row>,
    saved: Option<Saved>,
    full: bool,
}

impl MemoryStore {
    fn age(&self, by: Duration) {
        let mut kept = self.0.lock().unwrap();
        let saved = kept.saved.as_mut().unwrap();
        saved.caught_up = saved.caught_up.map(|at| at - by);
    }

    fn positions(&self) -> std::collections::BTreeMap<i32, i64> {
        self.0.lock().unwrap().saved.as_ref().unwrap().positions.clone()
    }
}

impl Store for MemoryStore {
    fn saved(&mut self) -> Result<Option<Saved>, Error> {
        Ok(self.0.lock().unwrap().saved.clone())
    }

    fn rows(&mut self, give: &(dyn Fn(StoredRows) + Sync)) -> Result<(), Error> {
        let kept = self.0.lock().unwrap();
        for ((partition, key), (value, offset, timestamp)) in &kept.rows {
            let row = StoredRow { key, value: value.as_deref(), offset: *offset, timestamp: *timestamp };
            give(StoredRows::new(*partition, [row]));
        }
        Ok(())
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Error> {
        let mut kept = self.0.lock().unwrap();
        if kept.full {
            return Err(Error::store_failed("siste-tiltakstyper-v3", "the disk is full"));
        }
        for operation in &commit.operations {
            match *operation {
                Operation::Put { key, value, partition, offset, timestamp } => {
                    kept.rows
                        .insert((partition, key.to_vec()), (value.map(<[u8]>::to_vec), offset, timestamp));
                }
                Operation::Delete { key, partition } => {
                    kept.rows.remove(&(partition, key.to_vec()));
                }
                Operation::Clear { partition } => kept.rows.retain(|(at, _), _| *at != partition),
            }
        }
        let caught_up = commit.caught_up.or(kept.saved.as_ref().and_then(|it| it.caught_up));
        let (identity, positions) = (commit.identity.clone(), commit.positions.clone());
        kept.saved = Some(Saved { identity, positions, caught_up });
        Ok(())
    }
}

pub(super) async fn resumed(log: &MemoryLog, store: &MemoryStore) -> Tiltakstyper {
    Table::over(log.source()).store(store.clone()).start().await.unwrap()
}

#[tokio::test]
async fn a_table_goes_on_from_its_store() {
    let log = log(2);
    let store = MemoryStore::default();
    put(&log, 0, 1, "en");
    put(&log, 1, 2, "to");
    let table = resumed(&log, &store).await;
    table.ready(LIMIT).await.unwrap();
    put(&log, 0, 3, "tre");
    table.barrier(LIMIT).await.unwrap();
    drop(table);
    assert_eq!(store.positions(), [(0, 2), (1, 1)].into());

    put(&log, 0, 1, "ny");
    remove(&log, 1, 2);
    let table = resumed(&log, &store).await;
    table.ready(LIMIT).await.unwrap();

    assert_eq!(table.counters().records, 2, "only what is new is read");
    assert_eq!(navn(&table, 1).as_deref(), Some("ny"));
    assert_eq!(table.iter().map(|(key, _)| key).collect::<Vec<_>>(), [id(1), id(3)]);
}

#[tokio::test]
async fn a_store_that_is_too_old_is_shown_and_read_anew_and_its_ghosts_are_swept() {
    let log = log(1);
    let store = MemoryStore::default();
    put(&log, 0, 1, "spøkelse");
    put(&log, 0, 2, "blir");
    let table = resumed(&log, &store).await;
    table.ready(LIMIT).await.unwrap();
    drop(table);
    store.age(Duration::from_hours(25));
    remove(&log, 0, 1);
    log.compact(0, Compaction::whole().without_tombstones()).unwrap();

    log.pause();
    let table = resumed(&log, &store).await;
    let mut changes = table.changes();
    log.resume();
    table.ready(LIMIT).await.unwrap();

    assert_eq!(table.iter().map(|(key, _)| key).collect::<Vec<_>>(), [id(2)]);
    assert_eq!(table.counters().swept, 1);
    let told: Vec<_> = std::iter::from_fn(|| changes.try_next()).map(|it| it.cause).collect();
    assert!(told.contains(&Cause::Swept), "{told:?}");
}

#[tokio::test]
async fn a_store_of_another_topic_is_not_gone_on_from() {
    let log = log(1);
    let store = MemoryStore::default();
    put(&log, 0, 1, "gammel");
    resumed(&log, &store).await.ready(LIMIT).await.unwrap();
    log.recreate(1);
    put(&log, 0, 2, "ny");
    put(&log, 0, 3, "ny");

    let table = resumed(&log, &store).await;
    table.ready(LIMIT).await.unwrap();
    assert_eq!(table.iter().map(|(key, _)| key).collect::<Vec<_>>(), [id(2), id(3)]);
}

#[tokio::test]
async fn a_store_that_is_full_stops_the_table_and_what_was_there_stays() {
    let log = log(1);
    let store = MemoryStore::default();
    put(&log, 0, 1, "en");
    let table = resumed(&log, &store).await;
    table.ready(LIMIT).await.unwrap();
    store.0.lock().unwrap().full = true;
    put(&log, 0, 2, "to");

    let error = table.barrier(LIMIT).await.unwrap_err();

    assert!(error.is_store(), "{error}");
    assert_eq!(table.len(), 1);
    assert!(store.0.lock().unwrap().saved.as_ref().unwrap().caught_up.unwrap() <= SystemTime::now());
}

#[tokio::test]
async fn changes_and_indexes_of_rows_that_were_kept_show_their_values() {
    let log = log(1);
    let store = MemoryStore::default();
    put(&log, 0, 1, "en");
    put(&log, 0, 2, "to");
    resumed(&log, &store).await.ready(LIMIT).await.unwrap();

    let table = resumed(&log, &store).await;
    table.ready(LIMIT).await.unwrap();
    let mut changes = table.changes();
    let by_name = table.index(|it| Some(it.navn.clone()));
    put(&log, 0, 1, "ny");
    table.barrier(LIMIT).await.unwrap();

    let change = changes.try_next().unwrap();
    let name = |entry: Option<Entry<SisteTiltakstyperV3>>| entry.map(|it| it.navn.clone());
    assert_eq!((name(change.old), name(change.new)), (Some("en".to_owned()), Some("ny".to_owned())));
    assert_eq!((by_name.get("en").len(), by_name.get("ny").len(), by_name.get("to").len()), (0, 1, 1));
}

#[tokio::test]
async fn rows_of_partitions_that_are_no_more_are_swept() {
    let log = log(2);
    let store = MemoryStore::default();
    put(&log, 0, 1, "en");
    put(&log, 1, 2, "to");
    resumed(&log, &store).await.ready(LIMIT).await.unwrap();
    log.recreate(1);
    put(&log, 0, 3, "tre");

    for _ in 0..2 {
        let table = resumed(&log, &store).await;
        table.ready(LIMIT).await.unwrap();
        assert_eq!(table.iter().map(|(key, _)| key).collect::<Vec<_>>(), [id(3)]);
    }
}

#[tokio::test]
async fn a_record_that_stops_a_table_stops_the_one_that_goes_on_from_its_store_too() {
    let log = log(1);
    let store = MemoryStore::default();
    put(&log, 0, 1, "en");
    log.append(0, key(2).as_bytes(), Some(b"{")).unwrap();
    for _ in 0..2 {
        let error = resumed(&log, &store).await.ready(LIMIT).await.unwrap_err();
        assert!(error.is_undecodable(), "{error}");
    }
}
