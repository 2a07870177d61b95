//! What the core decides, in every order of what may happen.

mod assignment;
mod handling;
mod orders;
mod reset;
mod service;

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
