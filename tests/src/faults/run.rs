//! A fault run: starts all processes, causes the faults, and checks the result.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer as _};
use serde_json::json;
use tiltak_consumer_kit::{Connection, log};
use tiltak_producer::jobs::run_due_fanouts;
use tiltak_producer::kafka::Cluster;
use tiltak_producer::{CommandService, Store, seed};

use super::checker::{Evidence, Verdict, check};
use super::child::TAKEN_OVER;
use super::cluster::{Aim, Kafka};
use super::database::{Database, Folder};
use super::event::{Event, Then};
use super::fault::{self, Fault, Setting};
use super::independent::Independent;
use super::processes::Process;
use super::readers::{Readers, Start};
use super::record::OnTopic;
use super::report::Report;
use super::small_relay::transactional_id;
use super::timeline::Timeline;
use super::writers::{later, moment};
use super::{Bug, history, journal, tables};
use crate::kafka::{Nodes, topic_name};
use crate::network::Host;

/// Gjennomføringer in the database.
const SCALE: usize = 150;
/// The time that a process gets for a step that the run waits for.
/// Longer than the 40 s for which a relay waits for an open transaction.
const LIMIT: Duration = Duration::from_mins(3);
/// The time that a replaced small relay gets to notice it.
const SMALL_LIMIT: Duration = Duration::from_secs(8);
const STEP: Duration = Duration::from_millis(20);
/// The number of faults between two comparisons.
const CHECKPOINT: usize = 10;
/// The transaction timeouts: of relays that are stopped for longer than that, and of all others.
const SHORT_TRANSACTION: Duration = Duration::from_secs(4);
const TRANSACTION: Duration = Duration::from_secs(15);
/// A transaction timeout that is longer than the broker is down. Kafka 4.3.1 must not end a transaction while a killed single node
/// starts. For some seconds the node finds no leader of its partitions, takes them for deleted, and skips the markers. The
/// transaction then stays open for ever on these partitions.
const PATIENT_TRANSACTION: Duration = Duration::from_mins(1);
/// The line that Kafka logs when it skips the markers.
const SKIPPED: &str = "these partitions are likely deleted already and hence can be skipped";
/// The time that the broker gets to abort a transaction after its timeout.
const CLEANUP: Duration = Duration::from_millis(1_500);
/// The number of relays that may fail before the rest is published.
const DRAINS: usize = 5;
const EXAMPLES: usize = 20;

/// The database of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// A PostgreSQL server of its own
    Postgres,
    /// A file
    Sqlite,
}

/// The system under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The relay of the producer.
    Relay,
    /// The small relay, with a bug or without.
    Small(Option<Bug>),
}

/// The options of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The path of this program, which starts itself again.
    pub program: PathBuf,
    /// The database.
    pub store: StoreKind,
    /// The number of nodes of the cluster.
    pub nodes: Nodes,
    /// The kinds of faults. If it is empty: all kinds that belong to such a run.
    pub only: Vec<Fault>,
    /// The number of faults.
    pub faults: usize,
    /// The seed. The same seed gives the same faults, but not at the same moments.
    pub seed: u64,
    /// What is tried.
    pub subject: Subject,
    /// The class path of the tests of `consumer-kit/jvm/kafka`. If it is given, the table on the JVM is a reader too.
    pub jvm_reader: Option<String>,
    /// The file for the history, in the format of Jepsen and Elle.
    pub history: Option<PathBuf>,
    /// The file for the journal: a line for each thing that the writers, the relay and the readers knew, in the order of time.
    pub journal: Option<PathBuf>,
}

/// A handle that ends a run early. A clone ends the same run.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the run.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(!self.0.load(Ordering::Relaxed), "interrupted");
        Ok(())
    }

    pub(super) fn sleep(&self, time: Duration) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < time {
            self.check()?;
            std::thread::sleep(STEP.min(time.saturating_sub(start.elapsed())));
        }
        Ok(())
    }
}

