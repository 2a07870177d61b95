//! A Kafka node (KRaft: broker and controller in one process) on this machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::disk::Disk;
use super::program::Program;
use super::settings::Nodes;
use crate::network::Host;
use crate::output::last_lines;
use crate::signal::signal;
use crate::watchdog::Watchdog;

/// The time that a node gets to end when it is asked to. A node that leads partitions waits until others have taken over.
const END_LIMIT: Duration = Duration::from_mins(1);
/// Shell code that kills the broker and removes its data folder. `rm` may fail at first, because a killed broker still writes for a moment.
const CLEANUP: &str = r#"[ -z "$last" ] || kill -9 "$last"
umount -l "$1/logs"
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.2; done"#;

/// The addresses of a node.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) host: Host,
    /// The port for clients and other brokers.
    pub(super) port: u16,
    /// The port for other controllers.
    pub(super) controller: u16,
}

/// A node that is a process of this machine, with its data in a temporary folder.
///
/// Dropping it kills the process and removes the folder.
#[derive(Debug)]
pub struct Node {
    id: usize,
    nodes: Nodes,
    host: Host,
    program: Program,
    folder: PathBuf,
    process: Option<Child>,
    /// The node's own file system in memory, if a test is to fill it.
    disk: Option<Disk>,
    watchdog: Watchdog,
}

impl Node {
    /// Makes a node that does not run yet: [`Program::format`] has to make its data folder first. `id` counts from 1.
    pub(super) fn new(program: &Program, nodes: Nodes, id: usize, addresses: &[Address]) -> Result<Self> {
        let address = addresses.get(id.wrapping_sub(1)).context("a node without an address")?;
        let temporary = tempfile::Builder::new().prefix("tiltak-kafka-").tempdir()?;
        let watchdog = Watchdog::start(CLEANUP, temporary.path().as_os_str())?;
        let folder = temporary.keep();
        let node = Self {
            id,
            nodes,
            host: address.host.clone(),
            program: program.clone(),
            folder,
            process: None,
            disk: None,
            watchdog,
        };
        node.write_properties(&properties(nodes, id, addresses, address, &node.folder.join("logs")))?;
        Ok(node)
    }

    /// Gives a node that has no data yet a file system of its own: see [`Node::fill_disk`].
    ///
    /// # Errors
    ///
    /// If the right to mount one is missing.
    pub(super) fn mount_disk(&mut self) -> Result<()> {
        self.disk = Some(Disk::mount(&self.folder.join("logs"))?);
        Ok(())
    }

    /// Fills the node's own file system.
    ///
    /// # Errors
    ///
    /// If the node has none.
    pub fn fill_disk(&self) -> Result<()> {
        self.disk.as_ref().context("the node has no file system of its own")?.fill()
    }

    /// Frees the space that [`Node::fill_disk`] took.
    ///
    /// # Errors
    ///
    /// If the node has no file system of its own.
    pub fn free_disk(&self) -> Result<()> {
        self.disk.as_ref().context("the node has no file system of its own")?.free()
    }

    /// Whether the node has a file system of its own.
    pub fn has_disk(&self) -> bool {
        self.disk.is_some()
    }

    pub(super) fn write_properties(&self, properties: &str) -> Result<()> {
        fs::write(self.properties_file(), properties)
            .with_context(|| format!("cannot write into {}", self.folder.display()))
    }

    pub(super) fn properties_file(&self) -> PathBuf {
        self.folder.join("server.properties")
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the node on its data. It does not answer requests yet.
    ///
    /// # Errors
    ///
    /// If it runs already, or cannot be started.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "node {} runs already", self.id);
        let log = File::options().create(true).append(true).open(self.log_file())?;
        let errors = log.try_clone()?;
        let (program, before) = self.host.enter(&self.program.java);
        let process = self.watchdog.run(&program, |command| {
            command
                .args(before)
                .args(self.nodes.java_options())
                .args(self.program.class_path())
                .arg("kafka.Kafka")
                .arg(self.folder.join("server.properties"))
                .current_dir(&self.folder)
                .stdout(log)
                .stderr(errors);
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// The id of the node in the cluster, from 1.
    pub fn id(&self) -> usize {
        self.id
    }

    /// Checks that a node that was started still runs.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub fn check(&mut self) -> Result<()> {
        match self.process.as_mut().map(Child::try_wait).transpose()?.flatten() {
            Some(status) => bail!("Kafka ended by itself ({status})"),
            None => Ok(()),
        }
    }

    /// Kills the process like a crash, if it runs. What it has written to the file system stays in its folder.
    ///
    /// # Errors
    ///
    /// If it cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.kill()?;
        self.watchdog.forget()?;
        process.wait()?;
        Ok(())
    }

    /// Asks the process to end, and waits. Kills it after a minute.
    ///
    /// # Errors
    ///
    /// If it cannot be asked.
    pub fn terminate(&mut self) -> Result<()> {
        self.signal("TERM")?;
        self.wait(END_LIMIT)
    }

    /// Waits until the process has ended by itself. Kills it after the limit.
    ///
    /// # Errors
    ///
    /// If it cannot be killed.
    pub fn wait(&mut self, limit: Duration) -> Result<()> {
        let start = Instant::now();
        while let Some(process) = &mut self.process
            && process.try_wait()?.is_none()
            && start.elapsed() < limit
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.kill()
    }

    /// Sends the process a signal, if it runs.
    ///
    /// # Errors
    ///
    /// If it cannot be sent.
    pub fn signal(&self, name: &str) -> Result<()> {
        self.process.as_ref().map_or(Ok(()), |process| signal(name, &[process.id()]))
    }

    /// Whether the node's log contains a text.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn has_logged(&self, text: &str) -> Result<bool> {
        Ok(String::from_utf8_lossy(&fs::read(self.log_file())?).contains(text))
    }

    /// The last lines of the node's log.
    pub(super) fn log(&self) -> String {
        let log = fs::read(self.log_file());
        log.map_or_else(|error| error.to_string(), |log| last_lines(&log))
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("broker.log")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Kills the process, which must be waited for only afterwards: until then its id is not given away.
        self.watchdog.finish();
        if let Some(process) = &mut self.process {
            let _ = process.wait();
        }
    }
}

fn properties(nodes: Nodes, id: usize, addresses: &[Address], own: &Address, data: &Path) -> String {
    let voters: Vec<String> = (1..)
        .zip(addresses)
        .map(|(id, it)| format!("{id}@{}:{}", it.host.address(), it.controller))
        .collect();
    let settings: Vec<String> = nodes.settings().map(|(name, value)| format!("{name}={value}")).collect();
    let Address { host, port, controller } = own;
    let host = host.address();
    format!(
        "process.roles=broker,controller
node.id={id}
listeners=CLIENT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENT://{host}:{port}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
controller.quorum.voters={}
log.dirs={}
{}
",
        voters.join(","),
        data.display(),
        settings.join("\n")
    )
}
