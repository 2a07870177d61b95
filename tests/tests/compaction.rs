//! The model of what compaction may leave, against what Kafka's cleaner really leaves.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::{ProptestConfig, Strategy as _};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use tiltak_consumer_kit::fixtures::{
    ChangeCause, CompactionLimits, EntryContent, History, HistoryOptions, HistoryTransaction, LogRecord,
    PartitionLog, fold, histories, is_legal_read, is_legal_static, partition_of,
};
use tiltak_consumer_kit::log::{self, RawRecord};
use tiltak_consumer_kit::{Connection, OnPoison, Table};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{QUICK_COMPACTION, shared, topic_name};

const LIMIT: Duration = Duration::from_mins(1);
const PARTITIONS: i32 = 2;
const TRANSACTIONS: usize = 60;
/// Transactions between two looks at the log.
const AT_ONCE: usize = 8;

type Gjennomforinger = SisteTiltaksgjennomforingerV2;

/// A history of some length; the same for the same seed.
fn history(seed: u8) -> History {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let options = HistoryOptions::of::<Gjennomforinger>()
        .changes(4 * TRANSACTIONS)
        .partitions(PARTITIONS)
        .tombstones_everywhere(true);
    let strategy = histories(options);
    loop {
        let history = strategy.new_tree(&mut runner).unwrap().current();
        if history.transactions.len() >= TRANSACTIONS {
            return history;
        }
    }
}