/// Runs, and returns the report. `progress` gets each fault before the run causes it. Blocks: do not call it from asynchronous code.
///
/// # Errors
/// Java or PostgreSQL is missing. A process does not do its step within a minute. The run was stopped.
pub fn run(options: &Options, stop: &Stop, mut progress: impl FnMut(usize, Fault)) -> Result<Report> {
    if options.subject == Subject::Small(Some(Bug::NaiveCursor)) && options.store == StoreKind::Sqlite {
        bail!("a naive cursor does no harm on SQLite, which has one writer: try it on PostgreSQL");
    }
    let begun = Instant::now();
    let mut report = Report::default();
    loop {
        let runtime = tokio::runtime::Runtime::new()?;
        let mut run = runtime.block_on(Run::begin(options, stop))?;
        run.runtime = Some(runtime);
        let outcome = run.all(report.faults.values().sum(), &mut progress);
        match outcome {
            Err(error) if error.is::<LeftOpen>() => {
                report.add(std::mem::take(&mut run.checked));
                report.begun_anew += 1;
            }
            outcome => {
                run.write()?;
                report.add(std::mem::take(&mut run.report));
                outcome?;
                report.seconds = begun.elapsed().as_secs();
                return Ok(report);
            }
        }
    }
}

/// Kafka's own fault: see [`PATIENT_TRANSACTION`]. Nothing can be read past the transaction, so a run goes on after
/// its last comparison with another broker and another database.
#[derive(Debug, thiserror::Error)]
#[error("Kafka has left a transaction open for ever: {SKIPPED}")]
struct LeftOpen;

/// A run in progress. The fields are in the order in which they are dropped: the processes first.
struct Run {
    relay: Option<Process>,
    writers: Option<Process>,
    readers: Readers,
    independent: Independent,
    options: Options,
    stop: Stop,
    random: ChaCha8Rng,
    store: Option<Store>,
    /// The name by which the relays of the database fence each other.
    transactional_id: String,
    setting: Setting,
    events: Vec<Event>,
    timeline: Timeline,
    report: Report,
    /// The report as it was at the last comparison.
    checked: Report,
    database: Database,
    kafka: Kafka,
    /// The prefix of the topics' names.
    prefix: String,
    folder: Folder,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Run {
    async fn begin(options: &Options, stop: &Stop) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let folder = Folder::create()?;
        // Nothing is killed that others use.
        let own = options.subject == Subject::Relay;
        let mut kafka = if own { Kafka::start(options.nodes)? } else { Kafka::shared() };
        let prefix = format!("{}-", topic_name("faults"));
        let database = Database::create(options.store, own, &folder).await?;
        let store = database.open().await?;
        let filling = seed::Options { scale: SCALE, seed: options.seed, ..seed::Options::default() };
        seed::load(&store, &filling, moment(0)?, |_| {}).await?;
        journal::install(&database.url(), options.store).await?;
        CommandService::new(store.clone()).relast_everything(|_| {}).await?;
        let cluster = Cluster::new(kafka.broker().bootstrap_servers()).with_prefix(&prefix);
        cluster.create_topics().await?;
        let brokers = kafka.broker().bootstrap_servers().to_owned();
        let errors = File::options().create(true).append(true).open(folder.file("errors.log"))?;
        let independent = Independent::start(&folder.file("."), &brokers, &prefix, errors)?;
        let program = options.program.clone();
        let keeps_deleted = options.subject == Subject::Small(Some(Bug::DeletedKept));
        let readers = Readers::start(Start {
            program,
            brokers,
            prefix: prefix.clone(),
            folder: folder.file("."),
            all: options.subject == Subject::Relay || keeps_deleted,
            jvm: options.jvm_reader.clone(),
            keeps_deleted,
        })?;
        let store_name = match options.store {
            StoreKind::Postgres => "postgres",
            StoreKind::Sqlite => "sqlite",
        };
        let identity = store.outbox().identity().await?;
        let setting = Setting {
            store: options.store,
            subject: options.subject,
            nodes: options.nodes,
            only: options.only.clone(),
            network: kafka.network(),
            disk: kafka.disk(),
        };
        let report = Report {
            store: store_name,
            nodes: options.nodes.count(),
            seed: options.seed,
            left_out: setting.left_out(),
            ..Report::default()
        };
        Ok(Self {
            relay: None,
            writers: None,
            readers,
            independent,
            options: options.clone(),
            stop: stop.clone(),
            random: ChaCha8Rng::seed_from_u64(options.seed),
            transactional_id: transactional_id(&cluster, &identity),
            setting,
            store: Some(store),
            events: Vec::new(),
            timeline: Timeline::default(),
            checked: report.clone(),
            report,
            database,
            kafka,
            prefix,
            folder,
            runtime: None,
        })
    }

