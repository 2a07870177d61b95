//! The command `cargo contracts`, and `contracts` for other repositories.

mod cli;

use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, BufWriter, IsTerminal, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use anstream::{eprintln, print};
use anyhow::{Context, bail, ensure};
use cli::{Arguments, Check, Command, Compare, Diff, Generate, Init, Readers, Release, Site, TextOrJson};
use json_schema_containment::{Json, Options};
use tiltak_contracts::Contract;
use tiltak_contracts::codegen::target::Target;
use tiltak_contracts::command::compare::{self, PairVerdict};
use tiltak_contracts::command::generate::Generated;
use tiltak_contracts::command::readers::ReadingReport;
use tiltak_contracts::command::{
    ExitStatus, asyncapi, check, diff, docs, generate, init, readers, release, site, validate,
};
use tiltak_contracts::reader::DeclarationDrift;
use tiltak_contracts::report::{self, BAD};
use tiltak_contracts::rule;
use tiltak_contracts::source::Repository;
use tiltak_contracts::tree::{Files, GitRevision, WorkingCopy};

/// The allocator of musl takes a third more CPU to validate records, and twice as much with eight threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(Arguments::of_process().command) {
        Ok(outcome) => outcome.into(),
        // Whoever reads the output has seen enough (`… | head`).
        Err(error) if is_broken_pipe(&error) => ExitStatus::Findings.into(),
        Err(error) => {
            eprintln!("{BAD}error:{BAD:#} {error:#}");
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(command: Command) -> anyhow::Result<ExitStatus> {
    match command {
        Command::Check(arguments) => run_check(&arguments),
        Command::Diff(arguments) => run_diff(&arguments),
        Command::Release(arguments) => run_release(&arguments),
        Command::Explain { rule, format } => run_explain(rule.as_deref(), format),
        Command::Init(arguments) => run_init(arguments),
        Command::Generate(arguments) => run_generate(arguments),
        Command::Validate { topic, file, format, jobs, topic_prefix, root } => {
            let contract = contract(&topic, root.as_deref())?.with_topic_prefix(topic_prefix);
            run_validate(contract, &file, format, jobs)
        }
        Command::Compare(arguments) => run_compare(&arguments),
        Command::Asyncapi(place) => run_asyncapi(&place.repository()?),
        Command::Site(arguments) => run_site(&arguments),
        Command::Docs(place) => {
            print!("{}", docs::overview(&place.repository()?)?);
            Ok(ExitStatus::Fine)
        }
        Command::Manifests(place) => {
            let repository = place.repository()?;
            let all = repository.source().manifests(&repository)?;
            let texts: Vec<&str> = all.iter().map(|manifest| manifest.text.as_str()).collect();
            print!("{}", texts.join("---\n"));
            Ok(ExitStatus::Fine)
        }
        Command::Readers(arguments) => run_readers(&arguments),
        Command::Completions { shell } => {
            cli::write_completions(shell, &mut io::stdout());
            Ok(ExitStatus::Fine)
        }
    }
}

fn run_check(arguments: &Check) -> anyhow::Result<ExitStatus> {
    let tree = arguments.place.repository()?;
    let against =
        arguments.against.as_deref().map(|revision| GitRevision::read(tree.tree(), revision)).transpose()?;
    let found = check::run(&tree, against.as_ref().map(|revision| revision as &dyn Files))?;
    let mut output = BufWriter::new(anstream::stdout().lock());
    report::check(&mut output, &found, arguments.format.into(), arguments.minimal_witness)?;
    output.flush()?;
    Ok(if found.is_fine() { ExitStatus::Fine } else { ExitStatus::Findings })
}

fn run_diff(arguments: &Diff) -> anyhow::Result<ExitStatus> {
    let tree = arguments.place.repository()?;
    let topics = match arguments.topics.as_slice() {
        [] => tree.topics().to_vec(),
        topics => topics.to_vec(),
    };
    let diffs = topics
        .iter()
        .map(|topic| diff::run(&tree, topic, arguments.from.as_ref(), arguments.to.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut output = BufWriter::new(anstream::stdout().lock());
    report::diff(&mut output, &diffs, arguments.format.into(), arguments.minimal_witness)?;
    output.flush()?;
    let fine = diffs.iter().all(|diff| diff.assessment.is_let_through());
    Ok(if fine { ExitStatus::Fine } else { ExitStatus::Findings })
}

fn run_release(arguments: &Release) -> anyhow::Result<ExitStatus> {
    let Release { topic, dry_run, format, minimal_witness, place } = arguments;
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let outcome = release::run(&place.repository()?, topic, today, *dry_run)?;
    let mut output = anstream::stdout().lock();
    let is_out = outcome.assessment.is_let_through();
    let status = if is_out { ExitStatus::Fine } else { ExitStatus::Findings };
    if *format == TextOrJson::Json {
        report::json(&mut output, &outcome)?;
        return Ok(status);
    }
    report::release(&mut output, &outcome, *minimal_witness)?;
    Ok(status)
}

fn run_explain(name: Option<&str>, format: TextOrJson) -> anyhow::Result<ExitStatus> {
    let mut output = anstream::stdout().lock();
    let Some(name) = name else {
        if format == TextOrJson::Json {
            report::json(&mut output, &rule::all().collect::<Vec<_>>())?;
        } else {
            report::list_rules(&mut output, rule::all())?;
        }
        return Ok(ExitStatus::Fine);
    };
    let found = rule::all().find(|rule| rule.id == name).with_context(|| {
        let near = rule::all()
            .max_by(|a, b| strsim::jaro_winkler(a.id, name).total_cmp(&strsim::jaro_winkler(b.id, name)));
        let meant = near.map_or_else(String::new, |rule| format!("did you mean {:?}? ", rule.id));
        format!("there is no rule {name:?}; {meant}`cargo contracts explain` lists them")
    })?;
    if format == TextOrJson::Json {
        report::json(&mut output, found)?;
    } else {
        report::rule(&mut output, found)?;
    }
    Ok(ExitStatus::Fine)
}

fn run_init(arguments: Init) -> anyhow::Result<ExitStatus> {
    let Init { folder, schemas, asyncapi, owner, format } = arguments;
    let laid_out = init::run(&folder, &init::Origin { schemas, asyncapi, owner })?;
    let mut output = anstream::stdout().lock();
    match format {
        TextOrJson::Json => report::json(&mut output, &laid_out)?,
        TextOrJson::Text => report::laid_out(&mut output, &laid_out)?,
    }
    Ok(ExitStatus::Fine)
}

fn run_generate(arguments: Generate) -> anyhow::Result<ExitStatus> {
    let Generate { lang, out, library, package, format, place } = arguments;
    let repository = place.repository()?;
    let mut lines = Vec::new();
    let generated = if let (Some(language), Some(folder)) = (lang, out) {
        let written = generate::types(&repository, &Target { language, library, package }, &folder)?;
        for path in &written {
            writeln!(lines, "wrote {path}")?;
        }
        Generated { written, removed: Vec::new() }
    } else {
        let generated = generate::run(&repository)?;
        report::written(&mut lines, "wrote", &generated.written)?;
        report::written(&mut lines, "removed", &generated.removed)?;
        generated
    };
    let mut output = anstream::stdout().lock();
    if format == TextOrJson::Json {
        report::json(&mut output, &generated)?;
    } else if lines.is_empty() {
        writeln!(output, "nothing to write: every generated file is as its source says")?;
    } else {
        output.write_all(&lines)?;
    }
    Ok(ExitStatus::Fine)
}

fn run_asyncapi(tree: &Repository) -> anyhow::Result<ExitStatus> {
    let document = serde_json::to_string_pretty(&asyncapi::document(tree)?)?;
    writeln!(anstream::stdout().lock(), "{document}")?;
    Ok(ExitStatus::Fine)
}

fn run_site(arguments: &Site) -> anyhow::Result<ExitStatus> {
    let Site { out, topic, format, place } = arguments;
    let site = site::Site::load(&place.repository()?, topic.as_deref())?;
    let pages = report::site::pages(&site)?;
    site::write(out, &pages)?;
    let mut output = anstream::stdout().lock();
    if *format == TextOrJson::Json {
        let paths: Vec<_> = pages.iter().map(|page| &page.path).collect();
        report::json(&mut output, &serde_json::json!({ "written": paths }))?;
    } else {
        writeln!(output, "wrote {} files; open {}", pages.len(), out.join("index.html").display())?;
    }
    Ok(ExitStatus::Fine)
}

fn open(file: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if file.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            eprintln!("reading from the terminal; end with Ctrl-D");
        }
        return Ok(Box::new(io::stdin()));
    }
    Ok(Box::new(File::open(file).with_context(|| format!("cannot open {}", file.display()))?))
}

fn run_compare(arguments: &Compare) -> anyhow::Result<ExitStatus> {
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
            TextOrJson::Json => report::json(&mut output, &verdict),
            TextOrJson::Text => Ok(report::verdict(&mut output, &verdict)?),
        }
    };
    if let Some(file) = &arguments.pairs {
        compare::run(BufReader::new(open(file)?), &options, print)
            .with_context(|| file.display().to_string())?;
    } else if let (Some(a), Some(b)) = (&arguments.a, &arguments.b) {
        print(compare::pair(String::new(), &read_schema(a)?, &read_schema(b)?, &options))?;
    }
    output.flush()?;
    Ok(if all_contained { ExitStatus::Fine } else { ExitStatus::Findings })
}

