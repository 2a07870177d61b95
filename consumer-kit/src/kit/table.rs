//! `table`: a topic as a table.

mod export;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tiltak_schema::decode;
use tiltak_schema::topic::{Record, Topic, TopicVisitor};
use tiltak_schema::view::Read;
use tiltak_schema::with_topic;

use super::cli::Table as Arguments;
use super::cluster::{Cluster, block_on};
use super::topic_log::{self, Record as Raw};
use super::{BAD, NOTE, Outcome, Session, aligned, count};
use crate::poison::OnPoison;
use crate::table::{Cause, Change, Snapshot, StaleValue, Table};

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    let mut show = Show { arguments, session };
    with_topic(&arguments.topic, &mut show)
        .unwrap_or_else(|| Err(anyhow::anyhow!("there is no topic {:?}", arguments.topic)))
}

struct Show<'a, 's> {
    arguments: &'a Arguments,
    session: &'a mut Session<'s>,
}

impl TopicVisitor for Show<'_, '_> {
    type Output = anyhow::Result<Outcome>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let Self { arguments, session } = self;
        if let Some(text) = &arguments.key {
            // Wrong arguments are told before a broker is looked for.
            let key: T::Key = text.parse().map_err(|_| {
                let expected = <T::Key as tiltak_schema::scalar::Scalar>::EXPECTED;
                anyhow::anyhow!("--key: expected {expected}, found {text:?}")
            })?;
            return show_row::<T>(&connect(arguments)?, key, arguments, session);
        }
        let cluster = connect(arguments)?;
        if let Some(file) = &arguments.export {
            return export::run(&cluster, T::NAME, file, arguments.connect.limit(), session);
        }
        block_on(show_table::<T>(&cluster, arguments, session))?
    }
}

fn connect(arguments: &Arguments) -> anyhow::Result<Cluster> {
    let cluster = Cluster::connect(&arguments.connect)?;
    cluster.existing(&arguments.topic)?;
    Ok(cluster)
}

async fn show_table<T: Topic>(
    cluster: &Cluster,
    arguments: &Arguments,
    session: &mut Session<'_>,
) -> anyhow::Result<Outcome> {
    let limit = arguments.connect.limit();
    let table = Table::<T>::builder(cluster.connection.clone())
        .on_poison(OnPoison::Skip)
        .any_cleanup_policy()
        .progress_bar()
        .start()
        .await?;
    tokio::select! {
        ready = table.ready(limit) => ready?,
        () = session.interrupt.raised() => {
            session.interrupt.check("the table was not ready")?;
        }
    }
    let (snapshot, changes) = table.snapshot_and_changes();
    let unreadable = table.unreadable();
    if arguments.count {
        summary_json_or(
            session,
            arguments.json,
            &json!({ "keys": snapshot.len() }),
            &snapshot.len().to_string(),
        )?;
    } else if arguments.json && !arguments.watch {
        let text = json!({
            "topic": cluster.topic(T::NAME),
            "keys": snapshot.len(),
            "bytes": table.metrics().bytes,
            "records": table.counters().records,
            "tombstones": table.counters().tombstones,
            "unreadable": unreadable.len(),
            "offsets": snapshot.offsets(),
            "rows": first_rows(&snapshot, arguments.rows)?.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>(),
        });
        writeln!(session.output, "{text}")?;
    } else if !arguments.json {
        summary::<T>(cluster, &table, &snapshot, session)?;
        if !arguments.watch {
            rows::<T>(&snapshot, arguments.rows, session)?;
        }
    }
    warn::<T>(&unreadable, session)?;
    if !arguments.watch {
        table.close().await;
        return Ok(Outcome::fine_if(unreadable.is_empty()));
    }
    drop(snapshot);
    if !arguments.json {
        writeln!(session.output, "following; Ctrl-C ends it")?;
    }
    session.output.flush()?;
    let mut changes = changes;
    loop {
        tokio::select! {
            change = changes.next() => match change {
                Some(change) => print_change(&change, arguments, session)?,
                None => return Err(table.failure().map_or_else(|| anyhow::anyhow!("the table has ended"), Into::into)),
            },
            () = session.interrupt.raised() => break,
        }
    }
    table.close().await;
    Ok(Outcome::Fine)
}

fn summary_json_or(session: &mut Session<'_>, json: bool, value: &Value, text: &str) -> anyhow::Result<()> {
    if json {
        writeln!(session.output, "{value}")?;
    } else {
        writeln!(session.output, "{text}")?;
    }
    Ok(())
}

fn summary<T: Topic>(
    cluster: &Cluster,
    table: &Table<T>,
    snapshot: &Snapshot<T>,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    let counters = table.counters();
    let offsets = snapshot.offsets().iter().map(|(partition, offset)| format!("{partition}: {offset}"));
    writeln!(
        session.output,
        "{} on {}: {} with a value ({} bytes), from {} of which {} tombstones; read up to offset {}",
        cluster.topic(T::NAME),
        cluster.brokers(),
        count(snapshot.len(), "key"),
        table.metrics().bytes,
        count(usize::try_from(counters.records)?, "record"),
        counters.tombstones,
        offsets.collect::<Vec<_>>().join(", ")
    )?;
    Ok(())
}

fn first_rows<T: Topic>(snapshot: &Snapshot<T>, most: usize) -> anyhow::Result<Vec<(String, Value)>> {
    let mut entries: Vec<_> = snapshot.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| **key);
    entries
        .into_iter()
        .take(most)
        .map(|(key, entry)| Ok((key.to_string(), serde_json::to_value(&**entry.value())?)))
        .collect()
}