/// Writes transactions as they are, aborted ones too.
fn publish(
    producer: &ThreadedProducer<DefaultProducerContext>,
    topic: &str,
    transactions: &[HistoryTransaction],
) {
    for transaction in transactions {
        producer.begin_transaction().unwrap();
        for (_, line) in transaction.changes.iter().flat_map(|change| &change.records) {
            let mut record =
                BaseRecord::to(topic).key(&line.key).partition(partition_of(&line.key, PARTITIONS));
            record.payload = line.value.as_ref();
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        // What was not sent would be thrown away by an abort.
        while producer.in_flight_count() > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        if transaction.committed {
            producer.commit_transaction(LIMIT).unwrap();
        } else {
            producer.abort_transaction(LIMIT).unwrap();
        }
    }
}

/// A history on a topic that the cleaner works on.
struct Written {
    seed: u8,
    name: String,
    connection: Connection,
    producer: Arc<ThreadedProducer<DefaultProducerContext>>,
    /// What is not written yet.
    coming: Vec<HistoryTransaction>,
    /// What is.
    history: History,
    /// As it was written, with the fillers.
    logs: Vec<PartitionLog>,
    fillers: BTreeSet<String>,
    /// Logs that stood still and were compacted in part.
    partial: usize,
}

impl Written {
    async fn create(seed: u8) -> Self {
        let prefix = format!("{}-", topic_name("compaction"));
        let name = format!("{prefix}{}", Gjennomforinger::NAME);
        shared().create_topic(&name, PARTITIONS, QUICK_COMPACTION).await.unwrap();
        let connection = Connection::new(shared().bootstrap_servers()).topic_prefix(&prefix);
        let mut history = history(seed);
        let coming = std::mem::take(&mut history.transactions);
        let producer = ClientConfig::new()
            .set("bootstrap.servers", shared().bootstrap_servers())
            .set("transactional.id", &name)
            .set("linger.ms", "0")
            .create::<ThreadedProducer<_>>()
            .unwrap();
        let producer = Arc::new(producer);
        let init = Arc::clone(&producer);
        tokio::task::spawn_blocking(move || init.init_transactions(LIMIT)).await.unwrap().unwrap();
        let logs = history.logs();
        let fillers = BTreeSet::new();
        Self { seed, name, connection, producer, coming, history, logs, fillers, partial: 0 }
    }

    /// Writes what comes next of the history, or fillers when it is at its end.
    async fn append(&mut self) {
        if self.coming.is_empty() {
            return self.append_fillers().await;
        }
        let count = AT_ONCE.min(self.coming.len());
        let next: Vec<_> = self.coming.drain(..count).collect();
        self.history.transactions.extend(next.iter().cloned());
        self.logs = self.history.logs();
        let (producer, name) = (Arc::clone(&self.producer), self.name.clone());
        tokio::task::spawn_blocking(move || publish(&producer, &name, &next)).await.unwrap();
    }

    async fn read(&self) -> Vec<RawRecord> {
        let connection = self.connection.clone();
        let read = move || log::read(&connection, Gjennomforinger::NAME, LIMIT);
        tokio::task::spawn_blocking(read).await.unwrap().unwrap()
    }

    async fn append_fillers(&mut self) {
        for log in &mut self.logs {
            let (key, offset) = shared().append_filler(&self.name, log.partition).await.unwrap();
            assert_eq!(offset, log.end(), "the log was written as the history has it");
            log.push(EntryContent::Record {
                key: key.as_str().into(),
                value: None,
                committed: true,
                cause: ChangeCause::Unknown,
            });
            self.fillers.insert(key);
        }
    }

    /// Whether the model allows what was read, and how much of the history it is.
    fn check(&mut self, read: &[RawRecord], is_static: bool) {
        let mut all = Vec::new();
        for log in &self.logs {
            let records: Vec<LogRecord> =
                read.iter().filter(|it| it.partition == log.partition).map(record).collect();
            // The record that was written last is in the segment that is written to.
            let limits = CompactionLimits::up_to(log.end() - 1);
            let verdict = is_legal_read(log, &records, limits);
            assert_eq!(verdict, Ok(()), "seed {}: a read that the model does not allow", self.seed);
            if is_static {
                let verdict = is_legal_static(log, &records, limits);
                assert_eq!(verdict, Ok(()), "seed {}: a log that the model does not allow", self.seed);
            }
            all.extend(records);
        }
        let written: usize = self.logs.iter().map(|log| log.records().count()).sum();
        if is_static && all.len() < written && !self.is_compacted(read) {
            self.partial += 1;
        }
        assert!(fold(&all) == self.history.truth(), "seed {}: the fold is not the truth", self.seed);
    }

    /// Whether of the history only the last values are left.
    fn is_compacted(&self, read: &[RawRecord]) -> bool {
        let of_history = read
            .iter()
            .filter(|it| !self.fillers.contains(std::str::from_utf8(it.key.as_deref().unwrap()).unwrap()));
        let (values, tombstones): (Vec<_>, Vec<_>) = of_history.partition(|it| it.value.is_some());
        tombstones.is_empty() && values.len() == self.history.truth().len()
    }
}

fn record(raw: &RawRecord) -> LogRecord {
    let key = std::str::from_utf8(raw.key.as_deref().unwrap()).unwrap();
    let value = raw.value.as_deref().map(|value| std::str::from_utf8(value).unwrap());
    LogRecord::new(Gjennomforinger::NAME, raw.partition, raw.offset, key, value)
}

async fn follow_the_cleaner(seed: u8) -> usize {
    let mut written = Written::create(seed).await;
    let start = Instant::now();
    let mut before = written.read().await;
    let mut left = Vec::new();
    loop {
        let read = written.read().await;
        // What was read twice in the same way stood still meanwhile.
        let is_static = read == before;
        written.check(&read, is_static);
        if is_static && written.coming.is_empty() && written.is_compacted(&read) {
            break;
        }
        assert!(start.elapsed() < LIMIT, "seed {seed}: {} records are left", read.len());
        if is_static {
            left.push(read.len());
            written.append().await;
            before = written.read().await;
        } else {
            before = read;
        }
    }
    let aborted = written.history.transactions.iter().filter(|it| !it.committed).count();
    eprintln!(
        "seed {seed}: {} transactions, {aborted} of them aborted; {} logs checked, {} compacted in part, of lengths {left:?}",
        written.history.transactions.len(),
        left.len() + 1,
        written.partial,
    );
    assert!(aborted > 0);

    let builder = Table::<Gjennomforinger>::builder(written.connection.clone()).on_poison(OnPoison::Skip);
    let table = builder.start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    let mut shown: Vec<String> = table.snapshot().iter().map(|(key, _)| key.to_string()).collect();
    shown.extend(table.unreadable().keys().map(ToString::to_string));
    shown.sort();
    assert_eq!(shown, written.history.truth().keys().map(|(_, key)| key.to_string()).collect::<Vec<_>>());
    written.partial
}

#[tokio::test(flavor = "multi_thread")]
async fn every_log_that_the_real_cleaner_leaves_is_one_that_the_model_allows() {
    let seeds: Vec<_> = (1..=4).map(|seed| tokio::spawn(follow_the_cleaner(seed))).collect();
    let mut partial = 0;
    for seed in seeds {
        partial += seed.await.unwrap();
    }
    assert!(partial > 0, "no log was met that was compacted in part");
}
