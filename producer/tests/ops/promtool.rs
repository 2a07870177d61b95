//! What promtool says of metrics and rules. `.ci/run` names it in `PROMTOOL`; without it these tests do nothing.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::{Served, path};

/// What promtool answers; `None` without promtool.
fn promtool(arguments: &[&str], input: &str) -> Option<Output> {
    let mut check = Command::new(std::env::var_os("PROMTOOL")?)
        .args(arguments)
        .current_dir(path("."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(check.wait_with_output().unwrap())
}

fn text(output: Output) -> String {
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn it_is_silent_about_the_metrics() {
    let Some(said) = promtool(&["check", "metrics"], &Served::start().metrics()) else { return };
    let success = said.status.success();
    assert_eq!((success, text(said).as_str()), (true, ""));
}

#[test]
fn it_passes_the_alert_rules_and_their_tests() {
    for arguments in [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]] {
        let Some(said) = promtool(&arguments, "") else { return };
        assert!(said.status.success(), "{}", text(said));
    }
}