    /// The faults of the plan that are not `done`.
    fn all(&mut self, done: usize, mut progress: impl FnMut(usize, Fault)) -> Result<()> {
        // This process has no connection of its own while there are faults.
        if let Some(store) = self.store.take() {
            self.wait(async move {
                store.close().await;
                Ok(())
            })?;
        }
        let plan = self.setting.plan(self.options.faults, &mut self.random);
        self.kafka.wait_until_well(self.options.nodes)?;
        self.start_writers()?;
        self.start_relay(TRANSACTION)?;
        for (done, fault) in plan.into_iter().enumerate().skip(done) {
            self.stop.check()?;
            if fault == Fault::BrokerKilled && self.report.faults != self.checked.faults {
                // Kafka may leave a transaction open, past which nothing can be read.
                self.checkpoint()?;
            }
            progress(done, fault);
            *self.report.faults.entry(fault.name()).or_default() += 1;
            self.readers.disturb(&mut self.random, &mut self.timeline)?;
            self.timeline.note("fault", json!({ "begins": fault.name() }));
            self.bring_about(fault)?;
            self.timeline.note("fault", json!({ "is over": fault.name() }));
            let small = matches!(self.options.subject, Subject::Small(_));
            if small || (done + 1) % CHECKPOINT == 0 {
                self.checkpoint()?;
            }
        }
        self.end()
    }

    fn bring_about(&mut self, fault: Fault) -> Result<()> {
        let before = fault::moment(&mut self.random, 50..600);
        self.look_after_relay()?;
        self.stop.sleep(before)?;
        match fault {
            Fault::RelayKilled => {
                // Else it is killed as it begins.
                if self.random.random_bool(0.7) {
                    self.let_work()?;
                }
                self.kill_relay()?;
                self.start_relay(TRANSACTION)?;
            }
            Fault::Ended(point) => self.end_relay_at(point.name())?,
            Fault::BrokerKilled => {
                self.kill_relay()?;
                self.start_relay(PATIENT_TRANSACTION)?;
                self.let_work()?;
                let away = fault::moment(&mut self.random, 0..1_500);
                let broker = self.kafka.own()?;
                broker.kill()?;
                self.stop.sleep(away)?;
                broker.start_again()?;
                ensure!(!broker.has_logged(SKIPPED)?, LeftOpen);
            }
            Fault::DatabaseKilled => self.database.crash()?,
            Fault::Promoted | Fault::HungAndPromoted => {
                let mut aim = aim(
                    &mut self.random,
                    &mut self.timeline,
                    &self.stop,
                    &self.prefix,
                    &self.transactional_id,
                );
                let hangs = fault == Fault::HungAndPromoted;
                self.database.fail_over(hangs, &mut aim)?;
                if hangs {
                    // Whom the old server never answers waits for ever: the limit is that of the service, not of a command.
                    self.restart_writers()?;
                }
            }
            Fault::TwoDown => self.two_down()?,
            Fault::LeaderKilled
            | Fault::CoordinatorKilled
            | Fault::ControllerKilled
            | Fault::TwoInTurn
            | Fault::NodeStopped
            | Fault::RollingRestart
            | Fault::StaleReplica
            | Fault::DiskFull
            | Fault::CutFromNode
            | Fault::NodesCut
            | Fault::CutOneWay
            | Fault::PacketsLost => {
                if self.random.random_bool(0.5) {
                    self.let_work()?;
                }
                let mut aim = aim(
                    &mut self.random,
                    &mut self.timeline,
                    &self.stop,
                    &self.prefix,
                    &self.transactional_id,
                );
                self.kafka.bring_about(fault, &mut aim)?;
                ensure!(!self.kafka.own()?.has_logged(SKIPPED)?, LeftOpen);
            }
            Fault::WritersKilled => self.restart_writers()?,
            Fault::TakenOver => {
                let first = self.ready_relay(TRANSACTION)?;
                self.start_relay(TRANSACTION)?;
                self.expect_replaced(first)?;
                self.let_work()?;
            }
            Fault::StoppedAndTakenOver => {
                let first = self.ready_relay(SHORT_TRANSACTION)?;
                first.signal("STOP")?;
                self.start_relay(TRANSACTION)?;
                self.stop.sleep(SHORT_TRANSACTION + CLEANUP)?;
                first.signal("CONT")?;
                self.expect_replaced(first)?;
            }
            Fault::Stopped => {
                let relay = self.ready_relay(SHORT_TRANSACTION)?;
                relay.signal("STOP")?;
                self.stop.sleep(SHORT_TRANSACTION + CLEANUP)?;
                relay.signal("CONT")?;
                self.relay = Some(relay);
            }
        }
        self.listen()
    }

