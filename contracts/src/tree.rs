//! The contract files: embedded in this crate, and in a working copy.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use include_dir::{Dir, include_dir};

use crate::topic_file::TopicFile;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/topics");

/// A contract file of this crate, by its path below `topics/`.
pub fn embedded(path: &str) -> Option<&'static str> {
    EMBEDDED.get_file(path)?.contents_utf8()
}

/// Path of a schema file below `topics/`; `part` is `key` or `value`.
pub fn schema_path(topic: &str, version: &str, part: &str) -> String {
    format!("{topic}/{version}/{part}.schema.json")
}

/// The folder `contracts/` of a working copy.
#[derive(Debug, Clone)]
pub struct WorkingCopy {
    root: PathBuf,
}

impl WorkingCopy {
    /// Finds `contracts/` in `start` or one of the folders above it.
    ///
    /// # Errors
    /// There is none.
    pub fn find(start: &Path) -> anyhow::Result<Self> {
        let Some(root) =
            start.ancestors().map(|dir| dir.join("contracts")).find(|dir| dir.join("topics").is_dir())
        else {
            bail!(
                "no folder contracts/topics in {} or above it; run this in the repository, or name it with --root",
                start.display()
            );
        };
        Ok(Self { root })
    }

    /// A file's path, from its path below `contracts/`.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A file's text; `None` when there is no such file.
    ///
    /// # Errors
    /// A file that cannot be read or is not UTF-8.
    pub fn read(&self, relative: &str) -> anyhow::Result<Option<String>> {
        let path = self.path(relative);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes a file beside its place and moves it there, so that it is never half-written.
    ///
    /// # Errors
    /// The folder cannot be made or the file cannot be written.
    pub fn write(&self, relative: &str, text: &str) -> anyhow::Result<()> {
        let path = self.path(relative);
        let write = || {
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let mut beside = tempfile::Builder::new().permissions(world_readable()).tempfile_in(folder)?;
            std::io::Write::write_all(&mut beside, text.as_bytes())?;
            beside.persist(&path)?;
            anyhow::Ok(())
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// A topic's `topic.toml`.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn topic_file(&self, topic: &str) -> anyhow::Result<TopicFile> {
        let relative = format!("topics/{topic}/topic.toml");
        let text = self
            .read(&relative)?
            .with_context(|| format!("{} is missing", self.path(&relative).display()))?;
        TopicFile::parse(&text).with_context(|| format!("{} is malformed", self.path(&relative).display()))
    }

    /// The files of a folder below `contracts/`, by name.
    ///
    /// # Errors
    /// A folder that cannot be listed.
    pub fn list(&self, relative: &str) -> anyhow::Result<Vec<String>> {
        let path = self.path(relative);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))? {
            names.push(format!("{relative}/{}", entry?.file_name().to_string_lossy()));
        }
        names.sort();
        Ok(names)
    }
}

/// Temporary files are readable by their owner alone; a committed file is not.
#[cfg(unix)]
fn world_readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}
