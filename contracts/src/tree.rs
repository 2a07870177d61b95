//! The contract files: embedded in this crate, in a working copy, or in a git revision.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// Contract files from any source. Paths are below `contracts/`.
pub trait Files {
    /// A file's text; `None` when there is no such file.
    ///
    /// # Errors
    /// A file that cannot be read or is not UTF-8.
    fn read(&self, path: &str) -> anyhow::Result<Option<String>>;

    /// The files and folders in a folder, sorted; none if there is no such folder.
    ///
    /// # Errors
    /// A folder that cannot be listed.
    fn list(&self, folder: &str) -> anyhow::Result<Vec<String>>;

    /// A topic's `topic.toml`.
    ///
    /// # Errors
    /// It is missing or malformed.
    fn topic_file(&self, topic: &str) -> anyhow::Result<TopicFile> {
        let path = format!("topics/{topic}/topic.toml");
        let text = self.read(&path)?.with_context(|| format!("contracts/{path}: missing"))?;
        TopicFile::parse(&text).with_context(|| format!("contracts/{path}: malformed"))
    }
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

    /// Writes a file to a temporary name and renames it, so that it is never half-written.
    ///
    /// # Errors
    /// The folder cannot be made or the file cannot be written.
    pub fn write(&self, relative: &str, text: &str) -> anyhow::Result<()> {
        write_file(&self.path(relative), text)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, relative: &str) -> anyhow::Result<()> {
        let path = self.path(relative);
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }
}

/// Writes a file to a temporary name and renames it, so that it is never half-written.
pub(crate) fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut beside = tempfile::Builder::new().permissions(world_readable()).tempfile_in(folder)?;
        beside.write_all(text.as_bytes())?;
        beside.persist(path)?;
        anyhow::Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// There is no such file, nor one of its folders.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

impl Files for WorkingCopy {
    fn read(&self, path: &str) -> anyhow::Result<Option<String>> {
        let path = self.path(path);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn list(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        let path = self.path(folder);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if is_missing(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("cannot list {}", path.display())),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(format!("{folder}/{}", entry?.file_name().to_string_lossy()));
        }
        names.sort();
        Ok(names)
    }
}

/// The contract files as they are in a revision of the working copy's git repository.
#[derive(Debug, Clone)]
pub struct GitRevision {
    texts: BTreeMap<String, String>,
}

impl GitRevision {
    /// Reads the files below `contracts/` in a revision: a branch, a tag or a commit.
    ///
    /// # Errors
    /// No git, no repository, no such revision.
    pub fn read(tree: &WorkingCopy, revision: &str) -> anyhow::Result<Self> {
        let listing = git(tree, &["ls-tree", "-r", "-z", revision, "--", "."], "")
            .with_context(|| format!("the revision {revision:?} cannot be read"))?;
        let mut names = Vec::new();
        let mut objects = String::new();
        // Each entry: mode, type, object, tab, path from here.
        for entry in String::from_utf8_lossy(&listing).split_terminator('\0') {
            if let Some((about, path)) = entry.split_once('\t')
                && let [_, "blob", object] = about.split(' ').collect::<Vec<_>>().as_slice()
            {
                names.push(path.to_owned());
                objects.push_str(object);
                objects.push('\n');
            }
        }
        let blobs = git(tree, &["cat-file", "--batch"], &objects)?;
        let mut texts = BTreeMap::new();
        let mut rest = blobs.as_slice();
        for name in names {
            // Each answer: object, type, size, newline, content, newline.
            let header = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let size = String::from_utf8_lossy(&rest[..header]);
            let size: usize = size
                .rsplit(' ')
                .next()
                .and_then(|size| size.parse().ok())
                .with_context(|| format!("git cannot give {name} of {revision}"))?;
            let content =
                rest.get(header + 1..header + 1 + size).context("git gave less than it announced")?;
            texts.insert(name, String::from_utf8_lossy(content).into_owned());
            rest = rest.get(header + 2 + size..).unwrap_or_default();
        }
        Ok(Self { texts })
    }
}

impl Files for GitRevision {
    fn read(&self, path: &str) -> anyhow::Result<Option<String>> {
        Ok(self.texts.get(path).cloned())
    }

    fn list(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        let inside = |path: &String| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            Some(format!("{folder}/{}", name.split('/').next().unwrap_or_default()))
        };
        let names: BTreeSet<String> = self.texts.keys().filter_map(inside).collect();
        Ok(names.into_iter().collect())
    }
}

/// Runs git in `contracts/` and gives its output.
fn git(tree: &WorkingCopy, arguments: &[&str], input: &str) -> anyhow::Result<Vec<u8>> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(&tree.root)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("git cannot be run")?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Beside the reading: a pipe holds only so much.
        scope.spawn(|| stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
        child.wait_with_output()
    })?;
    if !output.status.success() {
        bail!("git {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

/// Temporary files are readable by their owner alone; a committed file is not.
#[cfg(unix)]
fn world_readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}
