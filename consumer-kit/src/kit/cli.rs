//! The arguments of `tiltak-kit`.
#![allow(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "options of a command, named as it has them"
)]

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand, ValueHint};
use clap_complete::Shell;

/// Test data, tables and audits of Tiltaksadministrasjon's four compacted Kafka topics, for teams in any language.
#[derive(Debug, Parser)]
#[command(name = "tiltak-kit", version, after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tiltak-kit seed --brokers localhost:9092 --gjennomforinger 1000
  tiltak-kit table siste-tiltakstyper-v3
  tiltak-kit audit --all
  tiltak-kit fixtures siste-tiltaksgjennomforinger-v2 --count 100 > records.ndjson
  tiltak-kit logs siste-tiltaksgjennomforinger-v2 > logs.ndjson

Exit codes:
  0  done, nothing to report
  1  there are findings, what was asked for is not there, or it was interrupted
  2  could not run: wrong arguments, no broker, no such topic";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Publish an invented history of all four topics to a local broker
    #[command(after_help = SEED)]
    Seed(Seed),
    /// Read a topic into a table, and show it, follow it or export it
    #[command(after_help = TABLE)]
    Table(Table),
    /// Check what is on a topic: records, keys, partitions, settings, and the topics against each other
    #[command(after_help = AUDIT)]
    Audit(Audit),
    /// Print invented records as NDJSON: valid ones, ones with one thing wrong, or ones of a later version
    #[command(after_help = FIXTURES)]
    Fixtures(Fixtures),
    /// Print logs that compaction may leave of invented histories, and what a reader has to make of each, as NDJSON
    #[command(after_help = LOGS)]
    Logs(Logs),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  tiltak-kit completions bash > ~/.local/share/bash-completion/completions/tiltak-kit"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connect {
    /// The brokers as host:port, comma-separated
    #[arg(long, env = "KAFKA_BROKERS", value_name = "HOST:PORT", default_value = "localhost:9092")]
    pub(super) brokers: String,
    /// What stands before the name of each topic on this cluster
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub(super) topic_prefix: String,
    /// A setting of librdkafka, such as security.protocol=ssl; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(super) settings: Vec<(String, String)>,
    /// How long it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) timeout: u64,
    /// Connect without TLS even if KAFKA_CA_PATH, KAFKA_CERTIFICATE_PATH and KAFKA_PRIVATE_KEY_PATH are set
    #[arg(long)]
    pub(super) no_tls: bool,
}

impl Connect {
    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected name=value".to_owned()),
    }
}

const SEED: &str = "\
What is written is the same each time for the same --gjennomforinger and --seed:
  the 18 tiltakstyper, then about three changes of each gjennomføring: made, edited, ended,
  opened again, published again; some that came from Arena are removed. In transactions, as the
  producer does: all topics of a change in one, partitioner murmur2, lz4.

--compacted writes what compaction would have left of it:
  of the first four fifths only the last record of each key, without the older half of the
  tombstones, and then the last fifth as it is. A reader ends with the same table.

--awkward adds what is legal, and trips readers up:
  - first in a transaction that is aborted and then in one that is committed: records that are
    there twice, a key that comes and goes, tombstones of keys that never were, and payloads of a
    later version, with a property or a variant that is new, or an unknown value of each enum
  - then for up to three keys of each partition an older value on the next partition, as a
    producer with another partitioner leaves it, with a timestamp of an hour ago. In whatever
    order a reader gets the partitions, an older value comes after the newer one for some key
  - at the end of each partition values of keys that never were, in a transaction that is
    aborted: the log ends in offsets without a record to read
  A reader ends with the same table, apart from the payloads of the later version.

Examples:
  tiltak-kit seed
  tiltak-kit seed --brokers localhost:29092 --gjennomforinger 10000 --seed 7 --compacted
  tiltak-kit seed --awkward --topic-prefix test-

Exit codes: 0 written, 1 interrupted (what was committed stays), 2 could not run, or refused";

#[derive(Debug, clap::Args)]
pub(super) struct Seed {
    /// How many gjennomføringer
    #[arg(long, value_name = "N", default_value = "400", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(super) gjennomforinger: u32,
    /// Another seed gives other records
    #[arg(long, value_name = "S", default_value = "1")]
    pub(super) seed: u64,
    /// Write what compaction would have left
    #[arg(long)]
    pub(super) compacted: bool,
    /// Add what trips readers up
    #[arg(long)]
    pub(super) awkward: bool,
    /// Write to topics that hold records already
    #[arg(long)]
    pub(super) append: bool,
    /// Write to brokers that are not on this machine
    #[arg(long)]
    pub(super) yes_this_is_not_production: bool,
    /// Print the totals as one JSON object
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) connect: Connect,
}

