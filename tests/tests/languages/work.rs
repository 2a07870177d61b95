//! Folders where programs of other languages run.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// A folder where programs run, kept from one run to the next. One process at a time works there.
pub(crate) struct Work {
    pub(crate) folder: PathBuf,
    _lock: File,
}

impl Work {
    /// The folder `target/tmp/<name>`, with the files of `tests/<name>`.
    pub(crate) fn open(name: &str) -> Result<Self> {
        let work = Self::open_empty(name)?;
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))? {
            let entry = entry?;
            fs::copy(entry.path(), work.folder.join(entry.file_name()))?;
        }
        Ok(work)
    }

    /// The folder `target/tmp/<name>`, without files of its own.
    pub(crate) fn open_empty(name: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    /// Fetches packages into a folder, unless they are there as the list says that they have to be.
    pub(crate) fn packages(&self, folder: &str, list: &str, commands: &[(&str, &[&str])]) -> Result<()> {
        let wanted = fs::read(self.folder.join(list))?;
        let stamp = self.folder.join(format!("{folder}.list"));
        if fs::read(&stamp).is_ok_and(|fetched| fetched == wanted) {
            return Ok(());
        }
        let _ = fs::remove_file(&stamp);
        let _ = fs::remove_dir_all(self.folder.join(folder));
        for (program, arguments) in commands {
            self.run(program, arguments)?;
        }
        Ok(fs::write(stamp, wanted)?)
    }

    /// Fetches the jars of the folder's `pom.xml` into `libs`.
    pub(crate) fn jars(&self) -> Result<()> {
        let copy =
            ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"];
        self.packages("libs", "pom.xml", &[("mvn", &copy)])
    }

    /// Runs a program in the folder, and gives what it prints.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        self.run_with(&[], program, arguments)
    }

    /// The same, with environment variables.
    pub(crate) fn run_with(
        &self,
        variables: &[(&str, OsString)],
        program: &str,
        arguments: &[&str],
    ) -> Result<String> {
        let name = if program.contains('/') { self.folder.join(program) } else { program.into() };
        let output = Command::new(name)
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot run {program}"))?;
        let print = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if !output.status.success() {
            bail!("{program} {arguments:?}:\n{}{}", print(&output.stdout), print(&output.stderr));
        }
        Ok(print(&output.stdout))
    }
}

/// The search path, with `tiltak-kit` at its head, from below this folder.
pub(crate) fn path_with_kit(folder: &Path) -> Result<OsString> {
    let bin = folder.join("bin");
    fs::create_dir(&bin)?;
    symlink(env!("CARGO_BIN_EXE_kit"), bin.join("tiltak-kit"))?;
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths([bin].into_iter().chain(env::split_paths(&path)))?)
}

/// Says what to install when a program is missing or too old. The first number that it prints is its version.
pub(crate) fn require(program: &str, version: &str, oldest: u32, what: &str) -> Result<()> {
    let output = Command::new(program).arg(version).stdin(Stdio::null()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let found = text.split(|other: char| !other.is_ascii_digit()).find_map(|part| part.parse::<u32>().ok());
    ensure!(found.is_some_and(|found| found >= oldest), "these tests need {what}: install it");
    Ok(())
}
