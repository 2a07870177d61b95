//! A Kafka node in a Docker container.

use std::ffi::OsStr;
use std::time::Duration;

use anyhow::{Context, Result};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerRequest, ImageExt};
use testcontainers_modules::kafka::apache::{KAFKA_PORT, Kafka};
use uuid::Uuid;

use super::jars::VERSION;
use super::settings::{HEAP, Nodes};
use crate::docker;
use crate::runtime::on_a_thread;
use crate::watchdog::Watchdog;

const IMAGE: &str = "apache/kafka";
/// The time that a container gets to start, without the time to pull the image.
const START_LIMIT: Duration = Duration::from_mins(1);

/// A Kafka node in a container; dropping it removes the container.
#[derive(Debug)]
pub(super) struct DockerKafka {
    port: u16,
    _watchdog: Watchdog,
}

impl DockerKafka {
    /// Starts a container whose client port is `port`, or a free one, on this machine.
    ///
    /// # Errors
    ///
    /// If no Docker daemon answers, or the image cannot be had or does not start.
    pub(super) fn start(port: Option<u16>) -> Result<Self> {
        let (image, tag) = docker::image("TEST_KAFKA_IMAGE", IMAGE, VERSION)?;
        on_a_thread(async move || {
            docker::check_daemon().await?;
            eprintln!("starting Kafka from the image {image}:{tag}");
            start(&image, &tag, port)
                .await
                .with_context(|| format!("cannot start a container of {image}:{tag}"))
        })
    }

    /// The port for clients, on this machine.
    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

async fn start(image: &str, tag: &str, port: Option<u16>) -> Result<DockerKafka> {
    // The name is known before the container is, so there is no moment at which it could be left behind.
    let name = format!("tiltak-kafka-{}", Uuid::new_v4().simple());
    let watchdog = Watchdog::start(r#"docker rm -f -v "$1""#, OsStr::new(&name))?;
    let container = request(image, tag, &name, port).start().await?;
    let port = container.get_host_port_ipv4(KAFKA_PORT).await?;
    // Its own removal runs on a runtime that is gone by then; the watchdog removes it.
    std::mem::forget(container);
    Ok(DockerKafka { port, _watchdog: watchdog })
}

fn request(image: &str, tag: &str, name: &str, port: Option<u16>) -> ContainerRequest<Kafka> {
    let mut request = Kafka::default()
        .with_name(image)
        .with_tag(tag)
        .with_container_name(name)
        .with_startup_timeout(START_LIMIT)
        .with_env_var("KAFKA_NODE_ID", "1")
        .with_env_var("KAFKA_HEAP_OPTS", HEAP);
    for (setting, value) in Nodes::One.settings() {
        request = request.with_env_var(format!("KAFKA_{}", setting.replace('.', "_").to_uppercase()), *value);
    }
    match port {
        Some(port) => request.with_mapped_port(port, KAFKA_PORT),
        None => request,
    }
}
