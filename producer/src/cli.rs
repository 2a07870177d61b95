//! The arguments of the command.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tiltak_producer::domain::kodeverk::Tiltakskode;
use tiltak_producer::publish::MigratedCodes;
use tiltak_producer::{Location, Relast};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};
use tiltak_schema::view::WireEnum;

const IMPORT_HELP: &str = "\
A line is one entity as a JSON object, under its name; what it refers to stands before it or in the database:
  {\"tiltakstype\": {…}}  {\"arrangor\": {…}}  {\"avtale\": {…}}
  {\"gjennomforing\": {…}}  {\"gjennomforing\": {…}, \"kategorisering\": {…}}
Its properties are those of the stored documents (snake_case); others are refused. A line is refused alone, on standard
error with its number and JSON pointer. What is there already, the same, is skipped, so the same import can be done again.

Examples:
  tiltak-producer import --database tiltak.db entities.ndjson --dry-run
  tiltak-producer import --database tiltak.db entities.ndjson --refused refused.ndjson
  zcat entities.ndjson.gz | tiltak-producer import --database tiltak.db - --json

Exit status: 0 every line is taken, 1 some are refused or it was stopped with Ctrl-C, 2 it could not run.";

const EXAMPLES: &str = "\
Examples:
  tiltak-producer seed --database tiltak.db --scale 1000
  tiltak-producer import --database tiltak.db entities.ndjson --refused refused.ndjson
  tiltak-producer create-topics --brokers localhost:9092
  tiltak-producer relast --database tiltak.db everything
  tiltak-producer relast --database tiltak.db gjennomforinger --tiltakskode OPPFOLGING
  tiltak-producer serve --config tiltak-producer.toml
  tiltak-producer run-jobs --database tiltak.db
  tiltak-producer relay --database tiltak.db --brokers localhost:9092 --once
  tiltak-producer create-topics --brokers kafka:9093 --ca ca.crt --certificate kafka.crt --private-key kafka.key
  tiltak-producer parked list --database tiltak.db
  DATABASE_URL=postgres://tiltak:…@localhost/tiltak tiltak-producer run-jobs

Exit status: 0 done, 1 not done (the reason is on standard error), 2 wrong arguments.";

/// Publishes the four topics from a database.
#[derive(Debug, Parser)]
#[command(name = "tiltak-producer", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// TOML file whose keys are the long arguments of `serve`: `listen = "127.0.0.1:8080"` stands for `--listen`. An
    /// argument goes before the environment, and the environment before the file
    #[arg(long, global = true, value_name = "FILE", env = "TILTAK_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the relay, the jobs and the HTTP interface, until Ctrl-C or SIGTERM
    Serve(Box<Serve>),
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
    /// Take entities in from a file, through the rules, and publish them
    Import(Import),
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
    /// Begin anew on the cluster that the relay connects to next, whatever was published before
    ///
    /// For a relay that halts because its position does not fit the database: the topics are lost, or the database is an
    /// older copy. Stop every relay and `serve` of the database first. What waits is published after it; what was
    /// published before comes again only by `relast everything`, and a key that was removed since then gets no tombstone.
    ResetCheckpoint {
        #[command(flatten)]
        database: Database,
    },
    /// Put entities in the outbox again, as they stand in the database
    Relast {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        migrated: MigratedArgument,
        #[command(subcommand)]
        what: RelastTarget,
    },
    /// Run what is due: the jobs of 00:00 and 23:55 Europe/Oslo, also those that were missed, and the fan-outs of avtaler
    RunJobs {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        migrated: MigratedArgument,
    },
    /// Print the OpenAPI document of the interface that `serve` offers
    Openapi,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What is imported, and how.
#[derive(Debug, Args)]
#[command(after_help = IMPORT_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) database: Database,
    /// File of NDJSON; - for standard input
    pub(crate) file: PathBuf,
    /// Put an entity in the place of another state of it that is stored
    #[arg(long)]
    pub(crate) update: bool,
    /// Put no records in the outbox
    #[arg(long)]
    pub(crate) no_publish: bool,
    /// Look at everything, and write nothing to the database
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write the lines that are refused to this file, as they are, for mending
    #[arg(long, value_name = "FILE")]
    pub(crate) refused: Option<PathBuf>,
    /// Print the report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
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
    #[command(flatten)]
    pub(crate) tls: TlsFiles,
}

/// All three, or none.
#[derive(Debug, Args)]
#[command(next_help_heading = "TLS to Kafka (all three, or none)")]
pub(crate) struct TlsFiles {
    /// PEM file with the certificates that the brokers' certificates are signed by
    #[arg(long, value_name = "FILE", env = "KAFKA_CA_PATH")]
    pub(crate) ca: Option<PathBuf>,
    /// PEM file with the client's certificate
    #[arg(long, value_name = "FILE", env = "KAFKA_CERTIFICATE_PATH")]
    pub(crate) certificate: Option<PathBuf>,
    /// PEM file with the client's private key, not encrypted
    #[arg(long, value_name = "FILE", env = "KAFKA_PRIVATE_KEY_PATH")]
    pub(crate) private_key: Option<PathBuf>,
}

/// Which tiltakskoder are *migrert*.
#[derive(Debug, Args)]
pub(crate) struct MigratedArgument {
    /// Tiltakskoder whose gjennomføringer are published to Arena, separated by commas
    #[arg(long, env = "TILTAK_MIGRERT", default_value_t = MigratedCodes::production())]
    pub(crate) migrert: MigratedCodes,
}

/// What `serve` takes. When you add an argument, add it to `tiltak-producer.example.toml`.
#[derive(Debug, Args)]
#[command(after_help = SERVE)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) kafka: Kafka,
    #[command(flatten)]
    pub(crate) migrated: MigratedArgument,
    /// Where HTTP listens
    #[arg(long, value_name = "ADDRESS:PORT", env = "TILTAK_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// File with the bearer token that HTTP demands for everything but health and metrics; the environment variable
    /// TILTAK_API_TOKEN may hold the token itself. Without either, HTTP gives nothing else, and listens on loopback only
    #[arg(long, value_name = "FILE", env = "TILTAK_API_TOKEN_FILE")]
    pub(crate) api_token_file: Option<PathBuf>,
    /// HTTP connections that are open at once; more wait
    #[arg(long, value_name = "COUNT", env = "TILTAK_HTTP_CONNECTIONS", default_value_t = 1024)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) http_connections: u32,
    /// How long the head of an HTTP request may take to come
    #[arg(long, value_name = "SECONDS", env = "TILTAK_HTTP_HEADER_SECONDS", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) http_header_seconds: u64,
    /// How long an HTTP connection may do nothing. More than a proxy before it keeps one open
    #[arg(long, value_name = "SECONDS", env = "TILTAK_HTTP_IDLE_SECONDS", default_value_t = 75)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) http_idle_seconds: u64,
    /// How often to look whether a job or a fan-out is due
    #[arg(long, value_name = "SECONDS", env = "TILTAK_TICK_SECONDS", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) tick_seconds: u64,
    /// How long nothing is heard of the process that publishes before one that stands by takes over
    #[arg(long, value_name = "SECONDS", env = "TILTAK_TAKEOVER_AFTER", default_value_t = 15)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) takeover_after: u64,
    /// How long what is under way may take when the service is to stop
    #[arg(long, value_name = "SECONDS", env = "TILTAK_SHUTDOWN_TIMEOUT", default_value_t = 20)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) shutdown_timeout: u64,
    /// Form of the log on standard output; without it, text on a terminal and else json
    #[arg(long, env = "TILTAK_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// What is logged, as tracing's filters say it: `warn`, `info,sqlx=warn`
    #[arg(long, value_name = "FILTER", env = "RUST_LOG", default_value = "info")]
    pub(crate) log_level: String,
}

const SERVE: &str = "\
Without database or broker it starts nevertheless, answers 503 at /internal/isready with the reason, and tries again.
/openapi.json describes the interface.

Exit status: 0 stopped as told, 1 not started or ended (the reason is in the log), 2 wrong arguments or file.";

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
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
pub(crate) enum RelastTarget {
    /// The tiltakstyper, then all gjennomføringer
    Everything,
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
