//! A relay with nothing to publish: what it asks of the database, and how soon it notices a commit of another process.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::relay::Relay;
use tiltak_producer::{Location, Store};
use tokio::sync::oneshot;

use super::relay::Database;
use super::usage::Meter;
use super::{Times, Usage, float};
use crate::kafka::{Broker, topic_name};
use crate::postgres;

const KEY: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";
const STEP: Duration = Duration::from_millis(1);
const LIMIT: Duration = Duration::from_secs(10);
/// Between two commits of the other process: the relay is idle again.
const PAUSE: Duration = Duration::from_millis(300);

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The database.
    pub database: Database,
    /// How long the relay has nothing to do.
    pub seconds: u64,
    /// How many commits another process makes after that.
    pub commits: usize,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The database.
    pub database: Database,
    /// How long the relay had nothing to do.
    pub seconds: u64,
    /// Transactions a second, as PostgreSQL counts them; `null` for SQLite, which counts none.
    pub transactions_per_second: Option<f64>,
    /// The same without a relay.
    pub without_relay: Option<f64>,
    /// Of this process meanwhile.
    pub usage: Usage,
    /// From a commit of another process until the change is published and gone from the outbox, in ms.
    pub published_after: Times,
}

/// Measures. `say` is told what is being done.
///
/// # Errors
/// No broker or database; anything that goes wrong on them.
pub async fn run(options: Options, say: impl Fn(&str)) -> Result<Report> {
    let broker = Broker::find()?;
    let folder = tempfile::tempdir()?;
    let (location, url, server) = match options.database {
        Database::Sqlite => (Location::from(&*folder.path().join("tiltak.db")), None, None),
        Database::Postgres => {
            let server = postgres::Server::find()?;
            let database = server.create_database().await?;
            let url = database.url();
            (Location::from(&*url), Some(url), Some((database, server)))
        }
    };
    let store = Store::connect(&location).await?;
    let other = Store::connect(&location).await?;
    let prefix = format!("{}-", topic_name("bench"));
    let cluster = Cluster::new(broker.bootstrap_servers()).with_prefix(prefix);
    cluster.create_topics().await?;
    let length = Duration::from_secs(options.seconds);
    let per_second = |before: Option<i64>, after: Option<i64>| {
        let transactions = usize::try_from(after? - before?).unwrap_or(0);
        Some(float(transactions) / length.as_secs_f64())
    };

    say("without a relay");
    let before = transactions(url.as_deref()).await?;
    tokio::time::sleep(length).await;
    let without_relay = per_second(before, transactions(url.as_deref()).await?);

    let mut relay = Relay::connect(store.clone(), cluster).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let running =
        tokio::spawn(
            async move { relay.run(async { drop(stopped.await) }, |error| eprintln!("{error}")).await },
        );
    tokio::time::sleep(Duration::from_secs(2)).await;
    say("with a relay that has nothing to do");
    let (before, meter) = (transactions(url.as_deref()).await?, Meter::start()?);
    tokio::time::sleep(length).await;
    let usage = meter.stop()?;
    let transactions_per_second = per_second(before, transactions(url.as_deref()).await?);

    say("commits of another process");
    let mut times = Vec::new();
    for _ in 0..options.commits {
        tokio::time::sleep(PAUSE).await;
        times.push(commit(&other).await?);
    }
    drop(stop);
    running.await??;
    other.close().await;
    store.close().await;
    drop(server);
    Ok(Report {
        database: options.database,
        seconds: options.seconds,
        transactions_per_second,
        without_relay,
        usage,
        published_after: Times::of(times),
    })
}

/// A commit, and how long until it is gone from the outbox.
async fn commit(other: &Store) -> Result<Duration> {
    let mut tx = other.begin().await?;
    tx.enqueue([OutgoingRecord { topic: "siste-tiltakstyper-v3", key: KEY.to_owned(), value: None }]);
    tx.commit().await?;
    let start = Instant::now();
    while other.outbox().record_count().await? > 0 {
        if start.elapsed() > LIMIT {
            bail!("a change was not published within {} s", LIMIT.as_secs());
        }
        tokio::time::sleep(STEP).await;
    }
    Ok(start.elapsed())
}

/// Transactions of a database so far, those that ask for it among them.
async fn transactions(url: Option<&str>) -> Result<Option<i64>> {
    let Some(url) = url else { return Ok(None) };
    let mut connection = AnyConnection::connect(url).await.context("to count transactions")?;
    let count = sqlx::query_scalar(
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()",
    );
    let count = count.fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(Some(count))
}
