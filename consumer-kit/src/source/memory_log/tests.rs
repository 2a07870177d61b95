use std::time::Duration;

use super::*;
use crate::source::{Batch, PollEvent, Source as _};

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
        log.append(0, key, Some(b"1"));
    }
    log.append(0, b"b", None);

    log.compact(0, Compaction::whole());
    assert_eq!(offsets(&log), [2, 3, 4]);
    log.compact(0, Compaction::whole().without_tombstones());
    assert_eq!(offsets(&log), [2, 3]);
    assert_eq!(log.watermarks()[&0], Watermarks::settled(0, 5));
}

#[test]
fn a_pass_drops_nothing_for_the_sake_of_a_record_that_it_does_not_know() {
    let log = MemoryLog::new("topic", 1);
    for _ in 0..4 {
        log.append(0, b"a", Some(b"1"));
    }

    log.compact(0, Compaction { clean_to: 2, ..Compaction::whole() });
    assert_eq!(offsets(&log), [1, 2, 3]);
    log.compact(0, Compaction { rewritten_to: 2, ..Compaction::whole() });
    assert_eq!(offsets(&log), [2, 3], "the pass stopped there");
}

#[test]
fn an_open_transaction_holds_back_readers_and_the_cleaner() {
    let log = MemoryLog::new("topic", 1);
    log.append(0, b"a", Some(b"1"));
    let open = log.begin();
    assert_eq!(open.append(0, b"a", Some(b"2")), 1);
    log.append(0, b"a", Some(b"3"));

    log.compact(0, Compaction::whole());
    assert_eq!(offsets(&log), [0]);
    assert_eq!(log.watermarks()[&0].last_stable_offset, 1);
    assert_eq!(log.watermarks()[&0].high_watermark, 3);
    open.abort();
    assert_eq!(offsets(&log), [0, 2]);
    log.compact(0, Compaction::whole());
    assert_eq!(offsets(&log), [2]);
    assert_eq!(log.watermarks()[&0].last_stable_offset, 4, "the marker has an offset");
}

#[test]
fn a_source_tells_control_records_as_a_position_and_emptied_batches_as_one() {
    let log = MemoryLog::new("topic", 1);
    let transaction = log.begin();
    transaction.append(0, b"a", None);
    transaction.commit();
    log.skip(0, 2);
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
        log.append(0, b"a", None);
    }
    log.delete_records(0, 2);
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
    open.append(0, b"a", None);
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
