//! What the core decides, in every order of what may happen.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::source::{TopicIdentity, Watermarks};

const NOW: Moment = Moment::ZERO;
const SECOND: Duration = Duration::from_secs(1);

type TestCore = Core<u8, i64>;

fn limits() -> Limits {
    Limits {
        max_records: 1_000,
        max_bytes: 1_000_000,
        refresh_interval: 5 * SECOND,
        authorization_grace: 60 * SECOND,
        offset_reset: OffsetReset::Earliest,
    }
}

fn topic(id: &str, log_start: i64, end: i64) -> TopicDescription {
    let marks = Watermarks::settled(log_start, end);
    TopicDescription {
        identity: TopicIdentity { cluster_id: None, topic_id: Some(id.to_owned()) },
        watermarks: [(0, marks), (1, marks)].into(),
    }
}

/// Describes the topic as one that was asked for and answered at that moment.
fn describe(core: &mut TestCore, now: Moment, description: TopicDescription) -> Vec<Effect> {
    core.asking();
    core.described(now, now, Ok(description));
    core.effects()
}

fn assign(core: &mut TestCore, partitions: &[i32], committed: Option<&Committed>, now: Moment) {
    core.assigned(partitions, now);
    let awaiting = core.awaiting_committed();
    core.committed(awaiting.into_iter().map(|partition| (partition, committed.cloned())).collect());
}

/// A core that reads partition 0 of the topic `a` from its start.
fn core() -> TestCore {
    let mut core = TestCore::new(limits(), NOW);
    assign(&mut core, &[0], None, NOW);
    let effects = describe(&mut core, NOW, topic("a", 0, 0));
    assert!(effects.contains(&Effect::Start { partition: 0, at: StartAt::Offset(0) }), "{effects:?}");
    core
}

fn push(core: &mut TestCore, offset: i64, key: u8) {
    core.delivered(0, offset, key, offset, 10, NOW);
}

fn take(core: &mut TestCore) -> Ticket<u8> {
    core.take(NOW).unwrap().0
}

fn commit(core: &mut TestCore) -> Option<(i64, Option<String>)> {
    core.commits().pop().map(|it| (it.offset, it.topic_id))
}

fn committable(core: &TestCore) -> i64 {
    core.metrics(NOW).partitions[0].committable_offset.unwrap_or(-1)
}

fn reset_of(effects: &[Effect]) -> Option<(ResetCause, StartAt)> {
    effects.iter().find_map(|it| match it {
        Effect::Reset { cause, to, .. } => Some((*cause, *to)),
        _ => None,
    })
}

fn seek_of(effects: &[Effect]) -> Option<StartAt> {
    effects.iter().find_map(|it| match it {
        Effect::Seek { at, .. } => Some(*at),
        _ => None,
    })
}

// Order, retries, commits.

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

// Partitions that come and go.

#[test]
fn a_partition_is_read_when_the_topic_was_described_after_the_assignment_and_not_before() {
    let mut core = TestCore::new(limits(), NOW);
    core.asking();
    core.assigned(&[0], SECOND);
    core.described(NOW, SECOND, Ok(topic("a", 0, 10)));
    assert_eq!(core.awaiting_committed(), [0]);
    core.committed([(0, None)].into());
    let starts = |core: &mut TestCore| {
        core.effects().into_iter().filter(|it| matches!(it, Effect::Start { .. })).collect::<Vec<_>>()
    };
    assert_eq!(starts(&mut core), [], "that description may be of an earlier topic");
    assert!(core.rooms().is_empty());
    push(&mut core, 0, 1);
    assert_eq!(core.take(NOW), None);

    core.described(SECOND, SECOND, Ok(topic("a", 0, 10)));
    assert_eq!(starts(&mut core), [Effect::Start { partition: 0, at: StartAt::Offset(0) }]);
    assert!(core.rooms().contains_key(&0));
}

