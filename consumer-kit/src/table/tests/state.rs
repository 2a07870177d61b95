//! Going on from a state folder.

use std::path::Path;

use super::disk::Disk;
use super::*;
use crate::error::Error;
use crate::store::{Commit, Operation, StateFolder, Store as _};
use crate::{OnPoison, Reason, Start};

const TOPIC: &str = "siste-tiltakstyper-v3";
const FILE: &str = "siste-tiltakstyper-v3.redb";

fn builder(log: &MemoryLog, folder: &Path) -> super::super::TableBuilder<SisteTiltakstyperV3> {
    Table::over(log.source()).state_folder(folder)
}

async fn kept(log: &MemoryLog, folder: &Path) -> Tiltakstyper {
    let table = builder(log, folder).start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    table
}

fn names(table: &Tiltakstyper) -> Vec<(TiltakstypeId, String)> {
    table.iter().map(|(key, entry)| (key, entry.navn.clone())).collect()
}

/// The state was last at the end of the log two days ago.
pub(super) fn age(store: &mut StateFolder) {
    let Some(saved) = store.saved().unwrap() else { return };
    let caught_up = saved.caught_up.map(|at| at - Duration::from_hours(48));
    let (identity, positions) = (&saved.identity, saved.positions);
    let operations = Vec::new();
    store.commit(&Commit { identity, operations, positions, caught_up }).unwrap();
}

/// A log of two partitions, and a folder whose state is at its end.
async fn at_the_end() -> (MemoryLog, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let log = log(2);
    put(&log, 0, 1, "en");
    put(&log, 0, 2, "to");
    put(&log, 1, 3, "tre");
    let table = kept(&log, folder.path()).await;
    assert_eq!(table.started(), &Start::Fresh);
    table.close().await;
    (log, folder)
}

async fn rebuilt(log: &MemoryLog, folder: &Path) -> (Reason, Tiltakstyper) {
    let table = kept(log, folder).await;
    let Start::Rebuilt(reason) = table.started().clone() else { panic!("{:?}", table.started()) };
    (reason, table)
}

#[tokio::test]
async fn a_table_goes_on_from_its_folder_and_reads_only_what_is_new() {
    let (log, folder) = at_the_end().await;
    let table = kept(&log, folder.path()).await;
    assert_eq!((table.started(), table.counters().records, table.len()), (&Start::Resumed, 0, 3));
    put(&log, 0, 1, "ny");
    remove(&log, 1, 3);
    table.barrier(LIMIT).await.unwrap();
    drop(table);

    let table = kept(&log, folder.path()).await;

    assert_eq!((table.started(), table.counters().records), (&Start::Resumed, 0));
    assert_eq!(names(&table), [(id(1), "ny".to_owned()), (id(2), "to".to_owned())]);
    assert_eq!(table.get(&id(1)).unwrap().offset(), 2);
}

#[tokio::test]
async fn a_folder_that_was_away_too_long_is_read_anew_and_its_ghosts_are_swept_for_good() {
    let (log, folder) = at_the_end().await;
    remove(&log, 0, 1);
    log.compact(0, Compaction::whole().without_tombstones()).unwrap();

    age(&mut StateFolder::open(folder.path(), TOPIC).unwrap());
    let table = builder(&log, folder.path()).start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    assert!(matches!(table.started(), Start::Rebuilt(Reason::TooOld { .. })), "{:?}", table.started());
    assert_eq!((table.len(), table.counters().swept), (2, 1));
    drop(table);

    let table = kept(&log, folder.path()).await;
    assert_eq!((table.started(), table.len()), (&Start::Resumed, 2));
}

#[tokio::test]
async fn a_topic_that_was_made_anew_meanwhile_is_read_anew() {
    let (log, folder) = at_the_end().await;
    log.recreate(2);
    put(&log, 0, 1, "ny");

    let (reason, table) = rebuilt(&log, folder.path()).await;

    assert_eq!(reason, Reason::Recreated);
    assert_eq!(names(&table), [(id(1), "ny".to_owned())]);
}

