//! A Kafka cluster of one node or of three, as processes of this machine.

use anyhow::{Context as _, Result, anyhow};

use super::jars;
use super::node::{Address, Node};
use super::ports::Reserved;
use super::program::Program;
use super::settings::Nodes;
use super::tls::Authority;
use crate::network::Host;

/// The client port and the controller port of a node that has a host of its own.
const OWN_PORTS: (u16, u16) = (9092, 9093);

/// The options of a cluster.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    pub(super) nodes: Nodes,
    /// The client port of the first node. Defaults to a free port.
    pub(super) port: Option<u16>,
    /// The authority that signs the certificate of the first node's TLS listener. Without it there is no such listener.
    pub(super) authority: Option<&'a Authority>,
    /// Whether the last node gets a file system of its own, if the process has the right to mount one.
    pub(super) disk: bool,
    /// The host of each node. If it is empty, all nodes run on this machine's own address.
    pub(super) hosts: &'a [Host],
}

/// A cluster. Dropping it kills the processes and removes their data.
#[derive(Debug)]
pub(super) struct LocalKafka {
    pub(super) nodes: Vec<Node>,
    addresses: Vec<Address>,
    tls_port: Option<u16>,
}

impl LocalKafka {
    /// Starts the nodes. They do not answer yet: see [`LocalKafka::check`].
    ///
    /// # Errors
    ///
    /// If Java or the jars are missing, or the port is taken.
    pub(super) fn start(wanted: &Wanted<'_>) -> Result<Self> {
        let program = Program::find()?;
        // Held until the nodes take them over.
        let mut held = Vec::new();
        let mut reserve = |port| -> Result<u16> {
            let reserved = Reserved::new(port)?;
            let port = reserved.port()?;
            held.push(reserved);
            Ok(port)
        };
        let mut addresses = Vec::new();
        for place in 0..wanted.nodes.count() {
            addresses.push(match wanted.hosts.get(place) {
                Some(host) => Address { host: host.clone(), port: OWN_PORTS.0, controller: OWN_PORTS.1 },
                None => Address {
                    host: Host::default(),
                    port: reserve(wanted.port.filter(|_| place == 0))?,
                    controller: reserve(None)?,
                },
            });
        }
        let tls_port = wanted.authority.map(|_| reserve(None)).transpose()?;
        let mut nodes = (1..=addresses.len())
            .map(|id| Node::new(&program, wanted.nodes, id, &addresses))
            .collect::<Result<Vec<Node>>>()?;
        for (node, address) in nodes.iter().zip(&addresses) {
            eprintln!(
                "starting Kafka {} at {}:{}, data in {}",
                jars::VERSION,
                address.host.address(),
                address.port,
                node.folder().display()
            );
        }
        if let (Some(authority), Some(port), Some(first)) = (wanted.authority, tls_port, nodes.first()) {
            let properties = std::fs::read_to_string(first.properties_file())?;
            first.write_properties(&authority.with_listener(&properties, first.folder(), port)?)?;
        }
        if wanted.disk
            && let Some(last) = nodes.last_mut()
            && let Err(error) = last.mount_disk()
        {
            eprintln!("no node has a disk that can be filled: {error:#}");
        }
        program.format(&nodes.iter().map(Node::properties_file).collect::<Vec<_>>())?;
        drop(held);
        nodes.iter_mut().try_for_each(Node::start)?;
        Ok(Self { nodes, addresses, tls_port })
    }

    /// The addresses of the nodes for clients: `bootstrap.servers`.
    pub(super) fn bootstrap_servers(&self) -> String {
        let servers: Vec<String> =
            self.addresses.iter().map(|it| format!("{}:{}", it.host.address(), it.port)).collect();
        servers.join(",")
    }

    /// The port of the TLS listener.
    pub(super) fn tls_port(&self) -> Option<u16> {
        self.tls_port
    }

    /// The node with an id.
    pub(super) fn node(&mut self, id: usize) -> Result<&mut Node> {
        self.nodes.iter_mut().find(|node| node.id() == id).with_context(|| format!("there is no node {id}"))
    }

    /// Checks that all processes still run.
    ///
    /// # Errors
    ///
    /// If one has ended.
    pub(super) fn check(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(Node::check)
    }

    /// An error with the last lines of each node's log.
    pub(super) fn with_logs(&self, error: &anyhow::Error) -> anyhow::Error {
        let logs: Vec<String> = self.nodes.iter().map(Node::log).collect();
        anyhow!("{error:#}; the end of its log:\n{}", logs.join("\n\n"))
    }
}