const TABLE: &str = "\
Without an option: how many keys there are, and the first of them, in short columns.
--export and --key give values as they are on the topic, also those that cannot be decoded.
A file is there as a whole or not at all, and only its owner may read it.

Examples:
  tiltak-kit table siste-tiltakstyper-v3
  tiltak-kit table siste-tiltakstyper-v3 --key 59a64a02-efdd-471d-9529-356ff5553a5d
  tiltak-kit table siste-tiltaksgjennomforinger-v2 --watch --json | jq .key
  tiltak-kit table datavarehus-tiltak-v1 --export table.ndjson
  tiltak-kit table siste-tiltakstyper-v3 --export - | contracts validate siste-tiltakstyper-v3

Exit codes: 0 shown, 1 the key has no value or some values cannot be decoded, 2 could not run";

#[derive(Debug, clap::Args)]
pub(super) struct Table {
    /// Name of the topic, without prefix
    #[arg(value_parser = PossibleValuesParser::new(tiltak_schema::NAMES))]
    pub(super) topic: String,
    /// Print the number of keys
    #[arg(long, group = "mode")]
    pub(super) count: bool,
    /// Show the value of one key
    #[arg(long, value_name = "KEY", group = "mode")]
    pub(super) key: Option<String>,
    /// Follow the changes until Ctrl-C: cause, key, partition, offset
    #[arg(long, group = "mode")]
    pub(super) watch: bool,
    /// Write every key with its value as NDJSON, sorted by key, to a file or (-) to standard output
    #[arg(long, value_name = "FILE", group = "mode", value_hint = ValueHint::FilePath)]
    pub(super) export: Option<PathBuf>,
    /// With --watch: show the values too
    #[arg(long, requires = "watch")]
    pub(super) values: bool,
    /// How many rows to show
    #[arg(long, value_name = "N", default_value = "10")]
    pub(super) rows: usize,
    /// Print JSON: one object, with --watch one a line
    #[arg(long, conflicts_with = "export")]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) connect: Connect,
}

const AUDIT: &str = "\
What is looked at:
  contract    each live record (the last of a key on a partition; with --log every record) is
              decoded with the types of the contract and encoded again, which has to give the
              same JSON. The schemas are checked by `contracts validate`, which reads what
              `tiltak-kit table … --export -` writes.
  keys        spelt as UUIDs in lower case; no key in two spellings, which are two keys for Kafka
  partitions  each key is where murmur2 puts it, as the Java client does, and on no other one
  settings    partitions, replicas and settings of the topic are those of its contract
  ghosts      with --all: gjennomføringer that are on the topic for the warehouse or for Arena
              and not on siste-tiltaksgjennomforinger-v2, on v2 and not for the warehouse, or
              last changed at another time. All are published in one transaction, so a record or
              a tombstone was lost. Which gjennomføringer Arena should have cannot be told from
              the log, nor can a tombstone that was missed everywhere. What was published after
              the audit began is left out.

Findings make the exit code 1, notes do not. Payload values are never shown.

Examples:
  tiltak-kit audit siste-tiltaksgjennomforinger-v2
  tiltak-kit audit --all --log --junit audit.xml
  tiltak-kit audit --all --json | jq '.findings[] | select(.rule == \"wrong-partition\")'

Exit codes: 0 nothing found, 1 findings, 2 could not run";

#[derive(Debug, clap::Args)]
#[command(override_usage = "tiltak-kit audit [OPTIONS] <TOPICS>...\n       tiltak-kit audit [OPTIONS] --all")]
pub(super) struct Audit {
    /// Names of topics, without prefix
    #[arg(value_parser = PossibleValuesParser::new(tiltak_schema::NAMES), required_unless_present = "all")]
    pub(super) topics: Vec<String>,
    /// All four topics, and compare them with each other
    #[arg(long, conflicts_with = "topics")]
    pub(super) all: bool,
    /// Check every record in the log, also those that a later one replaces
    #[arg(long)]
    pub(super) log: bool,
    /// Show at most so many findings of a rule; JSON and JUnit have all
    #[arg(long, value_name = "N", default_value = "10")]
    pub(super) limit: usize,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// Write a JUnit report: a suite for each topic, a case for each of the five checks
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(super) connect: Connect,
}

const FIXTURES: &str = "\
A line is {\"key\": \"…\", \"value\": \"…\"}, the form that `contracts validate` reads: the value is
the payload's exact text as a string, or null for a tombstone. The same options give the same lines,
as long as tiltak-kit is the same version.

