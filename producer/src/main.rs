//! The producer as a command.

mod cli;
mod config_file;
mod import_command;
mod parked;
mod serve;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory as _;
use indicatif::{ProgressBar, ProgressStyle};
use tiltak_producer::domain::Moment;
use tiltak_producer::relay::Relay;
use tiltak_producer::topics::{Cluster, Tls};
use tiltak_producer::{Producer, Store, http, jobs, seed};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use cli::{Arguments, Command, Database, Kafka, Marked, Relasted, TlsFiles};

/// Wrong arguments, or a file of arguments that is wrong; as clap has it.
const WRONG_ARGUMENTS: u8 = 2;

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
    match command {
        Command::Serve(arguments) => serve::run(*arguments).await?,
        Command::Seed { database, scale, seed, tiltakstyper } => {
            let bar = progress("gjennomføringer", scale);
            let options = seed::Options { scale, seed, tiltakstyper };
            let store = open(&database).await?;
            seed::load(&store, &options, now()?, |done| bar.set_position(done as u64)).await?;
            store.close().await;
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
        Command::ResetPosition { database } => {
            open(&database).await?.reset_position().await?;
            println!("nothing counts as published any more; now `tiltak-producer relast everything`");
        }
        Command::Relast { database, marked, what } => relast(&database, marked, what).await?,
        Command::RunJobs { database, marked } => {
            let producer = Producer::new(open(&database).await?).with_migrert(marked.migrert);
            run_jobs(&producer, now()?).await?;
        }
        Command::Openapi => print!("{}", http::openapi_text()),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "tiltak-producer", &mut io::stdout());
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn relast(database: &Database, marked: Marked, what: Relasted) -> Result<()> {
    let store = open(database).await?;
    let producer = Producer::new(store.clone()).with_migrert(marked.migrert);
    let spinner = if io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let progress = |done: usize| spinner.set_message(format!("{done} gjennomføringer"));
    let count = match what {
        Relasted::Everything => producer.relast_everything(progress).await?,
        Relasted::Tiltakstyper => producer.relast_tiltakstyper().await?,
        Relasted::Gjennomforinger(which) => producer.relast_gjennomforinger(&which.into(), progress).await?,
    };
    spinner.finish_and_clear();
    println!("{count} to be published again; {} records in the outbox", store.outbox_len().await?);
    Ok(())
}

/// What is due, once.
async fn run_jobs(producer: &Producer, now: Moment) -> Result<()> {
    serve::warn_on_standard_error();
    let mut refused = 0;
    for (run, outcome) in jobs::run_due(producer, now).await? {
        println!("{} {}: {} gjennomføringer changed", run.job.name(), run.day, outcome.changed);
        refused += outcome.refused.len();
        for (_, refusal) in outcome.refused {
            eprintln!("tiltak-producer: {refusal}");
        }
    }
    let fanouts = jobs::run_due_fanouts(producer, now).await?;
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
    let store = open(database).await?;
    serve::warn_on_standard_error();
    let stop = stop_signal()?;
    let mut relay = Relay::connect(store.clone(), cluster).await?;
    if once {
        let bar = progress("records", store.outbox_len().await?);
        tokio::select! {
            published = relay.drain(|done| bar.set_position(done as u64)) => {
                bar.finish_and_clear();
                println!("published {} records", published?);
            }
            // Safe between any two steps: what is published and what is not is known on Kafka.
            () = stop => bar.finish_and_clear(),
        }
    } else {
        eprintln!("publishing to {}; stop with Ctrl-C", kafka.brokers);
        relay.run(stop, |error| eprintln!("tiltak-producer: {error}; trying again")).await?;
    }
    let (left, parked) = (store.outbox_len().await?, store.parked_len().await?);
    if !once {
        eprintln!("stopped; {left} records in the outbox");
    }
    if parked > 0 {
        eprintln!("{parked} changes are parked; `tiltak-producer parked list` says why");
    }
    Ok(())
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

async fn open(database: &Database) -> Result<Store> {
    Ok(Store::connect(&database.database).await?)
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