#[test]
fn a_partition_is_read_from_what_was_committed_also_when_the_topic_cannot_be_described() {
    let mut core = TestCore::new(limits(), NOW);
    assign(&mut core, &[0], Some(&Committed { offset: 7, topic_id: Some("a".to_owned()) }), NOW);
    core.described(NOW, NOW, Err(Refusal { reason: "away".to_owned(), is_unauthorized: false }));
    let effects = core.effects();
    assert!(effects.contains(&Effect::Start { partition: 0, at: StartAt::Offset(7) }), "{effects:?}");

    // And the topic that it is of is compared as soon as there is one.
    let effects = describe(&mut core, SECOND, topic("b", 0, 100));
    assert_eq!(reset_of(&effects), Some((ResetCause::Recreated, StartAt::Offset(0))));
}

#[test]
fn what_is_done_of_an_assignment_that_is_over_counts_for_nothing() {
    let mut core = core();
    push(&mut core, 0, 1);
    let old = take(&mut core);
    core.release(&[0]);
    assign(&mut core, &[0], None, NOW);
    describe(&mut core, NOW, topic("a", 0, 1));
    push(&mut core, 0, 1);
    assert_eq!(core.take(NOW), None, "the key is still being handled");

    core.done(&old);
    assert_eq!((core.metrics(NOW).handled, committable(&core)), (0, 0));
    assert_eq!(take(&mut core).offset, 0);
}

#[test]
fn a_partition_that_is_halted_begins_nothing_and_the_others_go_on() {
    let mut core = core();
    assign(&mut core, &[1], None, NOW);
    describe(&mut core, NOW, topic("a", 0, 0));
    push(&mut core, 0, 1);
    core.delivered(1, 0, 2, 0, 10, NOW);
    core.halt(&[0]);

    assert_eq!(take(&mut core).partition, 1);
    assert_eq!(core.take(NOW), None);
    assert!(!core.rooms().contains_key(&0));
    assert!(core.is_at_rest(0) && !core.is_at_rest(1));
}

#[test]
fn a_partition_that_is_halted_hands_out_what_lies_before_a_record_that_was_handled() {
    let mut core = core();
    // 1 waits for 0, which has the same key, while 2 is handled.
    for (offset, key) in [(0, 1), (1, 1), (2, 2), (3, 1), (4, 3)] {
        push(&mut core, offset, key);
    }
    let (zero, two) = (take(&mut core), take(&mut core));
    core.done(&two);
    core.halt(&[0]);
    core.done(&zero);
    assert!(!core.is_at_rest(0), "2 would come again");

    let one = take(&mut core);
    assert_eq!((one.offset, core.take(NOW)), (1, None));
    core.done(&one);
    assert!(core.is_at_rest(0));
    assert_eq!(commit(&mut core).unwrap().0, 3);
}

#[test]
fn a_partition_that_is_halted_does_not_wait_for_a_record_that_fails() {
    let mut core = core();
    push(&mut core, 0, 1);
    push(&mut core, 1, 2);
    let (zero, one) = (take(&mut core), take(&mut core));
    core.done(&one);
    core.failed(&zero, SECOND);
    core.halt(&[0]);
    assert!(core.is_at_rest(0));
    assert_eq!(commit(&mut core).unwrap().0, 0);
}

#[test]
fn a_partition_that_is_lost_hands_out_nothing() {
    let mut core = core();
    push(&mut core, 0, 1);
    push(&mut core, 1, 1);
    push(&mut core, 2, 2);
    let (zero, _two) = (take(&mut core), take(&mut core));
    core.stop(&[0]);
    core.done(&zero);
    assert_eq!(core.take(NOW), None);
}

#[test]
fn a_committed_offset_of_an_earlier_topic_is_a_reset_and_the_log_start_is_committed_over_it() {
    let mut core = TestCore::new(limits(), NOW);
    assign(&mut core, &[0], Some(&Committed { offset: 5, topic_id: Some("a".to_owned()) }), NOW);
    let effects = describe(&mut core, NOW, topic("b", 0, 10));

    assert_eq!(reset_of(&effects), Some((ResetCause::Recreated, StartAt::Offset(0))));
    assert!(effects.contains(&Effect::Start { partition: 0, at: StartAt::Offset(0) }));
    assert_eq!(core.metrics(NOW).resets, 1);
    assert_eq!(commit(&mut core), Some((0, Some("b".to_owned()))));
}