    /// Takes the lines that the processes have printed.
    fn listen(&mut self) -> Result<()> {
        if let Some(writers) = &mut self.writers {
            let said = writers.said();
            self.hear(&said);
        }
        if let Some(relay) = &mut self.relay {
            for line in relay.said() {
                self.timeline.hear("relay", &line);
            }
        }
        self.readers.hear(&mut self.timeline)
    }

    /// Takes two of three nodes down for longer than the transaction timeout. No batch may count as published meanwhile.
    fn two_down(&mut self) -> Result<()> {
        self.kill_relay()?;
        self.start_relay(SHORT_TRANSACTION)?;
        self.let_work()?;
        let (database, runtime) = (&self.database, self.runtime.as_ref().context("a runtime")?);
        let published = || runtime.block_on(database.published());
        let mut aim =
            aim(&mut self.random, &mut self.timeline, &self.stop, &self.prefix, &self.transactional_id);
        self.kafka.two_down(&mut aim, |stop| {
            // What was committed before is then known to be.
            stop.sleep(Duration::from_secs(1))?;
            let before = published()?;
            stop.sleep(SHORT_TRANSACTION + CLEANUP + Duration::from_secs(2))?;
            let after = published()?;
            ensure!(before == after, "{} batches count as published with one node of three", after - before);
            Ok(())
        })
    }

    /// Starts the relay, and lets it work for a moment.
    fn let_work(&mut self) -> Result<()> {
        if let Some(relay) = &mut self.relay {
            relay.wait_until_ready(LIMIT, &self.stop)?;
        }
        let moment = Duration::from_millis(self.random.random_range(100..600));
        self.stop.sleep(moment)
    }

    /// A relay that has begun and has worked for a moment.
    fn ready_relay(&mut self, transaction: Duration) -> Result<Process> {
        self.kill_relay()?;
        for _ in 0..DRAINS {
            let mut relay = self.new_relay(transaction, false)?;
            if relay.wait_until_ready(LIMIT, &self.stop)? {
                let moment = Duration::from_millis(self.random.random_range(20..300));
                self.stop.sleep(moment)?;
                return Ok(relay);
            }
            self.report.started_again += 1;
        }
        bail!("the relay does not begin; {}", self.errors())
    }

    fn start_relay(&mut self, transaction: Duration) -> Result<()> {
        self.relay = Some(self.new_relay(transaction, false)?);
        self.timeline.note("relay", json!("is started"));
        Ok(())
    }

    fn new_relay(&self, transaction: Duration, drain: bool) -> Result<Process> {
        let mut arguments = vec![
            "child".to_owned(),
            match self.options.subject {
                Subject::Relay => "relay",
                Subject::Small(_) => "small-relay",
            }
            .to_owned(),
            format!("--brokers={}", self.brokers()),
            format!("--prefix={}", self.prefix),
            format!("--transaction-ms={}", transaction.as_millis()),
        ];
        if let Subject::Small(Some(bug)) = self.options.subject {
            arguments.push(format!("--bug={}", bug.name()));
        }
        if drain {
            arguments.push("--drain".to_owned());
        }
        let (host, errors) = (self.kafka.relay_host(), self.error_file()?);
        Process::start(host, &self.options.program, &arguments, &self.database.location(), errors)
    }

    fn restart_writers(&mut self) -> Result<()> {
        if let Some(mut writers) = self.writers.take() {
            let said = writers.kill()?;
            self.hear(&said);
        }
        self.start_writers()
    }

    fn start_writers(&mut self) -> Result<()> {
        let first = self.events.iter().map(|event| event.number).max().unwrap_or(0) + 1;
        let arguments = [
            "child".to_owned(),
            "write".to_owned(),
            format!("--seed={}", self.options.seed),
            format!("--first={first}"),
        ];
        let (host, errors) = (Host::default(), self.error_file()?);
        let writers =
            Process::start(&host, &self.options.program, &arguments, &self.database.location(), errors)?;
        self.writers = Some(writers);
        Ok(())
    }

