//! Readers of the product, as processes: a table, and a member of a consumer group.

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};
use tiltak_consumer_kit::{Event, EventConsumer, Table, TableBuilder};
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::Topic;

use super::arguments::{ReaderArguments, TableArguments};
use super::protocol::{AGAIN, commands, say};

const STATUS: Duration = Duration::from_secs(1);
/// The time that a table gets to reach the end of its topic.
const LIMIT: Duration = Duration::from_mins(2);
/// The time that the handling of an event takes. It is long enough for a kill to interrupt some.
const WORK: Duration = Duration::from_millis(2);

/// Runs a table until standard input ends: without a state folder, one of gjennomføringer that only follows; with one, a table of the
/// data warehouse's topic. The line `state` asks for all rows, as they are at the end of the topic.
pub(super) async fn table(arguments: TableArguments) -> Result<ExitCode> {
    let connection = || arguments.reader.connection();
    let keeps_deleted = arguments.keeps_deleted;
    match &arguments.state {
        None => {
            let table = || Table::<SisteTiltaksgjennomforingerV2>::builder(connection());
            follow(table, keeps_deleted).await
        }
        Some(folder) => {
            let table = || Table::<DatavarehusTiltakTopicV1>::builder(connection()).state_folder(folder);
            follow(table, keeps_deleted).await
        }
    }
}

async fn follow<T: Topic>(builder: impl Fn() -> TableBuilder<T>, keeps_deleted: bool) -> Result<ExitCode> {
    let mut commands = commands();
    let mut seen = Map::new();
    let table = loop {
        match builder().start().await {
            Ok(table) => break table,
            Err(error) => eprintln!("a table cannot begin: {error}"),
        }
        tokio::time::sleep(AGAIN).await;
    };
    say(&json!({ "table": T::NAME, "start": format!("{:?}", table.started()) }));
    let mut status = tokio::time::interval(STATUS);
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                None => return Ok(ExitCode::SUCCESS),
                Some(_) => match state(&table).await {
                    Ok(state) => {
                        let mut answer = if keeps_deleted { std::mem::take(&mut seen) } else { Map::new() };
                        answer.extend(state);
                        say(&json!({ "state": answer }));
                        seen = answer;
                    }
                    Err(error) => say(&json!({ "failed": error.to_string() })),
                },
            },
            error = table.failed() => {
                say(&json!({ "failed": error.to_string() }));
                return Ok(ExitCode::FAILURE);
            }
            _ = status.tick() => {
                let snapshot = table.snapshot();
                let offsets: i64 = snapshot.offsets().values().sum();
                say(&json!({ "table": T::NAME, "keys": snapshot.len(), "offsets": offsets }));
            }
        }
    }
}

async fn state<T: Topic>(table: &Table<T>) -> Result<Map<String, Value>> {
    table.barrier(LIMIT).await?;
    let mut state = Map::new();
    for (key, value) in table.snapshot() {
        state.insert(key.to_string(), serde_json::to_value(&*value)?);
    }
    Ok(state)
}

/// Runs a member of the consumer group that handles the gjennomføringer, until standard input ends.
pub(super) async fn member(arguments: ReaderArguments) -> Result<ExitCode> {
    let mut commands = commands();
    let handle = |event: Event<SisteTiltaksgjennomforingerV2>| async move {
        tokio::time::sleep(WORK).await;
        let (partition, offset) = (event.partition(), event.offset());
        say(&json!({ "handled": [partition, offset], "key": event.key().to_string() }));
        Ok::<_, Infallible>(())
    };
    let group = format!("{}members", arguments.prefix);
    let consumer = loop {
        let connection = arguments.connection().set("session.timeout.ms", "6000");
        let builder = EventConsumer::builder(connection, &*group);
        match builder.commit_interval(Duration::from_millis(200)).start(handle).await {
            Ok(consumer) => break consumer,
            Err(error) => eprintln!("a member cannot begin: {error}"),
        }
        tokio::time::sleep(AGAIN).await;
    };
    tokio::select! {
        () = async { while commands.recv().await.is_some() {} } => Ok(ExitCode::SUCCESS),
        error = consumer.failed() => {
            say(&json!({ "failed": error.to_string() }));
            Ok(ExitCode::FAILURE)
        }
    }
}