#[test]
fn a_topic_made_anew_while_nothing_of_it_was_assigned_is_a_reset_too() {
    for is_described_before in [false, true] {
        let mut core = core();
        core.release(&[0]);
        if is_described_before {
            describe(&mut core, NOW, topic("b", 0, 10));
        }
        assign(&mut core, &[0], None, SECOND);
        let effects = describe(&mut core, SECOND, topic("b", 0, 10));
        assert_eq!(reset_of(&effects), Some((ResetCause::Recreated, StartAt::Offset(0))));

        let effects = describe(&mut core, 2 * SECOND, topic("b", 0, 10));
        assert_eq!((reset_of(&effects), core.metrics(NOW).resets), (None, 1));
    }
}

#[test]
fn a_topic_made_anew_that_could_not_be_described_at_first_is_a_reset_of_a_partition_that_began_at_its_start()
{
    let mut core = core();
    core.release(&[0]);
    assign(&mut core, &[0], None, SECOND);
    core.described(
        SECOND,
        SECOND,
        Err(Refusal { reason: "no such topic".to_owned(), is_unauthorized: false }),
    );
    push(&mut core, 0, 1);
    let effects = describe(&mut core, 2 * SECOND, topic("b", 0, 10));
    assert_eq!((seek_of(&effects), core.metrics(NOW).resets), (None, 1));
    let effects = describe(&mut core, 3 * SECOND, topic("b", 0, 10));
    assert_eq!((reset_of(&effects), core.metrics(NOW).resets), (None, 1));
}

// The log goes back.

#[test]
fn a_topic_with_another_id_is_read_from_its_start_and_what_was_handled_of_the_old_one_counts_for_nothing() {
    let mut core = core();
    (0..3).for_each(|offset| push(&mut core, offset, 1));
    let first = take(&mut core);
    core.done(&first);
    assert_eq!(commit(&mut core), Some((1, Some("a".to_owned()))));
    let old = take(&mut core);

    let effects = describe(&mut core, SECOND, topic("b", 0, 2_000));
    assert_eq!(reset_of(&effects), Some((ResetCause::Recreated, StartAt::Offset(0))));
    assert_eq!(seek_of(&effects), Some(StartAt::Offset(0)));
    core.done(&old);
    let metrics = core.metrics(NOW);
    assert_eq!((metrics.handled, metrics.resets, metrics.waiting()), (1, 1, 0));
    assert_eq!(commit(&mut core), Some((0, Some("b".to_owned()))), "lower than before, and of the new topic");
    push(&mut core, 0, 1);
    assert_eq!(take(&mut core).offset, 0);
}

#[test]
fn a_record_of_the_new_log_waits_for_the_handler_of_its_key_in_the_old_one() {
    let mut core = core();
    push(&mut core, 0, 1);
    let old = take(&mut core);
    describe(&mut core, SECOND, topic("b", 0, 10));
    push(&mut core, 0, 1);
    push(&mut core, 1, 2);

    assert_eq!(take(&mut core).key, 2);
    assert_eq!(core.take(NOW), None);
    core.failed(&old, NOW);
    let new = take(&mut core);
    assert_eq!((new.key, new.offset, new.attempt), (1, 0, 1));
    assert_eq!(core.metrics(NOW).retried, 0);
}

#[test]
fn after_a_record_below_the_position_nothing_is_taken_until_it_is_known_which_log_this_is() {
    for (id, cause) in [("a", ResetCause::Truncated), ("b", ResetCause::Recreated)] {
        let mut core = core();
        (0..5).for_each(|offset| push(&mut core, offset, 1));
        let old = take(&mut core);
        push(&mut core, 0, 2);
        push(&mut core, 7, 2);

        let effects = core.effects();
        assert!(effects.contains(&Effect::Describe) && core.rooms().is_empty(), "{effects:?}");
        assert_eq!((committable(&core), core.metrics(NOW).waiting()), (0, 5));
        let effects = describe(&mut core, SECOND, topic(id, 0, 3));
        assert_eq!(reset_of(&effects), Some((cause, StartAt::Offset(0))));
        assert_eq!(seek_of(&effects), Some(StartAt::Offset(0)));
        core.done(&old);
        let metrics = core.metrics(NOW);
        assert_eq!((metrics.resets, metrics.handled, metrics.waiting()), (1, 0, 0));
        assert_eq!(commit(&mut core), Some((0, Some(id.to_owned()))));
    }
}

