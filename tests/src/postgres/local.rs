//! The PostgreSQL server that is installed on this machine, with its data in a temporary folder.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use uuid::Uuid;

use super::SETTINGS;
use crate::output::last_lines;
use crate::signal::signal;
use crate::watchdog::Watchdog;

/// Where Debian and its kin install each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Whom the server runs as when the tests run as root, which it refuses: the first of these that the machine knows.
const ORDINARY_USERS: [&str; 2] = ["postgres", "nobody"];
const SUPERUSER: &str = "postgres";
/// What the path of a Unix socket may be long, without the name of the socket itself.
const LONGEST_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();
/// How long killed processes may take to end.
const KILLED: Duration = Duration::from_secs(20);
/// SIGQUIT lets the server end its processes and give back its shared memory, without a checkpoint. It has ended when
/// its own file with the process id is gone. It may be stopped, and its processes, too.
const CLEANUP: &str = r#"n=0
if [ -n "$last" ]; then
    processes="$last $(cat "/proc/$last/task/$last/children")"
    kill -QUIT $processes
    kill -CONT $processes
    while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 50 ]; do sleep 0.1; n=$((n + 1)); done
    [ $n -lt 50 ] || kill -9 "$last"
fi
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.2; done"#;

/// A server as a process of this machine, which listens on a Unix socket alone.
///
/// Dropping it ends the process and removes the folder.
#[derive(Debug)]
pub(super) struct LocalPostgres {
    binaries: PathBuf,
    user: User,
    folder: PathBuf,
    password: String,
    process: Child,
    watchdog: Watchdog,
}

impl LocalPostgres {
    /// Starts a server. It does not answer yet: see [`LocalPostgres::check`].
    ///
    /// # Errors
    ///
    /// If PostgreSQL is not installed, or refuses the temporary folder.
    pub(super) fn start() -> Result<Self> {
        let binaries = find_binaries()?;
        let (folder, mut watchdog) = make_folder()?;
        let user = User::of(&folder)?;
        eprintln!("starting PostgreSQL of {}, data in {}", binaries.display(), folder.display());
        let password = Uuid::new_v4().simple().to_string();
        initialize(&binaries, &folder, user, &password)?;
        let process = launch(&binaries, &folder, user, &mut watchdog)?;
        Ok(Self { binaries, user, folder, password, process, watchdog })
    }

    /// Starts a server that follows this one. It does not answer yet.
    ///
    /// # Errors
    ///
    /// If the data cannot be copied.
    pub(super) fn standby(&self) -> Result<Self> {
        let (folder, mut watchdog) = make_folder()?;
        let user = User::of(&folder)?;
        let mut command = Command::new(self.binaries.join("pg_basebackup"));
        command
            .args([
                "--checkpoint=fast",
                "--wal-method=stream",
                "--write-recovery-conf",
                "--no-sync",
                "--no-password",
            ])
            .arg(format!("--pgdata={}", folder.join("data").display()))
            .arg(format!("--host={}", self.folder.display()))
            .arg(format!("--username={SUPERUSER}"))
            .env("PGPASSWORD", &self.password)
            .current_dir(&folder)
            .stdin(Stdio::null());
        user.runs(&mut command);
        let output = command.output().context("cannot run `pg_basebackup`")?;
        if !output.status.success() {
            bail!("the data of PostgreSQL could not be copied:\n{}", last_lines(&output.stderr));
        }
        let process = launch(&self.binaries, &folder, user, &mut watchdog)?;
        let (binaries, password) = (self.binaries.clone(), self.password.clone());
        Ok(Self { binaries, user, folder, password, process, watchdog })
    }

    /// How to connect to it, as its superuser.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.login().socket(&self.folder)
    }

    /// The same by way of a port of this machine that leads to the socket.
    pub(super) fn options_through(&self, port: u16) -> PgConnectOptions {
        self.login().host("127.0.0.1").port(port).ssl_mode(PgSslMode::Disable)
    }

    fn login(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .username(SUPERUSER)
            .password(&self.password)
            .database("postgres")
    }

    /// Its Unix socket.
    pub(super) fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Checks that the process still runs.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub(super) fn check(&mut self) -> Result<()> {
        match self.process.try_wait()? {
            Some(status) => bail!("PostgreSQL ended by itself ({status})"),
            None => Ok(()),
        }
    }

    /// Ends the server and its processes as a crash does. What they have given to the system stays in the folder.
    ///
    /// # Errors
    ///
    /// If one of them cannot be killed.
    pub(super) fn kill(&mut self) -> Result<()> {
        // Stopped first, so that it starts no other process meanwhile.
        let processes = self.suspend()?;
        signal("KILL", &processes)?;
        self.watchdog.forget()?;
        self.process.wait()?;
        // On a busy machine they may take a while, and a server does not start beside one that has the shared memory.
        let deadline = Instant::now() + KILLED;
        while !processes.iter().all(|process| is_gone(*process)) {
            ensure!(Instant::now() < deadline, "processes of PostgreSQL outlive SIGKILL");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Stops the server and its processes, and gives their ids.
    ///
    /// # Errors
    ///
    /// If one of them cannot be stopped.
    pub(super) fn suspend(&self) -> Result<Vec<u32>> {
        let server = self.process.id();
        signal("STOP", &[server])?;
        let processes: Vec<u32> = [server].into_iter().chain(children(server)?).collect();
        signal("STOP", &processes)?;
        Ok(processes)
    }

    /// Starts a server that was killed, on its data. It does not answer yet.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub(super) fn start_again(&mut self) -> Result<()> {
        self.process = launch(&self.binaries, &self.folder, self.user, &mut self.watchdog)?;
        Ok(())
    }

    /// The last lines of the server's log.
    pub(super) fn log(&self) -> String {
        fs::read(log_file(&self.folder)).map_or_else(|error| error.to_string(), |log| last_lines(&log))
    }
}

