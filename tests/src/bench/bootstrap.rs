//! A table that reads a whole topic, beside a bare consumer of the same topic that only polls.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};
use tiltak_consumer_kit::fixtures::{Generator, NdjsonRecord};
use tiltak_consumer_kit::{Connection, Start, Table};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::{Record, Topic as _};
use tiltak_schema::view::Read;

use super::usage::Meter;
use super::{Usage, float, median};
use crate::kafka::{Broker, topic_name};

type T = SisteTiltaksgjennomforingerV2;

const LIMIT: Duration = Duration::from_mins(2);
const PARTITIONS: i32 = 2;
/// Records of a transaction that writes the topic.
const TRANSACTION: usize = 20_000;
/// How often a key is looked up, and how many look-ups are timed together.
const GETS: usize = 1_000_000;
const GETS_AT_ONCE: usize = 1_000;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many records the topic has.
    pub records: usize,
    /// Of how many keys they are.
    pub keys: u32,
    /// The share of tombstones, from 0 to 1.
    pub tombstones: f64,
    /// How often each reader reads the topic.
    pub rounds: usize,
}

/// A reader of the topic, in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Reader {
    /// A loop that polls, and does nothing with the records. It has the library's settings, but for those that a reader
    /// of a topic that is written in transactions needs.
    Bare,
    /// The same loop, with the settings that the kit gives its consumers.
    Tuned,
    /// The tuned loop, which keeps the last record of each key as bytes.
    Map,
    /// The tuned loop, which decodes each record.
    Decode,
    /// The table, until it is ready.
    Table,
    /// The table, which also keeps its state in a folder.
    Keep,
    /// The table, which goes on from there.
    Resume,
}

/// What was measured. MB are 10⁶ bytes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Records of the topic.
    pub records: usize,
    /// Their keys and values, in MB.
    pub mb: f64,
    /// Keys that have a value in the end.
    pub live_keys: usize,
    /// Their values as they are on the wire, in MB.
    pub live_mb: f64,
    /// What the table may have resident at the peak, in MB: twice the live values and 64 MiB.
    pub limit_mb: f64,
    /// The table's records per second as a share of the bare loop's: the median of the rounds.
    pub ratio: f64,
    /// The same, of those of the loop with the kit's settings.
    pub tuned_ratio: f64,
    /// Nanoseconds of a `get` of a key that is there, chosen at random: the median of the rounds.
    pub get_ns: f64,
    /// Each reader, the medians of the rounds.
    pub medians: Medians,
    /// Each round.
    pub rounds: Vec<Round>,
    /// A table that goes on from what it kept.
    pub resume: Resume,
    /// What the machine had to do before the first round and after the last, on average of a minute.
    pub load: [f64; 2],
}

/// One round: each reader once.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// The loop that polls.
    pub bare: Reading,
    /// The one with the kit's settings.
    pub tuned: Reading,
    /// The loop with a map of bytes.
    pub map: Reading,
    /// The loop that decodes each record.
    pub decode: Reading,
    /// The table.
    pub table: TableReading,
    /// The table's records per second divided by those of the loop that polls.
    pub ratio: f64,
    /// The same with those of the loop with the kit's settings.
    pub tuned_ratio: f64,
}

/// The medians of the rounds.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs, reason = "as in a round")]
pub struct Medians {
    pub bare: Reading,
    pub tuned: Reading,
    pub map: Reading,
    pub decode: Reading,
    pub table: Reading,
}

/// What one reader took, its start included.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// From before it connects until it has read everything.
    pub seconds: f64,
    /// Records of the topic, divided by that.
    pub records_per_second: f64,
    /// CPU and memory of its process.
    pub usage: Usage,
}

/// A reading of a table, and what it holds then.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableReading {
    /// Until it is ready.
    #[serde(flatten)]
    pub reading: Reading,
    /// Records that it read.
    pub read: usize,
    /// Keys with a value.
    pub keys: usize,
    /// Their values as they are on the wire, in MB.
    pub live_mb: f64,
    /// Nanoseconds of a `get`.
    pub get_ns: f64,
    /// What the process has resident when the table is ready, in MB.
    pub resident_mb: f64,
}