#[test]
fn a_description_that_was_asked_for_before_the_log_went_back_says_nothing_about_it() {
    let mut core = core();
    (0..5).for_each(|offset| push(&mut core, offset, 1));
    core.asking();
    core.delivered(0, 0, 1, 0, 10, 2 * SECOND);
    core.described(SECOND, 3 * SECOND, Ok(topic("a", 0, 5)));
    assert_eq!(core.metrics(NOW).resets, 0);

    let effects = describe(&mut core, 4 * SECOND, topic("b", 0, 5));
    assert_eq!(reset_of(&effects), Some((ResetCause::Recreated, StartAt::Offset(0))));
}

#[test]
fn a_broker_that_still_tells_the_former_topic_does_not_begin_it_again() {
    let mut core = core();
    describe(&mut core, SECOND, topic("b", 0, 10));
    push(&mut core, 0, 1);
    let effects = describe(&mut core, 2 * SECOND, topic("a", 0, 0));

    assert_eq!((reset_of(&effects), core.metrics(NOW).resets), (None, 1));
    assert_eq!(take(&mut core).offset, 0);
}

#[test]
fn a_log_that_ends_before_the_position_at_two_descriptions_was_truncated() {
    let mut core = core();
    (0..5).for_each(|offset| push(&mut core, offset, 1));
    let effects = describe(&mut core, SECOND, topic("a", 0, 3));
    assert_eq!(reset_of(&effects), None, "a new leader may take a moment to know");
    let effects = describe(&mut core, 2 * SECOND, topic("a", 0, 3));
    assert_eq!(reset_of(&effects), Some((ResetCause::Truncated, StartAt::Offset(0))));
    assert_eq!(seek_of(&effects), Some(StartAt::Offset(0)));
}

#[test]
fn records_that_came_after_the_question_do_not_make_an_old_end_a_truncation() {
    let mut core = core();
    for now in [SECOND, 2 * SECOND, 3 * SECOND] {
        core.asking();
        let end = core.metrics(NOW).partitions[0].waiting;
        push(&mut core, i64::try_from(end).unwrap(), 1);
        core.described(now, now, Ok(topic("a", 0, i64::try_from(end).unwrap())));
    }
    assert_eq!(core.metrics(NOW).resets, 0);
}

#[test]
fn records_that_were_deleted_before_they_were_read_are_counted_whether_the_client_skips_them_before_or_after()
{
    // Before the description.
    let mut core = core();
    push(&mut core, 0, 1);
    push(&mut core, 8, 2);
    let effects = describe(&mut core, SECOND, topic("a", 8, 9));
    assert_eq!(reset_of(&effects), Some((ResetCause::RecordsDeleted, StartAt::Offset(8))));
    assert_eq!((seek_of(&effects), core.metrics(NOW).resets), (None, 1), "it goes on by itself");
    assert_eq!((take(&mut core).offset, take(&mut core).offset), (0, 8), "what has come is handled");
    // And after it.
    let effects = describe(&mut core, 2 * SECOND, topic("a", 20, 30));
    assert_eq!(reset_of(&effects), Some((ResetCause::RecordsDeleted, StartAt::Offset(20))));
    push(&mut core, 20, 3);
    let effects = describe(&mut core, 3 * SECOND, topic("a", 20, 30));
    assert_eq!((reset_of(&effects), core.metrics(NOW).resets), (None, 2), "once");
}