Examples:
  tiltak-kit fixtures siste-tiltaksgjennomforinger-v2 --count 1000 --keys 100 --tombstones 0.05 > records.ndjson
  tiltak-kit fixtures siste-tiltakstyper-v3 --flawed --explain 2> why.ndjson > flawed.ndjson
  tiltak-kit fixtures datavarehus-tiltak-v1 | contracts validate datavarehus-tiltak-v1

Exit codes: 0 printed, 2 could not run";

#[derive(Debug, clap::Args)]
pub(super) struct Fixtures {
    /// Name of the topic
    #[arg(value_parser = PossibleValuesParser::new(tiltak_schema::NAMES))]
    pub(super) topic: String,
    /// How many records
    #[arg(long, value_name = "N", default_value = "10")]
    pub(super) count: usize,
    /// Another seed gives other records
    #[arg(long, value_name = "S", default_value = "1")]
    pub(super) seed: u64,
    /// Records with one thing wrong each: a consumer has to refuse them, or pass over what is wrong
    #[arg(long, group = "kind")]
    pub(super) flawed: bool,
    /// Records of a later version of the contract: a consumer has to survive them
    #[arg(long, group = "kind")]
    pub(super) later: bool,
    /// With --flawed or --later: say what is wrong or new on standard error, one JSON object a line
    #[arg(long, requires = "kind")]
    pub(super) explain: bool,
    /// Of so many keys [default: 10000]
    #[arg(long, value_name = "N", conflicts_with = "kind", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) keys: Option<u32>,
    /// The share of tombstones, from 0 to 1
    #[arg(long, value_name = "SHARE", conflicts_with = "kind", value_parser = share)]
    pub(super) tombstones: Option<f64>,
}

const LOGS: &str = "\
For tests of readers without a broker, in any language: deliver each log to a reader, and compare
what the reader holds with the truth. A line is one of these objects:

  {\"format\":\"tiltak-logs\",\"version\":1,\"topic\":\"…\",\"seed\":1,\"logs\":100}
      the first line
  {\"history\":3,\"partitions\":2,\"tombstonesEverywhere\":false,\"restarts\":true,\"staleValues\":false}
      a history begins: whether keys of any kind are removed, whether its readers are started
      again, whether keys have an older value at the end of another partition
  {\"history\":3,\"partition\":0,\"offset\":7,\"timestamp\":1773651600000,\"key\":\"…\",\"value\":\"…\"}
      a record of the history that was committed; value is the payload's exact text as a string,
      or null for a tombstone. Offsets have gaps: transaction markers, aborted records
  {\"history\":3,\"truth\":[[0,7],[1,2]]}
      what every reader has to end with: the records, by partition and offset, that hold the last
      value of each key. Keys that are not among theirs are removed
  {\"log\":17,\"history\":3,\"runs\":[[[0,7],[1,0]],[[1,0],[1,2]]],\"ghosts\":[]}
      a log that compaction may leave of the history, as one reader meets it: the records in the
      order of their delivery, partitions mixed. After each run but the last the reader is stopped
      and started again with its state, and gets some records once more.
      ghosts: records whose value the reader got and whose tombstone had expired before it came
      there. The reader may hold such a key, with this value, or not

A reader tells an older value on another partition by its timestamp. The same options give the same
lines, as long as tiltak-kit is the same version.

Examples:
  tiltak-kit logs siste-tiltaksgjennomforinger-v2 > logs.ndjson
  tiltak-kit logs siste-tiltakstyper-v3 --count 1000 --changes 12 --seed 7 --no-stale-values
  tiltak-kit logs datavarehus-tiltak-v1 | jq -c 'select(.log) | [.log, (.runs | length), .ghosts]'

Exit codes: 0 printed, 2 could not run";

#[derive(Debug, clap::Args)]
pub(super) struct Logs {
    /// Name of the topic
    #[arg(value_parser = PossibleValuesParser::new(tiltak_schema::NAMES))]
    pub(super) topic: String,
    /// How many logs
    #[arg(long, value_name = "N", default_value = "100")]
    pub(super) count: usize,
    /// How many changes a history has at most
    #[arg(long, value_name = "N", default_value = "24", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(super) changes: u16,
    /// How many logs there are of a history at most
    #[arg(long, value_name = "N", default_value = "40", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(super) logs_of_history: u16,
    /// Another seed gives other histories
    #[arg(long, value_name = "S", default_value = "1")]
    pub(super) seed: u64,
    /// Each key on one partition only: for readers that get no timestamps
    #[arg(long)]
    pub(super) no_stale_values: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "expected a number from 0 to 1".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("expected a number from 0 to 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }
}