/// A table that goes on from what it kept: the medians of the rounds.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resume {
    /// The table that reads everything and keeps it, until it is ready.
    pub kept: Reading,
    /// The one that goes on, until it is ready.
    pub resumed: Reading,
    /// The time of the one that goes on, as a share of that of a table that reads everything and keeps nothing.
    pub ratio: f64,
}

/// Measures. `say` is told what is being done.
///
/// # Errors
/// No broker; anything that goes wrong on it.
pub async fn run(options: Options, say: impl Fn(&str)) -> Result<Report> {
    let broker = Broker::find()?;
    let prefix = format!("{}-", topic_name("bench"));
    let topic = format!("{prefix}{}", T::NAME);
    // Compaction would make another topic of it from round to round.
    let settings = [("cleanup.policy", "compact"), ("min.compaction.lag.ms", "604800000")];
    broker.create_topic(&topic, PARTITIONS, &settings).await?;
    say(&format!("writing {} records", options.records));
    let brokers = broker.bootstrap_servers().to_owned();
    let written = tokio::task::spawn_blocking({
        let (brokers, topic) = (brokers.clone(), topic.clone());
        move || write(&brokers, &topic, options)
    });
    let bytes = written.await??;

    // What the broker reads for the first time, it reads more slowly.
    say("reading everything once");
    let state = tempfile::tempdir()?;
    let start = |reader| read_in_child(&brokers, &prefix, state.path(), reader);
    start(Reader::Bare)?;
    let before = load()?;
    let (mut rounds, mut goes_on) = (Vec::new(), Vec::new());
    for number in 1..=options.rounds.max(1) {
        say(&format!("round {number} of {}", options.rounds.max(1)));
        let reading = |reader| -> Result<Reading> { Ok(serde_json::from_str(&start(reader)?)?) };
        let (bare, tuned) = (reading(Reader::Bare)?, reading(Reader::Tuned)?);
        let table: TableReading = serde_json::from_str(&start(Reader::Table)?)?;
        let (map, decode) = (reading(Reader::Map)?, reading(Reader::Decode)?);
        let ratio = bare.seconds / table.reading.seconds;
        let tuned_ratio = tuned.seconds / table.reading.seconds;
        rounds.push(Round { bare, tuned, map, decode, table, ratio, tuned_ratio });
        for entry in fs::read_dir(state.path())? {
            fs::remove_file(entry?.path())?;
        }
        let kept: TableReading = serde_json::from_str(&start(Reader::Keep)?)?;
        let resumed: TableReading = serde_json::from_str(&start(Reader::Resume)?)?;
        ensure!(resumed.keys == kept.keys, "{} keys were kept, {} came back", kept.keys, resumed.keys);
        ensure!(resumed.read == 0, "{} records were read again", resumed.read);
        goes_on.push((kept.reading, resumed.reading, resumed.reading.seconds / table.reading.seconds));
    }
    let resume = Resume {
        kept: middle(&goes_on.iter().map(|it| it.0)),
        resumed: middle(&goes_on.iter().map(|it| it.1)),
        ratio: median(goes_on.iter().map(|it| it.2)),
    };
    let last = rounds.last().context("a round")?.table;
    Ok(Report {
        records: options.records,
        mb: float(bytes) / 1e6,
        live_keys: last.keys,
        live_mb: last.live_mb,
        limit_mb: 2.0 * last.live_mb + f64::from(64_u32 << 20) / 1e6,
        ratio: median(rounds.iter().map(|it| it.ratio)),
        tuned_ratio: median(rounds.iter().map(|it| it.tuned_ratio)),
        get_ns: median(rounds.iter().map(|it| it.table.get_ns)),
        medians: Medians {
            bare: middle(&rounds.iter().map(|it| it.bare)),
            tuned: middle(&rounds.iter().map(|it| it.tuned)),
            map: middle(&rounds.iter().map(|it| it.map)),
            decode: middle(&rounds.iter().map(|it| it.decode)),
            table: middle(&rounds.iter().map(|it| it.table.reading)),
        },
        rounds,
        resume,
        load: [before, load()?],
    })
}

