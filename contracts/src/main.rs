//! The command `cargo contracts`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{eprintln, println};
use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use tiltak_contracts::Contract;
use tiltak_contracts::command::compare::{self, PairVerdict};
use tiltak_contracts::command::validate::{LineFinding, LineProblem};
use tiltak_contracts::command::{Outcome, asyncapi, check, diff, generate, release, validate};
use tiltak_contracts::report::{self, BAD, Format, GOOD};
use tiltak_contracts::rule;
use tiltak_contracts::tree::{Files, GitRevision, WorkingCopy};
use tiltak_contracts::verdict::Options;

/// Verifies the contracts of Tiltaksadministrasjon's four compacted Kafka topics.
#[derive(Debug, Parser)]
#[command(name = "cargo contracts", bin_name = "cargo contracts", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo contracts check
  cargo contracts generate
  cargo contracts validate siste-tiltakstyper-v3 records.ndjson
  kcat -C -e -t siste-tiltakstyper-v3 … | jq -c '{key, value: .payload}' | cargo contracts validate siste-tiltakstyper-v3

Exit codes:
  0  nothing to report
  1  there are findings
  2  could not run: wrong arguments, a file that cannot be read";

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare the committed contracts with the Rust types, and the newest contracts with those before them
    #[command(after_help = CHECK)]
    Check(Check),
    /// Show what is new in a contract, and what it means
    Diff(Diff),
    /// Make a version of what the Rust types are now: the least that the findings allow
    Release(Release),
    /// Say what a rule is about; without a name, list the rules
    Explain {
        /// Name of the rule
        rule: Option<String>,
        /// For people, or one JSON object
        #[arg(long, value_enum, default_value_t)]
        format: Shown,
    },
    /// Write the schemas and the Norwegian overview that follow from the Rust types
    Generate(InTree),
    /// Check records, one JSON object a line: {"key": …, "value": …} (value: the record's text as a string, or null)
    Validate {
        /// Name of the topic
        topic: String,
        /// File of NDJSON; - for standard input
        #[arg(default_value = "-", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Print one JSON object a finding, and the totals as the last one
        #[arg(long)]
        json: bool,
    },
    /// Say whether every document valid under schema A (the writer's) is valid under schema B (the reader's)
    #[command(after_help = COMPARE)]
    Compare(Compare),
    /// Print the topics as an AsyncAPI 3.0.0 document
    Asyncapi(InTree),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

const CHECK: &str = "\
Examples:
  cargo contracts check
  cargo contracts check --against origin/main --format github

Exit codes: 0 all is well, 1 there are findings, 2 could not run";

#[derive(Debug, clap::Args)]
struct Check {
    #[command(flatten)]
    place: InTree,
    /// Compare with the contracts of this git revision, in place of the version before the newest
    #[arg(long, value_name = "REVISION")]
    against: Option<String>,
    /// For people, one JSON object, or annotations for GitHub Actions
    #[arg(long, value_enum, default_value_t)]
    format: Shown,
}

#[derive(Debug, clap::Args)]
struct Diff {
    /// Names of topics [default: all four]
    topics: Vec<String>,
    /// The older version [default: the latest that was released]
    #[arg(long, value_name = "VERSION")]
    from: Option<semver::Version>,
    /// The newer version [default: what the Rust types are]
    #[arg(long, value_name = "VERSION")]
    to: Option<semver::Version>,
    #[command(flatten)]
    place: InTree,
    /// For people, one JSON array, or annotations for GitHub Actions
    #[arg(long, value_enum, default_value_t)]
    format: Shown,
}

#[derive(Debug, clap::Args)]
struct Release {
    /// Name of the topic
    topic: String,
    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: InTree,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Shown {
    #[default]
    Text,
    Json,
    Github,
}

impl From<Shown> for Format {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Text => Self::Text,
            Shown::Json => Self::Json,
            Shown::Github => Self::Github,
        }
    }
}

const COMPARE: &str = "\
Examples:
  cargo contracts compare old.json new.json
  cargo contracts compare writer.json reader.json --closed-writer --format json
  cargo contracts compare --pairs pairs.jsonl --format json

Exit codes: 0 all contained, 1 some are not or it is unknown, 2 could not run";

