//! The GitHub action, the pre-commit hook and CI call commands that there are.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{other_team, run, spoil};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap()
}

#[test]
fn the_actions_steps_run_the_check_and_fail_on_a_finding() {
    let action = yaml("action.yml");
    assert!(action["name"].is_string() && action["description"].is_string());
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().unwrap();
    for step in steps {
        assert_eq!(step["shell"], "bash", "a composite action names the shell of each step");
    }
    let used = read("action.yml");
    for input in action["inputs"].as_object().unwrap().keys() {
        assert!(used.contains(&format!("inputs.{input}")), "{input} is used");
    }
    assert!(steps[0]["run"].as_str().unwrap().starts_with("cargo install --locked "));

    let folder = other_team();
    let bin = folder.path().join("contracts-of-runner/contracts/bin");
    fs::create_dir_all(&bin).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_contracts"), bin.join("contracts")).unwrap();
    let check = || {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", steps[1]["run"].as_str().unwrap()]);
        bash.env("RUNNER_TEMP", folder.path().join("contracts-of-runner")).env("ROOT", folder.path());
        bash.env("AGAINST", "").output().unwrap()
    };
    let fine = check();
    assert!(fine.status.success(), "{fine:?}");
    spoil(&folder, "topics/orders-v1/value.schema.json", "\"CANCELLED\"] }", "\"LOST\"] }");
    let refused = check();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stdout).unwrap().contains("::error file=contracts/topics/orders-v1/"));
}

#[test]
fn the_hook_runs_a_command_that_there_is() {
    let hooks = yaml("../.pre-commit-hooks.yaml");
    let [hook] = hooks.as_array().unwrap().as_slice() else { unreachable!("one hook") };
    for key in ["id", "name", "entry", "language", "files"] {
        assert!(hook[key].is_string(), "{key}");
    }
    assert_eq!(hook["pass_filenames"], false, "the check takes no files");
    let entry: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
    assert_eq!(entry[0], "contracts");
    assert_eq!(run(other_team().path(), &entry[1..], "").status, Some(0));
}

#[test]
fn ci_compares_with_what_main_had() {
    let script = read("../.ci/run");
    assert!(script.contains(r#"cargo contracts check ${against:+--against "$against"}"#));
    let help = run(Path::new("/"), &["check", "--help"], "").out;
    assert!(help.contains("--against <REVISION>"), "{help}");
}