/// The medians, each figure for itself.
fn middle(readings: &(impl Iterator<Item = Reading> + Clone)) -> Reading {
    let of = |figure: fn(Reading) -> f64| median(readings.clone().map(figure));
    Reading {
        seconds: of(|it| it.seconds),
        records_per_second: of(|it| it.records_per_second),
        usage: Usage { cpu_seconds: of(|it| it.usage.cpu_seconds), peak_mb: of(|it| it.usage.peak_mb) },
    }
}

/// The first figure of `/proc/loadavg`.
fn load() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().next().context("a figure in /proc/loadavg")?.parse()?)
}

/// Writes the topic: in large batches, and in transactions as the real producer does. How many bytes it has.
fn write(brokers: &str, topic: &str, options: Options) -> Result<usize> {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("transactional.id", topic_name("bench"))
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("batch.num.messages", "10000")
        .set("batch.size", "1000000")
        .set("linger.ms", "50")
        .create()?;
    producer.init_transactions(LIMIT)?;
    let generator = Generator::new(1).keys(options.keys).tombstones(options.tombstones);
    let mut lines = generator.records::<T>().take(options.records).peekable();
    let mut bytes = 0;
    while lines.peek().is_some() {
        producer.begin_transaction()?;
        for NdjsonRecord { key, value } in lines.by_ref().take(TRANSACTION) {
            bytes += key.len() + value.as_ref().map_or(0, String::len);
            let mut record = BaseRecord::<str, str>::to(topic).key(&key);
            record.payload = value.as_deref();
            producer.send(record).map_err(|(error, _)| error)?;
        }
        producer.commit_transaction(LIMIT)?;
    }
    Ok(bytes)
}

/// Starts this program once more, so that what is measured is one reader alone.
fn read_in_child(brokers: &str, prefix: &str, state: &Path, reader: Reader) -> Result<String> {
    let name = reader.to_possible_value().context("a reader with a name")?;
    let child = Command::new(env::current_exe()?)
        .args(["read", "--brokers", brokers, "--prefix", prefix, "--reader", name.get_name(), "--state"])
        .arg(state)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start a reader")?;
    ensure!(child.status.success(), "the reader {} has failed", name.get_name());
    Ok(String::from_utf8(child.stdout)?)
}

/// Reads the topic in this process, and gives what was measured as JSON.
///
/// # Errors
/// No broker; anything that goes wrong on it.
pub async fn read(brokers: &str, prefix: &str, state: &Path, reader: Reader) -> Result<String> {
    let topic = format!("{prefix}{}", T::NAME);
    Ok(match reader {
        Reader::Bare => serde_json::to_string(&poll_all(brokers, &topic, plain(), |_| Ok(()))?)?,
        Reader::Tuned => serde_json::to_string(&poll_all(brokers, &topic, tuned(), |_| Ok(()))?)?,
        Reader::Map => {
            let mut map: HashMap<Box<[u8]>, Box<[u8]>> = HashMap::new();
            let keep = |message: &BorrowedMessage<'_>| {
                let key = message.key().unwrap_or_default();
                match message.payload() {
                    Some(value) => map.insert(key.into(), value.into()),
                    None => map.remove(key),
                };
                Ok(())
            };
            serde_json::to_string(&poll_all(brokers, &topic, tuned(), keep)?)?
        }
        Reader::Decode => {
            let decode = |message: &BorrowedMessage<'_>| {
                let key = message.key().unwrap_or_default();
                black_box(Record::<T, Read>::decode(key, message.payload())?);
                Ok(())
            };
            serde_json::to_string(&poll_all(brokers, &topic, tuned(), decode)?)?
        }
        Reader::Table => serde_json::to_string(&read_table(brokers, prefix, None).await?)?,
        Reader::Keep | Reader::Resume => {
            serde_json::to_string(&read_table(brokers, prefix, Some(state)).await?)?
        }
    })
}

