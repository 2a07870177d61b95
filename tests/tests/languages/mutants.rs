//! Readers on the JVM with one mistake each, of `consumer-kit/jvm/mutants`: the tests that a team has without a broker, with
//! `tiltak-junit`, or those with one, on the log of `tiltak-kit seed --awkward`, find each of them. Neither finds anything
//! wrong with the right one.
//!
//! For the table of many runs, each with another seed:
//!
//! ```sh
//! MUTANT_RUNS=24 cargo test -p tiltak-tests --features languages --test languages mutant -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tiltak_tests::kafka::shared;

use super::work::{Work, path_with_kit, require};

const TOPIC: &str = "siste-tiltaksgjennomforinger-v2";
const RIGHT: &str = "RIGHT";
const MUTANTS: [&str; 7] = [
    "STRICT_ENUM",
    "STRICT_VARIANT",
    "IGNORES_TOMBSTONES",
    "READS_UNCOMMITTED",
    "TAKES_WHAT_COMES_LAST",
    "READY_AT_THE_LAST_RECORD",
    "SWALLOWS_EVERYTHING",
];
/// Mistakes that are about a broker: without one they do not show.
const ABOUT_A_BROKER: [&str; 2] = ["READS_UNCOMMITTED", "READY_AT_THE_LAST_RECORD"];

#[test]
fn each_mutant_is_found_and_the_right_reader_passes() {
    check().unwrap_or_else(|error| panic!("{error:#}"));
}

fn check() -> Result<()> {
    require("javac", "--version", 17, "a JDK, 17 or newer (Debian: default-jdk-headless)")?;
    require("mvn", "--version", 1, "Maven (Debian: maven)")?;
    let runs: u64 = env::var("MUTANT_RUNS").map_or(Ok(1), |runs| runs.parse()).context("MUTANT_RUNS")?;
    let work = Work::open_empty("mutants")?;
    for earlier in fs::read_dir(&work.folder)?.filter_map(Result::ok).filter(|it| it.path().is_dir()) {
        fs::remove_dir_all(earlier.path())?;
    }
    let jvm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../consumer-kit/jvm").canonicalize()?;
    work.run("mvn", &["-q", "-B", "-f", &text(&jvm), "-pl", "mutants", "-am", "package"])?;

    let folders = (1..=runs).map(|seed| prepare(&work, &jvm, seed)).collect::<Result<Vec<_>>>()?;
    let target = jvm.join("mutants/target");
    let classes = text(&target.join("test-classes")) + ":" + &fs::read_to_string(target.join("classpath"))?;
    let mut arguments = vec!["-cp", &classes, "no.nav.tiltak.mutants.MainKt", shared().bootstrap_servers()];
    arguments.extend(folders.iter().map(String::as_str));
    let printed = work.run("java", &arguments)?;

    let table = Table::read(&printed)?;
    print!("{table}");
    table.check(usize::try_from(runs)?)
}

/// A seeded log, its table and the resources of the extension, each with this seed.
fn prepare(work: &Work, jvm: &Path, seed: u64) -> Result<String> {
    let broker = shared().bootstrap_servers();
    let name = format!("{}-{seed}", tiltak_tests::kafka::topic_name("mutants"));
    let folder = work.folder.join(&name);
    fs::create_dir(&folder)?;
    let seed = seed.to_string();
    let place = ["--brokers", broker, "--topic-prefix", &format!("{name}-")];
    kit(&[&["seed", "--awkward", "--gjennomforinger", "200", "--seed", &seed], &place[..]].concat())?;
    let export = text(&folder.join("table.ndjson"));
    kit(&[&["table", TOPIC, "--export", &export], &place[..]].concat())?;
    let resources = text(&folder.join("resources"));
    let path = [("PATH", path_with_kit(&folder)?)];
    work.run_with(&path, "sh", &[&text(&jvm.join("junit/resources.sh")), &resources, &seed])?;
    Ok(text(&folder))
}

fn kit(arguments: &[&str]) -> Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_kit")).args(arguments).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "tiltak-kit {arguments:?}: {errors}");
    Ok(())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// In how many runs each check was red, by mutant, and what was found the last time.
#[derive(Default)]
struct Table {
    mutants: BTreeMap<String, Reds>,
    time: String,
}

#[derive(Default)]
struct Reds {
    runs: usize,
    extension: usize,
    awkward: usize,
    either: usize,
    why: String,
}

impl Table {
    fn read(printed: &str) -> Result<Self> {
        let mut table = Self::default();
        for line in printed.lines() {
            match line.split('\t').collect::<Vec<_>>()[..] {
                [_, mutant, extension, awkward, ref why @ ..] if matches!(extension, "red" | "green") => {
                    let reds = table.mutants.entry(mutant.to_owned()).or_default();
                    reds.runs += 1;
                    reds.extension += usize::from(extension == "red");
                    reds.awkward += usize::from(awkward == "red");
                    reds.either += usize::from(extension == "red" || awkward == "red");
                    if let Some(found) = Some(why.join("; ")).filter(|it| it != "; ") {
                        reds.why = found;
                    }
                }
                ["time", _, logs, milliseconds] => {
                    table.time = format!("{logs} logs without a broker: {milliseconds} ms");
                }
                _ => anyhow::bail!("the mutants print {line:?}"),
            }
        }
        Ok(table)
    }

    fn check(&self, runs: usize) -> Result<()> {
        ensure!(self.mutants.len() == MUTANTS.len() + 1, "other mutants than these:\n{self}");
        ensure!(self.time.starts_with("1000 logs"), "the 1,000 logs were not run:\n{self}");
        for (name, reds) in &self.mutants {
            ensure!(reds.runs == runs, "{name} was run {} times", reds.runs);
            let expected = if name == RIGHT { [0; 3] } else { [runs; 3] };
            let extension = if ABOUT_A_BROKER.contains(&name.as_str()) { 0 } else { expected[0] };
            let found = [reds.extension, reds.awkward, reds.either];
            ensure!(found == [extension, expected[1], expected[2]], "{name} is red {found:?} times:\n{self}");
        }
        for name in MUTANTS {
            ensure!(self.mutants.contains_key(name), "{name} was not run");
        }
        Ok(())
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{:<26} {:>4}  {:>9}  {:>7}  {:>6}  found",
            "mutant", "runs", "extension", "awkward", "either"
        )?;
        for (name, it) in &self.mutants {
            let Reds { runs, extension, awkward, either, why } = it;
            writeln!(f, "{name:<26} {runs:>4}  {extension:>9}  {awkward:>7}  {either:>6}  {why}")?;
        }
        writeln!(f, "{}", self.time)
    }
}
