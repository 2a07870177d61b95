//! What `consumer-kit/README.md` shows to teams on Kotlin, as it stands there: its code is compiled, its tests run against
//! brokers of their own, with the real `tiltak-kit`, and its commands are run.
//!
//! `tests/kotlin` has what the README leaves to the team, `App.kt`, and a `KafkaContainer` that needs no Docker.

use std::ffi::OsString;
use std::fs;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use tiltak_tests::kafka::{Broker, Way};

use super::readme::{self, Block, QUICK_START, blocks};
use super::types::folder;
use super::work::{Work, path_with_kit, require};

const README: &str = include_str!("../../../consumer-kit/README.md");

/// One for each container that the tests of the README start.
const BROKERS: usize = 2;

#[test]
fn the_kotlin_of_the_readme_compiles_and_its_tests_and_commands_do_what_it_says() {
    check().unwrap_or_else(|error| panic!("{error:#}"));
}

fn check() -> Result<()> {
    require("javac", "--version", 17, "a JDK, 17 or newer (Debian: default-jdk-headless)")?;
    require("mvn", "--version", 1, "Maven (Debian: maven)")?;
    let work = Work::open("kotlin")?;
    for folder in ["bin", "container"] {
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
    run_tests(&work, &variables)?;
    run_commands(&work, &variables)
}

/// The README's Kotlin with `App.kt` and the artifacts, and apart from them the container.
fn compile(work: &Work) -> Result<()> {
    let artifacts = ["kafka", "types-jackson", "junit"]
        .map(|it| folder(&format!("consumer-kit/jvm/{it}/src/main/kotlin")));
    let [kafka, types, junit] = artifacts.each_ref().map(String::as_str);
    readme::compile(work, README, "consumer-kit/README.md", &[kafka, types, junit, "App.kt"])?;
    work.run("javac", &["-encoding", "UTF-8", "-d", "container", "-cp", "libs/*", "KafkaContainer.java"])?;
    Ok(())
}

/// Runs the tests of the README, and sees to it that each of its tests was one.
fn run_tests(work: &Work, variables: &[(&str, OsString)]) -> Result<()> {
    let classes = format!("container:classes:{}:libs/*", folder("consumer-kit/jvm/junit/src/main/resources"));
    let launcher = "org.junit.platform.console.ConsoleLauncher";
    let options = [
        "execute",
        "--scan-classpath=classes",
        "--details=tree",
        "--disable-ansi-colors",
        "--disable-banner",
    ];
    let printed = work
        .run_with(variables, "java", &[&[QUICK_START, "-cp", &classes, launcher][..], &options].concat())
        .context("the tests of consumer-kit/README.md")?;
    let kotlin: Vec<Block> = blocks(README, "kotlin").collect();
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
    let scripts: Vec<Block> = blocks(README, "sh").collect();
    let commands: Vec<&str> = scripts
        .iter()
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
