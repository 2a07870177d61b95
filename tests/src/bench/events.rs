//! An event consumer, beside bare loops of the client library that do the same.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use rdkafka::config::FromClientConfig;
use rdkafka::consumer::{BaseConsumer, StreamConsumer};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use serde::Serialize;
use tiltak_consumer_kit::fixtures::{Generator, NdjsonRecord};
use tiltak_consumer_kit::{Connection, Event, EventBuilder, EventConsumer, EventMetrics, OnPoison};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::{Record, Topic as _};
use tiltak_schema::view::Read;
use tokio::sync::Semaphore;

use super::{float, median};
use crate::kafka::{Broker, topic_name};

type T = SisteTiltaksgjennomforingerV2;

const LIMIT: Duration = Duration::from_mins(3);
/// Keys of the topics: a handler of one key waits for the one before.
const KEYS: u32 = 50_000;
/// What the handler that waits awaits, as a quick database does.
const WAIT: Duration = Duration::from_millis(1);
/// Handlers that wait at once.
const CONCURRENCY: usize = 64;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many records the topic of the handler that does nothing has. The one of the handler that waits has a quarter, that
    /// of the dead letters a twentieth.
    pub records: usize,
    /// How often each is measured.
    pub rounds: usize,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Records of the topic of the handler that does nothing.
    pub records: usize,
    /// A handler that does nothing, two partitions; beside a loop that decodes each record.
    pub no_op: Pair,
    /// A handler that awaits a millisecond, one partition, 64 at once; beside a loop that decodes each record and spawns the
    /// same wait, 64 at once.
    pub waiting: Pair,
    /// Records that cannot be decoded, into a dead-letter topic; beside a loop that sends the same to another topic.
    pub dead_letters: Pair,
    /// Each round.
    pub rounds: Vec<Round>,
}

/// One round.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// The handler that does nothing.
    pub no_op: Pair,
    /// The handler that awaits a millisecond.
    pub waiting: Pair,
    /// The dead letters.
    pub dead_letters: Pair,
}

/// Records per second of the event consumer and of its baseline, from the first record to the last.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// The event consumer.
    pub kit_per_second: f64,
    /// The loop.
    pub bare_per_second: f64,
    /// The first divided by the second.
    pub ratio: f64,
}

impl Pair {
    fn new(kit: f64, bare: f64) -> Self {
        Self { kit_per_second: kit, bare_per_second: bare, ratio: kit / bare }
    }

    /// The medians, each figure for itself.
    fn middle(rounds: &[Round], of: fn(&Round) -> Self) -> Self {
        let figure = |figure: fn(Self) -> f64| median(rounds.iter().map(|round| figure(of(round))));
        Self {
            kit_per_second: figure(|it| it.kit_per_second),
            bare_per_second: figure(|it| it.bare_per_second),
            ratio: figure(|it| it.ratio),
        }
    }
}

/// Measures. `say` is told what is being done.
///
/// # Errors
/// No broker; anything that goes wrong on it.
pub async fn run(options: Options, say: impl Fn(&str)) -> Result<Report> {
    let broker = Broker::find()?;
    let make = async |partitions: i32, records: usize, is_good: bool| -> Result<TestTopic> {
        say(&format!("writing {records} records"));
        TestTopic::make(&broker, partitions, records.max(1), is_good).await
    };
    let no_op = make(2, options.records, true).await?;
    let waiting = make(1, options.records / 4, true).await?;
    let bad = make(1, options.records / 20, false).await?;
    let letters = topic_name("bench-letters");
    broker.create_topic(&letters, 1, &[]).await?;

    let mut rounds = Vec::new();
    for number in 1..=options.rounds.max(1) {
        say(&format!("round {number} of {}", options.rounds.max(1)));
        let of_no_op = Pair::new(no_op.handle_nothing().await?, no_op.decode_all().await?);
        let of_waiting = Pair::new(waiting.handle_waiting().await?, waiting.spawn_waiting().await?);
        let of_letters = Pair::new(bad.put_aside(&letters).await?, bad.send_all(&letters).await?);
        rounds.push(Round { no_op: of_no_op, waiting: of_waiting, dead_letters: of_letters });
    }
    Ok(Report {
        records: options.records,
        no_op: Pair::middle(&rounds, |it| it.no_op),
        waiting: Pair::middle(&rounds, |it| it.waiting),
        dead_letters: Pair::middle(&rounds, |it| it.dead_letters),
        rounds,
    })
}