    fn error_file(&self) -> Result<File> {
        Ok(File::options().create(true).append(true).open(self.folder.file("errors.log"))?)
    }

    fn errors(&self) -> String {
        let log = std::fs::read(self.folder.file("errors.log")).unwrap_or_default();
        format!("the end of what the processes said:\n{}", crate::output::last_lines(&log))
    }

    /// Starts the relay again if it has ended.
    fn look_after_relay(&mut self) -> Result<()> {
        if let Some(relay) = &mut self.relay
            && relay.ended()?.is_some()
        {
            self.report.started_again += 1;
            self.start_relay(TRANSACTION)?;
        }
        Ok(())
    }

    fn kill_relay(&mut self) -> Result<()> {
        if let Some(mut relay) = self.relay.take() {
            for line in relay.kill()? {
                self.timeline.hear("relay", &line);
            }
            self.timeline.note("relay", json!("is killed"));
        }
        Ok(())
    }

    /// Ends the relay at a fail point, in the next batch after it has begun.
    fn end_relay_at(&mut self, point: &str) -> Result<()> {
        let mut relay = match self.relay.take() {
            Some(relay) => relay,
            None => self.new_relay(TRANSACTION, false)?,
        };
        relay.tell(point);
        relay.wait(LIMIT, &self.stop).with_context(|| self.errors())?;
        self.start_relay(TRANSACTION)
    }

    /// Checks that one of two relays ends by itself. It is the first relay, unless that one made a new producer before the second
    /// had begun: a stopped relay may hold a lock in the database. A small relay may have a bug by which neither ends.
    fn expect_replaced(&mut self, mut first: Process) -> Result<()> {
        let small = matches!(self.options.subject, Subject::Small(_));
        let limit = if small { SMALL_LIMIT } else { LIMIT };
        let start = Instant::now();
        let status = loop {
            if let Some(status) = first.ended()? {
                break Some(status);
            }
            if let Some(second) = &mut self.relay
                && let Some(status) = second.ended()?
            {
                self.relay = Some(first);
                break Some(status);
            }
            if start.elapsed() > limit {
                break None;
            }
            self.stop.sleep(STEP)?;
        };
        if !small {
            let status = status.with_context(|| format!("two relays are at work; {}", self.errors()))?;
            ensure!(
                status.code() == Some(i32::from(TAKEN_OVER)),
                "a relay that was replaced ended with {status}; {}",
                self.errors()
            );
        }
        self.report.replaced += usize::from(status.is_some());
        Ok(())
    }

    fn hear(&mut self, said: &[String]) {
        self.events.extend(said.iter().filter_map(|line| Event::read(line)));
    }

    /// Compares while no relay runs and no transaction is open.
    fn checkpoint(&mut self) -> Result<()> {
        self.kill_relay()?;
        self.settle()?;
        self.compare(false)?;
        self.start_relay(TRANSACTION)
    }

    /// Runs the checker and compares the readers, when everything or only a part is published.
    fn compare(&mut self, all: bool) -> Result<()> {
        self.listen()?;
        if all {
            // From the beginning once more: a log does not change.
            self.independent = Independent::start(
                &self.folder.file("."),
                self.kafka.broker().bootstrap_servers(),
                &self.prefix,
                self.error_file()?,
            )?;
        }
        if let Err(error) = self.independent.read(&self.stop) {
            return Err(error.context(self.errors()));
        }
        let heard = self.events.len();
        let url = self.database.url();
        let (rows, parked) = self.wait(async move { journal::read(&url).await })?;
        // Whatever is there had begun by now.
        self.listen()?;
        let records = self.independent.records();
        let (events, rows) = (&self.events[..], &rows[..]);
        let verdict = check(&Evidence { records, events, heard, rows, parked, at_end: all });
        let product = read_by_the_kit(&self.connection(), records)?;
        let readers = self.readers.compare(records, &mut self.timeline, &self.stop)?;
        self.report.readers = self.readers.readings();
        for verdict in [verdict, product, readers] {
            self.add(verdict);
        }
        self.timeline.note("checker", json!({ "findings": self.report.findings.checks() }));
        let count = |kind: fn(&Then) -> bool| self.events.iter().filter(|event| kind(&event.then)).count();
        let begun = count(|then| matches!(then, Then::Begun));
        let acknowledged = count(|then| matches!(then, Then::Acknowledged(_)));
        let refused = count(|then| matches!(then, Then::Refused));
        self.report.records = rows.iter().map(|row| row.records.len()).sum();
        self.report.acknowledged = acknowledged;
        self.report.refused = refused;
        self.report.unknown = begun.saturating_sub(acknowledged + refused);
        self.report.checkpoints += 1;
        self.checked = self.report.clone();
        Ok(())
    }