fn run_readers(arguments: &Readers) -> anyhow::Result<ExitStatus> {
    let readers = readers::Readers::load(&arguments.place.repository()?, arguments.topic.as_deref())?;
    let mut output = BufWriter::new(anstream::stdout().lock());
    let mut outcome = ExitStatus::Fine;
    if arguments.matrix {
        print_each(&mut output, &readers.matrices(), arguments.format)?;
    } else {
        let mut readings = readers.readings();
        if let Some(app) = &arguments.app {
            readings.retain(|reading| reading.app == *app);
            if readings.is_empty() {
                bail!("no declaration contracts/readers/{app}.toml says that {app} reads a topic");
            }
        }
        let is_stopped = |reading: &ReadingReport| arguments.app.is_some() && !reading.breakages.is_empty();
        if readings.iter().any(|it| it.drift.iter().any(DeclarationDrift::is_finding) || is_stopped(it)) {
            outcome = ExitStatus::Findings;
        }
        print_each(&mut output, &readings, arguments.format)?;
    }
    output.flush()?;
    Ok(outcome)
}

/// As JSON a line each, for people with a blank line between them.
fn print_each<T: serde::Serialize + std::fmt::Display>(
    output: &mut impl Write,
    reports: &[T],
    format: TextOrJson,
) -> anyhow::Result<()> {
    for (index, report) in reports.iter().enumerate() {
        match format {
            TextOrJson::Json => report::json(output, report)?,
            TextOrJson::Text if index == 0 => write!(output, "{report}")?,
            TextOrJson::Text => write!(output, "\n{report}")?,
        }
    }
    Ok(())
}

