//! The command `cargo contracts`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use tiltak_contracts::Contract;
use tiltak_contracts::command::validate::{LineFinding, LineProblem};
use tiltak_contracts::command::{Outcome, check, generate, validate};
use tiltak_contracts::tree::WorkingCopy;

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
    /// Compare the committed schemas, settings, examples and documentation with the Rust types
    Check(InTree),
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
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
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

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

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
        Command::Check(place) => run_check(&place.working_copy()?),
        Command::Generate(place) => run_generate(&place.working_copy()?),
        Command::Validate { topic, file, json } => run_validate(&topic, &file, json),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "cargo-contracts", &mut io::stdout());
            Ok(Outcome::Fine)
        }
    }
}

fn run_check(tree: &WorkingCopy) -> anyhow::Result<Outcome> {
    let problems = check::run(tree)?;
    for problem in &problems {
        println!("{BAD}✗{BAD:#} contracts/{}: {}", problem.place, problem.message);
        for line in problem.diff.iter().flat_map(|diff| diff.lines()) {
            let style = match line.as_bytes().first() {
                Some(b'+') => GOOD,
                Some(b'-') => AnsiColor::Red.on_default(),
                _ => Style::new(),
            };
            println!("    {style}{line}{style:#}");
        }
    }
    if problems.is_empty() {
        println!("{GOOD}✓{GOOD:#} the contracts agree with the types, their settings and their examples");
        return Ok(Outcome::Fine);
    }
    println!("{} finding{}", problems.len(), if problems.len() == 1 { "" } else { "s" });
    Ok(Outcome::Findings)
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

fn run_validate(topic: &str, file: &PathBuf, json: bool) -> anyhow::Result<Outcome> {
    let contract = Contract::of_topic(topic)?;
    let input: Box<dyn Read> = if file.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            eprintln!("reading records from the terminal; end with Ctrl-D");
        }
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot open {}", file.display()))?)
    };
    let mut output = BufWriter::new(anstream::stdout().lock());
    let totals = validate::run(&contract, BufReader::new(input), |finding| {
        if json { print_json(&mut output, finding) } else { print_finding(&mut output, topic, finding) }
    })
    .with_context(|| format!("cannot read {}", file.display()))?;
    if json {
        print_json(&mut output, &totals)?;
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

fn print_json(output: &mut impl Write, value: &impl serde::Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    Ok(writeln!(output)?)
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
