//! Random histories: a table equals the fold of what was committed.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::stores::{MemoryStore, resumed};
use super::*;
use crate::source::memory_log::Transaction;
use crate::{OnPoison, PreviousValue};

pub(super) const PARTITIONS: usize = 2;
pub(super) const KEYS: u8 = 5;

/// What happens to a log.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Put(u8, u8),
    Spoil(u8),
    Remove(u8),
    Begin,
    /// A record of the transaction with this number among the open ones.
    Within(usize, u8, u8),
    Commit(usize),
    Abort(usize),
    Skip(i32, i64),
    Compact {
        partition: i32,
        clean: u8,
        rewritten: u8,
        expired: bool,
    },
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let partition = 0..i32::try_from(PARTITIONS).unwrap();
    prop_oneof![
        6 => (0..KEYS, any::<u8>()).prop_map(|(key, version)| Step::Put(key, version)),
        1 => (0..KEYS).prop_map(Step::Spoil),
        3 => (0..KEYS).prop_map(Step::Remove),
        1 => Just(Step::Begin),
        4 => (any::<usize>(), 0..KEYS, any::<u8>()).prop_map(|(it, key, version)| Step::Within(it, key, version)),
        1 => any::<usize>().prop_map(Step::Commit),
        1 => any::<usize>().prop_map(Step::Abort),
        1 => (partition.clone(), 1..4_i64).prop_map(|(partition, count)| Step::Skip(partition, count)),
        2 => (partition, any::<u8>(), any::<u8>(), any::<bool>()).prop_map(
            |(partition, clean, rewritten, expired)| Step::Compact { partition, clean, rewritten, expired }
        ),
    ]
}

/// A log that is compacted, and one beside it that is not.
pub(super) struct Pair {
    pub(super) log: MemoryLog,
    pub(super) whole: MemoryLog,
    open: Vec<(Transaction, Transaction)>,
}

pub(super) fn partition(key: u8) -> i32 {
    i32::from(key) % i32::try_from(PARTITIONS).unwrap()
}

impl Pair {
    pub(super) fn new() -> Self {
        Self { log: log(PARTITIONS), whole: log(PARTITIONS), open: Vec::new() }
    }

    pub(super) fn append(&self, number: u8, value: Option<&[u8]>) {
        for log in [&self.log, &self.whole] {
            log.append(partition(number), key(number).as_bytes(), value).unwrap();
        }
    }

    fn take(&mut self, index: usize) -> Option<(Transaction, Transaction)> {
        let count = self.open.len();
        (count > 0).then(|| self.open.swap_remove(index % count))
    }

    pub(super) fn step(&mut self, step: &Step, may_expire: bool) {
        match *step {
            Step::Put(number, version) => self.append(number, Some(&value(number, &version.to_string()))),
            Step::Spoil(number) => self.append(number, Some(b"{}")),
            Step::Remove(number) => self.append(number, None),
            Step::Begin => self.open.push((self.log.begin(), self.whole.begin())),
            Step::Within(index, number, version) => {
                let count = self.open.len();
                if count > 0 {
                    let (one, other) = &self.open[index % count];
                    let value = (version % 4 > 0).then(|| value(number, &version.to_string()));
                    for transaction in [one, other] {
                        transaction
                            .append(partition(number), key(number).as_bytes(), value.as_deref())
                            .unwrap();
                    }
                }
            }
            Step::Commit(index) => {
                if let Some((one, other)) = self.take(index) {
                    one.commit();
                    other.commit();
                }
            }
            Step::Abort(index) => {
                if let Some((one, other)) = self.take(index) {
                    one.abort();
                    other.abort();
                }
            }
            Step::Skip(partition, count) => {
                self.log.skip(partition, count).unwrap();
                self.whole.skip(partition, count).unwrap();
            }
            Step::Compact { partition, clean, rewritten, expired } => {
                let end = self.log.watermarks()[&partition].high_watermark;
                let part = |share: u8| end * i64::from(share) / 200;
                let compaction = Compaction {
                    clean_to: part(clean),
                    rewritten_to: part(rewritten),
                    tombstones_expired_from: (expired && may_expire).then_some(0),
                };
                self.log.compact(partition, compaction).unwrap();
            }
        }
    }