impl Drop for LocalPostgres {
    fn drop(&mut self) {
        // Ends the process, which must be waited for only afterwards: until then its id is not given away.
        self.watchdog.finish();
        let _ = self.process.wait();
    }
}

/// Whether a process has ended, though perhaps nobody has asked how.
fn is_gone(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_none_or(|(_, state)| state.trim_start().starts_with('Z'))
}

/// A temporary folder, and who removes it with the server in it.
fn make_folder() -> Result<(PathBuf, Watchdog)> {
    let temporary = tempfile::Builder::new().prefix("tiltak-postgres-").tempdir()?;
    let watchdog = Watchdog::start(CLEANUP, temporary.path().as_os_str())?;
    let folder = temporary.keep();
    ensure!(
        folder.as_os_str().len() <= LONGEST_FOLDER,
        "{} is too long a path for a Unix socket: set TMPDIR to a shorter folder",
        folder.display()
    );
    Ok((folder, watchdog))
}

/// The folder with `initdb` and `postgres`: what `pg_config` says, else that of the newest version.
fn find_binaries() -> Result<PathBuf> {
    let configured = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output();
    let configured = configured.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(VERSIONS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable();
    configured
        .into_iter()
        .chain(versions.into_iter().rev().map(|(_, folder)| folder))
        .find(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file()))
        .with_context(|| {
            format!("no PostgreSQL server is installed: neither `pg_config` nor {VERSIONS} leads to one")
        })
}

/// The processes that a process has started.
fn children(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // `12 (postgres) S 7 …`: it may have ended meanwhile.
        let status = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields = status.rsplit_once(')').map_or("", |(_, fields)| fields);
        if fields.split_whitespace().nth(1).and_then(|field| field.parse().ok()) == Some(parent) {
            children.push(process);
        }
    }
    Ok(children)
}

/// Whom the server runs as.
#[derive(Debug, Clone, Copy)]
struct User {
    /// Ids of user and group when it is another than the one who runs the tests.
    other: Option<(u32, u32)>,
}

impl User {
    /// The one who owns the folder; root gives it to an ordinary user.
    fn of(folder: &Path) -> Result<Self> {
        if fs::metadata(folder)?.uid() != 0 {
            return Ok(Self { other: None });
        }
        let (user, group) =
            ORDINARY_USERS.iter().find_map(|name| Some((id("-u", name)?, id("-g", name)?))).with_context(
                || format!("PostgreSQL refuses root, and there is no user {}", ORDINARY_USERS.join(" or ")),
            )?;
        chown(folder, Some(user), Some(group))?;
        Ok(Self { other: Some((user, group)) })
    }

    fn runs(self, command: &mut Command) {
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
    }

    fn owns(self, file: &Path) -> Result<()> {
        if let Some((user, group)) = self.other {
            chown(file, Some(user), Some(group))?;
        }
        Ok(())
    }
}

fn id(option: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([option, name]).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// Makes the data folder.
fn initialize(binaries: &Path, folder: &Path, user: User, password: &str) -> Result<()> {
    let password_file = folder.join("password");
    fs::write(&password_file, password)?;
    user.owns(&password_file)?;
    let mut command = Command::new(binaries.join("initdb"));
    command
        .args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"])
        .arg(format!("--username={SUPERUSER}"))
        .arg(format!("--pwfile={}", password_file.display()))
        .arg(format!("--pgdata={}", folder.join("data").display()))
        .current_dir(folder)
        .stdin(Stdio::null());
    user.runs(&mut command);
    let output = command.output().context("cannot run `initdb`")?;
    if !output.status.success() {
        bail!("PostgreSQL could not make its data folder:\n{}", last_lines(&output.stderr));
    }
    Ok(())
}

fn launch(binaries: &Path, folder: &Path, user: User, watchdog: &mut Watchdog) -> Result<Child> {
    let log = File::options().create(true).append(true).open(log_file(folder))?;
    let errors = log.try_clone()?;
    watchdog.run(&binaries.join("postgres"), |command| {
        command
            .arg("-D")
            .arg(folder.join("data"))
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .args(["-c", "listen_addresses="])
            .arg("-c")
            .arg(format!("unix_socket_directories={}", folder.display()))
            .current_dir(folder)
            .stdout(log)
            .stderr(errors);
        user.runs(command);
    })
}
