//! A small file system for one node, which a test can fill.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::output::last_lines;

/// The size of the file system. Only written data take memory.
const SIZE: &str = "4g";
/// The kilobytes that are left on a full disk: fewer than the index of a segment takes.
const REST: u64 = 64;

/// A file system in memory, mounted on a folder. Unmount it before you remove the folder.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Makes the folder and mounts a file system on it.
    ///
    /// # Errors
    ///
    /// If the process has no right to mount (root has it).
    pub(super) fn mount(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let disk = Self { folder: folder.to_owned() };
        disk.run("mount", &["-t", "tmpfs", "-o", &format!("size={SIZE}"), "tiltak-kafka"])?;
        Ok(disk)
    }

    /// Fills the file system.
    pub(super) fn fill(&self) -> Result<()> {
        let used = self.run("df", &["--block-size=1K", "--output=used"])?;
        let used: u64 = used.lines().nth(1).unwrap_or_default().trim().parse().context("`df`")?;
        self.resize(&format!("{}k", used + REST))
    }

    /// Frees the space that [`fill`](Self::fill) took.
    pub(super) fn free(&self) -> Result<()> {
        self.resize(SIZE)
    }

    fn resize(&self, size: &str) -> Result<()> {
        self.run("mount", &["-o", &format!("remount,size={size}")]).map(drop)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let output = Command::new(program)
            .args(arguments)
            .arg(&self.folder)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot run `{program}`"))?;
        ensure!(output.status.success(), "`{program}`: {}", last_lines(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
