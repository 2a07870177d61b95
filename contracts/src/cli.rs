//! The arguments of `cargo contracts`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Context;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use tiltak_contracts::codegen::kotlin::JsonLibrary;
use tiltak_contracts::codegen::target::Language;
use tiltak_contracts::report::Format;
use tiltak_contracts::source::Repository;

/// Verifies the contracts of Kafka topics: those of Tiltaksadministrasjon, which are Rust types, or those of any repository of
/// JSON Schemas (`contracts init`).
///
/// What there is in a repository and what may go out, who reads it, and whether records are what they have to be.
#[derive(Debug, Parser)]
#[command(name = ALIAS, bin_name = ALIAS, version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The name in this repository.
const ALIAS: &str = "cargo contracts";
/// The name of the program.
const PROGRAM: &str = "contracts";

impl Arguments {
    /// The arguments of this process. Ends it if they are wrong.
    pub(crate) fn of_process() -> Self {
        let matches = described().get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Writes the completions of a shell.
pub(crate) fn write_completions(shell: Shell, out: &mut impl std::io::Write) {
    let mut command = described();
    let name = command.get_name().replace(' ', "-");
    clap_complete::generate(shell, &mut command, name, out);
}

/// The arguments, with the name by which the program was called. Cargo, which the alias calls, tells the program where its
/// package is.
fn described() -> clap::Command {
    let command = Arguments::command();
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() {
        return command;
    }
    renamed(command.name(PROGRAM).bin_name(PROGRAM))
}

fn renamed(command: clap::Command) -> clap::Command {
    let command = match command.get_after_help().map(|it| it.to_string().replace(ALIAS, PROGRAM)) {
        Some(help) => command.after_help(help),
        None => command,
    };
    command.mut_subcommands(renamed)
}

const EXAMPLES: &str = "\
Examples:
  cargo contracts check
  cargo contracts generate
  cargo contracts readers --matrix
  cargo contracts validate siste-tiltakstyper-v3 records.ndjson
  kcat -C -e -J -t siste-tiltakstyper-v3 … | cargo contracts validate siste-tiltakstyper-v3

Exit codes:
  0  nothing to report
  1  there are findings
  2  could not run: wrong arguments, a file that cannot be read";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare the committed contracts with their source and their examples, and what they are now with those before
    #[command(after_help = CHECK)]
    Check(Check),
    /// Show what is new in a contract, and what it means
    Diff(Diff),
    /// Make a version of what a contract is now: the least that the findings allow
    Release(Release),
    /// Say what a rule is about; without a name, list the rules
    Explain {
        /// Name of the rule
        rule: Option<String>,
        /// For people, or one JSON object
        #[arg(long, value_enum, default_value_t)]
        format: TextOrJson,
    },
    /// Lay out a repository of plain JSON Schemas, for a team that gates its own topics
    #[command(after_help = INIT)]
    Init(Init),
    /// Write what follows from the contracts: schemas, overview and manifests of this project, types for readers (types.toml)
    #[command(after_help = GENERATE)]
    Generate(Generate),
    /// Check records, one JSON object a line: {"key": …, "value": …} or what `kcat -J` prints
    #[command(after_help = VALIDATE)]
    Validate {
        /// Name of the topic
        topic: String,
        /// File of NDJSON; - for standard input
        #[arg(default_value = "-", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// For people, or one JSON object a finding and the totals as the last one
        #[arg(long, value_enum, default_value_t)]
        format: TextOrJson,
        /// Threads that check; the output is the same for any number [default: one for each processor]
        #[arg(long, value_name = "N")]
        jobs: Option<NonZeroUsize>,
        /// What stands before the topic's name on this cluster (`test-` for test-orders)
        #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
        topic_prefix: String,
        /// The repository of the contract, or a folder in it [default: the current folder's, else what this command was built with]
        #[arg(long, value_hint = ValueHint::DirPath)]
        root: Option<PathBuf>,
    },
    /// Say whether every document valid under schema A (the writer's) is valid under schema B (the reader's)
    #[command(after_help = COMPARE)]
    Compare(Compare),
    /// Print the topics as an AsyncAPI 3.0.0 document
    Asyncapi(InTree),
    /// Print the overview of the topics for reader teams
    Docs(InTree),
    /// Write a site to look things up in, in Norwegian: topics, fields, who reads them, versions, rules
    #[command(after_help = SITE)]
    Site(Site),
    /// Print the topics as manifests for nais (kafka.nais.io/v1 Topic); `generate` writes them to producer/nais/topics
    Manifests(InTree),
    /// Say what the readers of the topics bind, and whom the current contracts stop
    #[command(after_help = READERS)]
    Readers(Readers),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

const INIT: &str = "\
DIR/contracts/ must not be there: nothing is written over. What a topic's contract is now stands in
contracts/topics/TOPIC/{key,value}.schema.json; edit it, see what that means with `diff`, and make a version with `release`.

Examples:
  contracts init . --schema orders=schemas/order.json --schema shipments=schemas/shipment.json --owner team-shop
  contracts init . --asyncapi asyncapi.yaml
  contracts release orders && contracts check

Exit codes: 0 laid out, 2 could not";

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The repository
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// A topic and the file of its value schema, JSON Schema draft-07 or 2020-12; may be given several times
    #[arg(long = "schema", value_name = "TOPIC=FILE", value_parser = topic_and_file)]
    pub(crate) schemas: Vec<(String, PathBuf)>,
    /// An AsyncAPI document, version 2 or 3, JSON or YAML: each channel is a topic
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) asyncapi: Option<PathBuf>,
    /// The team that publishes the topics
    #[arg(long, value_name = "TEAM", default_value = "unknown")]
    pub(crate) owner: String,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextOrJson,
}