#[tokio::test]
async fn partitions_that_were_added_meanwhile_are_a_reason_to_read_anew() {
    let (log, folder) = at_the_end().await;
    let added = log.add_partition();
    put(&log, added, 1, "ny");

    let (reason, table) = rebuilt(&log, folder.path()).await;

    assert_eq!(reason, Reason::Incomplete { partitions: vec![added] });
    assert_eq!((navn(&table, 1).as_deref(), table.len()), (Some("ny"), 3));
}

#[tokio::test]
async fn a_partition_whose_records_were_deleted_meanwhile_is_read_anew_and_the_other_is_not() {
    let (log, folder) = at_the_end().await;
    remove(&log, 0, 1);
    put(&log, 0, 2, "ny");
    log.delete_records(0, 3).unwrap();

    let (reason, table) = rebuilt(&log, folder.path()).await;

    assert_eq!(reason, Reason::Deleted { partitions: vec![0] });
    assert_eq!(names(&table), [(id(2), "ny".to_owned()), (id(3), "tre".to_owned())]);
    assert_eq!(table.counters().records, 1);
}

#[tokio::test]
async fn a_folder_in_use_is_refused_and_says_so() {
    let (log, folder) = at_the_end().await;
    let table = kept(&log, folder.path()).await;

    let error = builder(&log, folder.path()).start().await.err().unwrap();

    assert!(error.is_store());
    assert!(error.to_string().contains("is in use by another table"), "{error}");
    drop(table);
    kept(&log, folder.path()).await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    std::fs::write(&file, "").unwrap();

    let error = builder(&log(1), &file.join("b")).start().await.err().unwrap();

    assert!(error.is_store());
    assert!(error.to_string().contains(FILE), "{error}");
}

#[tokio::test]
async fn a_state_of_another_format_or_another_topic_is_set_aside_with_the_reason() {
    const ABOUT: redb::TableDefinition<'_, &str, &str> = redb::TableDefinition::new("about");
    for (name, value, expected) in
        [("format", "1", "it has format 1"), ("topic", "another", "it is of the topic another")]
    {
        let (log, folder) = at_the_end().await;
        let database = redb::Database::open(folder.path().join(FILE)).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(ABOUT).unwrap().insert(name, value).unwrap();
        transaction.commit().unwrap();
        drop(database);

        let (reason, table) = rebuilt(&log, folder.path()).await;

        assert!(reason.to_string().contains(expected), "{reason}");
        assert!(folder.path().join(format!("{FILE}.unusable")).exists());
        assert_eq!(table.len(), 3);
        drop(table);
        assert_eq!(kept(&log, folder.path()).await.started(), &Start::Resumed);
    }
}

