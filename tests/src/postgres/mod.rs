//! Finding a PostgreSQL server, or starting one.

mod container;
mod database;
mod local;

use std::env;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use self::container::ContainerPostgres;
pub use self::database::Database;
use self::local::LocalPostgres;
use crate::runtime::on_a_thread;

const GIVEN_LIMIT: Duration = Duration::from_secs(15);
const START_LIMIT: Duration = Duration::from_mins(1);
/// Of a server that is started here, in either way. Quick rather than safe from a loss of power; a server that is killed
/// loses nothing.
const SETTINGS: [&str; 5] = [
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=512MB",
    // A standby looks for a server that is back at once, instead of every 5 s.
    "wal_retrieve_retry_interval=200ms",
];
const INSTALL: &str =
    "Install PostgreSQL (Debian's package `postgresql`), or start Docker, or set TEST_DATABASE_URL.";

/// Where a [`Server`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// `TEST_DATABASE_URL` names it.
    Given,
    /// It was started as a process of this machine.
    Local,
    /// It was started in a container.
    Docker,
}

/// A server that answers. If it was started here, dropping it, or the end of this process however it comes, stops it
/// and removes its data.
#[derive(Debug)]
pub struct Server {
    /// As a user that may create databases.
    options: PgConnectOptions,
    running: Running,
}

#[derive(Debug)]
enum Running {
    Given,
    Local(LocalPostgres),
    Docker(#[expect(dead_code, reason = "held for its drop")] ContainerPostgres),
}

impl Server {
    /// The server that `TEST_DATABASE_URL` names, or one that is started.
    ///
    /// # Errors
    ///
    /// If the server that is named does not answer, or none can be started. The message says what was tried and what
    /// to install.
    pub fn find() -> Result<Self> {
        let Ok(url) = env::var("TEST_DATABASE_URL") else { return Self::start() };
        // Not with the text of the URL, which holds a password.
        let options = PgConnectOptions::from_str(&url).map_err(|error| {
            anyhow!("TEST_DATABASE_URL, expected postgres://user:password@host:port/name: {error}")
        })?;
        connect(&options, GIVEN_LIMIT, || Ok(())).context("the server of TEST_DATABASE_URL")?;
        let server = Self { options, running: Running::Given };
        server.remove_forgotten_databases()?;
        Ok(server)
    }

    /// Starts a server: the one that is installed, else a container.
    ///
    /// # Errors
    ///
    /// If none can be started. The message says what was tried and what to install.
    pub fn start() -> Result<Self> {
        let started = Self::start_local().or_else(|local| {
            Self::start_container().with_context(|| format!("on this machine: {local:#}\nthrough Docker"))
        });
        started.map_err(|tried| anyhow!("no PostgreSQL server could be started\n{tried:#}\n{INSTALL}"))
    }

    fn start_local() -> Result<Self> {
        let mut postgres = LocalPostgres::start()?;
        let options = postgres.options();
        connect(&options, START_LIMIT, || postgres.check())
            .map_err(|error| anyhow!("{error:#}; the end of its log:\n{}", postgres.log()))?;
        Ok(Self { options, running: Running::Local(postgres) })
    }

    fn start_container() -> Result<Self> {
        let postgres = ContainerPostgres::start()?;
        let options = postgres.options();
        connect(&options, START_LIMIT, || Ok(()))?;
        Ok(Self { options, running: Running::Docker(postgres) })
    }

    /// Starts the server that is installed on this machine, which can be killed.
    ///
    /// # Errors
    ///
    /// If none is installed, or it does not answer.
    pub fn start_killable() -> Result<Self> {
        Self::start_local().map_err(|error| anyhow!("{error:#}\n{INSTALL}"))
    }

    /// Ends the server and all its processes as a crash does: SIGKILL. Its data stay.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine, or cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        self.local()?.kill()
    }

    /// Lets the server and all its processes hang: connections stay, and nothing is answered.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine.
    pub fn suspend(&mut self) -> Result<()> {
        self.local()?.suspend().map(drop)
    }

