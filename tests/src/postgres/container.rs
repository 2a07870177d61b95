//! A PostgreSQL server in a Docker container.

use std::ffi::OsStr;
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use testcontainers::ImageExt as _;
use testcontainers::runners::AsyncRunner as _;
use testcontainers_modules::postgres::Postgres;
use uuid::Uuid;

use super::SETTINGS;
use crate::docker;
use crate::runtime::on_a_thread;
use crate::watchdog::Watchdog;

const IMAGE: &str = "postgres";
const TAG: &str = "17-alpine";
const PORT: u16 = 5432;
/// User, password and database of the image of testcontainers-modules.
const NAME: &str = "postgres";
/// Without the time to pull the image.
const START_LIMIT: Duration = Duration::from_mins(1);

/// A server in a container; dropping it removes the container.
#[derive(Debug)]
pub(super) struct ContainerPostgres {
    port: u16,
    _watchdog: Watchdog,
}

impl ContainerPostgres {
    /// Starts a container.
    ///
    /// # Errors
    ///
    /// If no Docker daemon answers, or the image cannot be had or does not start.
    pub(super) fn start() -> Result<Self> {
        let (image, tag) = docker::image("TEST_POSTGRES_IMAGE", IMAGE, TAG)?;
        on_a_thread(async move || {
            docker::check_daemon().await?;
            eprintln!("starting PostgreSQL from the image {image}:{tag}");
            start(&image, &tag).await.with_context(|| format!("cannot start a container of {image}:{tag}"))
        })
    }

    /// How to connect to it.
    pub(super) fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(NAME)
            .password(NAME)
            .database(NAME)
    }
}

async fn start(image: &str, tag: &str) -> Result<ContainerPostgres> {
    // The name is known before the container is, so there is no moment at which it could be left behind.
    let name = format!("tiltak-postgres-{}", Uuid::new_v4().simple());
    let watchdog = Watchdog::start(r#"docker rm -f -v "$1""#, OsStr::new(&name))?;
    let request = Postgres::default()
        .with_name(image)
        .with_tag(tag)
        .with_container_name(&name)
        .with_cmd(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        .with_startup_timeout(START_LIMIT);
    let container = request.start().await?;
    let port = container.get_host_port_ipv4(PORT).await?;
    // Its own removal runs on a runtime that is gone by then; the watchdog removes it.
    std::mem::forget(container);
    Ok(ContainerPostgres { port, _watchdog: watchdog })
}
