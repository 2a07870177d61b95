//! What is handled, in which order, and how far that is committed.

use super::*;

#[test]
fn a_later_record_of_a_key_waits_and_another_key_goes_on() {
    let mut core = core();
    push(&mut core, 4, 1);
    push(&mut core, 6, 1);
    push(&mut core, 9, 2);

    let (first, other) = (take(&mut core), take(&mut core));
    assert_eq!((first.offset, other.offset), (4, 9));
    assert_eq!(core.take(NOW), None);
    core.done(&other);
    assert_eq!(committable(&core), 4, "what is before is not done");
    core.done(&first);
    assert_eq!(take(&mut core).offset, 6);
    assert_eq!(committable(&core), 6);
}

#[test]
fn a_record_that_failed_comes_again_before_the_later_ones_of_its_key_and_not_too_early() {
    let mut core = core();
    push(&mut core, 0, 1);
    push(&mut core, 1, 1);
    let first = take(&mut core);
    core.failed(&first, 5 * SECOND);

    assert_eq!(core.take(4 * SECOND), None);
    assert_eq!(core.next_retry(), Some(5 * SECOND));
    let (again, _) = core.take(5 * SECOND).unwrap();
    assert_eq!((again.offset, again.attempt), (0, 2));
    core.done(&again);
    assert_eq!(take(&mut core).attempt, 1, "the next record has its own attempts");
}

#[test]
fn offsets_without_a_record_are_committed_when_all_before_them_is_done() {
    let mut core = core();
    push(&mut core, 3, 1);
    core.passed(0, 7);
    assert_eq!(committable(&core), 3);
    let ticket = take(&mut core);
    core.done(&ticket);

    assert_eq!(commit(&mut core), Some((7, Some("a".to_owned()))));
    assert_eq!(commit(&mut core), None, "once");
    core.commit_failed([0], Refusal { reason: "away".to_owned(), is_unauthorized: false }, NOW);
    assert_eq!(commit(&mut core), Some((7, Some("a".to_owned()))), "and again if it was not");
}

#[test]
fn a_record_that_cannot_be_decoded_holds_back_the_commit_until_it_is_put_aside() {
    let mut core = core();
    core.undecodable(0, 0, NOW);
    push(&mut core, 1, 1);
    let ticket = take(&mut core);
    core.done(&ticket);

    assert_eq!(committable(&core), 0);
    core.put_aside(0, 0);
    assert_eq!(committable(&core), 2);
}

#[test]
fn a_tombstone_whose_key_cannot_be_read_is_passed_over_and_counted() {
    let mut core = core();
    core.unreadable_tombstone(0, 0, NOW);

    let metrics = core.metrics(NOW);
    assert_eq!((metrics.undecodable, metrics.unreadable_tombstones), (1, 1));
    assert_eq!(committable(&core), 1);
}

#[test]
fn a_partition_where_too_many_wait_takes_more_when_half_of_them_are_handled() {
    let mut core = TestCore::new(Limits { max_records: 4, ..limits() }, NOW);
    assign(&mut core, &[0], None, NOW);
    describe(&mut core, NOW, topic("a", 0, 0));
    assert_eq!(core.rooms()[&0].records, 4);
    (0..4).for_each(|offset| push(&mut core, offset, u8::try_from(offset).unwrap()));
    assert_eq!(core.rooms().get(&0), None);

    let first = take(&mut core);
    assert_eq!(core.done(&first), Progress::Nothing);
    assert_eq!(core.rooms().get(&0), None);
    let second = take(&mut core);
    assert_eq!(core.done(&second), Progress::Matters);
    assert_eq!(core.rooms()[&0].records, 2);
}