    /// Starts a server that was killed, on the same data and socket, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine, or does not answer within a minute.
    pub fn start_again(&mut self) -> Result<()> {
        let options = self.options.clone();
        let postgres = self.local()?;
        postgres.start_again()?;
        connect(&options, START_LIMIT, || postgres.check())
            .map_err(|error| anyhow!("{error:#}; the end of its log:\n{}", postgres.log()))
    }

    /// Starts a server that follows this one: what is committed here is there, too, before it is acknowledged.
    ///
    /// # Errors
    ///
    /// If this one was not started on this machine, or the other does not answer.
    pub fn synchronous_standby(&mut self) -> Result<Self> {
        let mut standby = self.local()?.standby()?;
        let options = standby.options();
        connect(&options, START_LIMIT, || standby.check())
            .map_err(|error| anyhow!("{error:#}; the end of its log:\n{}", standby.log()))?;
        for statement in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
            execute(&self.options, statement)?;
        }
        Ok(Self { options, running: Running::Local(standby) })
    }

    /// Makes a standby take writes, and waits until it does.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn promote(&self) -> Result<()> {
        // Who follows it, it would wait for, too.
        execute(&self.options, "SELECT pg_promote()")?;
        execute(&self.options, "ALTER SYSTEM RESET synchronous_standby_names")?;
        execute(&self.options, "SELECT pg_reload_conf()")
    }

    /// Its Unix socket, if it was started on this machine.
    pub fn socket(&self) -> Option<PathBuf> {
        match &self.running {
            Running::Local(postgres) => Some(postgres.socket()),
            Running::Given | Running::Docker(_) => None,
        }
    }

    /// The URL of the server's own database by way of a port of this machine that leads to its socket.
    ///
    /// # Errors
    ///
    /// If it was not started on this machine.
    pub fn url_through(&self, port: u16) -> Result<String> {
        match &self.running {
            Running::Local(postgres) => Ok(postgres.options_through(port).to_url_lossy().into()),
            Running::Given | Running::Docker(_) => {
                Err(anyhow!("only a server that was started on this machine has a socket"))
            }
        }
    }

    fn local(&mut self) -> Result<&mut LocalPostgres> {
        match &mut self.running {
            Running::Local(postgres) => Ok(postgres),
            Running::Given | Running::Docker(_) => {
                Err(anyhow!("only a server that was started on this machine can be killed"))
            }
        }
    }

    /// The URL of the server's own database, with the password.
    pub fn url(&self) -> String {
        self.options.to_url_lossy().into()
    }

    /// Where this server comes from.
    pub fn kind(&self) -> ServerKind {
        match self.running {
            Running::Given => ServerKind::Given,
            Running::Local(_) => ServerKind::Local,
            Running::Docker(_) => ServerKind::Docker,
        }
    }
}

/// The server of this test binary: found or started when it is first asked for.
///
/// # Panics
///
/// If there is none. A test that needs a server is never skipped.
#[expect(clippy::panic, reason = "a test that has no server must fail, and say why")]
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    match SERVER.get_or_init(|| Server::find().map_err(|error| format!("{error:#}"))) {
        Ok(server) => server,
        Err(error) => panic!("{error}"),
    }
}

fn execute(options: &PgConnectOptions, statement: &'static str) -> Result<()> {
    let options = options.clone();
    on_a_thread(async move || {
        let mut connection = options.connect().await?;
        sqlx::raw_sql(statement).execute(&mut connection).await?;
        Ok(connection.close().await?)
    })
}

/// Waits until a server answers, for as long as `check` finds nothing wrong.
fn connect(options: &PgConnectOptions, limit: Duration, mut check: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    loop {
        let options = options.clone();
        let answer = on_a_thread(async move || Ok(options.connect().await?.close().await?));
        let Err(error) = answer else { return Ok(()) };
        check()?;
        ensure!(start.elapsed() < limit, "no answer after {} s: {error:#}", limit.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}
