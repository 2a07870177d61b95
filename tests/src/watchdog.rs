//! Cleaning up after a process that may be killed.
//!
//! A static is never dropped, and a killed process drops nothing. What always happens at the end of a process is
//! that its files are closed. So a shell waits at the other end of a pipe that only this process holds open (the
//! standard library marks it close-on-exec), and cleans up when the pipe ends. The shell has a process group of
//! its own, out of reach of Ctrl-C.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// Waits for a line before it becomes the program, so that none runs that the watchdog does not know of.
const WAIT_THEN_RUN: &str = r#"read -r go && exec "$0" "$@" </dev/null"#;
const WAIT: &str = "trap '' HUP INT TERM; last=; while read -r line; do last=$line; done; ";

/// A shell that runs a cleanup script when this is dropped or when this process is gone.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts the shell. `cleanup` reads `argument` as `$1` and what [`Watchdog::tell`] said last as `$last`.
    ///
    /// # Errors
    ///
    /// If no `sh` can be started.
    pub(crate) fn start(cleanup: &str, argument: &OsStr) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", &format!("{WAIT}{cleanup}"), "watchdog"])
            .arg(argument)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start `sh` to clean up after the tests")?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Tells the cleanup script what it cannot know when it is started: the id of a process.
    ///
    /// # Errors
    ///
    /// If the shell has gone.
    fn tell(&mut self, process: u32) -> Result<()> {
        let pipe = self.pipe.as_mut().context("the watchdog has finished")?;
        writeln!(pipe, "{process}").context("the watchdog has gone")
    }

    /// Tells the cleanup script that the process has ended: its id may be given to another.
    ///
    /// # Errors
    ///
    /// If the shell has gone.
    pub(crate) fn forget(&mut self) -> Result<()> {
        let pipe = self.pipe.as_mut().context("the watchdog has finished")?;
        writeln!(pipe).context("the watchdog has gone")
    }

    /// Runs a program in a process group of its own, out of reach of Ctrl-C, when the cleanup script has been told its
    /// process. `configure` gives arguments, folder, output and user.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or the shell has gone.
    pub(crate) fn run(&mut self, program: &Path, configure: impl FnOnce(&mut Command)) -> Result<Child> {
        let mut command = Command::new("sh");
        command.args(["-c", WAIT_THEN_RUN]).arg(program).stdin(Stdio::piped()).process_group(0);
        configure(&mut command);
        let mut process = command.spawn()?;
        self.tell(process.id())?;
        let mut go = process.stdin.take().context("the program's standard input is not a pipe")?;
        go.write_all(b"go\n")?;
        Ok(process)
    }

    /// Runs the cleanup now and waits for its end.
    pub(crate) fn finish(&mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.finish();
    }
}