fn rows<T: Topic>(snapshot: &Snapshot<T>, most: usize, session: &mut Session<'_>) -> anyhow::Result<()> {
    if snapshot.is_empty() || most == 0 {
        return Ok(());
    }
    let columns = columns(T::NAME);
    let mut table = comfy_table::Table::new();
    table.set_header(
        std::iter::once("key")
            .chain(columns.iter().map(|pointer| pointer.rsplit('/').next().unwrap_or(pointer))),
    );
    for (key, value) in first_rows(snapshot, most)? {
        let cells = columns.iter().map(|pointer| abbreviate(value.pointer(pointer)));
        table.add_row(std::iter::once(key).chain(cells));
    }
    writeln!(session.output, "{}", aligned(table))?;
    if snapshot.len() > most {
        writeln!(session.output, "… and {} more", snapshot.len() - most)?;
    }
    Ok(())
}

/// The few fields by which people know a row.
fn columns(topic: &str) -> &'static [&'static str] {
    use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1 as Datavarehus;
    use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3 as Tiltakstyper;

    match topic {
        Tiltakstyper::NAME => &["/tiltakskode", "/arenaKode", "/navn"],
        Datavarehus::NAME => {
            &["/tiltakskode", "/gjennomforing/status", "/gjennomforing/startDato", "/gjennomforing/navn"]
        }
        _ => &["/tiltakskode", "/status", "/startDato", "/navn"],
    }
}

fn abbreviate(value: Option<&Value>) -> String {
    const LONGEST: usize = 40;
    let text = match value {
        None | Some(Value::Null) => return "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn warn<T: Topic>(
    unreadable: &BTreeMap<T::Key, StaleValue>,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    if unreadable.is_empty() {
        return Ok(());
    }
    writeln!(
        session.errors,
        "{BAD}{}{BAD:#} whose last record cannot be decoded; `tiltak-kit audit {}` says why",
        count(unreadable.len(), "key"),
        T::NAME
    )?;
    Ok(())
}

fn print_change<T: Topic>(
    change: &Change<T>,
    arguments: &Arguments,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    let cause = match change.cause {
        Cause::Upsert => "upsert",
        Cause::Tombstone => "tombstone",
        Cause::Swept => "swept",
        Cause::Undecodable => "undecodable",
    };
    let value = match &change.new {
        Some(entry) if arguments.values => Some(serde_json::to_value(&**entry.value())?),
        _ => None,
    };
    let (key, partition, offset) = (change.key.to_string(), change.partition, change.offset);
    if arguments.json {
        let mut line = json!({ "cause": cause, "key": key, "partition": partition, "offset": offset, "was": change.old.is_some() });
        if let (true, Some(line)) = (arguments.values, line.as_object_mut()) {
            line.insert("value".to_owned(), value.unwrap_or_default());
        }
        writeln!(session.output, "{line}")?;
    } else {
        let is_new = change.old.is_none() && change.new.is_some();
        let new = if is_new { "  new" } else { "" };
        writeln!(session.output, "{cause:<11} {key}  partition {partition}  offset {offset}{new}")?;
        if let Some(value) = value {
            writeln!(session.output, "{value}")?;
        }
    }
    // Who follows wants to see it now.
    session.output.flush()?;
    Ok(())
}

/// The last record of one key, as it is on the topic.
fn show_row<T: Topic>(
    cluster: &Cluster,
    key: T::Key,
    arguments: &Arguments,
    session: &mut Session<'_>,
) -> anyhow::Result<Outcome> {
    let text = key.to_string();
    let mut last: BTreeMap<i32, Raw> = BTreeMap::new();
    topic_log::read(cluster, T::NAME, arguments.connect.limit(), session.interrupt, |record| {
        if record.key == Some(text.as_bytes()) {
            last.insert(record.partition, record.into());
        }
    })?;
    if last.len() > 1 {
        let partitions: Vec<String> = last.keys().map(ToString::to_string).collect();
        writeln!(
            session.errors,
            "{NOTE}note:{NOTE:#} {text} has records on partitions {}; the latest is shown",
            partitions.join(" and ")
        )?;
    }
    let Some(record) = last.into_values().max_by_key(Raw::age) else {
        writeln!(session.errors, "{text} is not on {}", cluster.topic(T::NAME))?;
        return Ok(Outcome::Findings);
    };
    let Some(bytes) = &record.value else {
        writeln!(
            session.errors,
            "{text} has no value: its last record is a tombstone, at offset {} of partition {}",
            record.offset, record.partition
        )?;
        return Ok(Outcome::Findings);
    };
    let problem = Record::<T, Read>::decode(&record.key, Some(bytes)).err();
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    if arguments.json {
        let line = json!({
            "key": text,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
            "value": value,
        });
        writeln!(session.output, "{line}")?;
    } else {
        writeln!(session.output, "{text}, partition {}, offset {}", record.partition, record.offset)?;
        match value {
            Some(value) => writeln!(session.output, "{}", serde_json::to_string_pretty(&value)?)?,
            None => writeln!(session.output, "{}", String::from_utf8_lossy(bytes))?,
        }
    }
    if let Some(problem) = &problem {
        let _: &decode::DecodeError = problem;
        writeln!(session.errors, "{BAD}not the form of the contract:{BAD:#} {problem}")?;
    }
    Ok(Outcome::fine_if(problem.is_none()))
}
