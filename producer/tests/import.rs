//! `tiltak-producer import` as its users meet it.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const GOOD: &str = r#"{"arrangor": {"organisasjonsnummer": "123456785", "navn": "En arrangør"}}"#;
const OTHER: &str = r#"{"arrangor": {"organisasjonsnummer": "974567989", "navn": "En annen"}}"#;

/// Exit status, standard output and standard error.
struct Outcome {
    status: Option<i32>,
    out: String,
    err: String,
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltak-producer"));
    command.args(["import", "--database", "tiltak.db"]).args(arguments).current_dir(folder);
    command.env_remove("DATABASE_URL");
    command
}

fn import(folder: &Path, content: &[u8], arguments: &[&str]) -> Outcome {
    fs::write(folder.join("in.ndjson"), content).unwrap();
    let output = command(folder, &["in.ndjson"]).args(arguments).output().unwrap();
    Outcome {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn lines_are_taken_whatever_their_line_breaks_and_the_second_time_skipped() {
    let folder = folder();
    let content = format!("\u{feff}{GOOD}\r\n\r\n   \n{OTHER}");
    let first = import(folder.path(), content.as_bytes(), &[]);
    assert_eq!(first.status, Some(0), "{}", first.err);
    assert_eq!(first.out, "2 imported, 0 updated, 0 skipped (there already, the same), 0 refused\n");
    let again = import(folder.path(), content.as_bytes(), &["--json"]);
    let report: Value = serde_json::from_str(&again.out).unwrap();
    let expected = json!({
        "imported": 0, "updated": 0, "skipped": 2, "refused": 0, "refusedByReason": {},
        "lastLine": 4, "stopped": false, "dryRun": false,
    });
    assert_eq!((again.status, report), (Some(0), expected), "{}", again.err);
}

#[test]
fn bad_lines_are_refused_alone_with_their_place_and_written_for_mending() {
    let folder = folder();
    let mut content = format!("{GOOD}\n").into_bytes();
    content.extend(b"{\"arrangor\": {\"organisasjonsnummer\": \"123\", \"navn\": \"Kari\"}}\n");
    content.extend(b"\xff\xfe\n");
    content.extend(vec![b'x'; 300 << 10]);
    content.extend(format!("\nno JSON, Kari\n{OTHER}\n").as_bytes());
    let outcome = import(folder.path(), &content, &["--refused", "refused.ndjson"]);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(
        outcome.out,
        "2 imported, 0 updated, 0 skipped (there already, the same), 4 refused\n  4 line\n"
    );
    let said: Vec<&str> = outcome.err.lines().collect();
    assert!(said[0].starts_with("in.ndjson:2: /arrangor/organisasjonsnummer: expected "), "{}", said[0]);
    assert!(said[0].ends_with("found a string of 3 characters"), "{}", said[0]);
    assert_eq!(said[1], "in.ndjson:3: the line: expected JSON, found a byte that is not UTF-8 at offset 0");
    assert_eq!(said[2], "in.ndjson:4: the line: expected at most 262144 bytes, found 307200 bytes");
    assert!(said[3].starts_with("in.ndjson:5: the line: expected JSON, found "), "{}", said[3]);
    assert!(!outcome.err.contains("Kari"), "{}", outcome.err);
    let refused = fs::read(folder.path().join("refused.ndjson")).unwrap();
    let lines: Vec<&[u8]> = refused.split(|byte| *byte == b'\n').collect();
    // The line that is too long is not held, so it is not there.
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[1..], [&b"\xff\xfe"[..], b"no JSON, Kari", b""]);

    let mended = String::from_utf8_lossy(lines[0]).replace("\"123\"", "\"899999999\"");
    assert_eq!(import(folder.path(), mended.as_bytes(), &[]).status, Some(0));
}

#[test]
fn an_import_that_cannot_run_ends_with_status_2_and_says_why() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        let output = command(folder.path(), arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, err) = run(&["none.ndjson"]);
    assert_eq!(status, Some(2));
    assert!(err.starts_with("tiltak-producer: none.ndjson: cannot be read: "), "{err}");
    let (status, err) = run(&["."]);
    assert_eq!(
        (status, err.as_str()),
        (Some(2), "tiltak-producer: .: is a folder, expected a file of NDJSON\n")
    );

    fs::write(folder.path().join("in.ndjson"), GOOD).unwrap();
    let (status, err) = run(&["in.ndjson", "--refused", "./in.ndjson"]);
    assert_eq!(status, Some(2));
    assert!(err.contains("would overwrite the file that is imported"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("in.ndjson")).unwrap(), GOOD);

    fs::write(folder.path().join("tiltak.db"), "no database").unwrap();
    let (status, err) = run(&["in.ndjson"]);
    assert_eq!(status, Some(2));
    assert!(err.contains("cannot be opened as a database"), "{err}");
}

#[test]
fn a_dry_run_leaves_the_database_as_it_is() {
    let folder = folder();
    let dry = import(folder.path(), GOOD.as_bytes(), &["--dry-run"]);
    assert_eq!((dry.status, dry.err.as_str()), (Some(0), ""));
    assert!(dry.out.starts_with("1 would be imported, "), "{}", dry.out);
    assert!(import(folder.path(), GOOD.as_bytes(), &[]).out.starts_with("1 imported, "));
}

#[test]
fn ctrl_c_stops_it_between_batches_and_says_after_which_line() {
    let folder = folder();
    let mut child = command(folder.path(), &["-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // A whole batch, whose last line says on standard error that it was looked at; then nothing more comes.
    let batch: Vec<String> = (0..299).map(|_| GOOD.to_owned()).chain(["no JSON".to_owned()]).collect();
    writeln!(input, "{}", batch.join("\n")).unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.starts_with("-:300: the line: expected JSON"), "{said}");
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    drop(input);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((&report["stopped"], &report["lastLine"]), (&json!(true), &json!(300)));
    assert_eq!((&report["imported"], &report["skipped"]), (&json!(1), &json!(298)));
}
