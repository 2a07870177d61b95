//! How fast the relay is, beside a bare transactional producer that sends the same bytes to the same broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::{ClientConfig, ClientContext, Message as _, Offset, TopicPartitionList};
use tiltak_producer::domain::{Kind, Moment};
use tiltak_producer::relay::Relay;
use tiltak_producer::topics::Cluster;
use tiltak_producer::{GjennomforingDetails, Limits, OutboxRow, Producer, Relast, Selection, Store, seed};
use tiltak_schema::kodeverk::GjennomforingStatus;
use tiltak_tests::kafka::{Broker, topic_name};

const LIMIT: Duration = Duration::from_mins(1);
const GJENNOMFORINGER: usize = 20_000;
const ROUNDS: usize = 3;
const EDITS: i32 = 200;

#[tokio::main]
async fn main() -> Result<()> {
    let broker = Broker::find()?;
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("tiltak.db")).await?;
    let now = Moment::at("2026-03-16T08:00:00Z".parse()?).context("after the year 0")?;
    let options = seed::Options { scale: GJENNOMFORINGER, ..seed::Options::default() };
    seed::load(&store, &options, now, |_| {}).await?;
    let producer = Producer::new(store.clone());

    for _ in 0..ROUNDS {
        let start = Instant::now();
        producer.relast_gjennomforinger(&Relast::All, |_| {}).await?;
        let relast = start.elapsed();
        let rows = store.outbox(u32::MAX).await?;
        let bytes: usize =
            rows.iter().map(|row| row.key.len() + row.value.as_ref().map_or(0, String::len)).sum();

        let cluster = cluster(&broker).await?;
        let mut relay = Relay::connect(store.clone(), cluster).await?;
        let mut batches = 0;
        let start = Instant::now();
        relay.drain(|_| batches += 1).await?;
        let by_relay = start.elapsed();

        let cluster = self::cluster(&broker).await?;
        let size = rows.len().div_ceil(batches);
        let (rows, by_bare) =
            tokio::task::spawn_blocking(move || bare(&cluster, &rows, size).map(|time| (rows, time)))
                .await??;

        let records = f64::from(u32::try_from(rows.len())?);
        let rate = |time: Duration| records / time.as_secs_f64();
        println!(
            "{} records, {:.1} MB, {size} to a transaction: relay {:.0}/s, bare {:.0}/s, ratio {:.2}; relast into the outbox {:.0}/s",
            rows.len(),
            f64::from(u32::try_from(bytes)?) / 1e6,
            rate(by_relay),
            rate(by_bare),
            rate(by_relay) / rate(by_bare),
            rate(relast),
        );
    }
    database_alone(&store).await?;
    latency(&store, &broker, now).await
}

/// What the database takes of it: numbering, reading and forgetting, without contracts and without Kafka.
async fn database_alone(store: &Store) -> Result<()> {
    Producer::new(store.clone()).relast_gjennomforinger(&Relast::All, |_| {}).await?;
    let start = Instant::now();
    let (mut position, mut records) = (store.last_position().await?, 0);
    while let Some(batch) = store.next_batch(position, position, Limits::default(), |_| Ok(())).await? {
        position = batch.position;
        records += batch.rows.len();
    }
    store.remove_published(position).await?;
    let rate = f64::from(u32::try_from(records)?) / start.elapsed().as_secs_f64();
    println!("the database alone: {rate:.0}/s");
    Ok(())
}

async fn cluster(broker: &Broker) -> Result<Cluster> {
    let cluster = Cluster::new(broker.bootstrap_servers()).with_prefix(format!("{}-", topic_name("speed")));
    cluster.create_topics().await?;
    Ok(cluster)
}

/// Counts what is acknowledged.
#[derive(Default)]
struct Acknowledged(AtomicUsize);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_ok() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Sends the rows as transactions of this size, with the settings of the relay.
fn bare(cluster: &Cluster, rows: &[OutboxRow], size: usize) -> Result<Duration> {
    let producer: BaseProducer<Acknowledged> = ClientConfig::new()
        .set("bootstrap.servers", cluster.brokers())
        .set("transactional.id", topic_name("bare"))
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("linger.ms", "1")
        .create_with_context(Acknowledged::default())?;
    producer.init_transactions(LIMIT)?;
    let topics = tiltak_schema::topics().map(|topic| (topic.name, cluster.topic(topic.name)));
    let start = Instant::now();
    let mut sent = 0;
    for batch in rows.chunks(size) {
        producer.begin_transaction()?;
        for row in batch {
            let topic = topics.iter().find(|(name, _)| *name == row.topic).context("one of the four")?;
            let mut record = BaseRecord::<str, str>::to(&topic.1).key(&row.key);
            record.payload = row.value.as_deref();
            producer.send(record).map_err(|(error, _)| error)?;
        }
        sent += batch.len();
        while producer.context().0.load(Ordering::Relaxed) < sent {
            producer.poll(Duration::from_millis(1));
            ensure!(start.elapsed() < LIMIT, "not acknowledged");
        }
        producer.commit_transaction(LIMIT)?;
    }
    Ok(start.elapsed())
}

/// From the return of an edit until a reader of committed records has it.
async fn latency(store: &Store, broker: &Broker, now: Moment) -> Result<()> {
    let cluster = cluster(broker).await?;
    let topic = cluster.topic("siste-tiltaksgjennomforinger-v2");
    let mut relay = Relay::connect(store.clone(), cluster.clone()).await?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running =
        tokio::spawn(
            async move { relay.run(async { drop(stopped.await) }, |error| eprintln!("{error}")).await },
        );
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", cluster.brokers())
        .set("group.id", "speed")
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "10")
        .create()?;
    let mut from = TopicPartitionList::new();
    for partition in 0..2 {
        from.add_partition_offset(&topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&from)?;
    let consumer = Arc::new(consumer);
    let gjennomforing = {
        let mut tx = store.begin().await?;
        let all = tx.gjennomforinger(Selection::All, None, 1_000).await?;
        all.into_iter()
            .map(|joined| joined.gjennomforing)
            .find(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores)
            .context("one to edit")?
    };
    let details = GjennomforingDetails::of(&gjennomforing).context("kind AVTALE has details")?;
    let producer = Producer::new(store.clone());
    let mut times = Vec::new();
    for antall_plasser in 1..=EDITS {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let details = GjennomforingDetails { antall_plasser, ..details.clone() };
        producer.edit_gjennomforing(gjennomforing.id, details, now).await?;
        let start = Instant::now();
        let reader = Arc::clone(&consumer);
        tokio::task::spawn_blocking(move || -> Result<()> {
            // None comes also before the limit, when librdkafka has something else to say.
            while start.elapsed() < LIMIT {
                if let Some(record) = reader.poll(LIMIT) {
                    ensure!(record?.payload().is_some(), "a tombstone");
                    return Ok(());
                }
            }
            bail!("nothing came")
        })
        .await??;
        times.push(start.elapsed());
    }
    drop(stop);
    running.await??;
    times.sort();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!(
        "an edit is visible after {:.1?} (median), {:.1?} (95 %), {:.1?} (99 %)",
        at(50),
        at(95),
        at(99)
    );
    Ok(())
}