    pub(super) fn finish(&mut self) {
        while let Some((one, other)) = self.take(0) {
            one.commit();
            other.commit();
        }
    }

    /// What each key has, and where; `None` for a value that cannot be decoded.
    pub(super) fn truth(&self) -> BTreeMap<TiltakstypeId, Option<String>> {
        let mut truth = BTreeMap::new();
        for record in self.whole.records() {
            let key: TiltakstypeId = String::from_utf8(record.key.unwrap()).unwrap().parse().unwrap();
            match record.value {
                None => truth.remove(&key),
                Some(bytes) => {
                    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                    truth.insert(key, value["navn"].as_str().map(str::to_owned))
                }
            };
        }
        truth
    }
}

pub(super) fn shown(table: &Tiltakstyper) -> BTreeMap<TiltakstypeId, Option<String>> {
    let unreadable = table.unreadable().into_keys().map(|key| (key, None));
    table.iter().map(|(key, entry)| (key, Some(entry.navn.clone()))).chain(unreadable).collect()
}

fn skipping(log: &MemoryLog) -> super::super::TableBuilder<SisteTiltakstyperV3> {
    Table::over(log.source()).on_poison(OnPoison::Skip).previous_value(PreviousValue::Drop)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_table_equals_the_fold_of_any_log_that_compaction_leaves(steps in vec(step(), 0..60)) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.step(step, true);
        }
        Runtime::new().unwrap().block_on(async {
            let table = skipping(&pair.log).start().await.unwrap();
            table.ready(LIMIT).await.unwrap();
            prop_assert_eq!(shown(&table), pair.truth());
            Ok(())
        })?;
    }

    #[test]
    fn a_table_that_follows_equals_the_fold_and_so_do_its_changes_and_its_index(
        steps in vec(step(), 0..60),
        at_once in 1..4_usize,
        start in 0..30_usize,
    ) {
        let mut pair = Pair::new();
        pair.log.poll_at_most(at_once);
        let (before, after) = steps.split_at(start.min(steps.len()));
        for step in before {
            pair.step(step, true);
        }
        Runtime::new().unwrap().block_on(async {
            let table = skipping(&pair.log).start().await.unwrap();
            let by_navn = table.index(|it| Some(it.navn.clone()));
            let (snapshot, mut changes) = table.snapshot_and_changes();
            for step in after {
                pair.step(step, false);
                tokio::task::yield_now().await;
            }
            pair.finish();
            table.barrier(LIMIT).await.unwrap();
            prop_assert_eq!(shown(&table), pair.truth());

            let rows = table.snapshot().to_map();
            let mut told = snapshot.to_map();
            while let Some(change) = changes.try_next() {
                prop_assert_eq!(told.get(&change.key), change.old.as_ref());
                match change.new {
                    Some(new) => told.insert(change.key, new),
                    None => told.remove(&change.key),
                };
            }
            prop_assert_eq!(&told, &rows);
            for (key, entry) in &rows {
                prop_assert!(by_navn.get(&entry.navn).iter().any(|(it, _)| it == key));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_table_that_is_killed_again_and_again_equals_one_that_is_read_afresh(
        runs in vec(vec(step(), 0..15), 1..4),
        waits in vec(any::<bool>(), 4),
    ) {
        let mut pair = Pair::new();
        let store = MemoryStore::default();
        pair.log.poll_at_most(2);
        Runtime::new().unwrap().block_on(async {
            for (steps, wait) in runs.iter().zip(waits) {
                let table = skipping(&pair.log).store(store.clone()).start().await.unwrap();
                for step in steps {
                    if !matches!(step, Step::Spoil(_)) {
                        pair.step(step, false);
                    }
                }
                if wait {
                    table.ready(LIMIT).await.unwrap();
                }
            }
            pair.finish();
            let table = resumed(&pair.log, &store).await;
            table.ready(LIMIT).await.unwrap();
            prop_assert_eq!(shown(&table), pair.truth());
            Ok(())
        })?;
    }
}