#[derive(Debug, clap::Args)]
struct Compare {
    /// The writer's schema
    #[arg(required_unless_present = "pairs", requires = "b", value_hint = ValueHint::FilePath)]
    a: Option<PathBuf>,
    /// The reader's schema
    #[arg(value_hint = ValueHint::FilePath)]
    b: Option<PathBuf>,
    /// Many pairs: lines {"id": …, "a": …, "b": …}; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "a", value_hint = ValueHint::FilePath)]
    pairs: Option<PathBuf>,
    /// The writer emits the properties that its schema names and no others
    #[arg(long)]
    closed_writer: bool,
    /// Take `format` as an assertion
    #[arg(long)]
    assert_format: bool,
    /// For people, or one JSON object a pair
    #[arg(long, value_enum, default_value_t)]
    format: PairFormat,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum PairFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
struct InTree {
    /// The repository, or a folder in it [default: the current folder]
    #[arg(long, value_hint = ValueHint::DirPath)]
    root: Option<PathBuf>,
}

impl InTree {
    fn working_copy(&self) -> anyhow::Result<WorkingCopy> {
        let start = match &self.root {
            Some(root) => root.clone(),
            None => std::env::current_dir().context("the current folder cannot be found")?,
        };
        WorkingCopy::find(&start)
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(outcome) => outcome.into(),
        // Whoever reads the output has seen enough (`… | head`).
        Err(error) if is_broken_pipe(&error) => Outcome::Findings.into(),
        Err(error) => {
            eprintln!("{BAD}error:{BAD:#} {error:#}");
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Check(arguments) => run_check(&arguments),
        Command::Diff(arguments) => run_diff(&arguments),
        Command::Release(arguments) => run_release(&arguments),
        Command::Explain { rule, format } => run_explain(rule.as_deref(), format),
        Command::Generate(place) => run_generate(&place.working_copy()?),
        Command::Validate { topic, file, json } => run_validate(&topic, &file, json),
        Command::Compare(arguments) => run_compare(&arguments),
        Command::Asyncapi(place) => run_asyncapi(&place.working_copy()?),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "cargo-contracts", &mut io::stdout());
            Ok(Outcome::Fine)
        }
    }
}

fn run_check(arguments: &Check) -> anyhow::Result<Outcome> {
    let tree = arguments.place.working_copy()?;
    let against =
        arguments.against.as_deref().map(|revision| GitRevision::read(&tree, revision)).transpose()?;
    let found = check::run(&tree, against.as_ref().map(|revision| revision as &dyn Files))?;
    let mut output = BufWriter::new(anstream::stdout().lock());
    report::check(&mut output, &found, arguments.format.into())?;
    output.flush()?;
    Ok(if found.is_fine() { Outcome::Fine } else { Outcome::Findings })
}

fn run_diff(arguments: &Diff) -> anyhow::Result<Outcome> {
    let tree = arguments.place.working_copy()?;
    let topics = match arguments.topics.as_slice() {
        [] => tiltak_schema::topics().map(|topic| topic.name.to_owned()).to_vec(),
        topics => topics.to_vec(),
    };
    let diffs = topics
        .iter()
        .map(|topic| diff::run(&tree, topic, arguments.from.as_ref(), arguments.to.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut output = BufWriter::new(anstream::stdout().lock());
    report::diff(&mut output, &diffs, arguments.format.into())?;
    output.flush()?;
    let fine = diffs.iter().all(|diff| diff.report.decision.is_let_through());
    Ok(if fine { Outcome::Fine } else { Outcome::Findings })
}

fn run_release(arguments: &Release) -> anyhow::Result<Outcome> {
    let Release { topic, dry_run, place } = arguments;
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let outcome = release::run(&place.working_copy()?, topic, today, *dry_run)?;
    let mut output = anstream::stdout().lock();
    report::decision(&mut output, &outcome.decision)?;
    if let Some(why) = release::refusal(topic, &outcome.decision) {
        writeln!(output, "{BAD}✗{BAD:#} not released: {why}")?;
        return Ok(Outcome::Findings);
    }
    let Some(version) = &outcome.version else {
        writeln!(output, "the types are what was released last: nothing to release")?;
        return Ok(Outcome::Fine);
    };
    for path in &outcome.written {
        let path = path.strip_prefix("../").map_or_else(|| format!("contracts/{path}"), str::to_owned);
        writeln!(output, "{} {path}", if *dry_run { "would write" } else { "wrote" })?;
    }
    let done = if *dry_run { "would be" } else { "is" };
    writeln!(output, "{GOOD}✓{GOOD:#} {topic} {version} {done} released")?;
    Ok(Outcome::Fine)
}

fn run_explain(name: Option<&str>, format: Shown) -> anyhow::Result<Outcome> {
    let mut output = anstream::stdout().lock();
    let Some(name) = name else {
        if format == Shown::Json {
            report::json(&mut output, &rule::all().collect::<Vec<_>>())?;
        } else {
            report::list_rules(&mut output, rule::all())?;
        }
        return Ok(Outcome::Fine);
    };
    let found = rule::all().find(|rule| rule.id == name).with_context(|| {
        let near = rule::all()
            .max_by(|a, b| strsim::jaro_winkler(a.id, name).total_cmp(&strsim::jaro_winkler(b.id, name)));
        let meant = near.map_or_else(String::new, |rule| format!("did you mean {:?}? ", rule.id));
        format!("there is no rule {name:?}; {meant}`cargo contracts explain` lists them")
    })?;
    if format == Shown::Json {
        report::json(&mut output, found)?;
    } else {
        report::rule(&mut output, found)?;
    }
    Ok(Outcome::Fine)
}

fn run_generate(tree: &WorkingCopy) -> anyhow::Result<Outcome> {
    let written = generate::run(tree)?;
    for path in &written {
        println!("wrote contracts/{path}");
    }
    if written.is_empty() {
        println!("nothing to write: every generated file is as the types say");
    }
    Ok(Outcome::Fine)
}

fn run_asyncapi(tree: &WorkingCopy) -> anyhow::Result<Outcome> {
    let document = serde_json::to_string_pretty(&asyncapi::document(tree)?)?;
    writeln!(anstream::stdout().lock(), "{document}")?;
    Ok(Outcome::Fine)
}

fn open(file: &Path) -> anyhow::Result<Box<dyn Read>> {
    if file.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            eprintln!("reading from the terminal; end with Ctrl-D");
        }
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(file).with_context(|| format!("cannot open {}", file.display()))?))
}