#[test]
fn a_gap_that_compaction_has_left_is_nothing() {
    let mut core = core();
    push(&mut core, 8, 1);
    let effects = describe(&mut core, SECOND, topic("a", 0, 9));
    assert_eq!((reset_of(&effects), core.metrics(NOW).resets), (None, 0));
}

#[test]
fn a_position_that_the_source_calls_out_of_range_is_reset_to_the_log_start() {
    for (log_start, end, cause) in [(0, 3, ResetCause::Truncated), (9, 20, ResetCause::RecordsDeleted)] {
        let mut core = core();
        (0..5).for_each(|offset| push(&mut core, offset, 1));
        core.out_of_range(0, NOW);
        assert!(core.effects().contains(&Effect::Describe));
        let effects = describe(&mut core, SECOND, topic("a", log_start, end));
        assert_eq!(reset_of(&effects), Some((cause, StartAt::Offset(log_start))));
        assert_eq!(seek_of(&effects), Some(StartAt::Offset(log_start)));
    }
}

#[test]
fn without_a_place_to_begin_and_with_the_setting_error_the_consumer_stops() {
    let mut core = TestCore::new(Limits { offset_reset: OffsetReset::Error, ..limits() }, NOW);
    assign(&mut core, &[0], None, NOW);
    let effects = describe(&mut core, NOW, topic("a", 0, 0));
    assert!(effects.contains(&Effect::Stop(StopCause::NoOffset { partition: 0 })), "{effects:?}");
}

// Lag.

#[test]
fn the_lag_reaches_to_the_last_stable_offset_and_what_is_behind_it_is_a_number_of_its_own() {
    let mut core = core();
    let marks = Watermarks { log_start: 0, last_stable_offset: 10, high_watermark: 1_010 };
    let described = TopicDescription { watermarks: [(0, marks)].into(), ..topic("a", 0, 0) };
    describe(&mut core, NOW, described);
    let metrics = core.metrics(NOW);
    assert_eq!((metrics.lag(), metrics.unstable()), (Some(10), Some(1_000)));
    core.at_end(0, Some(10));
    assert_eq!(core.metrics(NOW).lag(), Some(0));
}

#[test]
fn the_lag_of_a_partition_that_has_just_come_is_not_known_and_not_0() {
    let mut core = TestCore::new(limits(), NOW);
    assert_eq!(core.metrics(NOW).lag(), Some(0), "a member without partitions has nothing to do");
    assign(&mut core, &[0], None, NOW);
    let metrics = core.metrics(NOW);
    assert_eq!((metrics.partitions.len(), metrics.lag(), metrics.unstable()), (1, None, None));
}

// Whether the brokers serve the member.

fn stops(effects: &[Effect]) -> Option<StopCause> {
    effects.iter().find_map(|it| match it {
        Effect::Stop(cause) => Some(*cause),
        _ => None,
    })
}

#[test]
fn a_right_that_was_never_there_stops_the_consumer_at_once() {
    let mut core = core();
    core.forbidden(Some(0), NOW);
    assert_eq!(stops(&core.effects()), Some(StopCause::TopicForbidden));
    let mut core = TestCore::new(limits(), NOW);
    core.group_forbidden(NOW, false);
    assert_eq!(stops(&core.effects()), Some(StopCause::GroupForbidden));
}

#[test]
fn a_right_that_is_taken_away_is_asked_for_again_until_the_grace_is_over() {
    let mut core = core();
    push(&mut core, 0, 1);
    core.forbidden(Some(0), 10 * SECOND);
    let effects = describe(&mut core, 15 * SECOND, topic("a", 0, 9));
    assert_eq!((seek_of(&effects), stops(&effects)), (Some(StartAt::Offset(1)), None), "asks again");
    assert_eq!(core.liveness().age(15 * SECOND), 15 * SECOND, "a description alone confirms nothing");
    let effects = describe(&mut core, 70 * SECOND, topic("a", 0, 9));
    assert_eq!(stops(&effects), Some(StopCause::TopicForbidden));
}