    /// Writes the files that were asked for.
    fn write(&self) -> Result<()> {
        if let Some(file) = &self.options.journal {
            self.timeline.write(file, &self.events)?;
        }
        match &self.options.history {
            Some(file) => history::write(file, &self.events, self.independent.records()),
            None => Ok(()),
        }
    }

    /// Ends the transaction that the last relay may have left open.
    fn settle(&self) -> Result<()> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.brokers()).set("transactional.id", &self.transactional_id);
        let producer: BaseProducer = config.create()?;
        producer.init_transactions(LIMIT).context("the open transaction is not ended")
    }

    fn end(&mut self) -> Result<()> {
        if let Some(mut writers) = self.writers.take() {
            let said = writers.finish(LIMIT, &self.stop).with_context(|| self.errors())?;
            self.hear(&said);
        }
        let store = self.runtime()?.block_on(self.database.open())?;
        let producer = CommandService::new(store.clone());
        self.wait(async move {
            let fanouts = run_due_fanouts(&producer, later()?).await?;
            ensure!(fanouts.refused.is_empty(), "a fan-out was refused");
            Ok(())
        })?;
        self.drain()?;
        self.settle()?;
        if self.options.subject == Subject::Small(Some(Bug::SilentWrite)) {
            let url = self.database.url();
            self.wait(async move { journal::write_silently(&url).await })?;
        }
        self.compare(true)?;
        let connection = self.connection();
        let verdict = self.wait(async move { tables::compare(&store, &connection).await })?;
        self.add(verdict);
        Ok(())
    }

    /// Publishes everything that waits in the outbox.
    fn drain(&mut self) -> Result<()> {
        self.kill_relay()?;
        for _ in 0..DRAINS {
            let mut relay = self.new_relay(TRANSACTION, true)?;
            if relay.wait(2 * LIMIT, &self.stop).with_context(|| self.errors())?.success() {
                return Ok(());
            }
            self.report.started_again += 1;
        }
        bail!("the rest could not be published; {}", self.errors())
    }

    fn add(&mut self, verdict: Verdict) {
        self.report.findings.at_least(&verdict.findings);
        let room = EXAMPLES.saturating_sub(self.report.examples.len());
        self.report.examples.extend(verdict.examples.into_iter().take(room));
    }

    fn connection(&self) -> Connection {
        Connection::new(self.brokers()).topic_prefix(&self.prefix)
    }

    fn brokers(&self) -> &str {
        self.kafka.broker().bootstrap_servers()
    }

    fn runtime(&self) -> Result<&tokio::runtime::Runtime> {
        self.runtime.as_ref().context("a runtime")
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime()?.block_on(work)
    }
}

/// Checks that the product's own reader reads the same records as the independent one. Blocks.
fn read_by_the_kit(connection: &Connection, records: &[OnTopic]) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    for topic in tiltak_schema::topics() {
        let mut read = log::read(connection, topic.name, LIMIT)?;
        read.sort_by_key(|record| (record.partition, record.offset));
        let expected: Vec<&OnTopic> = records.iter().filter(|record| record.topic == topic.name).collect();
        let same =
            read.len() == expected.len() && expected.iter().zip(&read).all(|(record, read)| record.is(read));
        if !same {
            verdict.count(
                |it| &mut it.reader,
                || format!("reader-differs: log::read of {} gives other records", topic.name),
            );
        }
    }
    Ok(verdict)
}

/// The [`Aim`] of a run whose other parts are borrowed.
fn aim<'a>(
    random: &'a mut ChaCha8Rng,
    timeline: &'a mut Timeline,
    stop: &'a Stop,
    prefix: &'a str,
    transactional_id: &'a str,
) -> Aim<'a> {
    Aim { random, stop, prefix, transactional_id, timeline }
}
