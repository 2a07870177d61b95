//! The examples run, and need no broker. `cargo test` has built them.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::process::Command;

fn run(example: &str) -> String {
    let this = std::env::current_exe().unwrap();
    let file = this.parent().unwrap().with_file_name("examples").join(example);
    assert!(file.exists(), "{} is not built: cargo build --examples", file.display());
    let output = Command::new(file).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{example}: {err}");
    out
}

#[test]
fn the_table_shows_rows_a_change_and_that_it_is_live() {
    let out = run("table");
    assert!(out.contains("Tombstone") && out.contains("live: true"), "{out}");
}

#[test]
fn events_that_come_twice_leave_the_database_as_it_was() {
    let out = run("events_into_sqlite");
    let rows: Vec<_> = out.lines().collect();
    assert_eq!((rows.len(), rows[0]), (2, rows[1]), "{out}");
}

#[test]
fn the_projection_prints_its_declaration_and_its_rows() {
    assert!(run("projection").contains("app = \"my-app\""));
}

#[test]
fn the_join_shows_each_gjennomforing_with_its_tiltakstype() {
    assert!(!run("join").is_empty());
}

#[test]
fn the_check_passes_the_right_reader_and_catches_the_wrong_one() {
    assert!(run("check_projection").contains("a reader that forgets tombstones is caught"));
}
