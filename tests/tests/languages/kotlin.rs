//! What `consumer-kit/README.md` shows to teams on Kotlin, as it stands there: its code is compiled, its tests run against
//! brokers of their own, with the real `tiltak-kit`, and its commands are run.
//!
//! `tests/kotlin` has what the README leaves to the team, `App.kt`, and a `KafkaContainer` that needs no Docker.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use tiltak_tests::kafka::{Broker, Way};

use super::work::{Work, path_with_kit, require};

const README: &str = include_str!("../../../consumer-kit/README.md");

/// One for each container that the tests of the README start.
const BROKERS: usize = 2;

/// For programs that run for some seconds.
const QUICK_START: &str = "-XX:TieredStopAtLevel=1";

#[test]
fn the_kotlin_of_the_readme_compiles_and_its_tests_and_commands_do_what_it_says() {
    check().unwrap_or_else(|error| panic!("{error:#}"));
}

fn check() -> Result<()> {
    require("javac", "--version", 17, "a JDK, 17 or newer (Debian: default-jdk-headless)")?;
    require("mvn", "--version", 1, "Maven (Debian: maven)")?;
    let work = Work::open("kotlin")?;
    for folder in ["bin", "classes", "container", "code", "src"] {
        let _ = fs::remove_dir_all(work.folder.join(folder));
    }
    work.jars()?;

    let brokers = thread::scope(|scope| {
        let starting = [(); BROKERS].map(|()| scope.spawn(|| Broker::start(Way::from_env()?, None)));
        compile(&work)?;
        let joined = starting.into_iter().map(|it| it.join().map_err(|_| anyhow!("a broker panicked"))?);
        joined.collect::<Result<Vec<Broker>>>()
    })?;
    let addresses: Vec<&str> = brokers.iter().map(Broker::bootstrap_servers).collect();
    let variables = [
        ("PATH", path_with_kit(&work.folder)?),
        ("BROKERS", addresses.join(" ").into()),
        // The one that is seeded last, with what is awkward.
        ("KAFKA_BROKERS", addresses[BROKERS - 1].into()),
    ];
    fs::create_dir_all(work.folder.join("src/test/resources"))?;
    for script in blocks("sh").filter(|it| it.text.contains("src/test/resources")) {
        work.run_with(&variables, "sh", &["-euc", &script.text])?;
    }
    run_tests(&work, &variables)?;
    run_commands(&work, &variables)
}

/// The README's Kotlin with `App.kt`, and apart from them the container.
fn compile(work: &Work) -> Result<()> {
    let code = work.folder.join("code");
    fs::create_dir(&code)?;
    for block in blocks("kotlin") {
        // Below as many empty lines as there are lines above it: an error names the line of the README.
        let text = "\n".repeat(block.line) + &block.text;
        fs::write(code.join(format!("Readme{}.kt", block.line)), text)?;
    }
    let jars =
        fs::read_dir(work.folder.join("libs"))?.map(|jar| Ok(Path::new("libs").join(jar?.file_name())));
    let jars = env::join_paths(jars.collect::<Result<Vec<_>>>()?)?;
    let jars = jars.to_str().context("a jar has a name that is not UTF-8")?;
    // In a file of arguments, so that what is told of an error is not a list of jars.
    let options = format!("-Werror -no-stdlib -no-reflect -jvm-target 17 -d classes -cp {jars}");
    fs::write(work.folder.join("options"), options)?;
    let compiler = ["-cp", "libs/*", "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"];
    work.run("java", &[&[QUICK_START], &compiler[..], &["@options", "code", "App.kt"]].concat())
        .context("the Kotlin of consumer-kit/README.md (the lines of code/Readme*.kt are its lines)")?;
    work.run("javac", &["-encoding", "UTF-8", "-d", "container", "-cp", "libs/*", "KafkaContainer.java"])?;
    Ok(())
}

/// Runs the tests of the README, and sees to it that each of its tests was one.
fn run_tests(work: &Work, variables: &[(&str, OsString)]) -> Result<()> {
    let classes = "container:classes:src/test/resources:libs/*";
    let launcher = "org.junit.platform.console.ConsoleLauncher";
    let options = [
        "execute",
        "--scan-classpath=classes",
        "--details=tree",
        "--disable-ansi-colors",
        "--disable-banner",
    ];
    let printed = work
        .run_with(variables, "java", &[&[QUICK_START, "-cp", classes, launcher][..], &options].concat())
        .context("the tests of consumer-kit/README.md")?;
    let kotlin: Vec<Block> = blocks("kotlin").collect();
    let names: Vec<&str> = kotlin
        .iter()
        .flat_map(|block| block.text.lines())
        .filter_map(|line| line.trim().strip_prefix("fun `")?.split('`').next())
        .collect();
    ensure!(!names.is_empty(), "consumer-kit/README.md has no tests in Kotlin");
    for name in names {
        ensure!(printed.contains(name), "JUnit knows no test {name:?}, and has run\n{printed}");
    }
    Ok(())
}

/// Runs each `tiltak-kit` of the README, without what it is piped to.
fn run_commands(work: &Work, variables: &[(&str, OsString)]) -> Result<()> {
    let scripts: Vec<Block> = blocks("sh").collect();
    let commands: Vec<&str> = scripts
        .iter()
        .filter(|it| !it.text.contains("src/test/resources"))
        .flat_map(|block| block.text.lines())
        .filter(|line| line.starts_with("tiltak-kit "))
        .map(|line| line.split(" | ").next().unwrap_or(line))
        .collect();
    ensure!(!commands.is_empty(), "consumer-kit/README.md has no commands");
    for command in commands {
        // An audit has found something: the log is awkward.
        let expected = u8::from(command.starts_with("tiltak-kit audit"));
        let script = format!("{command}\n[ $? = {expected} ]");
        work.run_with(variables, "sh", &["-c", &script])
            .with_context(|| format!("a command of consumer-kit/README.md does not end with {expected}"))?;
    }
    Ok(())
}

/// A block of code of the README.
struct Block {
    /// How many lines are above it.
    line: usize,
    text: String,
}

fn blocks(language: &str) -> impl Iterator<Item = Block> {
    let lines: Vec<&str> = README.lines().collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| lines[*at] == format!("```{language}")).collect();
    starts.into_iter().map(move |start| {
        let text = lines[start + 1..].iter().take_while(|line| **line != "```");
        Block { line: start + 1, text: text.flat_map(|line| [line, "\n"]).collect() }
    })
}
