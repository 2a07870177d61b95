//! The arguments of the command.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use tiltak_producer::{Location, Relast};
use tiltak_schema::kodeverk::Tiltakskode;
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};
use tiltak_schema::view::WireEnum;

const EXAMPLES: &str = "\
Examples:
  tiltak-producer seed --database tiltak.db --scale 1000
  tiltak-producer create-topics --brokers localhost:9092
  tiltak-producer relast --database tiltak.db tiltakstyper
  tiltak-producer relast --database tiltak.db gjennomforinger --tiltakskode OPPFOLGING
  tiltak-producer run-jobs --database tiltak.db
  tiltak-producer relay --database tiltak.db --brokers localhost:9092 --once
  tiltak-producer parked list --database tiltak.db
  DATABASE_URL=postgres://tiltak:…@localhost/tiltak tiltak-producer run-jobs

Exit status: 0 done, 1 not done (the reason is on standard error), 2 wrong arguments.";

/// Publishes the four topics from a database.
#[derive(Debug, Parser)]
#[command(name = "tiltak-producer", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fill an empty database with the real tiltakstyper and invented avtaler and gjennomføringer
    Seed {
        #[command(flatten)]
        database: Database,
        /// Number of gjennomføringer
        #[arg(long, default_value_t = 400)]
        scale: usize,
        /// The same number gives the same data on the same day
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// JSON file with tiltakstyper in place of those that are compiled in
        #[arg(long, value_name = "FILE")]
        tiltakstyper: Option<PathBuf>,
    },
    /// Create the topics that do not exist, with their settings: the four, and the one for the relay's position
    CreateTopics {
        #[command(flatten)]
        kafka: Kafka,
    },
    /// Publish the outbox, until Ctrl-C
    Relay {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        kafka: Kafka,
        /// Stop when the outbox is empty
        #[arg(long)]
        once: bool,
    },
    /// Changes that are not published, because a record breaks its contract or waits behind one that does
    Parked {
        #[command(subcommand)]
        what: Parking,
    },
    /// Put entities in the outbox again, as they stand in the database
    Relast {
        #[command(flatten)]
        database: Database,
        #[command(subcommand)]
        what: Relasted,
    },
    /// Run what is due: the jobs of 00:00 and 23:55 Europe/Oslo, also those that were missed, and the fan-outs of avtaler
    RunJobs {
        #[command(flatten)]
        database: Database,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Database {
    /// File of an SQLite database, created when it does not exist; or postgres://user:password@host:port/name
    #[arg(long, value_name = "FILE|URL", env = "DATABASE_URL", hide_env_values = true)]
    #[arg(value_parser = OsStringValueParser::new().map(Location::from))]
    pub(crate) database: Location,
}

#[derive(Debug, Args)]
pub(crate) struct Kafka {
    /// host:port of the brokers, comma-separated
    #[arg(long, env = "KAFKA_BROKERS")]
    pub(crate) brokers: String,
    /// Stands before the name of each topic, so that several can share a broker
    #[arg(long, default_value = "", value_name = "PREFIX")]
    pub(crate) topic_prefix: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Parking {
    /// Show them, in the order in which they would be published
    List {
        #[command(flatten)]
        database: Database,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Give one back to the relay, which looks at it anew
    Retry {
        #[command(flatten)]
        database: Database,
        /// Its number in `parked list`
        change: i64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Throw one away: its records are never published, and those behind it go on
    Discard {
        #[command(flatten)]
        database: Database,
        /// Its number in `parked list`
        change: i64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Relasted {
    /// Every tiltakstype that Tiltaksadministrasjon administers
    Tiltakstyper,
    /// Gjennomføringer
    Gjennomforinger(Which),
}

/// Which gjennomføringer.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// All of them
    #[arg(long)]
    all: bool,
    /// Those of a tiltakskode
    #[arg(long, value_parser = tiltakskode)]
    tiltakskode: Option<Tiltakskode>,
    /// Those under an avtale
    #[arg(long, value_name = "ID")]
    avtale: Option<AvtaleId>,
    /// These
    #[arg(long, value_name = "ID", num_args = 1..)]
    id: Vec<GjennomforingId>,
}

impl From<Which> for Relast {
    fn from(which: Which) -> Self {
        match which {
            Which { tiltakskode: Some(kode), .. } => Self::Tiltakskode(kode),
            Which { avtale: Some(id), .. } => Self::Avtale(id),
            Which { all: true, .. } => Self::All,
            Which { id, .. } => Self::Ids(id),
        }
    }
}

fn tiltakskode(text: &str) -> Result<Tiltakskode, String> {
    Tiltakskode::from_wire(text).ok_or_else(|| "expected a tiltakskode such as OPPFOLGING".to_owned())
}