/// A topic with records.
struct TestTopic {
    brokers: String,
    prefix: String,
    name: String,
    partitions: i32,
    records: usize,
}

impl TestTopic {
    async fn make(broker: &Broker, partitions: i32, records: usize, is_good: bool) -> Result<Self> {
        let prefix = format!("{}-", topic_name("bench"));
        let name = format!("{prefix}{}", T::NAME);
        // Compaction would make another topic of it from round to round.
        let settings = [("cleanup.policy", "compact"), ("min.compaction.lag.ms", "604800000")];
        broker.create_topic(&name, partitions, &settings).await?;
        let brokers = broker.bootstrap_servers().to_owned();
        let topic = Self { brokers, prefix, name, partitions, records };
        let (brokers, name) = (topic.brokers.clone(), topic.name.clone());
        tokio::task::spawn_blocking(move || write(&brokers, &name, records, is_good)).await??;
        Ok(topic)
    }

    fn consumer(&self) -> EventBuilder<T> {
        let connection = Connection::new(&self.brokers).topic_prefix(&self.prefix);
        EventConsumer::builder(connection, topic_name("bench"))
    }

    /// Records per second of a consumer whose handler does nothing.
    async fn handle_nothing(&self) -> Result<f64> {
        let clock = Arc::new(Clock::of(self.records));
        let counted = Arc::clone(&clock);
        let handler = move |event: Event<T>| {
            black_box(&event);
            counted.tick();
            std::future::ready(Ok::<_, String>(()))
        };
        let consumer = self.consumer().start(handler).await?;
        let result = clock.finish().await;
        consumer.shutdown().await?;
        result
    }

    /// Records per second of a consumer whose handler awaits.
    async fn handle_waiting(&self) -> Result<f64> {
        let clock = Arc::new(Clock::of(self.records));
        let counted = Arc::clone(&clock);
        let handler = move |_: Event<T>| {
            let counted = Arc::clone(&counted);
            async move {
                tokio::time::sleep(WAIT).await;
                counted.tick();
                Ok::<_, String>(())
            }
        };
        let consumer = self.consumer().concurrency(CONCURRENCY).start(handler).await?;
        let result = clock.finish().await;
        consumer.shutdown().await?;
        result
    }

    /// Records per second of a consumer that puts all of them aside.
    async fn put_aside(&self, letters: &str) -> Result<f64> {
        let poison = OnPoison::DeadLetter(Connection::new(&self.brokers), letters.to_owned());
        let handler = |_: Event<T>| std::future::ready(Ok::<_, String>(()));
        let consumer = self.consumer().on_poison(poison).start(handler).await?;
        let all = u64::try_from(self.records)?;
        let until = async |is_there: &dyn Fn(&EventMetrics) -> bool| -> Result<()> {
            let start = Instant::now();
            while !is_there(&consumer.metrics()) {
                ensure!(start.elapsed() < LIMIT, "{:?}", consumer.metrics());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        };
        // From when the member has its partitions: joining the group is not what is measured.
        until(&|metrics| !metrics.partitions.is_empty()).await?;
        let start = Instant::now();
        until(&|metrics| metrics.undecodable >= all).await?;
        let seconds = start.elapsed().as_secs_f64();
        consumer.shutdown().await?;
        Ok(float(self.records) / seconds)
    }

    /// With the settings that the kit gives its consumers.
    fn bare<C: FromClientConfig + rdkafka::consumer::Consumer>(&self) -> Result<C> {
        let consumer: C = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", "bench")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.max.messages.kbytes", "16384")
            .create()?;
        let mut from = TopicPartitionList::new();
        for partition in 0..self.partitions {
            from.add_partition_offset(&self.name, partition, Offset::Beginning)?;
        }
        consumer.assign(&from)?;
        Ok(consumer)
    }

    /// Records per second of a loop that decodes each.
    async fn decode_all(&self) -> Result<f64> {
        let consumer: BaseConsumer = self.bare()?;
        let clock = Clock::of(self.records);
        let read = move || -> Result<Clock> {
            while !clock.is_over() {
                let message = consumer.poll(LIMIT).context("no record comes")??;
                let key = message.key().unwrap_or_default();
                black_box(Record::<T, Read>::decode(key, message.payload())?);
                clock.tick();
            }
            Ok(clock)
        };
        tokio::task::spawn_blocking(read).await??.finish().await
    }

