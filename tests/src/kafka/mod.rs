//! The Kafka broker or cluster of a test: found, or started.

mod acl;
mod disk;
mod docker;
mod jars;
mod local;
mod node;
mod ports;
mod program;
mod request;
mod roles;
mod settings;
mod tls;
mod topics;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clap::ValueEnum;
use rdkafka::ClientConfig;
use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;

pub use self::acl::{Operation, Resource};
use self::docker::DockerKafka;
use self::local::{LocalKafka, Wanted};
pub use self::node::Node;
use self::program::Program;
pub use self::roles::Partition;
pub use self::settings::Nodes;
pub use self::tls::{Authority, PemFiles};
pub use self::topics::{QUICK_COMPACTION, topic_name};
use crate::network::Host;

const ANSWER_LIMIT: Duration = Duration::from_millis(500);
const GIVEN_LIMIT: Duration = Duration::from_secs(15);
const START_LIMIT: Duration = Duration::from_mins(1);
const INSTALL: &str =
    "Set TEST_KAFKA_BROKERS=host:port, or start Docker, or install Java 17 or newer and Maven.";

/// The origin of a [`Broker`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerKind {
    /// `TEST_KAFKA_BROKERS` names it.
    Given,
    /// The tests started it in a container.
    Docker,
    /// The tests started it as a process on this machine.
    Local,
}

/// A way to start a broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// Docker if that works, else this machine's Java
    #[default]
    Auto,
    /// A container
    Docker,
    /// Apache Kafka from Maven, on this machine's Java
    Local,
}

impl Way {
    /// The way that `TEST_KAFKA` names. Defaults to [`Way::Auto`].
    ///
    /// # Errors
    ///
    /// If `TEST_KAFKA` is none of `auto`, `docker` and `local`.
    pub fn from_env() -> Result<Self> {
        match env::var("TEST_KAFKA") {
            Ok(way) => Self::from_str(&way, false)
                .map_err(|_| anyhow!("TEST_KAFKA is {way:?}, expected auto, docker or local")),
            Err(_) => Ok(Self::default()),
        }
    }
}

impl Nodes {
    /// The number of nodes that `TEST_KAFKA_NODES` gives. Defaults to one.
    ///
    /// # Errors
    ///
    /// If it is neither 1 nor 3.
    pub fn from_env() -> Result<Self> {
        match env::var("TEST_KAFKA_NODES") {
            Ok(number) => number.parse().map_err(|error| anyhow!("TEST_KAFKA_NODES: {error}")),
            Err(_) => Ok(Self::default()),
        }
    }
}

/// A running broker, or a running cluster of three. If this process started it, dropping it stops it and removes its data. The end of
/// this process does so too, even after a SIGKILL.
pub struct Broker {
    bootstrap_servers: String,
    admin: AdminClient<DefaultClientContext>,
    nodes: Nodes,
    running: Running,
}

#[derive(Debug)]
enum Running {
    Given,
    Docker(#[expect(dead_code, reason = "held for its drop")] DockerKafka),
    Local(LocalKafka),
}

impl Broker {
    /// The broker that `TEST_KAFKA_BROKERS` names, or one that is started in the way `TEST_KAFKA` names.
    ///
    /// # Errors
    ///
    /// If the broker that is named does not answer, or none can be started. The message says what was tried and
    /// what to install.
    pub fn find() -> Result<Self> {
        let Ok(servers) = env::var("TEST_KAFKA_BROKERS") else {
            return Self::start_nodes(Way::from_env()?, Nodes::from_env()?, None);
        };
        let admin = connect(&servers, Nodes::One, GIVEN_LIMIT, || Ok(()))
            .context("the broker of TEST_KAFKA_BROKERS")?;
        Ok(Self { bootstrap_servers: servers, admin, nodes: Nodes::One, running: Running::Given })
    }