#[test]
fn a_right_that_comes_back_is_as_if_it_had_always_been_there() {
    let mut core = core();
    push(&mut core, 0, 1);
    core.forbidden(Some(0), 10 * SECOND);
    core.at_end(0, None);
    describe(&mut core, 50 * SECOND, topic("a", 0, 1));
    assert_eq!(core.liveness().age(50 * SECOND), Duration::ZERO);
    core.forbidden(Some(0), 60 * SECOND);
    let effects = describe(&mut core, 100 * SECOND, topic("a", 0, 1));
    assert_eq!(stops(&effects), None, "the grace begins anew");
}

#[test]
fn a_client_that_has_left_the_group_for_a_missing_right_joins_again_at_the_next_refresh() {
    let mut core = core();
    push(&mut core, 0, 1);
    core.group_forbidden(10 * SECOND, true);
    assert!(core.partitions().is_empty(), "they are gone");
    let effects = describe(&mut core, 15 * SECOND, topic("a", 0, 9));
    assert!(effects.contains(&Effect::Rejoin), "{effects:?}");
    let effects = describe(&mut core, 20 * SECOND, topic("a", 0, 9));
    assert!(!effects.contains(&Effect::Rejoin), "once for each time");
    assign(&mut core, &[0], None, 25 * SECOND);
    describe(&mut core, 25 * SECOND, topic("a", 0, 9));
    assert_eq!(core.liveness().age(25 * SECOND), Duration::ZERO);
}

#[test]
fn a_commit_that_is_refused_and_a_coordinator_that_is_away_are_no_confirmation() {
    let mut core = core();
    push(&mut core, 0, 1);
    core.commits();
    core.commit_failed([0], Refusal { reason: "refused".to_owned(), is_unauthorized: false }, SECOND);
    describe(&mut core, 20 * SECOND, topic("a", 0, 9));
    assert_eq!(core.liveness().reason(), "refused");
    core.commit_succeeded();
    core.coordinator(Some("no coordinator".to_owned()));
    let effects = describe(&mut core, 30 * SECOND, topic("a", 0, 9));
    assert_eq!((core.liveness().age(30 * SECOND), stops(&effects)), (30 * SECOND, None));
    core.coordinator(None);
    core.tick(30 * SECOND);
    let effects = core.effects();
    assert!(matches!(effects[..], [Effect::Notice(Notice::Stale { .. })]), "{effects:?}");
    let effects = describe(&mut core, 31 * SECOND, topic("a", 0, 9));
    assert!(matches!(effects[..], [Effect::Notice(Notice::Recovered { .. })]), "{effects:?}");
}

#[test]
fn a_commit_that_was_refused_is_forgotten_with_its_partition() {
    let mut core = core();
    push(&mut core, 0, 1);
    core.commits();
    core.commit_failed([0], Refusal { reason: "refused".to_owned(), is_unauthorized: false }, SECOND);
    core.release(&[0]);
    describe(&mut core, 20 * SECOND, topic("a", 0, 9));
    assert_eq!(core.liveness().age(20 * SECOND), Duration::ZERO);
}

// Every order.

#[derive(Debug, Clone)]
enum Step {
    /// The producer appends records.
    Append {
        partition: usize,
        key: u8,
        gap: i64,
    },
    /// The topic is deleted and made anew, empty.
    Recreate,
    /// The client delivers what comes next.
    Deliver {
        partition: usize,
    },
    Ask,
    Answer,
    Take,
    Done(prop::sample::Index),
    Fail(prop::sample::Index, u64),
    Wait(u64),
    Commit,
    /// The partition goes to another member and comes back, or the process is killed and begins again.
    Reassign {
        partition: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..2_usize, 0..4_u8, 0..3_i64).prop_map(|(partition, key, gap)| Step::Append { partition, key, gap }),
        1 => Just(Step::Recreate),
        8 => (0..2_usize).prop_map(|partition| Step::Deliver { partition }),
        2 => Just(Step::Ask),
        2 => Just(Step::Answer),
        5 => Just(Step::Take),
        4 => any::<prop::sample::Index>().prop_map(Step::Done),
        2 => (any::<prop::sample::Index>(), 0..9_u64).prop_map(|(index, wait)| Step::Fail(index, wait)),
        2 => (1..9_u64).prop_map(Step::Wait),
        2 => Just(Step::Commit),
        1 => (0..2_usize).prop_map(|partition| Step::Reassign { partition }),
    ];
    prop::collection::vec(step, 1..150)
}

