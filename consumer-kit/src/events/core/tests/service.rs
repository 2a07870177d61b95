//! How far behind the member is, and whether the brokers serve it.

use super::*;

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