#[tokio::test]
async fn a_damaged_file_never_gives_a_table_that_a_fresh_read_would_not() {
    let (log, folder) = at_the_end().await;
    let file = folder.path().join(FILE);
    let good = std::fs::read(&file).unwrap();
    let expected = names(&ready(&log).await);
    let used: Vec<usize> = (0..good.len()).filter(|at| good[*at] != 0).collect();
    let mut unusable = 0;
    let spoilt = used.iter().step_by(used.len() / 16).map(|at| {
        let mut bytes = good.clone();
        bytes[*at] ^= 0xff;
        bytes
    });
    let mut in_values = good.clone();
    let word = b"OPPFOLGING";
    for at in 0..good.len() - word.len() {
        if good[at..].starts_with(word) {
            in_values[at] = b'o';
        }
    }
    let cut = [1, 100, 4_096, good.len() / 2, good.len() - 1].map(|length| good[..length].to_vec());
    for bytes in spoilt.chain(cut).chain([in_values, b"not a database".to_vec()]) {
        std::fs::write(&file, bytes).unwrap();
        let table = kept(&log, folder.path()).await;
        assert_eq!(names(&table), expected);
        match table.started() {
            Start::Resumed => {}
            Start::Rebuilt(Reason::Unusable(_)) => unusable += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(unusable > 5, "{unusable}");
}

#[tokio::test]
async fn a_full_disk_stops_the_table_with_advice_and_what_was_there_stays() {
    let log = log(1);
    let disk = Disk::default();
    put(&log, 0, 1, "en");
    let start = || async {
        let store = StateFolder::on(&disk, "siste-tiltakstyper-v3")?;
        Table::over(log.source()).store(store).start().await
    };
    let table: Tiltakstyper = start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    disk.set_full(true);
    // More than the file has room for, so that it has to grow.
    put(&log, 0, 2, &"x".repeat(30_000_000));

    let error: Error = table.barrier(LIMIT).await.unwrap_err();

    assert!(error.is_store(), "{error}");
    assert!(error.to_string().contains("make room there or use another folder"), "{error}");
    assert_eq!((navn(&table, 1).as_deref(), table.len()), (Some("en"), 1));
    drop(table);
    assert!(start().await.err().unwrap().to_string().contains("make room"), "it is full still");

    disk.set_full(false);
    let table: Tiltakstyper = start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    assert_eq!((table.started(), table.len()), (&Start::Resumed, 2));
}

/// Makes a row undecodable, behind the back of the program that has decoded it.
fn spoil(folder: &Path, number: u8, is_anothers: bool) {
    let mut folder = StateFolder::open(folder, TOPIC).unwrap();
    let saved = folder.saved().unwrap().unwrap();
    let program = folder.decoded_by().unwrap().to_owned();
    let program = if is_anothers { "another" } else { &program };
    let key = key(number);
    let put =
        Operation::Put { key: key.as_bytes(), value: Some(b"{"), partition: 0, offset: 0, timestamp: 1 };
    let commit = Commit {
        identity: &saved.identity,
        operations: vec![put],
        positions: saved.positions,
        caught_up: saved.caught_up,
    };
    folder.commit_decoded(&commit, Some(program)).unwrap();
}

fn are_decoded(folder: &Path) -> bool {
    let mut folder = StateFolder::open(folder, TOPIC).unwrap();
    folder.saved().unwrap();
    folder.decoded_by().is_some()
}

#[tokio::test]
async fn rows_that_this_program_has_decoded_are_not_decoded_before_someone_asks() {
    let log = log(1);
    let folder = tempfile::tempdir().unwrap();
    put(&log, 0, 1, "en");
    put(&log, 0, 2, "to");
    kept(&log, folder.path()).await.close().await;
    spoil(folder.path(), 1, false);

    let table = kept(&log, folder.path()).await;

    assert_eq!((table.get(&id(1)), navn(&table, 2).as_deref()), (None, Some("to")));
    assert_eq!(table.iter().count(), 1);
}

#[tokio::test]
async fn rows_that_another_program_has_decoded_are_decoded_before_the_table_is_ready() {
    let log = log(1);
    let folder = tempfile::tempdir().unwrap();
    put(&log, 0, 1, "en");
    kept(&log, folder.path()).await.close().await;
    spoil(folder.path(), 1, true);

    let table = builder(&log, folder.path()).start().await.unwrap();

    let error = table.ready(LIMIT).await.unwrap_err();
    assert!(error.is_undecodable(), "{error}");
}

#[tokio::test]
async fn rows_among_which_one_could_not_be_decoded_are_decoded_at_each_start() {
    let log = log(1);
    let folder = tempfile::tempdir().unwrap();
    let skipping = || builder(&log, folder.path()).on_poison(OnPoison::Skip).start();
    put(&log, 0, 1, "en");
    let table = skipping().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    table.close().await;
    assert!(are_decoded(folder.path()));
    log.append(0, key(2).as_bytes(), Some(b"{")).unwrap();
    for _ in 0..2 {
        let table = skipping().await.unwrap();
        table.ready(LIMIT).await.unwrap();
        assert_eq!(table.unreadable().len(), 1);
        table.close().await;
        assert!(!are_decoded(folder.path()));
    }

    put(&log, 0, 2, "to");
    let table = skipping().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    assert_eq!((table.unreadable().len(), table.len()), (0, 2));
    table.close().await;
    assert!(are_decoded(folder.path()), "what could not be decoded is gone");
}
