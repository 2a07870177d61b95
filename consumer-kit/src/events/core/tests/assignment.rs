//! Partitions that come and go.

use super::*;

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