fn read_schema(file: &Path) -> anyhow::Result<Json> {
    let mut text = Vec::new();
    open(file)?.take(compare::LONGEST + 1).read_to_end(&mut text)?;
    ensure!(text.len() as u64 <= compare::LONGEST, "{}: longer than 16 MiB", file.display());
    let no_json = || format!("{}: no JSON", file.display());
    Json::parse(std::str::from_utf8(&text).with_context(no_json)?).with_context(no_json)
}

/// The contract of a topic: of the repository that `root` or the current folder is in, else the one that is built in.
fn contract(topic: &str, root: Option<&Path>) -> anyhow::Result<Contract> {
    let current = std::env::current_dir().unwrap_or_default();
    let folder = root.unwrap_or(&current);
    if root.is_none() && WorkingCopy::find(folder).is_err() {
        return Ok(Contract::of_topic(topic)?);
    }
    let repository = Repository::find(folder)?;
    repository.require_topic(topic)?;
    repository.source().contract(&repository, topic)
}

fn run_validate(
    contract: Contract,
    file: &Path,
    format: TextOrJson,
    jobs: Option<NonZeroUsize>,
) -> anyhow::Result<ExitStatus> {
    let contract = Arc::new(contract);
    let jobs = jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let input = open(file)?;
    let mut shown = report::ValidationReport::new(
        contract.topic(),
        format == TextOrJson::Json,
        fs::metadata(file).ok().filter(Metadata::is_file).as_ref(),
    );
    let totals = validate::run(&contract, input, jobs, &mut shown)
        .with_context(|| format!("cannot validate {}", file.display()))?;
    shown.end(contract.version(), &totals)?;
    Ok(if totals.invalid == 0 { ExitStatus::Fine } else { ExitStatus::Findings })
}