fn plain() -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("group.id", "bench")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true");
    config
}

/// With the settings that the kit gives its consumers.
fn tuned() -> ClientConfig {
    let mut config = plain();
    config
        .set("fetch.wait.max.ms", "100")
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.queue.backoff.ms", "5")
        .set("reconnect.backoff.ms", "20")
        .set("receive.message.max.bytes", "1000000000");
    config
}

/// Polls from the beginning to the end of each partition.
fn poll_all(
    brokers: &str,
    topic: &str,
    mut config: ClientConfig,
    mut each: impl FnMut(&BorrowedMessage<'_>) -> Result<()>,
) -> Result<Reading> {
    let (meter, start) = (Meter::start()?, Instant::now());
    let consumer: BaseConsumer = config.set("bootstrap.servers", brokers).create()?;
    let mut from = TopicPartitionList::new();
    let metadata = consumer.fetch_metadata(Some(topic), LIMIT)?;
    for partition in metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions) {
        from.add_partition_offset(topic, partition.id(), Offset::Beginning)?;
    }
    consumer.assign(&from)?;
    let mut open = from.count();
    let mut records = 0;
    while open > 0 {
        ensure!(start.elapsed() < LIMIT, "the end did not come within {} s", LIMIT.as_secs());
        match consumer.poll(LIMIT) {
            Some(Ok(message)) => {
                records += 1;
                each(&message)?;
            }
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) => {
                bail!("no broker answers")
            }
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let usage = meter.stop()?;
    Ok(Reading { seconds, records_per_second: float(records) / seconds, usage })
}

/// A table until it is ready, and what it costs to ask it.
async fn read_table(brokers: &str, prefix: &str, state: Option<&Path>) -> Result<TableReading> {
    let (meter, start) = (Meter::start()?, Instant::now());
    let connection = Connection::new(brokers).topic_prefix(prefix);
    let mut builder = Table::<T>::builder(connection);
    if let Some(folder) = state {
        builder = builder.state_folder(folder);
    }
    let table = builder.start().await?;
    table.ready(LIMIT).await?;
    let seconds = start.elapsed().as_secs_f64();
    let usage = meter.stop()?;
    let resident_mb = super::usage::resident_mb()?;
    let metrics = table.metrics();
    if let Start::Rebuilt(reason) = table.started() {
        bail!("the table has read everything anew: {reason}");
    }
    let read = usize::try_from(metrics.counters.records)?;
    let reading = Reading { seconds, records_per_second: float(read) / seconds, usage };
    let (keys, live_mb) = (table.len(), float(usize::try_from(metrics.bytes)?) / 1e6);
    let get_ns = get_ns(&table)?;
    table.close().await;
    Ok(TableReading { reading, read, keys, live_mb, get_ns, resident_mb })
}

/// Nanoseconds of a `get` of a key that is there.
fn get_ns(table: &Table<T>) -> Result<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut keys: Vec<_> = table.snapshot().iter().map(|(key, _)| *key).collect();
    ensure!(!keys.is_empty(), "the table has no key");
    keys.shuffle(&mut random);
    let asked: Vec<_> = (0..GETS).map(|_| keys[random.random_range(0..keys.len())]).collect();
    let mut times = Vec::new();
    for keys in asked.chunks(GETS_AT_ONCE) {
        let start = Instant::now();
        for key in keys {
            ensure!(black_box(table.get(black_box(key))).is_some(), "a key is gone");
        }
        times.push(start.elapsed().as_secs_f64() * 1e9 / float(keys.len()));
    }
    Ok(median(times))
}
