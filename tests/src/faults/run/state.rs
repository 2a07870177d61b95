//! The state of a run: starts its parts, and takes the lines that its processes print.

use std::fs::File;

use anyhow::{Context as _, Result};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use tiltak_consumer_kit::Connection;
use tiltak_producer::kafka::Cluster;
use tiltak_producer::{CommandService, Store, seed};

use crate::faults::bug::Bug;
use crate::faults::cluster::Kafka;
use crate::faults::database::{Database, Folder};
use crate::faults::event::Event;
use crate::faults::independent::Independent;
use crate::faults::journal;
use crate::faults::options::{Options, Stop};
use crate::faults::processes::Process;
use crate::faults::readers::{Readers, Start};
use crate::faults::report::Report;
use crate::faults::setting::{Setting, StoreKind, Subject};
use crate::faults::small_producer::transactional_id;
use crate::faults::timeline::Timeline;
use crate::faults::writers::moment;
use crate::kafka::topic_name;

/// Gjennomføringer in the database.
const SCALE: usize = 150;

/// A run in progress. The fields are in the order in which they are dropped: the processes first.
pub(super) struct Run {
    pub(super) relay: Option<Process>,
    pub(super) writers: Option<Process>,
    pub(super) readers: Readers,
    pub(super) independent: Independent,
    pub(super) options: Options,
    pub(super) stop: Stop,
    pub(super) random: ChaCha8Rng,
    pub(super) store: Option<Store>,
    /// The name by which the relays of the database fence each other.
    pub(super) transactional_id: String,
    pub(super) setting: Setting,
    pub(super) events: Vec<Event>,
    pub(super) timeline: Timeline,
    pub(super) report: Report,
    /// The report as it was at the last comparison.
    pub(super) checked: Report,
    pub(super) database: Database,
    pub(super) kafka: Kafka,
    /// The prefix of the topics' names.
    pub(super) prefix: String,
    pub(super) folder: Folder,
    pub(super) runtime: Option<tokio::runtime::Runtime>,
}

impl Run {
    pub(super) async fn begin(options: &Options, stop: &Stop) -> Result<Self> {
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

    /// Takes the lines that the processes have printed.
    pub(super) fn listen(&mut self) -> Result<()> {
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

    pub(super) fn hear(&mut self, said: &[String]) {
        self.events.extend(said.iter().filter_map(|line| Event::read(line)));
    }

    pub(super) fn error_file(&self) -> Result<File> {
        Ok(File::options().create(true).append(true).open(self.folder.file("errors.log"))?)
    }

    pub(super) fn errors(&self) -> String {
        let log = std::fs::read(self.folder.file("errors.log")).unwrap_or_default();
        format!("the end of what the processes said:\n{}", crate::output::last_lines(&log))
    }

    pub(super) fn connection(&self) -> Connection {
        Connection::new(self.brokers()).topic_prefix(&self.prefix)
    }

    pub(super) fn brokers(&self) -> &str {
        self.kafka.broker().bootstrap_servers()
    }

    pub(super) fn runtime(&self) -> Result<&tokio::runtime::Runtime> {
        self.runtime.as_ref().context("a runtime")
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime()?.block_on(work)
    }
}
