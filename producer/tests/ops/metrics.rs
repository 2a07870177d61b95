//! The metrics of a served process, their table, and what promtool says of them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{Served, families, read};

/// The rows of the table in `README.md`: name and type.
fn documented() -> BTreeMap<String, String> {
    let text = read("README.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, rest)| (name.to_owned(), rest.split(" |").next().unwrap().to_owned())).collect()
}

#[test]
fn every_metric_is_in_the_table_with_its_type_and_the_table_has_no_others() {
    assert_eq!(documented(), families());
}

/// `.ci/run` names promtool; without it this test does nothing.
#[test]
fn promtool_is_silent_about_the_metrics() {
    let Some(promtool) = std::env::var_os("PROMTOOL") else { return };
    let metrics = Served::start().metrics();
    let mut check = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let said = check.wait_with_output().unwrap();
    let text = [said.stdout, said.stderr].concat();
    assert!(said.status.success() && text.is_empty(), "{}", String::from_utf8_lossy(&text));
}
