//! The relay beside a bare transactional producer that sends the same bytes to the same broker.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::{ClientConfig, ClientContext, Message as _, Offset, TopicPartitionList};
use serde::Serialize;
use tempfile::TempDir;
use tiltak_producer::commands::EditGjennomforing;
use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::kafka_outbox::OutboxRecord;
use tiltak_producer::relay::{Relay, RelayError};
use tiltak_producer::{CommandService, GjennomforingDetails, Location, Relast, Selection, Store, seed};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::Topic as _;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use super::usage::Meter;
use super::{Times, Usage, float, median};
use crate::kafka::{Broker, topic_name};
use crate::postgres;

const LIMIT: Duration = Duration::from_mins(2);
/// How often a gjennomføring is edited during a relast, or on an idle system.
const PAUSE: Duration = Duration::from_millis(20);
/// Transactions of the bare producer before it is measured: the broker compiles its code as it runs.
const WARM_UP: usize = 20;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Database {
    Sqlite,
    Postgres,
}

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The database.
    pub database: Database,
    /// How many gjennomføringer it has.
    pub gjennomforinger: usize,
    /// How often relay and bare producer each send everything.
    pub rounds: usize,
    /// How many edits are timed.
    pub edits: usize,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The database.
    pub database: Database,
    /// How many gjennomføringer it has.
    pub gjennomforinger: usize,
    /// The relay's records per second as a share of the bare producer's: the median of the rounds.
    pub ratio: f64,
    /// Each round.
    pub rounds: Vec<Round>,
    /// From the return of an edit until a reader of committed records has it, on an idle system, in ms.
    pub visible: Times,
    /// From the begin of a bare transaction with a record on each topic until the reader has it, in ms.
    pub bare_visible: Times,
    /// A relast of everything, with the relay at work.
    pub relast: RelastReport,
}

/// Everything, sent once by each.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// Records.
    pub records: usize,
    /// Their keys and values, in MB (10⁶ bytes).
    pub mb: f64,
    /// Records of a transaction, of the relay on average and of the bare producer.
    pub batch: usize,
    /// Records per second.
    pub relay_per_second: f64,
    /// Records per second.
    pub bare_per_second: f64,
    /// The one divided by the other.
    pub ratio: f64,
    /// Of the relay.
    pub relay_usage: Usage,
    /// Of the bare producer.
    pub bare_usage: Usage,
}

/// A relast with edits made meanwhile.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RelastReport {
    /// Until the last record was published.
    pub seconds: f64,
    /// Of this process: relast, relay, and a reader.
    pub usage: Usage,
    /// From the return of an edit until the reader has it, in ms.
    pub visible: Times,
    /// How many edits there were.
    pub edits: usize,
}

/// Measures. `say` is told what is being done.
///
/// # Errors
/// No broker or database; anything that goes wrong on them.
pub async fn run(options: Options, say: impl Fn(&str)) -> Result<Report> {
    let broker = Broker::find()?;
    let bench = Bench::new(&broker, options, &say).await?;
    say("a relast of everything, with edits meanwhile");
    let relast = bench.relast().await?;
    say("edits on an idle system");
    let (visible, bare_visible) = bench.idle().await?;
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        rounds.push(bench.round().await?);
    }
    Ok(Report {
        database: options.database,
        gjennomforinger: options.gjennomforinger,
        ratio: median(rounds.iter().map(|round| round.ratio)),
        rounds,
        visible,
        bare_visible,
        relast,
    })
}

struct Bench<'a> {
    broker: &'a Broker,
    options: Options,
    producer: CommandService,
    now: Moment,
    /// Some that may be edited.
    edited: Vec<Gjennomforing>,
    _folder: TempDir,
    /// Dropped in this order: the database before its server.
    _server: Option<(postgres::Database, postgres::Server)>,
}

