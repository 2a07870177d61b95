use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

use super::bootstrap::Decoded;
use super::enumeration::{Mutant, delivery_orders};
use super::*;
use crate::health::Notice;
use crate::source::{Batch, PollEvent, RecordRef, TopicIdentity};

#[test]
fn what_is_shown_does_not_depend_on_the_order_of_delivery_restarts_or_compaction() {
    let found = delivery_orders(3, None, &|_, _| {});
    assert_eq!(found.examples, Vec::<String>::new());
    assert_eq!((found.logs, found.differences), (777, 0));
    assert!(found.orders > 5_000 && found.restarts > 20_000, "{found:?}");
}

#[test]
fn tombstones_that_are_forgotten_across_partitions_are_caught() {
    assert!(delivery_orders(2, Some(Mutant::ForgottenTombstone), &|_, _| {}).differences > 0);
}

#[test]
fn a_timestamp_that_decides_within_a_partition_is_caught() {
    assert!(delivery_orders(2, Some(Mutant::TimestampDecides), &|_, _| {}).differences > 0);
}

const KEY: &[u8] = b"59a64a02-efdd-471d-9529-356ff5553a5d";
const VALUE: &[u8] = br#"{"id":"59a64a02-efdd-471d-9529-356ff5553a5d","navn":"n","tiltakskode":"OPPFOLGING","innsatsgrupper":[],"arenaKode":null,"deltakerRegistreringInnhold":null,"opprettetTidspunkt":"2026-01-31T09:00","oppdatertTidspunkt":"2026-01-31T09:00"}"#;
const RETENTION: Duration = Duration::from_hours(24);

/// A core of one partition, and what it wanted done.
struct Harness {
    core: Core<SisteTiltakstyperV3>,
    empty: Rows<SisteTiltakstyperV3>,
    wall: SystemTime,
    /// The names of the effects, in their order.
    effects: Vec<String>,
    causes: Vec<Cause>,
    epoch: u64,
}

impl Harness {
    /// The log ends at `end`.
    fn start(end: i64, mutation: Option<Mutation>) -> Self {
        let config = Config {
            topic: "t".to_owned(),
            previous_value: PreviousValue::Drop,
            any_cleanup_policy: false,
            tombstone_retention: Some(RETENTION),
            metadata_refresh_interval: Duration::from_secs(5),
            authorization_grace: Duration::from_mins(1),
            stops_at_poison: false,
            persists: true,
            mutation,
        };
        let rows = Rows::with_shards(1);
        let empty = rows.alike();
        let wall = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let now = Now { moment: Duration::ZERO, wall };
        let settings = Settings::Pending;
        let (core, _, effects) =
            Core::start(config, rows, description(end, end, "1"), wall, &settings, None, now);
        let mut harness = Self { core, empty, wall, effects: Vec::new(), causes: Vec::new(), epoch: 0 };
        harness.carry_out(effects);
        harness
    }

    fn now(&self) -> Now {
        let since = self.wall.duration_since(UNIX_EPOCH + Duration::from_secs(1_000_000));
        Now { moment: since.unwrap(), wall: self.wall }
    }

    fn on(&mut self, input: Input<'_, SisteTiltakstyperV3>) {
        let now = self.now();
        let effects = self.core.on(input, now);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect<'_, SisteTiltakstyperV3>>) {
        for effect in effects {
            let name = match &effect {
                Effect::Assign { epoch, .. } => {
                    self.epoch = *epoch;
                    "assign"
                }
                Effect::Describe => "describe",
                Effect::PutAside(_) => "put aside",
                Effect::Decode { .. } => "decode",
                Effect::Persist { caught_up, .. } => {
                    if caught_up.is_some() {
                        "persist, complete"
                    } else {
                        "persist"
                    }
                }
                Effect::Publish(published) => {
                    self.causes.extend(published.changes.iter().map(|change| change.cause));
                    "publish"
                }
                Effect::Answer { .. } => "answer",
                Effect::Ready => "ready",
                Effect::Log(Notice::Stale { .. }) => "stale",
                Effect::Log(Notice::Recovered { .. }) => "recovered",
                Effect::Fail(_) => "fail",
            };
            self.effects.push(name.to_owned());
            if let Effect::Decode { partition, bootstrap, .. } = effect {
                let mut decoded = Decoded::new(self.empty.alike());
                for (key, pending) in bootstrap.rows {
                    decoded.add(partition, key, pending);
                }
                let decoded = Box::new(decoded.over(bootstrap.restored, bootstrap.again));
                self.on(Input::Decoded { partition, decoded });
            }
        }
    }

    fn record(&mut self, offset: i64, value: Option<&[u8]>) {
        let record = RecordRef { partition: 0, offset, timestamp: offset, key: Some(KEY), value };
        self.deliver(self.epoch, &[PollEvent::Record(record)]);
    }