    /// Starts a broker with its client port at `port`, or at a free one.
    ///
    /// # Errors
    ///
    /// If none can be started. The message says what was tried and what to install.
    pub fn start(way: Way, port: Option<u16>) -> Result<Self> {
        Self::start_nodes(way, Nodes::One, port)
    }

    /// Starts a cluster of one node or three. The port is the client port of the first node.
    ///
    /// # Errors
    ///
    /// As [`Broker::start`], and if Docker alone is to start three.
    pub fn start_nodes(way: Way, nodes: Nodes, port: Option<u16>) -> Result<Self> {
        let local = || Self::start_local(&Wanted { nodes, port, ..Wanted::default() });
        let started = match (way, nodes) {
            (Way::Docker, Nodes::Three) => Err(anyhow!("three nodes are started without Docker alone")),
            (Way::Docker, Nodes::One) => Self::start_docker(port).context("through Docker"),
            (Way::Local, _) | (Way::Auto, Nodes::Three) => local().context("on this machine"),
            (Way::Auto, Nodes::One) => Self::start_docker(port).or_else(|docker| {
                eprintln!("no broker through Docker, starting a local one: {docker:#}");
                local().with_context(|| format!("through Docker: {docker:#}\non this machine"))
            }),
        };
        started.map_err(|tried| anyhow!("no Kafka broker could be started\n{tried:#}\n{INSTALL}"))
    }

    /// Starts three nodes on hosts of their own or, without hosts, on this machine's address. The last node has a disk that a test can
    /// fill, if the process has the right to mount one.
    ///
    /// # Errors
    ///
    /// If they cannot be started.
    pub fn start_cluster(hosts: &[Host]) -> Result<Self> {
        Self::start_local(&Wanted { nodes: Nodes::Three, disk: true, hosts, ..Wanted::default() })
            .map_err(|tried| anyhow!("no Kafka cluster could be started\n{tried:#}\n{INSTALL}"))
    }

    fn start_docker(port: Option<u16>) -> Result<Self> {
        let kafka = DockerKafka::start(port)?;
        let servers = format!("127.0.0.1:{}", kafka.port());
        let admin = connect(&servers, Nodes::One, START_LIMIT, || Ok(()))?;
        Ok(Self { bootstrap_servers: servers, admin, nodes: Nodes::One, running: Running::Docker(kafka) })
    }

    /// Starts a broker on this machine with a second listener, for TLS clients with a certificate of this authority: see
    /// [`Broker::tls_servers`].
    ///
    /// # Errors
    ///
    /// If none can be started.
    pub fn start_with_tls(authority: &Authority) -> Result<Self> {
        Self::start_local(&Wanted { authority: Some(authority), ..Wanted::default() })
            .map_err(|tried| anyhow!("no Kafka broker with TLS could be started\n{tried:#}\n{INSTALL}"))
    }

    fn start_local(wanted: &Wanted<'_>) -> Result<Self> {
        let mut kafka = LocalKafka::start(wanted)?;
        let servers = kafka.bootstrap_servers();
        let admin = connect(&servers, wanted.nodes, START_LIMIT, || kafka.check())
            .map_err(|error| kafka.with_logs(&error))?;
        Ok(Self { bootstrap_servers: servers, admin, nodes: wanted.nodes, running: Running::Local(kafka) })
    }

    /// Kills all nodes with SIGKILL, like a crash. Their data stay.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine, or cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        self.local()?.nodes.iter_mut().try_for_each(Node::kill)
    }

    /// Starts a killed broker on the same data and ports, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine, or does not answer within a minute.
    pub fn start_again(&mut self) -> Result<()> {
        let (servers, nodes) = (self.bootstrap_servers.clone(), self.nodes);
        let kafka = self.local()?;
        kafka.nodes.iter_mut().try_for_each(Node::start)?;
        let admin = connect(&servers, nodes, START_LIMIT, || kafka.check())
            .map_err(|error| kafka.with_logs(&error))?;
        self.admin = admin;
        Ok(())
    }

    /// The number of nodes.
    pub fn nodes(&self) -> Nodes {
        self.nodes
    }

