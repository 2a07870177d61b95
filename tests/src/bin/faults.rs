//! Runs the relay while processes are killed and stopped, and checks what is on the topics.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::builder::PossibleValue;
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use tiltak_tests::faults::child::Child;
use tiltak_tests::faults::{
    Bug, Fault, Options, Readings, Report, Stop, StoreKind, Subject, Unfinished, run,
};
use tiltak_tests::jvm::class_path;
use tiltak_tests::kafka::Nodes;

const EXAMPLES: &str = "\
Starts a Kafka broker, or a cluster of three (a JDK 17 or newer; its jars are fetched once with Maven), and, for postgres, the
PostgreSQL server that is installed, with a synchronous standby. All are stopped and their data removed at the end, also after
Ctrl-C. A run that ends early prints what its last comparison found, unless --json is given. There is one after every tenth fault.

With three nodes each node and the relay get a network namespace of their own, and one node a disk in memory that can be full.
That takes root, and the programs ip, nft and nsenter; without them those faults are left out, and the report says so.

Examples:
  cargo run --release -p tiltak-tests --bin faults -- --store postgres --faults 200 --seed 1
  cargo run --release -p tiltak-tests --bin faults -- --store postgres --nodes 3 --faults 300 --writers 12 --jvm-reader
  cargo run --release -p tiltak-tests --bin faults -- --store sqlite --faults 200 --seed 1 --json
  cargo run -p tiltak-tests --bin faults -- --store sqlite --nodes 3 --only nodes-cut --only leader-killed --faults 10
  cargo run -p tiltak-tests --bin faults -- --store postgres --faults 20 --history history.edn --journal journal.ndjson
  cargo run -p tiltak-tests --bin faults -- --store postgres --bug all
  cargo run -p tiltak-tests --bin faults -- --store sqlite --bug none

Exit status: 0 when nothing is wrong (with --bug: when each bug is caught), 1 when something is, 2 when it could not run.";

/// Changes entities while the relay, nodes of Kafka, the database or the writers are killed or stopped, or the network is cut,
/// and checks that nothing on the topics is lost, twice, in another order or in pieces.
#[derive(Parser)]
#[command(name = "faults", after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(subcommand)]
    child: Option<HiddenChild>,

    #[command(flatten)]
    run: Option<RunArguments>,
}

#[derive(clap::Subcommand)]
enum HiddenChild {
    /// A process of a run.
    #[command(hide = true)]
    Child {
        #[command(subcommand)]
        child: Child,
    },
}

#[derive(clap::Args)]
struct RunArguments {
    /// The database
    #[arg(long, value_enum)]
    store: StoreKind,

    /// How many nodes the cluster has: 1 or 3
    #[arg(long, default_value = "1", conflicts_with = "bug")]
    nodes: Nodes,

    /// Only faults of this kind; may be given more than once [default: all that belong to such a run]
    #[arg(long, value_name = "KIND", value_parser = Fault::named, conflicts_with = "bug")]
    only: Vec<Fault>,

    /// How many faults [default: 200; with --bug 4]
    #[arg(long)]
    faults: Option<usize>,

    /// How many writers change entities at the same time; each makes about 15 changes a second
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=100))]
    writers: u64,

    /// The same number gives the same faults, but not at the same moments
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Prints one JSON document
    #[arg(long)]
    json: bool,

    /// Tries a small relay with this bug, or without one, in place of the real relay: the checker has to catch it
    #[arg(long, value_enum)]
    bug: Option<BugChoice>,

    /// Follows with the table on the JVM too, which Maven builds first
    #[arg(long, conflicts_with = "bug")]
    jvm_reader: bool,

    /// Writes the history here, in EDN as Jepsen and Elle read it
    #[arg(long, value_name = "FILE", conflicts_with = "bug")]
    history: Option<PathBuf>,

    /// Writes here what the writers, the relay and the readers knew at each moment, one JSON object a line
    #[arg(long, value_name = "FILE", conflicts_with = "bug")]
    journal: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BugChoice {
    All,
    None,
    One(Bug),
}

static BUG_CHOICES: LazyLock<Vec<BugChoice>> = LazyLock::new(|| {
    let bugs = Bug::value_variants().iter().copied().map(BugChoice::One);
    [BugChoice::All, BugChoice::None].into_iter().chain(bugs).collect()
});

impl ValueEnum for BugChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &BUG_CHOICES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::All => Some(PossibleValue::new("all").help("Each bug, and none")),
            Self::None => Some(PossibleValue::new("none").help("No bug: nothing may be found")),
            Self::One(bug) => bug.to_possible_value(),
        }
    }
}

impl BugChoice {
    /// What is tried, one after the other.
    fn bugs(self, store: StoreKind) -> Vec<Option<Bug>> {
        match self {
            Self::All => {
                let harmless = |bug: &Bug| store == StoreKind::Sqlite && *bug == Bug::NaiveCursor;
                let bugs = Bug::value_variants().iter().copied().filter(|bug| !harmless(bug));
                [None].into_iter().chain(bugs.map(Some)).collect()
            }
            Self::None => vec![None],
            Self::One(bug) => vec![Some(bug)],
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match (arguments.child, arguments.run) {
        (Some(HiddenChild::Child { child }), _) => {
            return child.work().await.unwrap_or_else(|error| {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            });
        }
        (None, Some(run)) => start(run).await,
        (None, None) => Err(anyhow::anyhow!("--store is missing; see --help")),
    };
    result.unwrap_or_else(|error| {
        eprintln!("faults: {error:#}");
        ExitCode::from(2)
    })
}

async fn start(arguments: RunArguments) -> Result<ExitCode> {
    let stop = Stop::default();
    let stopping = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stopping");
            stopping.stop();
        }
    });
    tokio::task::spawn_blocking(move || match arguments.bug {
        Some(bug) => bugs(&arguments, bug, &stop),
        None => relay(&arguments, &stop),
    })
    .await?
}

