//! Every order in which a table may meet the records of a key, tried on the core one by one.
//!
//! The law: for every log of a key over two partitions, a following table, a rebuilt table, and a table that was
//! stopped and resumed show the same, whatever the order of delivery across partitions, and whatever compaction
//! removed meanwhile. [`shown_by`] computes the expected result from the logs alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tiltak_schema::scalar::TiltakstypeId;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

use super::bootstrap::{Decoded, RestoredRows};
use super::rows::Rows;
use super::{Config, Core, Effect, Input, Mutation, Now, Operation, Restored};
use crate::connection::Isolation;
use crate::poison::PreviousValue;
use crate::source::memory_log::{Compaction, NewRecord, SimulatedLog};
use crate::source::{Batch, PollEvent, RecordRef, Settings, TopicDescription, TopicIdentity, Watermarks};
use crate::store::{StoredRow, StoredRows};

type T = SisteTiltakstyperV3;

const KEY: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";
const VALUE: &str = r#"{"id":"59a64a02-efdd-471d-9529-356ff5553a5d","navn":"n","tiltakskode":"OPPFOLGING","innsatsgrupper":[],"arenaKode":null,"deltakerRegistreringInnhold":null,"opprettetTidspunkt":"2026-01-31T09:00","oppdatertTidspunkt":"2026-01-31T09:00"}"#;
const PARTITIONS: usize = 2;
const RETENTION: Duration = Duration::from_hours(24);

/// What a record of the key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Value,
    Tombstone,
    Undecodable,
}

impl Content {
    fn bytes(self) -> Option<&'static [u8]> {
        match self {
            Self::Value => Some(VALUE.as_bytes()),
            Self::Tombstone => None,
            Self::Undecodable => Some(b"{"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    partition: usize,
    offset: i64,
    timestamp: i64,
    content: Content,
}

/// What is on the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Log {
    records: Vec<Record>,
    ends: [i64; PARTITIONS],
}

/// The record whose value is shown, by partition and offset.
type Shown = Option<(i32, i64)>;

/// What was tried, and the differences that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryOrders {
    /// Logs of at most so many records of a key over two partitions.
    pub logs: u64,
    /// Orders of delivery across partitions, of all logs, with and without a compaction on the way.
    pub orders: u64,
    /// Restarts, each at another point.
    pub restarts: u64,
    /// Number of restarts and orders after which the table showed something else than the logs say.
    pub differences: u64,
    /// The first of these, in words.
    pub examples: Vec<String>,
}

impl DeliveryOrders {
    fn check(&mut self, what: impl Fn() -> String, shown: Shown, allowed: &[Shown]) {
        if allowed.contains(&shown) {
            return;
        }
        self.differences += 1;
        if self.examples.len() < 20 {
            self.examples.push(format!("{}: {shown:?} is shown, {:?} is right", what(), allowed[0]));
        }
    }

    fn add(&mut self, other: Self) {
        self.logs += other.logs;
        self.orders += other.orders;
        self.restarts += other.restarts;
        self.differences += other.differences;
        self.examples.extend(other.examples);
        self.examples.truncate(20);
    }
}

/// What the logs say: within a partition the last offset decides, between partitions the greatest (timestamp, partition) of
/// the last records. Written without the core, and without looking at it.
fn shown_by(log: &Log) -> Shown {
    let last = (0..PARTITIONS).filter_map(|partition| {
        let of_partition = log.records.iter().filter(|record| record.partition == partition);
        of_partition.max_by_key(|record| record.offset)
    });
    let deciding = last.max_by_key(|record| (record.timestamp, record.partition))?;
    (deciding.content == Content::Value).then_some((number(deciding.partition), deciding.offset))
}

fn number(partition: usize) -> i32 {
    i32::try_from(partition).unwrap_or_default()
}

/// A core with a sown bug, which the enumeration has to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mutant {
    /// Tombstones are forgotten at once, as if no other partition could have an older value.
    ForgottenTombstone,
    /// Within a partition the timestamp decides, and not the offset.
    TimestampDecides,
}

