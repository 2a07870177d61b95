//! The command `tiltak-producer`.

mod cli;
mod config_file;
mod import_command;
mod parked;
mod serve;

use std::io::{self, IsTerminal};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::CommandFactory as _;
use indicatif::{ProgressBar, ProgressStyle};
use tiltak_producer::domain::Moment;
use tiltak_producer::kafka::{Cluster, Tls};
use tiltak_producer::relay::{Relay, until_free};
use tiltak_producer::{CommandService, Store, http, jobs, seed};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use cli::{Arguments, Command, Database, Kafka, MigratedArgument, RelastTarget, TlsFiles};

/// Wrong arguments, or a file of arguments that is wrong; as clap has it.
const WRONG_ARGUMENTS: u8 = 2;
/// The number of the signal on Linux.
const SIGXFSZ: i32 = 25;
/// How long nothing is heard of another process that publishes before this one does.
const TAKEOVER_AFTER: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    let arguments = match config_file::arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("tiltak-producer: {error:#}");
            return ExitCode::from(WRONG_ARGUMENTS);
        }
    };
    let outcome = Runtime::new().context("no threads").and_then(|runtime| {
        let outcome = runtime.block_on(run(arguments.command));
        // A broker that is asked and does not answer is not waited for.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tiltak-producer: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    // A file that may not grow any more is an error of the write then, and not the end of the process.
    let _file_size = signal(SignalKind::from_raw(SIGXFSZ))?;
    match command {
        Command::Serve(arguments) => Box::pin(serve::run(*arguments)).await?,
        Command::Seed { database, scale, seed, tiltakstyper } => {
            let bar = progress("gjennomføringer", scale);
            let options = seed::Options { scale, seed, tiltakstyper };
            with_store(&database, async |store| {
                Ok(seed::load(&store, &options, now()?, |done| bar.set_position(done as u64)).await?)
            })
            .await?;
            bar.finish_and_clear();
            println!("seeded {scale} gjennomføringer");
        }
        // It has exit codes of its own.
        Command::Import(import) => return Ok(import_command::run(import).await),
        Command::CreateTopics { kafka } => {
            let created = cluster(&kafka)?.create_topics().await?;
            for topic in &created {
                println!("created {topic}");
            }
            if created.is_empty() {
                println!("the topics exist already");
            }
        }
        Command::Relay { database, kafka, once } => relay(&database, &kafka, once).await?,
        Command::Parked { what } => parked::run(what).await?,
        Command::ResetCheckpoint { database } => {
            with_store(&database, async |store| Ok(store.outbox().reset_checkpoint().await?)).await?;
            println!("nothing counts as published any more; now `tiltak-producer relast everything`");
        }
        Command::Relast { database, migrated, what } => relast(&database, migrated, what).await?,
        Command::RunJobs { database, migrated } => {
            with_store(&database, async |store| {
                run_jobs(&CommandService::new(store).with_migrated(migrated.migrert), now()?).await
            })
            .await?;
        }
        Command::Openapi => print!("{}", http::openapi_text()),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "tiltak-producer", &mut io::stdout());
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn relast(database: &Database, migrated: MigratedArgument, what: RelastTarget) -> Result<()> {
    with_store(database, async |store| {
        let service = CommandService::new(store.clone()).with_migrated(migrated.migrert);
        let spinner =
            if io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let progress = |done: usize| spinner.set_message(format!("{done} gjennomføringer"));
        let count = match what {
            RelastTarget::Everything => service.relast_everything(progress).await?,
            RelastTarget::Tiltakstyper => service.relast_tiltakstyper().await?,
            RelastTarget::Gjennomforinger(which) => {
                service.relast_gjennomforinger(&which.into(), progress).await?
            }
        };
        spinner.finish_and_clear();
        let waiting = store.outbox().record_count().await?;
        println!("{count} to be published again; {waiting} records in the outbox");
        Ok(())
    })
    .await
}

/// What is due, once.
async fn run_jobs(service: &CommandService, now: Moment) -> Result<()> {
    serve::warn_on_standard_error();
    let mut refused = 0;
    for (run, outcome) in jobs::run_due(service, now).await? {
        println!("{} {}: {} gjennomføringer changed", run.job.name(), run.day, outcome.changed);
        refused += outcome.refused.len();
        for (_, refusal) in outcome.refused {
            eprintln!("tiltak-producer: {refusal}");
        }
    }
    let fanouts = jobs::run_due_fanouts(service, now).await?;
    println!("fan-out: {} gjennomføringer under {} avtaler", fanouts.gjennomforinger, fanouts.avtaler);
    refused += fanouts.refused.len();
    for (avtale, refusal) in fanouts.refused {
        eprintln!("tiltak-producer: avtale {avtale}: {refusal}");
    }
    anyhow::ensure!(refused == 0, "{refused} changes are still to be made");
    Ok(())
}

async fn relay(database: &Database, kafka: &Kafka, once: bool) -> Result<()> {
    let cluster = cluster(kafka)?;
    with_store(database, async |store| {
        serve::warn_on_standard_error();
        let stop = stop_signal()?;
        if once {
            relay_once(&store, cluster, stop).await?;
        } else {
            relay_on(&store, cluster, kafka, stop).await?;
        }
        let (left, parked) = (store.outbox().record_count().await?, store.outbox().parked_len().await?);
        if !once {
            eprintln!("stopped; {left} records in the outbox");
        }
        if parked > 0 {
            eprintln!("{parked} changes are parked; `tiltak-producer parked list` says why");
        }
        Ok(())
    })
    .await
}

/// Publishes what waits. If another process publishes, it is left to that one.
async fn relay_once(store: &Store, cluster: Cluster, stop: impl Future<Output = ()>) -> Result<()> {
    let bar = progress("records", store.outbox().record_count().await?);
    let published = async {
        let other = |holder: &str| {
            eprintln!("another process ({holder}) publishes the changes of this database; waiting for it");
        };
        tokio::select! {
            () = until_free(store.outbox(), TAKEOVER_AFTER, other) => {}
            () = nothing_waits(store) => return Ok(0),
        }
        let mut relay = Relay::connect(store.clone(), cluster).await?;
        let published = relay.drain(|done| bar.set_position(done as u64)).await;
        relay.close().await?;
        published
    };
    tokio::select! {
        published = published => {
            bar.finish_and_clear();
            println!("published {} records", published?);
        }
        // Safe between any two steps: what is published and what is not is known on Kafka.
        () = stop => bar.finish_and_clear(),
    }
    Ok(())
}

async fn relay_on(
    store: &Store,
    cluster: Cluster,
    kafka: &Kafka,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let mut stop = pin!(stop);
    let begun = async {
        until_free(store.outbox(), TAKEOVER_AFTER, |holder| {
            eprintln!("another process ({holder}) publishes the changes of this database; standing by");
        })
        .await;
        Relay::connect(store.clone(), cluster).await
    };
    let mut relay = tokio::select! {
        relay = begun => relay?,
        () = &mut stop => return Ok(()),
    };
    eprintln!("publishing to {}; stop with Ctrl-C", kafka.brokers);
    relay.run(stop, |error| eprintln!("tiltak-producer: {error}; trying again")).await?;
    Ok(relay.close().await?)
}

/// Returns when another process has published everything but what is parked. Not at once: whether it publishes is not known.
async fn nothing_waits(store: &Store) {
    loop {
        tokio::time::sleep(Duration::from_secs(3)).await;
        if store.outbox().backlog().await.is_ok_and(|backlog| backlog.records == 0) {
            return;
        }
    }
}

/// Ctrl-C, or SIGTERM.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Works on a database, and closes it: what was written is in the file then, and not beside it.
async fn with_store<T>(database: &Database, work: impl AsyncFnOnce(Store) -> Result<T>) -> Result<T> {
    let store = Store::connect(&database.database).await?;
    let done = work(store.clone()).await;
    store.close().await;
    done
}

fn cluster(kafka: &Kafka) -> Result<Cluster> {
    let TlsFiles { ca, certificate, private_key } = &kafka.tls;
    let tls = Tls::from_files(ca.as_deref(), certificate.as_deref(), private_key.as_deref())?;
    Ok(Cluster::new(&kafka.brokers).with_prefix(&kafka.topic_prefix).with_tls(tls))
}

fn now() -> Result<Moment> {
    Moment::at(jiff::Timestamp::now()).context("the clock of this machine is before the year 0")
}

fn progress(what: &'static str, total: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or(ProgressStyle::default_bar());
    ProgressBar::new(total as u64).with_style(style).with_message(what)
}
