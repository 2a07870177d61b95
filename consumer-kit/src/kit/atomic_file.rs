//! A file that is written as a whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use tempfile::NamedTempFile;

/// Written beside the file, and then renamed. Dropped before [`AtomicFile::done`], it leaves nothing.
pub(super) struct AtomicFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl AtomicFile {
    /// Fails if the folder cannot be written.
    pub(super) fn new(path: &Path) -> anyhow::Result<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = NamedTempFile::new_in(folder).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                anyhow!("{} cannot be written: there is no such folder", path.display())
            }
            kind => anyhow!("{} cannot be written: {kind}", path.display()),
        })?;
        Ok(Self { file, path: path.to_owned() })
    }

    pub(super) fn done(self) -> anyhow::Result<()> {
        let Self { file, path } = self;
        let cannot = |error: &io::Error| anyhow!("{} cannot be written: {error}", path.display());
        file.as_file().sync_all().map_err(|error| cannot(&error))?;
        file.persist(&path).map_err(|error| cannot(&error.error))?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
