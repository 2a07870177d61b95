use std::time::Duration;

use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Record;

use super::*;
use crate::connection::Isolation;
use crate::source::{Batch, PollEvent, Source as _, Watermarks};

fn offsets(log: &MemoryLog) -> Vec<i64> {
    log.records().iter().map(|record| record.offset).collect()
}

fn poll(source: &mut MemorySource) -> Batch {
    let mut batch = Batch::default();
    source.poll(Duration::ZERO, &mut batch).unwrap();
    batch
}

#[test]
fn compaction_leaves_the_last_record_of_each_key_with_its_offset() {
    let log = MemoryLog::new("topic", 1);
    for key in [b"a", b"b", b"a", b"c"] {
        log.append(0, key, Some(b"1")).unwrap();
    }
    log.append(0, b"b", None).unwrap();

    log.compact(0, Compaction::whole()).unwrap();
    assert_eq!(offsets(&log), [2, 3, 4]);
    log.compact(0, Compaction::whole().without_tombstones()).unwrap();
    assert_eq!(offsets(&log), [2, 3]);
    assert_eq!(log.watermarks()[&0], Watermarks::settled(0, 5));
}

#[test]
fn a_pass_drops_nothing_for_the_sake_of_a_record_that_it_does_not_know() {
    let log = MemoryLog::new("topic", 1);
    for _ in 0..4 {
        log.append(0, b"a", Some(b"1")).unwrap();
    }

    log.compact(0, Compaction { clean_to: 2, ..Compaction::whole() }).unwrap();
    assert_eq!(offsets(&log), [1, 2, 3]);
    log.compact(0, Compaction { rewritten_to: 2, ..Compaction::whole() }).unwrap();
    assert_eq!(offsets(&log), [2, 3], "the pass stopped there");
}

#[test]
fn an_open_transaction_holds_back_readers_and_the_cleaner() {
    let log = MemoryLog::new("topic", 1);
    log.append(0, b"a", Some(b"1")).unwrap();
    let open = log.begin();
    assert_eq!(open.append(0, b"a", Some(b"2")).unwrap(), 1);
    log.append(0, b"a", Some(b"3")).unwrap();

    log.compact(0, Compaction::whole()).unwrap();
    assert_eq!(offsets(&log), [0]);
    assert_eq!(log.watermarks()[&0].last_stable_offset, 1);
    assert_eq!(log.watermarks()[&0].high_watermark, 3);
    open.abort();
    assert_eq!(offsets(&log), [0, 2]);
    log.compact(0, Compaction::whole()).unwrap();
    assert_eq!(offsets(&log), [2]);
    assert_eq!(log.watermarks()[&0].last_stable_offset, 4, "the marker has an offset");
}

#[test]
fn a_source_tells_control_records_as_a_position_and_emptied_batches_as_one() {
    let log = MemoryLog::new("topic", 1);
    let transaction = log.begin();
    transaction.append(0, b"a", None).unwrap();
    transaction.commit();
    log.skip(0, 2).unwrap();
    let mut source = log.source();
    source.assign(&[(0, 1)].into()).unwrap();

    let batch = poll(&mut source);
    let events: Vec<_> = batch.events().collect();
    let advanced = |offset| PollEvent::PositionAdvanced { partition: 0, offset };
    assert_eq!(events, [advanced(2), advanced(4), PollEvent::PartitionEof { partition: 0 }]);
    assert!(poll(&mut source).is_empty(), "the end is told once");
    source.assign(&[(0, 4)].into()).unwrap();
    assert_eq!(poll(&mut source).events().collect::<Vec<_>>(), [PollEvent::PartitionEof { partition: 0 }]);
}

#[test]
fn a_source_whose_position_is_no_longer_in_the_log_says_so() {
    let log = MemoryLog::new("topic", 1);
    for _ in 0..3 {
        log.append(0, b"a", None).unwrap();
    }
    log.delete_records(0, 2).unwrap();
    let mut source = log.source();

    for lost in [1, 4] {
        source.assign(&[(0, lost)].into()).unwrap();
        assert_eq!(
            poll(&mut source).events().collect::<Vec<_>>(),
            [PollEvent::OffsetOutOfRange { partition: 0 }]
        );
    }
    let identity = source.describe().unwrap().identity;
    log.recreate(1);
    assert!(!source.describe().unwrap().identity.agrees(&identity));
}

#[test]
fn a_reader_of_uncommitted_records_gets_them_all() {
    let log = MemoryLog::new("topic", 1);
    let open = log.begin();
    open.append(0, b"a", None).unwrap();
    let mut source = log.source_at(Isolation::ReadUncommitted);
    source.assign(&[(0, 0)].into()).unwrap();

    assert!(matches!(poll(&mut source).events().next(), Some(PollEvent::Record(_))));
}

#[test]
fn a_poll_fails_when_it_was_told_to() {
    let log = MemoryLog::new("topic", 1);
    let mut source = log.source();
    log.fail_at_poll(2, "no more");

    poll(&mut source);
    let error = source.poll(Duration::ZERO, &mut Batch::default()).unwrap_err();
    assert_eq!(error.to_string(), "topic: no more");
    poll(&mut source);
}

