//! One Kafka node (KRaft: broker and controller in one process) on this machine.

use std::env;
use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use testcontainers_modules::kafka::apache::DEFAULT_CLUSTER_ID;
use uuid::Uuid;

use super::jars;
use super::settings::{HEAP, SETTINGS};
use super::tls::Authority;
use crate::output::last_lines;
use crate::signal::signal;
use crate::watchdog::Watchdog;

const OLDEST_JAVA: u32 = 17;
/// Below the ports that Linux hands out to outgoing connections: nobody takes the port of a broker that is down.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// A SIGKILL takes effect a moment after it is sent, so what the broker still writes may make `rm` fail.
const CLEANUP: &str = r#"[ -z "$last" ] || kill -9 "$last"
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.2; done"#;

/// A Kafka node as a process of this machine, with its data in a temporary folder.
///
/// Dropping it kills the process and removes the folder.
#[derive(Debug)]
pub(super) struct LocalKafka {
    java: PathBuf,
    jars: PathBuf,
    folder: PathBuf,
    port: u16,
    tls_port: Option<u16>,
    process: Child,
    watchdog: Watchdog,
}

impl LocalKafka {
    /// Starts a node on `port`, or on a free one, with a TLS listener beside it if an authority is given. It does not
    /// answer yet: see [`LocalKafka::check`].
    ///
    /// # Errors
    ///
    /// If Java or the jars are missing, or the port is taken.
    pub(super) fn start(port: Option<u16>, authority: Option<&Authority>) -> Result<Self> {
        let java = find_java()?;
        let jars = jars::folder()?;
        // Held until the node takes them over.
        let client_port = match port {
            Some(port) => reserve(port).with_context(|| format!("port {port} cannot be had"))?,
            None => reserve_any()?,
        };
        let controller_port = reserve_any()?;
        let tls_port = authority.map(|_| reserve_any()).transpose()?;
        let port = client_port.local_addr()?.port();
        let temporary = tempfile::Builder::new().prefix("tiltak-kafka-").tempdir()?;
        let mut watchdog = Watchdog::start(CLEANUP, temporary.path().as_os_str())?;
        let folder = temporary.keep();
        eprintln!("starting Kafka {} on port {port}, data in {}", jars::VERSION, folder.display());
        let mut properties = properties(&folder, port, controller_port.local_addr()?.port());
        let tls = match (authority, &tls_port) {
            (Some(authority), Some(listener)) => Some((authority, listener.local_addr()?.port())),
            _ => None,
        };
        if let Some((authority, port)) = tls {
            properties = authority.with_listener(&properties, &folder, port)?;
        }
        fs::write(properties_file(&folder), properties)?;
        format(&java, &jars, &folder)?;
        drop((client_port, controller_port, tls_port));
        let process = launch(&java, &jars, &folder, &mut watchdog)?;
        Ok(Self { java, jars, folder, port, tls_port: tls.map(|(_, port)| port), process, watchdog })
    }

    /// The port for clients.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The port for clients that come with TLS.
    pub(super) fn tls_port(&self) -> Option<u16> {
        self.tls_port
    }

    /// Checks that the process still runs.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub(super) fn check(&mut self) -> Result<()> {
        match self.process.try_wait()? {
            Some(status) => bail!("Kafka ended by itself ({status})"),
            None => Ok(()),
        }
    }

    /// Ends the process as a crash does. What it has given to the system stays in its folder.
    ///
    /// # Errors
    ///
    /// If it cannot be killed.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.watchdog.forget()?;
        self.process.wait()?;
        Ok(())
    }

    /// Starts a node that was killed, on its data and its ports. It does not answer yet.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub(super) fn start_again(&mut self) -> Result<()> {
        self.process = launch(&self.java, &self.jars, &self.folder, &mut self.watchdog)?;
        Ok(())
    }

    /// Sends the process a signal.
    ///
    /// # Errors
    ///
    /// If it cannot be sent.
    pub(super) fn signal(&self, name: &str) -> Result<()> {
        signal(name, &[self.process.id()])
    }

    /// Whether the broker's log has a text.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(super) fn has_logged(&self, text: &str) -> Result<bool> {
        Ok(String::from_utf8_lossy(&fs::read(log_file(&self.folder))?).contains(text))
    }

    /// The last lines of the broker's log.
    pub(super) fn log(&self) -> String {
        fs::read(log_file(&self.folder)).map_or_else(|error| error.to_string(), |log| last_lines(&log))
    }
}

impl Drop for LocalKafka {
    fn drop(&mut self) {
        // Kills the process, which must be waited for only afterwards: until then its id is not given away.
        self.watchdog.finish();
        let _ = self.process.wait();
    }
}

fn find_java() -> Result<PathBuf> {
    let java = env::var_os("JAVA_HOME")
        .map_or_else(|| PathBuf::from("java"), |home| Path::new(&home).join("bin").join("java"));
    let output = Command::new(&java)
        .arg("-version")
        .output()
        .with_context(|| format!("cannot run `{}` (Java)", java.display()))?;
    // `openjdk version "17.0.15" 2025-04-15`
    let text = String::from_utf8_lossy(&output.stderr);
    let version =
        text.split_once("version \"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    match version.split(['.', '-']).next().and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major >= OLDEST_JAVA => Ok(java),
        _ => bail!("`{}` is Java {version:?}, expected {OLDEST_JAVA} or newer", java.display()),
    }
}

fn reserve(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

fn reserve_any() -> Result<TcpListener> {
    let [low, high, ..] = Uuid::new_v4().into_bytes();
    let start = u16::from_le_bytes([low, high]);
    (0..1_000)
        .map(|step| PORTS.start + start.wrapping_add(step) % (PORTS.end - PORTS.start))
        .find_map(|port| reserve(port).ok())
        .with_context(|| format!("no free port in {PORTS:?}"))
}

fn properties(folder: &Path, port: u16, controller: u16) -> String {
    let shared: Vec<String> = SETTINGS.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!(
        "process.roles=broker,controller
node.id=1
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENT://127.0.0.1:{port}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={}
{}
",
        folder.join("logs").display(),
        shared.join("\n")
    )
}

fn properties_file(folder: &Path) -> PathBuf {
    folder.join("server.properties")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("broker.log")
}

/// Makes the data folder one that a node of a cluster can start on.
fn format(java: &Path, jars: &Path, folder: &Path) -> Result<()> {
    let output = Command::new(java)
        .args(["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"])
        .arg(jars.join("*"))
        .args(["kafka.tools.StorageTool", "format", "-t", DEFAULT_CLUSTER_ID, "-c"])
        .arg(properties_file(folder))
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        bail!("Kafka could not format its data folder:\n{}", last_lines(&output.stderr));
    }
    Ok(())
}

/// Runs the node on a formatted data folder.
fn launch(java: &Path, jars: &Path, folder: &Path, watchdog: &mut Watchdog) -> Result<Child> {
    let log = File::options().create(true).append(true).open(log_file(folder))?;
    let errors = log.try_clone()?;
    watchdog.run(java, |command| {
        command
            .args([HEAP, "-XX:+UseSerialGC", "-cp"])
            .arg(jars.join("*"))
            .arg("kafka.Kafka")
            .arg(properties_file(folder))
            .current_dir(folder)
            .stdout(log)
            .stderr(errors);
    })
}