const GENERATE: &str = "\
Without --lang: every generated file of the repository; files beside them that were generated of a contract that is gone are removed.
The types that readers use are among them where contracts/types.toml
says so; `check` finds when one is not as its schema says:
  [[types]]
  language = \"kotlin\"     # or typescript, python
  library = \"jackson\"     # or kotlinx
  package = \"no.nav.orders\"
  folder = \"../types/src/main/kotlin\"

With --lang: the types of the record values, of the latest released version of each major one. They keep an enum value or a
variant that is not known, and pass over a property that is not known. A schema that has no types is refused with its JSON
pointer, and nothing is written.

Examples:
  cargo contracts generate
  contracts generate --lang kotlin --package no.nav.orders --out src/main/kotlin
  contracts generate --lang kotlin --library kotlinx --package no.nav.orders --out src/main/kotlin
  contracts generate --lang typescript --out src/contracts

Exit codes: 0 written, 2 could not";

#[derive(Debug, clap::Args)]
pub(crate) struct Generate {
    /// Types in this language, in place of the repository's generated files
    #[arg(long, value_enum, requires = "out")]
    pub(crate) lang: Option<Language>,
    /// Where the types go: the folder of the sources
    #[arg(long, value_name = "DIR", requires = "lang", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Kotlin: what the classes are read and written with [default: jackson]
    #[arg(long, value_enum, requires = "lang")]
    pub(crate) library: Option<JsonLibrary>,
    /// Kotlin: the package of the classes [default: contracts]
    #[arg(long, requires = "lang")]
    pub(crate) package: Option<String>,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) place: InTree,
}

fn topic_and_file(text: &str) -> Result<(String, PathBuf), String> {
    let (topic, file) = text.split_once('=').ok_or("expected TOPIC=FILE")?;
    Ok((topic.to_owned(), PathBuf::from(file)))
}

const SITE: &str = "\
DIR must be new, empty, or an earlier site: nothing else is written over. The pages need no network and no server; without
JavaScript only the search is missing.

Examples:
  cargo contracts site --out site
  cargo contracts site --out site --topic siste-tiltakstyper-v3
  contracts site --out public --root ../orders

Exit codes: 0 written, 2 could not";

#[derive(Debug, clap::Args)]
pub(crate) struct Site {
    /// Where the site goes: a folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// One topic and its readers only
    #[arg(long)]
    pub(crate) topic: Option<String>,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) place: InTree,
}

const CHECK: &str = "\
Examples:
  cargo contracts check
  cargo contracts check --against origin/main --format github

