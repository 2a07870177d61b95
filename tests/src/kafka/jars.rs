//! The jars of Apache Kafka: fetched once with Maven, kept in the user's cache folder.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The version of Kafka that the tests run on this machine, and the tag of the default image.
pub(super) const VERSION: &str = "4.3.1";

const POM: &str = include_str!("pom.xml");

/// The folder with the jars of Kafka [`VERSION`]. Maven fetches them if they are not there.
///
/// One process at a time fetches, under a lock. The folder gets its final name when all jars are there. A fetch that is killed leaves
/// only a `.part` folder, which the next fetch removes.
///
/// # Errors
///
/// If there is no cache folder to write to, no Maven, or Maven cannot fetch.
pub(super) fn folder() -> Result<PathBuf> {
    let cache = cache_folder()?;
    let jars = cache.join(format!("kafka-{VERSION}"));
    if jars.is_dir() {
        return Ok(jars);
    }
    fs::create_dir_all(&cache).with_context(|| format!("cannot create {}", cache.display()))?;
    let lock = cache.join(format!("kafka-{VERSION}.lock"));
    let lock = File::create(&lock).with_context(|| format!("cannot write {}", lock.display()))?;
    lock.lock().context("cannot lock the cache of Kafka's jars")?;
    if !jars.is_dir() {
        eprintln!("fetching Kafka {VERSION} with Maven into {}", jars.display());
        fetch(&cache, &jars)?;
    }
    Ok(jars)
}

fn cache_folder() -> Result<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("tiltak-tests"))
        .context("no cache folder: neither XDG_CACHE_HOME nor HOME names one")
}

fn fetch(cache: &Path, jars: &Path) -> Result<()> {
    let prefix = format!("kafka-{VERSION}.part-");
    for entry in fs::read_dir(cache)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let part = tempfile::Builder::new().prefix(&prefix).tempdir_in(cache)?;
    let pom = part.path().join("pom.xml");
    fs::write(&pom, POM)?;
    let copied = part.path().join("libs");
    let output = Command::new("mvn")
        .args(["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-f"])
        .arg(&pom)
        .arg(format!("-DoutputDirectory={}", copied.display()))
        .stdin(Stdio::null())
        .output()
        .context("cannot run `mvn` (Maven)")?;
    if !output.status.success() {
        bail!("Maven could not fetch Kafka:\n{}", crate::output::last_lines(&output.stdout));
    }
    fs::rename(&copied, jars).with_context(|| format!("cannot create {}", jars.display()))
}

#[cfg(test)]
mod tests {
    use super::{POM, VERSION};

    #[test]
    fn the_folder_is_named_for_the_version_that_maven_fetches() {
        assert!(POM.contains(&format!("<kafka.version>{VERSION}</kafka.version>")));
    }
}
