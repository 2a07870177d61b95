//! The shell blocks of the READMEs of the workspace and of the producer, run as they stand: those of the producer against a
//! real Kafka and PostgreSQL. The Rust of the first one is a test of the documentation, see `src/lib.rs`.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

#[path = "../../producer/tests/ops/quoted_numbers.rs"]
mod quoted_numbers;

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use quoted_numbers::quoted_numbers;

/// The command that runs this test.
const TESTS: &str = "cargo test --workspace\n";
/// What the README says that a command prints; `…` stands for any text.
const PRINTS: &str = "# → ";
/// Stands between the outputs of two blocks.
const END_OF_BLOCK: &str = "--- the end of a block";
const LIMIT_SECONDS: &str = "300";

/// Takes the place of `cargo run` and `cargo contracts`: the programs are there already.
const RUN_WHAT_IS_BUILT: &str = r#"#!/usr/bin/env bash
[[ $1 == contracts ]] && shift && exec "$PROGRAMS/contracts" "$@"
[[ $1 == run ]] || { echo "expected cargo run, found cargo $1" >&2; exit 2; }
shift
while (($#)); do
    case $1 in
    -p | --bin) program=$2 && shift 2 ;;
    --example) program=examples/$2 && shift 2 ;;
    --features) shift 2 ;;
    --) shift && break ;;
    *) echo "unexpected $1" >&2 && exit 2 ;;
    esac
done
exec "$PROGRAMS/$program" "$@"
"#;

fn read(readme: &str) -> String {
    fs::read_to_string(repository().join(readme)).unwrap()
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn blocks(readme: &str) -> Vec<&str> {
    let blocks = readme.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// The folder of the programs, which are built as the workspace is for its tests.
static PROGRAMS: LazyLock<&Path> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_BIN_EXE_local-kafka")).parent().unwrap();
    let features =
        if cfg!(feature = "languages") { "tiltak-tests/languages" } else { "tiltak-consumer-kit/cli" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([
            "build",
            "--quiet",
            "--locked",
            "--workspace",
            "--bins",
            "--example",
            "read_topic",
            "--example",
            "demo",
        ])
        .args(["--features", features])
        .current_dir(repository());
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
    folder
});

/// Runs the blocks in one bash, with an empty folder for temporary files.
fn run(blocks: &[&str], folder: &Path, here: &Path) -> Output {
    let cargo = folder.join("cargo");
    fs::write(&cargo, RUN_WHAT_IS_BUILT).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();

    // The port of the README may be taken.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned();
    for block in blocks {
        let block = block.replace("localhost:8080", &format!("localhost:{port}"));
        writeln!(script, "{block}\necho; echo '{END_OF_BLOCK}'").unwrap();
    }
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("timeout");
    bash.args(["--kill-after=10", LIMIT_SECONDS, "bash", "-c", &script])
        .current_dir(here)
        .env("PATH", path)
        .env("PROGRAMS", *PROGRAMS)
        .env("TMPDIR", folder)
        .env("TILTAK_LISTEN", format!("127.0.0.1:{port}"))
        .env("RUST_LOG", "debug");
    for given in ["DATABASE_URL", "KAFKA_BROKERS", "TILTAK_API_TOKEN", "TILTAK_CONFIG", "TILTAK_LOG_FORMAT"] {
        bash.env_remove(given);
    }
    bash.output().unwrap()
}

/// Whether a line is what the README says.
fn matches(line: &str, expected: &str) -> bool {
    let (start, rest) = expected.split_once('…').unwrap_or((expected, ""));
    let Some(mut line) = line.strip_prefix(start) else { return false };
    if !expected.contains('…') {
        return line.is_empty();
    }
    let mut parts: Vec<_> = rest.split('…').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = line.find(part) else { return false };
        line = &line[at + part.len()..];
    }
    line.ends_with(end)
}

#[test]
fn the_blocks_of_the_first_readme_can_be_pasted_as_they_stand() {
    let readme = read("README.md");
    let (tests, others): (Vec<_>, Vec<_>) = blocks(&readme).into_iter().partition(|block| *block == TESTS);
    assert_eq!(tests, [TESTS], "the tests are named once");
    let folder = tempfile::tempdir().unwrap();
    let output = run(&others, folder.path(), repository());

    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    assert!(out.contains("The tables equal the database."), "{out}");
    assert!(repository().join("target/site/index.html").is_file());
}

#[test]
fn the_table_that_the_first_readme_shows_is_that_of_the_demo() {
    let output = Command::new(PROGRAMS.join("examples/demo")).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let readme = read("README.md");
    let shown: Vec<_> =
        readme.lines().filter(|line| line.starts_with(" siste-") || line.starts_with(" arena-")).collect();
    assert_eq!(shown.len(), 3);
    for line in shown {
        assert!(printed.contains(line), "{line:?} is not in\n{printed}");
    }
}

#[test]
fn the_blocks_of_the_producer_can_be_pasted_as_they_stand_and_print_what_its_readme_says() {
    let readme = read("producer/README.md");
    let blocks = blocks(&readme);
    let folder = tempfile::tempdir().unwrap();
    let output = run(&blocks, folder.path(), folder.path());

    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    let parts: Vec<_> = out.split(END_OF_BLOCK).collect();
    for (block, out) in blocks.iter().zip(&parts) {
        let mut lines = out.lines();
        for expected in block.lines().filter_map(|line| line.strip_prefix(PRINTS)) {
            let found = lines.any(|line| matches(line, expected));
            assert!(found, "no line {expected:?}, or in another order, in\n{out}\nof\n{block}\n{err}");
        }
    }
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    assert_eq!(parts.len(), blocks.len() + 1);

    let log = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path().join("log"));
    let log = log.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).unwrap());
    let log: Vec<serde_json::Value> =
        log.collect::<String>().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(log.iter().any(|line| line["message"] == "published" && line["records"].is_number()));
    let quoted: Vec<_> = log.iter().flat_map(quoted_numbers).collect();
    assert!(quoted.is_empty(), "{quoted:#?}");
}

#[test]
fn an_ellipsis_stands_for_any_text() {
    assert!(matches("published 18 records", "published … records"));
    assert!(matches("a: 1, b: 2", "…b: …"));
    assert!(!matches("published 18 rows", "published … records"));
    assert!(!matches("ready now", "ready"));
}