Exit codes: 0 all is well, 1 there are findings, 2 could not run";

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) place: InTree,
    /// Compare with the contracts of this git revision, in place of the version before the newest
    #[arg(long, value_name = "REVISION")]
    pub(crate) against: Option<String>,
    /// For people, one JSON object, or annotations for GitHub Actions
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// Show the smallest document that is refused, in place of an example of the contract
    #[arg(long)]
    pub(crate) minimal_witness: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// Names of topics [default: all]
    pub(crate) topics: Vec<String>,
    /// The older version [default: the latest that was released before the newer one]
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<semver::Version>,
    /// The newer version [default: what the contract is now]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<semver::Version>,
    #[command(flatten)]
    pub(crate) place: InTree,
    /// For people, one JSON array, or annotations for GitHub Actions
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// Show the smallest document that is refused, in place of an example of the contract
    #[arg(long)]
    pub(crate) minimal_witness: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Release {
    /// Name of the topic
    pub(crate) topic: String,
    /// Say what would be done, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextOrJson,
    /// Show the smallest document that is refused, in place of an example of the contract
    #[arg(long)]
    pub(crate) minimal_witness: bool,
    #[command(flatten)]
    pub(crate) place: InTree,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReportFormat {
    #[default]
    Text,
    Json,
    Github,
}

impl From<ReportFormat> for Format {
    fn from(shown: ReportFormat) -> Self {
        match shown {
            ReportFormat::Text => Self::Text,
            ReportFormat::Json => Self::Json,
            ReportFormat::Github => Self::Github,
        }
    }
}

const VALIDATE: &str = "\
A line is a JSON object with a record's key and its value, the record's text as a string, or null for a tombstone:
  {\"key\": \"…\", \"value\": \"…\"}
or what kcat prints with -J, of which findings also name partition and offset:
  {\"topic\": \"…\", \"partition\": 0, \"offset\": 12, …, \"key\": \"…\", \"payload\": \"…\"}
A line longer than 16 MiB is a finding, and is passed over.

Examples:
  cargo contracts validate siste-tiltakstyper-v3 records.ndjson
  cargo contracts validate siste-tiltakstyper-v3 records.ndjson --format json --jobs 4
  kcat -C -e -J -t siste-tiltakstyper-v3 … | cargo contracts validate siste-tiltakstyper-v3
  kcat -C -e -J -t dev-siste-tiltakstyper-v3 … | cargo contracts validate siste-tiltakstyper-v3 --topic-prefix dev-
  contracts validate orders records.ndjson --root ../orders

Exit codes: 0 every record is valid, 1 some are not, 2 could not run";

const COMPARE: &str = "\
Examples:
  cargo contracts compare old.json new.json
  cargo contracts compare writer.json reader.json --closed-writer --format json
  cargo contracts compare --pairs pairs.jsonl --format json

Exit codes: 0 all contained, 1 some are not or it is unknown, 2 could not run";

const READERS: &str = "\
Examples:
  cargo contracts readers
  cargo contracts readers --matrix --topic siste-tiltakstyper-v3
  cargo contracts readers --format json | jq 'select(.breakages != [])'

Exit codes: 0 facts about readers, 1 a declaration requires a field that the contract does not have, or (with --app) the
contract stops the reader, 2 could not run";

#[derive(Debug, clap::Args)]
pub(crate) struct Readers {
    /// Who reads what: the fields of each topic by readers, and what no reader uses
    #[arg(long)]
    pub(crate) matrix: bool,
    /// One topic only
    #[arg(long)]
    pub(crate) topic: Option<String>,
    /// One reader only: that the current contract stops it is a finding then
    #[arg(long, conflicts_with = "matrix")]
    pub(crate) app: Option<String>,
    /// For people, or one JSON object a reader and topic (with --matrix: a topic)
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) place: InTree,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Compare {
    /// The writer's schema
    #[arg(required_unless_present = "pairs", requires = "b", value_hint = ValueHint::FilePath)]
    pub(crate) a: Option<PathBuf>,
    /// The reader's schema
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) b: Option<PathBuf>,
    /// Many pairs: lines {"id": …, "a": …, "b": …}; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "a", value_hint = ValueHint::FilePath)]
    pub(crate) pairs: Option<PathBuf>,
    /// The writer emits the properties that its schema names and no others
    #[arg(long)]
    pub(crate) closed_writer: bool,
    /// Take `format` as an assertion
    #[arg(long)]
    pub(crate) assert_format: bool,
    /// For people, or one JSON object a pair
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TextOrJson {
    #[default]
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InTree {
    /// The repository, or a folder in it [default: the current folder]
    #[arg(long, value_hint = ValueHint::DirPath)]
    pub(crate) root: Option<PathBuf>,
}

impl InTree {
    pub(crate) fn repository(&self) -> anyhow::Result<Repository> {
        let start = match &self.root {
            Some(root) => root.clone(),
            None => std::env::current_dir().context("the current folder cannot be found")?,
        };
        Repository::find(&start)
    }
}