fn run_compare(arguments: &Compare) -> anyhow::Result<Outcome> {
    let options = Options {
        closed_writer: arguments.closed_writer,
        assert_format: arguments.assert_format,
        ..Options::default()
    };
    let mut output = BufWriter::new(anstream::stdout().lock());
    let mut all_contained = true;
    let mut print = |verdict: PairVerdict| {
        all_contained &= verdict.verdict == "contained";
        match arguments.format {
            PairFormat::Json => report::json(&mut output, &verdict),
            PairFormat::Text => print_verdict(&mut output, &verdict),
        }
    };
    if let Some(file) = &arguments.pairs {
        compare::run(BufReader::new(open(file)?), &options, print)
            .with_context(|| file.display().to_string())?;
    } else if let (Some(a), Some(b)) = (&arguments.a, &arguments.b) {
        print(compare::pair(String::new(), &read_schema(a)?, &read_schema(b)?, &options))?;
    }
    output.flush()?;
    Ok(if all_contained { Outcome::Fine } else { Outcome::Findings })
}

fn read_schema(file: &Path) -> anyhow::Result<serde_json::Value> {
    serde_json::from_reader(BufReader::new(open(file)?))
        .with_context(|| format!("{} is no JSON", file.display()))
}

fn print_verdict(output: &mut impl Write, verdict: &PairVerdict) -> anyhow::Result<()> {
    let style = if verdict.verdict == "contained" { GOOD } else { BAD };
    if !verdict.id.is_empty() {
        write!(output, "{}: ", verdict.id)?;
    }
    writeln!(output, "{style}{}{style:#}", verdict.verdict)?;
    if let Some(witness) = &verdict.witness {
        let place = verdict.pointer.as_deref().filter(|pointer| !pointer.is_empty()).unwrap_or("the whole");
        let keyword = verdict.keyword.as_deref().unwrap_or_default();
        writeln!(output, "  valid under A and not under B: {witness}")?;
        writeln!(output, "  B refuses {place}, by {keyword}")?;
    }
    if let Some(reason) = &verdict.reason {
        writeln!(output, "  {reason}")?;
    }
    Ok(())
}

fn run_validate(topic: &str, file: &Path, json: bool) -> anyhow::Result<Outcome> {
    let contract = Contract::of_topic(topic)?;
    let input = open(file)?;
    let mut output = BufWriter::new(anstream::stdout().lock());
    let totals = validate::run(&contract, BufReader::new(input), |finding| {
        if json { report::json(&mut output, finding) } else { print_finding(&mut output, topic, finding) }
    })
    .with_context(|| format!("cannot read {}", file.display()))?;
    if json {
        report::json(&mut output, &totals)?;
    } else {
        writeln!(
            output,
            "{topic} {}: {} records, {} upserts, {} tombstones: {} valid, {} invalid",
            contract.version(),
            totals.records,
            totals.upserts,
            totals.tombstones,
            totals.valid,
            totals.invalid
        )?;
    }
    output.flush()?;
    Ok(if totals.invalid == 0 { Outcome::Fine } else { Outcome::Findings })
}

fn print_finding(output: &mut impl Write, topic: &str, finding: &LineFinding) -> anyhow::Result<()> {
    write!(output, "{BAD}line {}{BAD:#}: {topic}", finding.line)?;
    if let Some(key) = &finding.key {
        write!(output, ", key {key:?}")?;
    }
    match &finding.problem {
        LineProblem::Record(refused) => writeln!(output, ": {refused}")?,
        LineProblem::NoRecord { reason } => writeln!(output, ": {reason}")?,
    }
    Ok(())
}
