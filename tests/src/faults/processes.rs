//! The processes of a run: this program again, with a hidden subcommand.
//!
//! Each process ends when its standard input ends, and so also when the process that started it is gone. Each has a process group of
//! its own, so Ctrl-C does not reach it. If the run is gone, the system also ends a process that is stopped: it sends SIGHUP and SIGCONT
//! to an orphaned process group.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::options::Stop;
use super::protocol::{DATABASE, READY};
use crate::network::Host;
use crate::signal::signal;

const STEP: Duration = Duration::from_millis(10);

/// A process of a run. Dropping this value kills the process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Whether the process has reported that it is ready.
    ready: bool,
}

impl Process {
    /// Starts the program on a host with these arguments. Standard error goes to the file.
    pub(super) fn start(
        host: &Host,
        program: &Path,
        arguments: &[String],
        database: &str,
        errors: File,
    ) -> Result<Self> {
        let (entered, before) = host.enter(program);
        let mut child = Command::new(entered)
            .args(before)
            .args(arguments)
            .env(DATABASE, database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = child.stdout.take().context("the process has no output")?;
        let input = child.stdin.take();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, input, lines, ready: false })
    }

    /// Writes a line to the standard input of the process.
    pub(super) fn tell(&mut self, line: &str) {
        if let Some(input) = &mut self.input {
            // One that has ended is met elsewhere.
            let _ = writeln!(input, "{line}");
        }
    }

    /// The lines that the process has printed and nobody has read yet.
    pub(super) fn said(&mut self) -> Vec<String> {
        let said: Vec<String> = self.lines.try_iter().collect();
        self.ready |= said.iter().any(|line| line == READY);
        said
    }

    /// The next line that the process prints. None if it ends, or the time is over, before.
    pub(super) fn line(&self, limit: Duration, stop: &Stop) -> Result<Option<String>> {
        let start = Instant::now();
        while start.elapsed() < limit {
            stop.check()?;
            match self.lines.recv_timeout(STEP * 5) {
                Ok(line) => return Ok(Some(line)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(None)
    }

    /// Waits until a relay reports that it has begun. False if it ends, or the time is over, before.
    pub(super) fn wait_until_ready(&mut self, limit: Duration, stop: &Stop) -> Result<bool> {
        let start = Instant::now();
        while !self.ready && start.elapsed() < limit {
            stop.check()?;
            match self.lines.recv_timeout(STEP * 5) {
                Ok(line) => self.ready |= line == READY,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(self.ready)
    }

    /// The exit status, if the process has ended.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until the process ends by itself.
    pub(super) fn wait(&mut self, limit: Duration, stop: &Stop) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > limit {
                bail!("a process did not end within {} s", limit.as_secs());
            }
            stop.check()?;
            std::thread::sleep(STEP);
        }
    }

    /// Kills the process (SIGKILL). Returns the lines that it printed and nobody has read yet.
    pub(super) fn kill(&mut self) -> Result<Vec<String>> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.lines.iter().collect())
    }

    /// Closes the standard input of the process, which makes it end.
    pub(super) fn finish(&mut self, limit: Duration, stop: &Stop) -> Result<Vec<String>> {
        drop(self.input.take());
        let status = self.wait(limit, stop)?;
        if !status.success() {
            bail!("a process ended with {status}");
        }
        Ok(self.lines.iter().collect())
    }

    /// Stops the process (`STOP`) or lets it go on (`CONT`).
    pub(super) fn signal(&self, name: &str) -> Result<()> {
        signal(name, &[self.child.id()])
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