    /// Records per second of a loop that decodes each and spawns a wait.
    async fn spawn_waiting(&self) -> Result<f64> {
        let consumer: StreamConsumer = self.bare()?;
        let clock = Arc::new(Clock::of(self.records));
        let room = Arc::new(Semaphore::new(CONCURRENCY));
        for _ in 0..self.records {
            let message = tokio::time::timeout(LIMIT, consumer.recv()).await??;
            black_box(Record::<T, Read>::decode(message.key().unwrap_or_default(), message.payload())?);
            let (permit, clock) = (Arc::clone(&room).acquire_owned().await?, Arc::clone(&clock));
            tokio::spawn(async move {
                tokio::time::sleep(WAIT).await;
                clock.tick();
                drop(permit);
            });
        }
        clock.finish().await
    }

    /// Records per second of a loop that sends each to another topic, until all are there.
    async fn send_all(&self, letters: &str) -> Result<f64> {
        let consumer: BaseConsumer = self.bare()?;
        let (clock, letters) = (Clock::of(self.records), letters.to_owned());
        let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("enable.idempotence", "true")
            .create()?;
        let send = move || -> Result<f64> {
            while !clock.is_over() {
                let message = consumer.poll(LIMIT).context("no record comes")??;
                clock.tick();
                let mut letter = BaseRecord::<[u8], [u8]>::to(&letters);
                (letter.key, letter.payload) = (message.key(), message.payload());
                producer.send(letter).map_err(|(error, _)| error)?;
            }
            producer.flush(LIMIT)?;
            Ok(clock.per_second_until_now())
        };
        tokio::task::spawn_blocking(send).await?
    }
}

/// Counts records, and takes the time from the first to the last.
struct Clock {
    records: usize,
    ticks: AtomicUsize,
    times: Mutex<[Option<Instant>; 2]>,
}

impl Clock {
    fn of(records: usize) -> Self {
        Self { records, ticks: AtomicUsize::new(0), times: Mutex::default() }
    }

    fn tick(&self) {
        let before = self.ticks.fetch_add(1, Ordering::Relaxed);
        if before == 0 {
            self.times.lock().unwrap_or_else(PoisonError::into_inner)[0] = Some(Instant::now());
        }
        if before + 1 == self.records {
            self.times.lock().unwrap_or_else(PoisonError::into_inner)[1] = Some(Instant::now());
        }
    }

    fn is_over(&self) -> bool {
        self.ticks.load(Ordering::Relaxed) >= self.records
    }

    fn per_second_until_now(&self) -> f64 {
        let [first, _] = *self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = first.map_or(f64::INFINITY, |first| first.elapsed().as_secs_f64());
        float(self.records) / seconds
    }

    /// Waits for the last, and gives the records per second.
    async fn finish(&self) -> Result<f64> {
        let start = Instant::now();
        loop {
            let times = *self.times.lock().unwrap_or_else(PoisonError::into_inner);
            if let [Some(first), Some(last)] = times {
                let seconds = last.saturating_duration_since(first).as_secs_f64();
                return Ok(float(self.records) / seconds);
            }
            let ticks = self.ticks.load(Ordering::Relaxed);
            ensure!(start.elapsed() < LIMIT, "{ticks} of {} after {} s", self.records, LIMIT.as_secs());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Writes a topic: good records of many keys, or records that cannot be decoded.
fn write(brokers: &str, topic: &str, records: usize, is_good: bool) -> Result<()> {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("batch.num.messages", "10000")
        .set("queue.buffering.max.messages", "1000000")
        .set("queue.buffering.max.kbytes", "1000000")
        .set("linger.ms", "50")
        .create()?;
    let generator = Generator::new(1).keys(KEYS).tombstones(0.05);
    for (number, NdjsonRecord { key, value }) in generator.records::<T>().take(records).enumerate() {
        let value = if is_good { value } else { Some(format!(r#"{{"id": {number}}}"#)) };
        let mut record = BaseRecord::<str, str>::to(topic).key(&key);
        record.payload = value.as_deref();
        producer.send(record).map_err(|(error, _)| anyhow!(error))?;
    }
    producer.flush(LIMIT)?;
    Ok(())
}