#[test]
fn a_record_of_a_topic_is_on_the_partition_of_its_key_or_where_the_test_wants_it() {
    let log = MemoryLog::of::<SisteTiltakstyperV3>();
    let ids = ["59a64a02-efdd-471d-9529-356ff5553a5d", "5b827950-cf47-4716-9305-bcf7f2646a00"];
    for id in ids.map(|id| id.parse().unwrap()) {
        let by_key = log.tombstone::<SisteTiltakstyperV3>(id).unwrap();
        assert_eq!(by_key.partition, tiltak_partition(&id.to_string()));
        let elsewhere = 1 - by_key.partition;
        let record = Record::<SisteTiltakstyperV3>::tombstone(id);
        let misplaced = log.publish_to(elsewhere, &record).unwrap();
        assert_eq!(misplaced.partition, elsewhere);
    }
    assert_eq!((log.topic(), log.records().len()), ("siste-tiltakstyper-v3", 4));
}

fn tiltak_partition(key: &str) -> i32 {
    tiltak_schema::partition::partition_of(key, 2)
}

#[test]
fn typed_records_of_a_transaction_are_read_after_its_commit() {
    let log = MemoryLog::of::<SisteTiltakstyperV3>();
    let transaction = log.begin();
    let id = "59a64a02-efdd-471d-9529-356ff5553a5d".parse().unwrap();
    let there = transaction.tombstone::<SisteTiltakstyperV3>(id).unwrap();
    assert_eq!(
        transaction
            .publish_to(there.partition, &Record::<SisteTiltakstyperV3>::tombstone(id))
            .unwrap()
            .offset,
        1
    );
    assert!(log.records().is_empty());

    transaction.commit();
    assert_eq!(log.records().iter().map(|it| it.offset).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_partition_that_does_not_exist_is_an_error_and_nothing_is_written() {
    let log = MemoryLog::new("topic", 2);
    let transaction = log.begin();
    for partition in [-1, 2, i32::MAX] {
        let errors = [
            log.append(partition, b"a", None).unwrap_err(),
            log.append_at(partition, 1, None, None).unwrap_err(),
            transaction.append(partition, b"a", None).unwrap_err(),
            log.skip(partition, 1).unwrap_err(),
            log.delete_records(partition, 0).unwrap_err(),
            log.compact(partition, Compaction::whole()).unwrap_err(),
        ];
        for error in errors {
            assert!(error.is_unknown_partition());
            assert_eq!(
                error.to_string(),
                format!("topic: there is no partition {partition}, the number of partitions is 2")
            );
        }
    }
    assert!(log.watermarks().values().all(|it| *it == Watermarks::settled(0, 0)));
    assert!(
        MemoryLog::new("topic", 0)
            .tombstone::<SisteTiltakstyperV3>("59a64a02-efdd-471d-9529-356ff5553a5d".parse().unwrap())
            .unwrap_err()
            .is_unknown_partition()
    );
}

#[test]
fn timestamps_are_what_the_test_says_and_else_a_clock() {
    let log = MemoryLog::new("topic", 1);
    log.append(0, b"a", None).unwrap();
    log.append_at(0, -7, Some(b"a"), None).unwrap();
    log.append(0, b"a", None).unwrap();

    let mut source = log.source();
    source.assign(&[(0, 0)].into()).unwrap();
    assert_eq!(records(&poll(&mut source)).map(|it| it.timestamp), [1, -7, 3]);
}

fn records<const N: usize>(batch: &Batch) -> [crate::source::RecordRef<'_>; N] {
    let records = batch.events().filter_map(|event| match event {
        PollEvent::Record(record) => Some(record),
        _ => None,
    });
    records.collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn a_missing_key_is_not_an_empty_one_and_goes_in_any_pass() {
    let log = MemoryLog::new("topic", 1);
    log.append_at(0, 1, None, Some(b"1")).unwrap();
    log.append(0, b"", Some(b"1")).unwrap();
    log.append_at(0, 1, None, Some(b"2")).unwrap();
    let mut source = log.source();
    source.assign(&[(0, 0)].into()).unwrap();
    assert_eq!(records(&poll(&mut source)).map(|it| it.key), [None, Some(&b""[..]), None]);

    log.compact(0, Compaction::whole()).unwrap();
    assert_eq!(offsets(&log), [1]);
}

#[test]
fn a_transaction_that_has_ended_takes_no_more_records() {
    let mut log = SimulatedLog::new(1);
    let transaction = log.begin();
    log.commit(transaction);
    let record = NewRecord::new(Some(b"a"), None).transaction(transaction);
    assert!(log.append(0, record).unwrap_err().is_transaction_ended());
    log.abort(transaction);
    assert_eq!(log.partitions()[0].watermarks(), Watermarks::settled(0, 0));
}

#[test]
fn a_clone_of_a_log_goes_on_by_itself() {
    let mut log = SimulatedLog::new(1);
    log.append(0, NewRecord::new(Some(b"a"), Some(b"1"))).unwrap();
    let mut other = log.clone();
    other.append(0, NewRecord::new(Some(b"a"), None)).unwrap();
    other.compact(0, Compaction::whole()).unwrap();

    let memory = MemoryLog::with_log("topic", log.clone());
    assert_eq!(offsets(&memory), [0]);
    assert_eq!(memory.snapshot(), log);
    assert_eq!(offsets(&MemoryLog::with_log("topic", other)), [1]);
}

#[test]
fn of_two_tombstones_the_later_one_may_go_first() {
    let log = MemoryLog::new("topic", 1);
    log.append(0, b"a", None).unwrap();
    log.append(0, b"b", None).unwrap();
    log.compact(0, Compaction { tombstones_expired_from: Some(1), ..Compaction::whole() }).unwrap();
    assert_eq!(offsets(&log), [0]);
}