/// A partition on the broker.
#[derive(Default)]
struct Log {
    records: Vec<(i64, u8)>,
    end: i64,
}

/// A broker with a topic of two partitions, a client of it as librdkafka is, and a core that reads from it.
struct World {
    core: TestCore,
    /// How often the topic was made.
    generation: u32,
    logs: [Log; 2],
    /// What the group has committed: offset and generation. Deleting the topic deletes it.
    committed: [Option<Committed>; 2],
    /// Where the client is; `None` while a partition is not started.
    client: [Option<i64>; 2],
    asked: Option<(Moment, TopicDescription)>,
    now: u64,
    in_flight: Vec<(Ticket<u8>, (u32, i64))>,
    /// The records that were handled: partition, generation, offset.
    handled: BTreeSet<(usize, u32, i64)>,
    /// The last record of each key that was handled in this reading.
    last: HashMap<(i32, u8), (u64, i64)>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            core: TestCore::new(limits(), NOW),
            generation: 1,
            logs: Default::default(),
            committed: Default::default(),
            client: [None, None],
            asked: None,
            now: 0,
            in_flight: Vec::new(),
            handled: BTreeSet::new(),
            last: HashMap::new(),
        };
        world.core.assigned(&[0, 1], NOW);
        world
    }

    fn moment(&self) -> Moment {
        Moment::from_secs(self.now)
    }

    fn description(&self) -> TopicDescription {
        let marks = |log: &Log| Watermarks::settled(0, log.end);
        TopicDescription {
            identity: TopicIdentity { cluster_id: None, topic_id: Some(self.generation.to_string()) },
            watermarks: (0..).zip(self.logs.iter().map(marks)).collect(),
        }
    }

    /// What the runtime does after each step.
    fn settle(&mut self) {
        loop {
            let awaiting = self.core.awaiting_committed();
            if !awaiting.is_empty() {
                let committed = |partition: i32| self.committed[usize::try_from(partition).unwrap()].clone();
                let found = awaiting.into_iter().map(|partition| (partition, committed(partition))).collect();
                self.core.committed(found);
            }
            let effects = self.core.effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Start { partition, at: StartAt::Offset(offset) }
                    | Effect::Seek { partition, at: StartAt::Offset(offset) } => {
                        self.client[usize::try_from(partition).unwrap()] = Some(offset);
                    }
                    Effect::Describe | Effect::Reset { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    fn ask(&mut self) {
        if self.asked.is_none() {
            self.core.asking();
            self.asked = Some((self.moment(), self.description()));
        }
    }

    fn answer(&mut self) {
        if let Some((asked, description)) = self.asked.take() {
            self.core.described(asked, self.moment(), Ok(description));
        }
    }

    /// A position beyond the end is reset to the log start, as `auto.offset.reset=earliest` says; one that is within the
    /// log of another topic is not noticed.
    fn deliver(&mut self, partition: usize) {
        let Some(position) = &mut self.client[partition] else { return };
        if *position > self.logs[partition].end {
            *position = 0;
        }
        let next = self.logs[partition].records.iter().find(|(offset, _)| *offset >= *position);
        let Some(&(offset, key)) = next else { return };
        *position = offset + 1;
        let now = Moment::from_secs(self.now);
        self.core.delivered(i32::try_from(partition).unwrap(), offset, key, offset, 1, now);
    }

    fn take(&mut self, now: Moment) -> bool {
        let Some((ticket, _)) = self.core.take(now) else { return false };
        let same_key =
            |(it, _): &&(Ticket<u8>, (u32, i64))| (it.partition, it.key) == (ticket.partition, ticket.key);
        assert!(self.in_flight.iter().find(same_key).is_none(), "two of one key at once");
        let place = (ticket.partition, ticket.key);
        if let Some((epoch, offset)) = self.last.get(&place) {
            assert!(*epoch != ticket.epoch || *offset < ticket.offset, "out of order");
        }
        let record = (self.generation, ticket.offset);
        self.in_flight.push((ticket, record));
        true
    }

    fn done(&mut self, index: usize) {
        let (ticket, (generation, offset)) = self.in_flight.swap_remove(index);
        let before = self.core.metrics(NOW).handled;
        self.core.done(&ticket);
        if self.core.metrics(NOW).handled > before {
            self.last.insert((ticket.partition, ticket.key), (ticket.epoch, ticket.offset));
        }
        // What the handler did it did, whether it counts or not. A record that was taken before the topic was made anew is
        // one of the old topic.
        self.handled.insert((usize::try_from(ticket.partition).unwrap(), generation, offset));
    }

    fn commit(&mut self) {
        for Commit { partition, offset, topic_id } in self.core.commits() {
            self.committed[usize::try_from(partition).unwrap()] = Some(Committed { offset, topic_id });
        }
    }

    /// Nothing is committed, as an offset of this topic, past a record of it that is not handled.
    fn check_commits(&self) {
        for (partition, committed) in self.committed.iter().enumerate() {
            let Some(Committed { offset, topic_id: Some(id) }) = committed else { continue };
            if *id != self.generation.to_string() {
                continue;
            }
            for (of, _) in self.logs[partition].records.iter().filter(|(it, _)| it < offset) {
                let is_handled = self.handled.contains(&(partition, self.generation, *of));
                assert!(
                    is_handled,
                    "{offset} is committed in partition {partition}, and {of} is not handled"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn every_record_of_the_topic_that_there_is_in_the_end_is_handled_in_the_order_of_its_key(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            match step {
                Step::Append { partition, key, gap } => {
                    let log = &mut world.logs[partition];
                    log.records.push((log.end + gap, key));
                    log.end += gap + 1;
                }
                Step::Recreate => {
                    world.generation += 1;
                    world.logs = Default::default();
                    world.committed = Default::default();
                }
                Step::Deliver { partition } => world.deliver(partition),
                Step::Ask => world.ask(),
                Step::Answer => world.answer(),
                Step::Take => {
                    let now = world.moment();
                    world.take(now);
                }
                Step::Done(index) if !world.in_flight.is_empty() => {
                    let index = index.index(world.in_flight.len());
                    world.done(index);
                }
                Step::Fail(index, wait) if !world.in_flight.is_empty() => {
                    let (ticket, _) = world.in_flight.swap_remove(index.index(world.in_flight.len()));
                    let again = Moment::from_secs(world.now + wait);
                    world.core.failed(&ticket, again);
                }
                Step::Done(_) | Step::Fail(..) => {}
                Step::Wait(seconds) => world.now += seconds,
                Step::Commit => world.commit(),
                Step::Reassign { partition } => {
                    let now = world.moment();
                    world.client[partition] = None;
                    world.core.release(&[i32::try_from(partition).unwrap()]);
                    world.core.assigned(&[i32::try_from(partition).unwrap()], now);
                }
            }
            world.settle();
            world.check_commits();
        }

        // From here on nothing happens but that the consumer goes on.
        for _ in 0..3 {
            world.now += 10;
            world.answer();
            world.ask();
            world.answer();
            world.settle();
            for partition in 0..2 {
                for _ in 0..=world.logs[partition].records.len() {
                    world.deliver(partition);
                    world.settle();
                }
            }
        }
        while world.take(Moment::MAX) || !world.in_flight.is_empty() {
            if !world.in_flight.is_empty() {
                world.done(0);
            }
        }
        world.commit();
        world.check_commits();
        for (partition, log) in world.logs.iter().enumerate() {
            for (offset, _) in &log.records {
                let is_handled = world.handled.contains(&(partition, world.generation, *offset));
                prop_assert!(is_handled, "{offset} of partition {partition} was lost");
            }
        }
        let metrics = world.core.metrics(NOW);
        prop_assert_eq!(metrics.waiting(), 0);
    }
}
