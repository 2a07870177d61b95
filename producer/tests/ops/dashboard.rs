//! `dashboard.json`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{assert_metrics_exist, families, read};

fn panels() -> Vec<Value> {
    let dashboard: Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row").cloned().collect()
}

fn expressions(panels: &[Value]) -> Vec<&str> {
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap()).collect()
}

#[test]
fn every_metric_of_the_dashboard_exists() {
    assert_metrics_exist(expressions(&panels()));
}

#[test]
fn every_metric_of_the_producer_is_on_the_dashboard() {
    let panels = panels();
    let shown = expressions(&panels).join("\n");
    // What does not tell more than the resident memory.
    let left_out = ["process_virtual_memory_bytes"];
    let missing: BTreeSet<_> = families().into_keys().filter(|name| !shown.contains(name.as_str())).collect();
    assert_eq!(missing, left_out.map(str::to_owned).into());
}

#[test]
fn every_panel_has_its_own_id_and_reads_from_the_data_source_that_is_chosen() {
    let panels = panels();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in &panels {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
    }
}
