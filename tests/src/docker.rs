//! What is the same for every container that the tests start.

use std::env;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use testcontainers::core::client::docker_client_instance;

const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Name and tag of the image that the environment variable names. Defaults to `name` and `tag`.
///
/// # Errors
///
/// If the variable is not of the form `name:tag`.
pub(crate) fn image(variable: &str, name: &str, tag: &str) -> Result<(String, String)> {
    let Ok(image) = env::var(variable) else {
        return Ok((name.to_owned(), tag.to_owned()));
    };
    match image.rsplit_once(':') {
        Some((name, tag)) if !name.is_empty() && !tag.is_empty() && !tag.contains('/') => {
            Ok((name.to_owned(), tag.to_owned()))
        }
        _ => bail!("{variable} is {image:?}, expected name:tag"),
    }
}

/// Checks that a daemon answers, and that the `docker` command, which will remove the container, reaches the same.
///
/// # Errors
///
/// If it does not.
pub(crate) async fn check_daemon() -> Result<()> {
    let docker = docker_client_instance().await?;
    let info = tokio::time::timeout(ANSWER_LIMIT, docker.info())
        .await
        .context("the Docker daemon does not answer")?
        .context("no Docker daemon answers")?;
    let command = Command::new("docker")
        .args(["info", "--format", "{{.ID}}"])
        .output()
        .context("cannot run `docker`, which removes the container afterwards")?;
    ensure!(
        Some(String::from_utf8_lossy(&command.stdout).trim()) == info.id.as_deref(),
        "the `docker` command talks to another daemon than the tests do: set DOCKER_HOST"
    );
    Ok(())
}
