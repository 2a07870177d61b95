//! A log that goes back, was truncated or made anew.

use super::*;

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