fn relay(arguments: &RunArguments, stop: &Stop) -> Result<ExitCode> {
    let report = one(arguments, Subject::Relay, arguments.faults.unwrap_or(200), stop);
    if let Err(error) = &report
        && let Some(Unfinished { checked, .. }) = error.downcast_ref()
        && checked.checkpoints > 0
        && !arguments.json
    {
        println!("not finished; as far as the last comparison:");
        print(checked)?;
    }
    let report = report?;
    let mut out = io::stdout();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&report)?;
    }
    Ok(if report.findings.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn one(arguments: &RunArguments, subject: Subject, faults: usize, stop: &Stop) -> Result<Report> {
    let jvm_reader = if arguments.jvm_reader {
        eprintln!("building the table on the JVM");
        Some(class_path("test-compile")?)
    } else {
        None
    };
    let options = Options {
        program: std::env::current_exe()?,
        store: arguments.store,
        nodes: arguments.nodes,
        only: arguments.only.clone(),
        faults,
        seed: arguments.seed,
        writers: arguments.writers,
        subject,
        jvm_reader,
        history: arguments.history.clone(),
        journal: arguments.journal.clone(),
    };
    let bar = if io::stderr().is_terminal() {
        ProgressBar::new(u64::try_from(faults)?)
            .with_style(ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} {msg}")?)
    } else {
        ProgressBar::hidden()
    };
    bar.enable_steady_tick(Duration::from_millis(200));
    let begun = Instant::now();
    let report = run(&options, stop, |done, fault| {
        if bar.is_hidden() {
            eprintln!("{:>5} s, {done} of {faults}: {}", begun.elapsed().as_secs(), fault.name());
        }
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        bar.set_message(fault.name());
    });
    bar.finish_and_clear();
    report
}

fn print(report: &Report) -> Result<()> {
    let mut out = io::stdout();
    writeln!(
        out,
        "store {}, nodes {}, seed {}, {} s",
        report.store, report.nodes, report.seed, report.seconds
    )?;
    writeln!(out, "changes acknowledged {}", report.acknowledged)?;
    writeln!(out, "changes refused {}, unknown {}", report.refused, report.unknown)?;
    writeln!(out, "records {}", report.records)?;
    writeln!(out, "changes that waited after the last fault {}", report.waited)?;
    writeln!(out, "faults {}", report.faults.values().sum::<usize>())?;
    for (fault, number) in &report.faults {
        writeln!(out, "  {fault:24} {number:5}")?;
    }
    for (fault, reason) in &report.left_out {
        writeln!(out, "  {fault:24} left out: {reason}")?;
    }
    writeln!(out, "relays replaced {}, started again {}", report.replaced, report.started_again)?;
    writeln!(out, "comparisons {}", report.checkpoints)?;
    if report.begun_anew > 0 {
        writeln!(out, "begun anew, since Kafka left a transaction open {}", report.begun_anew)?;
    }
    let Readings { compared, restarts, handled, again, whole, torn } = report.readers;
    writeln!(out, "readers: compared {compared}, killed and begun again {restarts}")?;
    writeln!(out, "  events handled {handled}, of them again {again}")?;
    writeln!(out, "  records seen with the rest of their change {whole}, without {torn}")?;
    for (name, number) in report.findings.each() {
        writeln!(out, "{name} {number}")?;
    }
    for example in &report.examples {
        writeln!(out, "  {example}")?;
    }
    Ok(())
}

fn bugs(arguments: &RunArguments, choice: BugChoice, stop: &Stop) -> Result<ExitCode> {
    let mut reports = Vec::new();
    let mut all_right = true;
    let mut out = io::stdout();
    if !arguments.json {
        writeln!(out, "{:18} {:18} {:15} found", "bug", "to be caught by", "")?;
    }
    for bug in choice.bugs(arguments.store) {
        let report = one(arguments, Subject::Small(bug), arguments.faults.unwrap_or(4), stop)?;
        let right = match bug {
            None => report.findings.is_clean(),
            Some(bug) => report.findings.checks().contains(&bug.finding()),
        };
        all_right &= right;
        let name = bug.map_or_else(|| "none".to_owned(), Bug::name);
        if !arguments.json {
            let found: Vec<String> = report
                .findings
                .each()
                .iter()
                .filter(|(_, number)| *number > 0)
                .map(|(check, number)| format!("{check} {number}"))
                .collect();
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            let expected = bug.map_or("nothing", Bug::finding);
            let verdict = match (bug, right) {
                (_, true) => "as it should be",
                (Some(_), false) => "NOT CAUGHT",
                (None, false) => "FALSE ALARM",
            };
            writeln!(out, "{name:18} {expected:18} {verdict:15} {found}")?;
        }
        reports.push(serde_json::json!({ "bug": name, "right": right, "report": report }));
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&reports)?)?;
    }
    Ok(if all_right { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
