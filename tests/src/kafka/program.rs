//! Kafka's programs on this machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use testcontainers_modules::kafka::apache::DEFAULT_CLUSTER_ID;

use super::jars;
use crate::output::last_lines;

const OLDEST_JAVA: u32 = 17;

/// Kafka's jars, and the Java that runs them.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) java: PathBuf,
    jars: PathBuf,
}

impl Program {
    /// Finds Java, and the jars, which are fetched when they are not there.
    ///
    /// # Errors
    ///
    /// If Java is missing or too old, or the jars cannot be had.
    pub(super) fn find() -> Result<Self> {
        Ok(Self { java: find_java()?, jars: jars::folder()? })
    }

    /// The Java option for the class path of the jars.
    pub(super) fn class_path(&self) -> [std::ffi::OsString; 2] {
        ["-cp".into(), self.jars.join("*").into()]
    }

    /// Formats the data folders of these properties, so that nodes of one cluster can start on them.
    ///
    /// # Errors
    ///
    /// If Kafka refuses one.
    pub(super) fn format(&self, properties: &[PathBuf]) -> Result<()> {
        // At once: most of the time goes into the start of Java.
        let begun: Vec<_> = properties.iter().map(|file| self.begin_to_format(file)).collect();
        for process in begun {
            let output = process?.wait_with_output()?;
            if !output.status.success() {
                bail!("Kafka could not format its data folder:\n{}", last_lines(&output.stderr));
            }
        }
        Ok(())
    }

    fn begin_to_format(&self, properties: &Path) -> Result<std::process::Child> {
        Command::new(&self.java)
            .args(["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .args(self.class_path())
            .args(["kafka.tools.StorageTool", "format", "-t", DEFAULT_CLUSTER_ID, "-c"])
            .arg(properties)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run Kafka's StorageTool")
    }
}

fn find_java() -> Result<PathBuf> {
    let java = env::var_os("JAVA_HOME")
        .map_or_else(|| PathBuf::from("java"), |home| Path::new(&home).join("bin").join("java"));
    let output = Command::new(&java)
        .arg("-version")
        .output()
        .with_context(|| format!("cannot run `{}` (Java)", java.display()))?;
    // `openjdk version "17.0.15" 2025-04-15`
    let text = String::from_utf8_lossy(&output.stderr);
    let version =
        text.split_once("version \"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    match version.split(['.', '-']).next().and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major >= OLDEST_JAVA => Ok(java),
        _ => bail!("`{}` is Java {version:?}, expected {OLDEST_JAVA} or newer", java.display()),
    }
}