    fn deliver(&mut self, epoch: u64, events: &[PollEvent<'_>]) {
        let mut batch = Batch::default();
        for event in events {
            batch.push(*event);
        }
        self.on(Input::Delivered { epoch, batch: &batch });
    }

    fn describe(&mut self, stable: i64, high: i64, topic_id: &str) {
        self.on(Input::Described(Ok(description(stable, high, topic_id))));
    }

    fn wait(&mut self, time: Duration) {
        self.wall += time;
        self.on(Input::Tick);
    }

    fn count(&self, effect: &str) -> usize {
        self.effects.iter().filter(|it| *it == effect).count()
    }
}

fn description(stable: i64, high: i64, topic_id: &str) -> TopicDescription {
    let marks = Watermarks { log_start: 0, last_stable_offset: stable, high_watermark: high };
    let identity = TopicIdentity { cluster_id: None, topic_id: Some(topic_id.to_owned()) };
    TopicDescription { identity, watermarks: [(0, marks)].into() }
}

fn a_barrier_behind_an_open_transaction(mutation: Option<Mutation>) -> usize {
    let mut table = Harness::start(0, mutation);
    table.record(0, Some(VALUE));
    table.on(Input::Barrier(Barrier::new(1)));
    table.describe(1, 2, "1");
    table.count("answer")
}

#[test]
fn a_barrier_waits_for_what_was_written_behind_an_open_transaction_and_an_early_one_is_caught() {
    assert_eq!(a_barrier_behind_an_open_transaction(None), 0);
    assert_eq!(a_barrier_behind_an_open_transaction(Some(Mutation::EarlyBarrier)), 1);
}

fn an_end_that_was_told_before_the_topic_was_made_anew(mutation: Option<Mutation>) -> usize {
    let mut table = Harness::start(0, mutation);
    table.record(0, Some(VALUE));
    let before = table.epoch;
    table.describe(3, 3, "2");
    table.effects.clear();
    table.deliver(before, &[PollEvent::PartitionEof { partition: 0 }]);
    table.count("decode")
}

#[test]
fn an_end_of_an_earlier_assignment_does_not_count_and_a_table_that_takes_it_is_caught() {
    assert_eq!(an_end_that_was_told_before_the_topic_was_made_anew(None), 0);
    assert_eq!(an_end_that_was_told_before_the_topic_was_made_anew(Some(Mutation::StaleEof)), 1);
}

fn what_is_announced_of_a_removed_key(mutation: Option<Mutation>) -> Vec<Cause> {
    let mut table = Harness::start(0, mutation);
    table.record(0, Some(VALUE));
    table.record(1, None);
    table.causes
}

#[test]
fn each_change_is_announced_and_a_table_that_keeps_one_to_itself_is_caught() {
    assert_eq!(what_is_announced_of_a_removed_key(None), [Cause::Upsert, Cause::Tombstone]);
    let mutant = what_is_announced_of_a_removed_key(Some(Mutation::UnannouncedChange));
    assert_ne!(mutant, [Cause::Upsert, Cause::Tombstone]);
}

#[test]
fn a_record_is_put_aside_before_its_position_is_persisted_and_persisted_before_it_is_shown() {
    let mut table = Harness::start(0, None);
    table.effects.clear();
    table.record(0, Some(b"{"));
    assert_eq!(table.effects, ["put aside", "persist", "publish"]);
}

#[test]
fn a_topic_with_another_id_is_read_anew_though_its_log_is_longer() {
    let mut table = Harness::start(0, None);
    table.record(0, Some(VALUE));
    table.effects.clear();
    table.describe(5, 5, "2");
    assert_eq!(table.count("assign"), 1);
    assert_eq!(table.core.counters.rebuilds, 1);
}

#[test]
fn a_record_below_what_the_same_assignment_has_delivered_is_a_log_that_went_backwards() {
    let mut table = Harness::start(0, None);
    table.record(0, Some(VALUE));
    table.record(1, Some(VALUE));
    table.effects.clear();
    table.record(0, Some(VALUE));
    assert_eq!(table.count("describe"), 1, "the brokers are asked at once");
    table.describe(2, 2, "1");
    assert_eq!(table.core.counters.rebuilds, 1);
}

#[test]
fn a_bootstrap_that_takes_longer_than_tombstones_are_kept_begins_anew() {
    let mut table = Harness::start(2, None);
    table.record(0, Some(VALUE));
    table.wait(RETENTION);
    table.record(1, Some(VALUE));
    assert_eq!((table.count("ready"), table.core.counters.rebuilds), (0, 1));
    table.record(0, Some(VALUE));
    table.record(1, Some(VALUE));
    assert_eq!(table.count("ready"), 1);
}

#[test]
fn a_table_that_was_cut_off_for_longer_than_tombstones_are_kept_is_read_anew_when_it_is_back() {
    let mut table = Harness::start(0, None);
    table.record(0, Some(VALUE));
    table.wait(RETENTION + Duration::from_secs(1));
    table.describe(1, 1, "1");
    assert_eq!(table.core.counters.rebuilds, 1);
}

#[test]
fn a_table_that_is_never_quite_at_the_end_of_a_busy_log_is_not_read_anew() {
    let mut table = Harness::start(0, None);
    let steps = 60;
    for offset in 0..steps {
        table.record(offset, Some(VALUE));
        table.wait(RETENTION / 20);
        // Always one record behind.
        table.describe(offset + 2, offset + 2, "1");
    }
    assert_eq!(table.core.counters.rebuilds, 0);
}

#[test]
fn a_right_that_is_taken_away_fails_the_table_only_after_the_grace() {
    let mut table = Harness::start(0, None);
    for _ in 0..12 {
        table.deliver(table.epoch, &[PollEvent::Unauthorized]);
        assert_eq!(table.count("fail"), 0);
        table.wait(Duration::from_secs(5));
        // The topic may still be described.
        table.describe(0, 0, "1");
    }
    assert_eq!(table.count("fail"), 1);
    assert!(table.count("stale") >= 1);
}

#[test]
fn a_record_after_a_refusal_makes_the_core_ask_for_the_confirmation_at_once() {
    let mut table = Harness::start(0, None);
    table.deliver(table.epoch, &[PollEvent::Unauthorized]);
    table.wait(Duration::from_secs(5));
    table.describe(0, 0, "1");
    table.effects.clear();
    table.record(0, Some(VALUE));
    assert_eq!(table.count("describe"), 1, "{:?}", table.effects);
}

#[test]
fn a_partition_that_is_added_to_one_makes_the_first_be_read_anew_for_its_tombstones() {
    let mut table = Harness::start(0, None);
    table.record(0, Some(VALUE));
    let mut description = description(1, 1, "1");
    description.watermarks.insert(1, Watermarks::settled(0, 0));
    table.on(Input::Described(Ok(description)));
    assert_eq!(table.core.counters.rebuilds, 1);
    assert!(table.core.last.remembers_tombstones());
}

#[test]
fn tombstones_are_forgotten_when_they_are_older_than_the_topic_keeps_them_and_nothing_comes_back() {
    let mut table = Harness::start(0, None);
    let mut description = description(0, 0, "1");
    description.watermarks.insert(1, Watermarks::settled(0, 0));
    table.on(Input::Described(Ok(description.clone())));
    let record = |partition, timestamp, value| {
        PollEvent::Record(RecordRef { partition, offset: 0, timestamp, key: Some(KEY), value })
    };
    table.deliver(table.epoch, &[record(0, 1, Some(VALUE)), record(1, 2, None)]);
    assert_eq!((table.core.last.tombstones(), table.core.last.rows().len()), (1, 0));
    for partition in 0..2 {
        description.watermarks.insert(partition, Watermarks::settled(0, 1));
    }
    for _ in 0..20 {
        table.wait(RETENTION / 10);
        table.on(Input::Described(Ok(description.clone())));
    }
    assert_eq!((table.core.last.tombstones(), table.core.last.rows().len()), (0, 0));
}

#[test]
fn a_barrier_makes_partitions_be_assigned_anew_once_and_not_while_records_come() {
    let mut table = Harness::start(0, None);
    table.on(Input::Barrier(Barrier::new(1)));
    table.describe(9, 9, "1");
    table.effects.clear();
    for offset in 0..4 {
        table.wait(Duration::from_millis(200));
        table.record(offset, Some(VALUE));
    }
    assert_eq!(table.count("assign"), 0, "what is fetched would be thrown away");
    for _ in 0..20 {
        // As long as a large record takes.
        table.wait(Duration::from_millis(200));
    }
    assert_eq!(table.count("assign"), 1);
    table.deliver(table.epoch, &[PollEvent::PartitionEof { partition: 0 }]);
    assert_eq!(table.count("answer"), 1);
}

#[test]
fn nothing_is_taken_from_a_log_that_went_backwards_until_it_is_known_which_one_it_is() {
    let mut table = Harness::start(0, None);
    table.record(0, Some(VALUE));
    table.record(0, Some(VALUE));
    table.effects.clear();
    table.record(7, Some(VALUE));
    assert_eq!(table.core.partitions[&0].position, 1, "records in between would be lost");
}

#[test]
fn an_id_that_is_not_told_once_is_not_forgotten() {
    let mut table = Harness::start(0, None);
    table.record(0, Some(VALUE));
    let mut without_id = description(1, 1, "1");
    without_id.identity.topic_id = None;
    table.on(Input::Described(Ok(without_id)));
    table.describe(5, 5, "2");
    assert_eq!(table.core.counters.rebuilds, 1);
}

#[test]
fn a_batch_is_not_persisted_as_if_the_end_were_confirmed() {
    let mut table = Harness::start(0, None);
    table.effects.clear();
    table.record(0, Some(VALUE));
    assert_eq!(table.effects, ["persist", "publish"], "each would be synced to the disk");
    table.describe(1, 1, "1");
    assert_eq!(table.count("persist, complete"), 1);
}

#[test]
fn a_short_retention_makes_the_first_question_come_in_time() {
    let mut table = Harness::start(0, None);
    table.core.config.tombstone_retention = None;
    let settings =
        Settings::Known { cleanup_policy: "compact".to_owned(), delete_retention: Duration::from_secs(2) };
    table.on(Input::Settings(settings));
    table.wait(Duration::from_millis(500));
    assert_eq!(table.count("describe"), 1);
    table.describe(0, 0, "1");
    assert_eq!(table.core.counters.rebuilds, 0);
}