impl<'a> Bench<'a> {
    async fn new(broker: &'a Broker, options: Options, say: impl Fn(&str)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (location, server) = match options.database {
            Database::Sqlite => (Location::from(&*folder.path().join("tiltak.db")), None),
            Database::Postgres => {
                let server = postgres::Server::find()?;
                let database = server.create_database().await?;
                (Location::from(&*database.url()), Some((database, server)))
            }
        };
        let store = Store::connect(&location).await?;
        say("seeding");
        let now = Moment::at("2026-03-16T08:00:00Z".parse()?).context("after the year 0")?;
        let seeding = seed::Options { scale: options.gjennomforinger, ..seed::Options::default() };
        seed::load(&store, &seeding, now, |_| {}).await?;
        let edited = {
            let mut tx = store.begin().await?;
            let some = tx.gjennomforinger(Selection::All, None, 1_000).await?;
            let editable = |it: &Gjennomforing| {
                it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores
            };
            some.into_iter().map(|joined| joined.gjennomforing).filter(editable).collect()
        };
        let producer = CommandService::new(store);
        Ok(Self { broker, options, producer, now, edited, _folder: folder, _server: server })
    }

    /// Topics of their own, to which nothing is published yet.
    async fn cluster(&self) -> Result<Cluster> {
        let prefix = format!("{}-", topic_name("bench"));
        let cluster = Cluster::new(self.broker.bootstrap_servers()).with_prefix(prefix);
        cluster.create_topics().await?;
        self.producer.store().outbox().reset_checkpoint().await?;
        Ok(cluster)
    }

    async fn relast(&self) -> Result<RelastReport> {
        let cluster = self.cluster().await?;
        let relay = RunningRelay::start(self.producer.store(), &cluster).await?;
        let meter = Meter::start()?;
        let start = Instant::now();
        let producer = self.producer.clone();
        let relast = tokio::spawn(async move { producer.relast_gjennomforinger(&Relast::All, |_| {}).await });
        let mut reader = Reader::new(&cluster)?;
        let mut times = Vec::new();
        while !relast.is_finished() || self.producer.store().outbox().record_count().await? > 0 {
            let time;
            (reader, time) = self.edit(reader, times.len()).await?;
            times.push(time);
        }
        relast.await??;
        let seconds = start.elapsed().as_secs_f64();
        let usage = meter.stop()?;
        relay.stop().await?;
        Ok(RelastReport { seconds, usage, edits: times.len(), visible: Times::of(times) })
    }

    /// The times of an edit, and of a bare transaction.
    async fn idle(&self) -> Result<(Times, Times)> {
        let cluster = self.cluster().await?;
        let relay = RunningRelay::start(self.producer.store(), &cluster).await?;
        let mut reader = Reader::new(&cluster)?;
        let mut times = Vec::new();
        for number in 0..self.options.edits {
            let time;
            (reader, time) = self.edit(reader, number).await?;
            times.push(time);
        }
        relay.stop().await?;

        let (edits, gjennomforing) = (self.options.edits, self.edited.first().context("one to edit")?.id);
        let bare = spawn_blocking(move || -> Result<Times> {
            let producer = BareProducer::new(&cluster)?;
            let topics = tiltak_schema::topics().map(|topic| cluster.topic(topic.name));
            let mut times = Vec::new();
            for number in 0..WARM_UP + edits {
                std::thread::sleep(PAUSE);
                let (key, value) = (gjennomforing.to_string(), format!("{{\"antallPlasser\":{number},"));
                let start = Instant::now();
                producer
                    .send(topics.iter().map(|topic| (topic.as_str(), key.as_str(), Some(value.as_str()))))?;
                reader.wait_for(&key, &value)?;
                times.push(start.elapsed());
            }
            Ok(Times::of(times.split_off(WARM_UP)))
        });
        Ok((Times::of(times), bare.await??))
    }

    /// An edit, and how long until the reader has it.
    async fn edit(&self, mut reader: Reader, number: usize) -> Result<(Reader, Duration)> {
        let count = self.edited.len();
        let gjennomforing = self.edited.get(number % count.max(1)).context("one to edit")?;
        let details = GjennomforingDetails::of(gjennomforing).context("kind AVTALE has details")?;
        let antall_plasser = i32::try_from(1_000 + number)?;
        tokio::time::sleep(PAUSE).await;
        let details = GjennomforingDetails { antall_plasser, ..details };
        self.producer.execute(EditGjennomforing { id: gjennomforing.id, details }, self.now).await?;
        let start = Instant::now();
        let (key, what) = (gjennomforing.id.to_string(), format!("\"antallPlasser\":{antall_plasser},"));
        spawn_blocking(move || {
            reader.wait_for(&key, &what)?;
            Ok((reader, start.elapsed()))
        })
        .await?
    }

    async fn round(&self) -> Result<Round> {
        self.producer.relast_gjennomforinger(&Relast::All, |_| {}).await?;
        let rows = self.producer.store().outbox().records(u32::MAX).await?;
        let bytes = rows.iter().map(|row| row.key.len() + row.value.as_ref().map_or(0, String::len)).sum();
        let records = rows.len();

        let cluster = self.cluster().await?;
        let mut relay = Relay::connect(self.producer.store().clone(), cluster).await?;
        let mut batches = 0;
        let (meter, start) = (Meter::start()?, Instant::now());
        relay.drain(|_| batches += 1).await?;
        let (relay_time, relay_usage) = (start.elapsed(), meter.stop()?);
        drop(relay);

        let cluster = self.cluster().await?;
        let batch = records.div_ceil(batches);
        let (bare_time, bare_usage) = spawn_blocking(move || send_all(&cluster, &rows, batch)).await??;

        let per_second = |time: Duration| float(records) / time.as_secs_f64();
        Ok(Round {
            records,
            mb: float(bytes) / 1e6,
            batch,
            relay_per_second: per_second(relay_time),
            bare_per_second: per_second(bare_time),
            ratio: bare_time.as_secs_f64() / relay_time.as_secs_f64(),
            relay_usage,
            bare_usage,
        })
    }
}

