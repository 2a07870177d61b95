//! The module `consumer-kit/jvm/kafka` of this repository, built by Maven.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::output::last_lines;

/// Runs Maven up to this phase (`test-compile` or `test`). Returns the class path of the module's tests.
///
/// # Errors
/// Maven or a JDK is missing, or Maven refuses.
pub fn class_path(phase: &str) -> Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../consumer-kit/jvm");
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let list = tempfile::NamedTempFile::new()?;
    let output = Command::new("mvn")
        .args(["-q", "-B", "-pl", "kafka", phase, "dependency:build-classpath", "-Dmdep.includeScope=test"])
        .arg(format!("-Dmdep.outputFile={}", list.path().display()))
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .context("cannot run `mvn`: Maven (Debian: maven) builds the table on the JVM")?;
    ensure!(output.status.success(), "Maven could not build it:\n{}", last_lines(&output.stdout));
    let classes =
        ["classes", "test-classes"].map(|it| folder.join("kafka/target").join(it).display().to_string());
    Ok(format!("{}:{}", classes.join(":"), std::fs::read_to_string(list)?))
}