impl From<Mutant> for Mutation {
    fn from(mutant: Mutant) -> Self {
        match mutant {
            Mutant::ForgottenTombstone => Self::ForgottenTombstone,
            Mutant::TimestampDecides => Self::TimestampDecides,
        }
    }
}

/// Tries every order in which a table may meet the records of a key. The logs have at most `records` records (values,
/// tombstones, undecodable records) over two partitions, with timestamps that are equal, rise or fall. The orders are
/// every order of delivery across partitions, a stop and a resume at every point, and a compaction at every point. A
/// following table, a rebuilt table and a resumed one have to show what the logs say.
///
/// It runs on the core of [`Table`](crate::Table) itself, without a thread or a broker. `progress` gets how many logs are
/// done, and of how many.
///
/// ```
/// use tiltak_consumer_kit::fixtures::delivery_orders;
///
/// let found = delivery_orders(2, None, &|_, _| {});
/// assert_eq!((found.logs, found.differences), (129, 0));
/// ```
pub fn delivery_orders(
    records: u32,
    mutant: Option<Mutant>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> DeliveryOrders {
    let mutation = mutant.map(Mutation::from);
    let total: u64 = (0..=records).map(|length| 6_u64.pow(length) * 3).sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let done = std::sync::atomic::AtomicU64::new(0);
    let work = |share: usize| {
        let mut found = DeliveryOrders::default();
        for (index, log) in (0..).zip(logs(records)) {
            if index % threads == share {
                try_log(&log, mutation, &mut found);
                progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, total);
            }
        }
        found
    };
    let mut all = DeliveryOrders::default();
    std::thread::scope(|scope| {
        let shares: Vec<_> = (0..threads).map(|share| scope.spawn(move || work(share))).collect();
        for share in shares {
            all.add(share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    all
}

/// All logs: values, tombstones, undecodable records on either partition, with timestamps that are equal, rise or fall.
fn logs(records: u32) -> impl Iterator<Item = Log> {
    (0..=records).flat_map(|length| {
        (0..6_u32.pow(length)).flat_map(move |choice| {
            (0..3).map(move |pattern| {
                let (mut log, mut choice) = (Log { records: Vec::new(), ends: [0; PARTITIONS] }, choice);
                for index in 0..i64::from(length) {
                    let (partition, content) = ((choice % 2) as usize, choice / 2 % 3);
                    choice /= 6;
                    let timestamp = match pattern {
                        0 => 10,
                        1 => 10 + index,
                        _ => 20 - index,
                    };
                    let content =
                        [Content::Value, Content::Tombstone, Content::Undecodable][content as usize];
                    let offset = log.ends[partition];
                    log.ends[partition] += 1;
                    log.records.push(Record { partition, offset, timestamp, content });
                }
                log
            })
        })
    })
}

/// A compaction after so many deliveries.
#[derive(Debug, Clone, Copy)]
struct Pass {
    after: usize,
    expires_tombstones: bool,
}

impl Log {
    /// What a pass leaves, when so much of each partition was delivered. A tombstone expires only if the reader has met
    /// it, or nothing of its partition: a reader that is further behind has to read anew, which is another law.
    fn compacted(&self, expires_tombstones: bool, delivered: [i64; PARTITIONS]) -> Self {
        let mut log = SimulatedLog::new(PARTITIONS);
        for record in &self.records {
            let new = NewRecord::new(Some(KEY.as_bytes()), record.content.bytes());
            // Both partitions are there.
            let _ = log.append(number(record.partition), new.timestamp(record.timestamp));
        }
        let mut kept = BTreeSet::new();
        for (partition, at) in delivered.into_iter().enumerate() {
            let has_met_all = at == 0 || at == self.ends[partition];
            let pass = Compaction::whole();
            let pass = if expires_tombstones && has_met_all { pass.without_tombstones() } else { pass };
            let _ = log.compact(number(partition), pass);
            let events = log.partitions()[partition].read(0, Isolation::ReadCommitted);
            kept.extend(events.filter_map(|event| match event {
                PollEvent::Record(record) => Some((partition, record.offset)),
                _ => None,
            }));
        }
        let is_kept = |record: &&Record| kept.contains(&(record.partition, record.offset));
        Self { records: self.records.iter().filter(is_kept).copied().collect(), ends: self.ends }
    }

    fn description(&self) -> TopicDescription {
        let marks = self.ends.iter().map(|end| Watermarks::settled(0, *end));
        TopicDescription {
            identity: TopicIdentity::default(),
            watermarks: (0..PARTITIONS).map(number).zip(marks).collect(),
        }
    }
}

fn try_log(log: &Log, mutation: Option<Mutation>, found: &mut DeliveryOrders) {
    found.logs += 1;
    let truth = shown_by(log);
    let counts = log.ends;
    let total = log.records.len();
    for order in interleavings(counts) {
        let passes = (0..=total).flat_map(|after| {
            [false, true].map(|expires_tombstones| Some(Pass { after, expires_tombstones }))
        });
        let mut left: Option<Log> = None;
        for pass in std::iter::once(None).chain(passes) {
            let mut delivered = [0; PARTITIONS];
            let after = pass.map_or(0, |pass| pass.after);
            order[..after].iter().for_each(|partition| delivered[*partition] += 1);
            let compacted = match pass {
                Some(pass) => log.compacted(pass.expires_tombstones, delivered),
                None => log.clone(),
            };
            if pass.is_some() && compacted == *log {
                continue;
            }
            let allowed = [truth, shown_by(&compacted)];
            try_order(log, &compacted, &order, after, &allowed, mutation, found);
            if left.as_ref() != Some(&compacted) {
                try_anew(&compacted, &order, mutation, found);
                left = Some(compacted);
            }
        }
    }
}

/// A table that follows, with a restart at every point.
fn try_order(
    log: &Log,
    compacted: &Log,
    order: &[usize],
    after: usize,
    allowed: &[Shown],
    mutation: Option<Mutation>,
    found: &mut DeliveryOrders,
) {
    let empty = Log { records: Vec::new(), ends: [0; PARTITIONS] };
    let mut table = Simulated::start(&empty, None, mutation);
    found.orders += 1;
    for step in 0..=order.len() {
        let on_broker = if step < after { log } else { compacted };
        let mut resumed = Simulated::start(on_broker, Some(table.store.clone()), mutation);
        resumed.deliver_all(log, compacted, order, step, after);
        found.restarts += 1;
        let what = || format!("{log:?}, order {order:?}, compacted after {after}, resumed after {step}");
        found.check(what, resumed.shown, allowed);
        // And once more, with nothing new.
        let again = Simulated::start(compacted, Some(resumed.store), mutation);
        found.check(|| format!("{} and again", what()), again.shown, allowed);
        if let Some(partition) = order.get(step) {
            table.deliver_next(on_broker, log, *partition, &order[..step]);
        }
    }
    table.finish(compacted);
    let what = || format!("{log:?}, order {order:?}, compacted after {after}, following");
    found.check(what, table.shown, allowed);
}

/// A rebuilt table, with a restart at every point of its bootstrap.
fn try_anew(log: &Log, order: &[usize], mutation: Option<Mutation>, found: &mut DeliveryOrders) {
    let right = [shown_by(log)];
    let mut table = Simulated::start(log, None, mutation);
    for step in 0..=order.len() {
        let mut resumed = Simulated::start(log, Some(table.store.clone()), mutation);
        resumed.deliver_all(log, log, order, step, 0);
        found.restarts += 1;
        let what = || format!("{log:?}, order {order:?}, read anew, stopped after {step}");
        found.check(what, resumed.shown, &right);
        if let Some(partition) = order.get(step) {
            table.deliver_next(log, log, *partition, &order[..step]);
        }
    }
    table.finish(log);
    found.orders += 1;
    found.check(|| format!("{log:?}, order {order:?}, read anew"), table.shown, &right);
}

/// All orders of so many deliveries of each partition.
fn interleavings(counts: [i64; PARTITIONS]) -> Vec<Vec<usize>> {
    let [first, second] = counts;
    if first == 0 && second == 0 {
        return vec![Vec::new()];
    }
    let mut orders = Vec::new();
    for (partition, rest) in [(0, [first - 1, second]), (1, [first, second - 1])] {
        if counts[partition] > 0 {
            orders.extend(interleavings(rest).into_iter().map(|mut order| {
                order.insert(0, partition);
                order
            }));
        }
    }
    orders
}

/// Rows by partition: value, offset, timestamp.
type StoredRowsOf = BTreeMap<i32, (Option<Vec<u8>>, i64, i64)>;

/// What a store has after the effects so far.
#[derive(Debug, Clone, Default)]
struct SimulatedStore {
    rows: StoredRowsOf,
    saved: Option<(BTreeMap<i32, i64>, Option<SystemTime>)>,
}

/// A table without anything but its core: effects are carried out at once.
struct Simulated {
    core: Core<T>,
    store: SimulatedStore,
    epoch: u64,
    shown: Shown,
    /// The next offset that the source gives of each partition.
    positions: [i64; PARTITIONS],
    log: TopicDescription,
    key: Option<TiltakstypeId>,
    empty: Rows<T>,
}

fn now() -> Now {
    Now { moment: Duration::from_secs(1), wall: UNIX_EPOCH + Duration::from_secs(1_000_000) }
}

impl Simulated {
    fn start(log: &Log, store: Option<SimulatedStore>, mutation: Option<Mutation>) -> Self {
        let config = Config {
            topic: "t".to_owned(),
            previous_value: PreviousValue::Drop,
            any_cleanup_policy: false,
            tombstone_retention: Some(RETENTION),
            metadata_refresh_interval: Duration::from_secs(5),
            authorization_grace: Duration::from_secs(5),
            stops_at_poison: false,
            persists: true,
            mutation,
        };
        let store = store.unwrap_or_default();
        let restored = Restored {
            identity: store.saved.as_ref().map(|_| TopicIdentity::default()),
            positions: store.saved.as_ref().map(|saved| saved.0.clone()).unwrap_or_default(),
            caught_up: store.saved.as_ref().and_then(|saved| saved.1),
            unusable: None,
            rows: restored(&store.rows),
        };
        let rows = Rows::with_shards(1);
        let empty = rows.alike();
        let settings = Settings::Pending;
        let description = log.description();
        let (core, _, effects) =
            Core::start(config, rows, description.clone(), now().wall, &settings, Some(restored), now());
        let key = KEY.parse().ok();
        let mut table = Self {
            core,
            store,
            epoch: 0,
            shown: None,
            positions: [0; PARTITIONS],
            log: description,
            key,
            empty,
        };
        table.carry_out(effects);
        // Partitions that have nothing to read are there at once.
        let effects = table.core.on(Input::Tick, now());
        table.carry_out(effects);
        table
    }

    fn carry_out(&mut self, effects: Vec<Effect<'_, T>>) {
        for effect in effects {
            match effect {
                Effect::Assign { epoch, positions } => {
                    self.epoch = epoch;
                    for (partition, position) in positions {
                        self.positions[usize::try_from(partition).unwrap_or_default()] = position;
                    }
                }
                Effect::Describe => {
                    let effects = self.core.on(Input::Described(Ok(self.log.clone())), now());
                    self.carry_out(effects);
                }
                Effect::Persist { operations, positions, caught_up, .. } => {
                    for operation in &operations {
                        self.persist(operation);
                    }
                    self.save(positions, caught_up);
                }
                Effect::Decode { partition, bootstrap, persist, tombstones } => {
                    if let Some(positions) = persist {
                        self.store.rows.remove(&partition);
                        for pending in bootstrap.rows.values() {
                            if tombstones || pending.value.is_some() {
                                let row = (pending.value.clone(), pending.offset, pending.timestamp);
                                self.store.rows.insert(partition, row);
                            }
                        }
                        self.save(positions, None);
                    }
                    let mut decoded = Decoded::new(self.empty.alike());
                    for (key, pending) in bootstrap.rows {
                        decoded.add(partition, key, pending);
                    }
                    let decoded = Box::new(decoded.over(bootstrap.restored, bootstrap.again));
                    let effects = self.core.on(Input::Decoded { partition, decoded }, now());
                    self.carry_out(effects);
                }
                Effect::Publish(published) => {
                    let row = self.key.as_ref().and_then(|key| published.rows.slot(key));
                    self.shown = row.map(|row| (row.partition(), row.offset()));
                }
                Effect::PutAside(_)
                | Effect::Answer { .. }
                | Effect::Ready
                | Effect::Log(_)
                | Effect::Fail(_) => {}
            }
        }
    }

    fn persist(&mut self, operation: &Operation<'_>) {
        match operation {
            Operation::Put { value, partition, offset, timestamp, .. } => {
                self.store.rows.insert(*partition, (value.map(<[u8]>::to_vec), *offset, *timestamp));
            }
            Operation::Delete { partition, .. } | Operation::Clear { partition } => {
                self.store.rows.remove(partition);
            }
        }
    }

    fn save(&mut self, positions: BTreeMap<i32, i64>, caught_up: Option<SystemTime>) {
        let caught_up = caught_up.or(self.store.saved.as_ref().and_then(|saved| saved.1));
        self.store.saved = Some((positions, caught_up));
    }

    /// The rest of an order, from a step on, in which the log is compacted after so many.
    fn deliver_all(&mut self, log: &Log, compacted: &Log, order: &[usize], step: usize, after: usize) {
        // What is read again after a restart comes first.
        for (at, partition) in order.iter().enumerate() {
            let on_broker = if at.max(step) < after { log } else { compacted };
            self.deliver_next(on_broker, log, *partition, &order[..at]);
        }
        self.finish(compacted);
    }

    /// The record that is the next one of the partition after these deliveries, if it is there and was not read.
    fn deliver_next(&mut self, on_broker: &Log, log: &Log, partition: usize, before: &[usize]) {
        let offset = before.iter().filter(|it| **it == partition).count();
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        self.log = log.description();
        if offset < self.positions[partition] {
            return;
        }
        let is_next = |record: &&Record| record.partition == partition && record.offset == offset;
        let Some(record) = on_broker.records.iter().find(is_next) else { return };
        self.positions[partition] = offset + 1;
        let mut batch = Batch::default();
        batch.push(PollEvent::Record(RecordRef {
            partition: number(partition),
            offset,
            timestamp: record.timestamp,
            key: Some(KEY.as_bytes()),
            value: record.content.bytes(),
        }));
        self.deliver(&batch);
    }

    /// The ends of both partitions are reported.
    fn finish(&mut self, log: &Log) {
        self.log = log.description();
        let mut batch = Batch::default();
        for partition in 0..PARTITIONS {
            batch.push(PollEvent::PartitionEof { partition: number(partition) });
        }
        self.deliver(&batch);
    }

    fn deliver(&mut self, batch: &Batch) {
        let effects = self.core.on(Input::Delivered { epoch: self.epoch, batch }, now());
        self.carry_out(effects);
    }
}

fn restored(rows: &StoredRowsOf) -> BTreeMap<i32, RestoredRows<T>> {
    let of = |(partition, (value, offset, timestamp)): (&i32, &(Option<Vec<u8>>, i64, i64))| {
        let (offset, timestamp) = (*offset, *timestamp);
        let row = StoredRow { key: KEY.as_bytes(), value: value.as_deref(), offset, timestamp };
        let others = vec![StoredRows::new(*partition, [row])];
        (*partition, RestoredRows { decodable: None, others })
    };
    rows.iter().map(of).collect()
}