/// A relay at work.
struct RunningRelay {
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), RelayError>>,
}

impl RunningRelay {
    async fn start(store: &Store, cluster: &Cluster) -> Result<Self> {
        let mut relay = Relay::connect(store.clone(), cluster.clone()).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            relay.run(async { drop(stopped.await) }, |error| eprintln!("{error}")).await
        });
        Ok(Self { stop, running })
    }

    async fn stop(self) -> Result<()> {
        drop(self.stop);
        Ok(self.running.await??)
    }
}

/// Reads the committed records of gjennomføringer.
struct Reader(BaseConsumer);

impl Reader {
    fn new(cluster: &Cluster) -> Result<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", cluster.brokers())
            .set("group.id", "bench")
            .set("isolation.level", "read_committed")
            .set("fetch.wait.max.ms", "10")
            .set("queued.max.messages.kbytes", "16384")
            .create()?;
        let topic = cluster.topic(SisteTiltaksgjennomforingerV2::NAME);
        let metadata = consumer.fetch_metadata(Some(&topic), LIMIT)?;
        let mut from = TopicPartitionList::new();
        for partition in metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions) {
            from.add_partition_offset(&topic, partition.id(), Offset::Beginning)?;
        }
        consumer.assign(&from)?;
        Ok(Self(consumer))
    }

    /// Until a record has this key, and this in its value.
    fn wait_for(&mut self, key: &str, what: &str) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            // None comes also before the limit, when librdkafka has something else to say.
            let Some(record) = self.0.poll(LIMIT) else { continue };
            let record = record?;
            let value = record.payload().map(String::from_utf8_lossy).unwrap_or_default();
            if record.key() == Some(key.as_bytes()) && value.contains(what) {
                return Ok(());
            }
        }
        bail!("an edit of {key} did not come within {} s", LIMIT.as_secs())
    }
}

/// Counts what is acknowledged.
#[derive(Default)]
struct Acknowledged {
    count: AtomicUsize,
    failed: AtomicBool,
}

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.failed.fetch_or(result.is_err(), Ordering::Relaxed);
    }
}

/// A transactional producer with the relay's settings, and nothing else.
struct BareProducer(BaseProducer<Acknowledged>);

impl BareProducer {
    fn new(cluster: &Cluster) -> Result<Self> {
        let producer: BaseProducer<Acknowledged> = ClientConfig::new()
            .set("bootstrap.servers", cluster.brokers())
            .set("transactional.id", topic_name("bare"))
            .set("partitioner", "murmur2_random")
            .set("compression.type", "lz4")
            .set("linger.ms", "1")
            .create_with_context(Acknowledged::default())?;
        producer.init_transactions(LIMIT)?;
        Ok(Self(producer))
    }

    /// One transaction.
    fn send<'r>(&self, records: impl Iterator<Item = (&'r str, &'r str, Option<&'r str>)>) -> Result<()> {
        let acknowledged = self.0.context();
        self.0.begin_transaction()?;
        acknowledged.count.store(0, Ordering::Relaxed);
        let mut sent = 0;
        for (topic, key, value) in records {
            let mut record = BaseRecord::<str, str>::to(topic).key(key);
            record.payload = value;
            self.0.send(record).map_err(|(error, _)| error)?;
            sent += 1;
        }
        let start = Instant::now();
        loop {
            let before = acknowledged.count.load(Ordering::Relaxed);
            if before == sent {
                break;
            }
            self.0.poll(Duration::ZERO);
            if acknowledged.count.load(Ordering::Relaxed) == before {
                std::thread::sleep(Duration::from_micros(500));
            }
            ensure!(start.elapsed() < LIMIT, "not acknowledged");
        }
        ensure!(!acknowledged.failed.load(Ordering::Relaxed), "not delivered");
        self.0.commit_transaction(LIMIT)?;
        Ok(())
    }
}

/// Sends the rows as transactions of this size.
fn send_all(cluster: &Cluster, rows: &[OutboxRecord], size: usize) -> Result<(Duration, Usage)> {
    let producer = BareProducer::new(cluster)?;
    let topics = tiltak_schema::topics().map(|topic| (topic.name, cluster.topic(topic.name)));
    let named =
        |name: &str| topics.iter().find(|(topic, _)| *topic == name).map_or("", |(_, it)| it.as_str());
    let (meter, start) = (Meter::start()?, Instant::now());
    for batch in rows.chunks(size) {
        producer.send(batch.iter().map(|row| (named(&row.topic), row.key.as_str(), row.value.as_deref())))?;
    }
    Ok((start.elapsed(), meter.stop()?))
}