    /// The node with an id, from 1.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine, or there is no such node.
    pub fn node(&mut self, id: usize) -> Result<&mut Node> {
        self.local()?.node(id)
    }

    /// Makes the broker hang: it keeps its connections and answers nothing.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine.
    pub fn suspend(&mut self) -> Result<()> {
        self.local()?.nodes.iter().try_for_each(|node| node.signal("STOP"))
    }

    /// Lets a broker go on after [`Broker::suspend`].
    ///
    /// # Errors
    ///
    /// If it was not started on this machine.
    pub fn resume(&mut self) -> Result<()> {
        self.local()?.nodes.iter().try_for_each(|node| node.signal("CONT"))
    }

    /// Whether the log of any node contains a text.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine, or its log cannot be read.
    pub fn has_logged(&mut self, text: &str) -> Result<bool> {
        for node in &self.local()?.nodes {
            if node.has_logged(text)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn local(&mut self) -> Result<&mut LocalKafka> {
        match &mut self.running {
            Running::Local(kafka) => Ok(kafka),
            Running::Given | Running::Docker(_) => {
                Err(anyhow!("only a broker that was started on this machine can be killed"))
            }
        }
    }

    /// The addresses of the broker: the value of a client's `bootstrap.servers`.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// The addresses of the TLS listener, if there is one.
    pub fn tls_servers(&self) -> Option<String> {
        match &self.running {
            Running::Local(kafka) => kafka.tls_port().map(|port| format!("localhost:{port}")),
            Running::Given | Running::Docker(_) => None,
        }
    }

    /// The origin of this broker.
    pub fn kind(&self) -> BrokerKind {
        match self.running {
            Running::Given => BrokerKind::Given,
            Running::Docker(_) => BrokerKind::Docker,
            Running::Local(_) => BrokerKind::Local,
        }
    }

    /// An admin client: describes and alters settings, deletes records.
    pub fn admin(&self) -> &AdminClient<DefaultClientContext> {
        &self.admin
    }
}

/// The Java program and the arguments that run a single-file Java program with Kafka's own client.
///
/// # Errors
///
/// If Java or the jars cannot be had.
pub fn client_program(source: &Path) -> Result<(PathBuf, Vec<String>)> {
    let program = Program::find()?;
    let mut arguments = vec!["-Xmx512m".to_owned(), "-XX:+UseSerialGC".to_owned()];
    for argument in program.class_path() {
        arguments.push(argument.into_string().map_err(|_| anyhow!("a path of the jars that is no text"))?);
    }
    arguments.push(source.display().to_string());
    Ok((program.java, arguments))
}

/// The broker of this test binary. The first call finds or starts it.
///
/// # Panics
///
/// If there is none. A test that needs a broker is never skipped.
#[expect(clippy::panic, reason = "a test that has no broker must fail, and say why")]
pub fn shared() -> &'static Broker {
    static BROKER: OnceLock<Result<Broker, String>> = OnceLock::new();
    match BROKER.get_or_init(|| Broker::find().map_err(|error| format!("{error:#}"))) {
        Ok(broker) => broker,
        Err(error) => panic!("{error}"),
    }
}

/// Waits until a broker reports that so many brokers are in the cluster. Fails as soon as `check` fails.
fn connect(
    servers: &str,
    nodes: Nodes,
    limit: Duration,
    mut check: impl FnMut() -> Result<()>,
) -> Result<AdminClient<DefaultClientContext>> {
    let admin: AdminClient<_> = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("reconnect.backoff.max.ms", "200")
        .create()?;
    let start = Instant::now();
    loop {
        let answer = admin.inner().fetch_metadata(None, ANSWER_LIMIT);
        match answer {
            Ok(metadata) if metadata.brokers().len() >= nodes.count() => return Ok(admin),
            _ => check()?,
        }
        ensure!(start.elapsed() < limit, "{servers} does not answer after {} s", limit.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}
